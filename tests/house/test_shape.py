"""The shape of the code: what style.md asks for and a machine can see."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import BY_FILE
from tests.house import tree

MOST_LINES = 400


@pytest.mark.parametrize("module", tree.modules(), ids=lambda module: module.name)
def test_module_says_what_it_is_for(module: tree.Module) -> None:
    assert module.is_migration or ast.get_docstring(module.tree), f"{module.name} has no docstring"


def test_file_that_is_long_says_why_at_its_top() -> None:
    unexplained = [
        f"{module.name}: {module.lines} lines"
        for module in tree.modules()
        if module.lines > MOST_LINES
        and not module.is_migration
        and "Long because" not in (ast.get_docstring(module.tree) or "")
    ]
    assert unexplained == []


def test_nothing_of_ours_is_imported_inside_a_function() -> None:
    assert [place for module in tree.modules() for place in tree.own_imports_inside_functions(module)] == []


def test_there_are_no_signals() -> None:
    assert [place for module in tree.modules() for place in tree.signals(module)] == []


def test_walls_between_floors_and_rooms_hold() -> None:
    checked = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=tree.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("place", BY_FILE)
def test_what_stays_with_one_worker_is_there(place: str) -> None:
    assert (tree.ROOT / place).exists()
