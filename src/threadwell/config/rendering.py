"""Rendering: migrations make few classes, so that a first start does not wait for them.

In:    nothing
Out:   a block in which a change to a model makes the class of that model anew, and no other
Touch: one method of Django's `ProjectState`, inside the block

Before each change to a table Django makes the classes of all models anew that are related to it, so that
relations lead to the newest in both directions. All of ours are related by the workspace: that was twenty of
the twenty-two seconds of a first `threadwell migrate`. What a change writes into the database needs names of
tables and types of columns, which a class that is a step old tells as well. Where a migration runs code of
its own, Django makes all classes anew, because the state says that it is delayed. A test compares the tables
of both ways (tests/config/test_schema.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.state import ProjectState


@contextmanager
def one_by_one() -> Iterator[None]:
    """Until the block ends; for a process that does nothing else meanwhile."""
    states: Any = ProjectState  # its types leave the method out
    usual = states._find_reload_model
    states._find_reload_model = _itself
    try:
        yield
    finally:
        states._find_reload_model = usual


def _itself(
    state: ProjectState,
    app_label: str,
    model_name: str,
    delay: bool = False,  # noqa: FBT001, FBT002 - as Django calls it
) -> set[tuple[str, str]]:
    state.is_delayed = True
    return {(app_label, model_name)}
