"""Doors that were opened before: by our own supervisor, or by systemd."""

import os
import socket
import subprocess
import sys

import pytest

from threadwell.kit import handed

#: As systemd does it: from the third number on, said to the very process that shall take them.
LIKE_SYSTEMD = """
import os, socket
doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
numbers = [os.dup(door.fileno()) for door in doors]
for place, number in enumerate(numbers, 3):
    os.dup2(number, place)
os.environ |= {"LISTEN_PID": str(os.getpid() + AWAY), "LISTEN_FDS": "2", "LISTEN_FDNAMES": "web:smtp"}
from threadwell.kit import handed
for name in ("web", "smtp", "lmtp"):
    print(name, len(handed.sockets(name)))
"""


def test_supervisor_hands_doors_over_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as web, socket.create_server(("127.0.0.1", 0)) as smtp:
        monkeypatch.setenv(handed.DOORS, f"web={web.fileno()},smtp={smtp.fileno()}")
        [taken] = handed.sockets("web")
        with taken:
            assert taken.getsockname() == web.getsockname()
            assert taken.fileno() != web.fileno()
        assert handed.sockets("lmtp") == []


def test_nobody_hands_anything_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(handed.DOORS, raising=False)
    assert handed.sockets("web") == []


@pytest.mark.parametrize(
    ("away", "expected"), [(0, "web 1\nsmtp 1\nlmtp 0\n"), (1, "web 0\nsmtp 0\nlmtp 0\n")]
)
def test_systemd_hands_doors_to_the_process_it_names(away: int, expected: str) -> None:
    clean = {name: value for name, value in os.environ.items() if name != handed.DOORS}
    done = subprocess.run(
        [sys.executable, "-c", LIKE_SYSTEMD.replace("AWAY", str(away))],
        env=clean,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == expected
