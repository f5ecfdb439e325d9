"""Striking: rows whose moment has come are done one by one, each in a transaction of its own.

In:    a workspace (or all of them), what is due, how one of it is done
Out:   how many were done
Touch: what doing them touches

Whoever does a row holds it, and writes that it is done in the transaction of the deed: a worker that is
killed has done all of it or nothing. One that cannot be done holds up none of the others.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection

from threadwell.kit import tenancy
from threadwell.record.workplace.models import Workspace

AT_A_TIME = 500

_log = structlog.get_logger(__name__)


def strike(workspace_id: UUID, due: Callable[[], Any], do: Callable[[UUID], bool]) -> int:
    """``due`` gives the rows in their order; ``do`` says whether it did the one of that key."""
    done = 0
    while True:
        with tenancy.entered(workspace_id):
            keys = list(due().values_list("pk", flat=True)[:AT_A_TIME])
        taken = sum(_try(workspace_id, key, do) for key in keys)
        done += taken
        if len(keys) < AT_A_TIME or not taken:
            return done


def in_every(deed: Callable[[UUID], object], what: str) -> None:
    """Do it in every workspace: one that is broken keeps none of the others from theirs."""
    for workspace_id in list(Workspace.objects.values_list("pk", flat=True)):
        try:
            deed(workspace_id)
        except Exception as wrong:
            if isinstance(wrong, (OperationalError, InterfaceError)) and not connection.is_usable():
                raise  # there is no database, for nobody
            _log.exception("a workspace was left out", workspace=str(workspace_id), what=what)


def _try(workspace_id: UUID, key: UUID, do: Callable[[UUID], bool]) -> bool:
    try:
        with tenancy.entered(workspace_id):
            return do(key)
    except Exception:
        # The others are due as well; this one is tried again in a minute.
        _log.exception("a step could not be done", step=str(key))
        return False
