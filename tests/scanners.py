"""A scanner of our own: Debian's clamd, with a database of one signature."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

HARM = b"these bytes do harm, so says our only signature"
NAME = "Ours.Harmful.Test.UNOFFICIAL"
AT_MOST = 1  #: MiB of a file
PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clamd:
    """Where it listens, and a place where nobody does."""

    socket: Path
    nobody: Path


@contextlib.contextmanager
def a_clamd() -> Iterator[Clamd]:
    """It runs for as long as the block lasts."""
    program = shutil.which("clamd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("clamd is not installed: apt install clamav-daemon")
    # Not beneath pytest's folder: the path of a socket may hold about a hundred bytes only.
    with tempfile.TemporaryDirectory(prefix="clamd-") as folder:
        home = Path(folder)
        (home / "signatures").mkdir()
        (home / "signatures" / "ours.ndb").write_text(f"Ours.Harmful.Test:0:*:{HARM.hex()}\n")
        (home / "clamd.conf").write_text(
            f"LocalSocket {home}/socket\nDatabaseDirectory {home}/signatures\nForeground yes\n"
            f"TemporaryDirectory {home}\nStreamMaxLength {AT_MOST}M\n"
        )
        clamd = subprocess.Popen(
            [program, f"--config-file={home}/clamd.conf"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(home / "socket", clamd)
            yield Clamd(socket=home / "socket", nobody=home / "nobody")
        finally:
            clamd.terminate()
            clamd.wait()


@contextlib.contextmanager
def a_scanner_that_hangs_up() -> Iterator[tuple[str, int]]:
    """It says its version, and closes the line on whoever brings bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hearing = threading.Thread(target=_hang_up, args=(listener,), daemon=True)
        hearing.start()
        yield listener.getsockname()


def _hang_up(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            line, _ = listener.accept()
            with line:
                if line.recv(64).startswith(b"zVERSION"):
                    line.sendall(b"ClamAV 1.4\0")


def _wait_for(place: Path, clamd: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while not place.is_socket():
        assert clamd.poll() is None, "clamd ended at its start"
        assert time.monotonic() < deadline, "waited in vain for clamd"
        time.sleep(0.05)
