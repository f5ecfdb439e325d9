"""Starts: from one command to a served page.

In:    the clone with everything installed
Out:   seconds of the first start and of the second
Touch: a data folder of its own
"""

import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bench import free_port
from bench.figures import Figure, Watch

ROOT = Path(__file__).parent.parent


def figures(_size: str) -> Iterator[Figure]:
    """In an empty folder, then again in the same."""
    subprocess.run([ROOT / "bin" / "setup"], check=True)
    with tempfile.TemporaryDirectory(prefix="threadwell-start-") as home:
        first = _start(Path(home))
        second = min(_start(Path(home)) for _ in range(2))
    yield Figure(name="first bin/up after installing, to a page", value=first, unit="s", goal=20)
    yield Figure(name="second bin/up, to a page", value=second, unit="s", goal=4)


def _start(home: Path) -> float:
    port = free_port()
    ports = {
        "THREADWELL_PORT": port,
        "THREADWELL_SMTP_PORT": free_port(),
        "THREADWELL_LMTP_PORT": free_port(),
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("THREADWELL_")}
    environment |= {"THREADWELL_HOME": str(home), **{name: str(number) for name, number in ports.items()}}
    watch = Watch()
    running = subprocess.Popen(
        [ROOT / "bin" / "up"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not _is_served(port):
            if watch.seconds > 120 or running.poll() is not None:
                raise TimeoutError("bin/up serves no page")
            time.sleep(0.02)
        return watch.seconds
    finally:
        running.terminate()
        running.wait(60)


def _is_served(port: int) -> bool:
    with suppress(OSError):
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/", timeout=10)
        return page.status == 200 and b"<form" in page.read()
    return False
