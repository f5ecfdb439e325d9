"""Those who were forked from a parent know that it ends, whenever they ask."""

import subprocess
import sys

import pytest

from threadwell.kit import ending

#: In a process of its own: one with threads, as this, should not fork.
PARENT = """
import os
from threadwell.kit import ending
ending.foresee()
asks, answers = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    was_near = ending.is_near()
    os.write(answers[1], b"x")
    os.read(asks[0], 1)
    os._exit(was_near or not ending.is_near())
os.read(answers[0], 1)
ending.announce()
os.write(asks[1], b"x")
print(os.waitpid(child, 0)[1])
"""


def test_a_child_that_asks_later_knows() -> None:
    told = subprocess.run([sys.executable, "-c", PARENT], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "0"


def test_a_new_parent_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "_shared", [])
    assert not ending.is_near()
    ending.foresee()
    ending.announce()
    assert ending.is_near()
    ending.foresee()
    assert not ending.is_near()
