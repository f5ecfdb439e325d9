"""The whole product, started as people start it: it serves, heals, and ends well."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests import parts, patience
from tests.patience import eventually
from threadwell.config import postgres

#: Below those that systems hand out by themselves: nobody else takes one between two starts.
QUIET_PORTS = range(20_000, 30_000)


@dataclass(frozen=True, kw_only=True)
class House:
    """A data folder, the ports of its doors, and how to start it."""

    home: Path
    port: int
    environment: dict[str, str]

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "threadwell", "up"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )

    def asked(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code
        except OSError:
            return 0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    web, smtp, lmtp = free_ports(3)
    home = tmp_path_factory.mktemp("house")
    outside = ("THREADWELL_", "DATABASE_")
    ours = {name: value for name, value in os.environ.items() if not name.startswith(outside)}
    yield House(
        home=home,
        port=web,
        environment={
            **ours,
            "DJANGO_SETTINGS_MODULE": "threadwell.config.settings",
            "THREADWELL_HOME": str(home),
            "THREADWELL_PORT": str(web),
            "THREADWELL_SMTP_PORT": str(smtp),
            "THREADWELL_LMTP_PORT": str(lmtp),
        },
    )
    assert not postgres.is_running(home)


def free_ports(count: int) -> list[int]:
    drawn = random.SystemRandom().sample(QUIET_PORTS, 100)
    return [port for port in drawn if is_free(port)][:count]


def is_free(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) != 0


@contextlib.contextmanager
def started(house: House) -> Iterator[subprocess.Popen[str]]:
    with house.start() as up:
        try:
            eventually(lambda: house.asked("/readyz") == 200)
            yield up
        finally:
            if up.poll() is None:
                up.terminate()
                up.wait(patience.SECONDS)


def test_first_start_gives_the_link_for_setting_up_and_a_second_up_does_no_harm(house: House) -> None:
    with started(house) as up:
        assert house.asked("/healthz") == 200
        assert house.asked("/metrics") == 200
        second = subprocess.run(
            [sys.executable, "-m", "threadwell", "up"],
            env=house.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"running already (process {up.pid})" in second.stdout
        assert house.asked("/readyz") == 200
        assert up.stdout is not None
        assert any(f"http://localhost:{house.port}/setup/" in line for line in up.stdout)
        up.terminate()
        assert up.wait(patience.SECONDS) == 0
    assert not postgres.is_running(house.home)


def test_part_that_was_killed_comes_back(house: House) -> None:
    with started(house) as up:
        before = parts.of(up.pid)
        assert before.keys() == {"web", "worker", "gateway"}
        for part in before.values():
            part.kill()
        eventually(lambda: parts.of(up.pid).keys() == before.keys() and house.asked("/readyz") == 200)
        assert not set(parts.of(up.pid).values()) & set(before.values())


WATCHED_AND_ENDED = """
from prometheus_client import Gauge
Gauge("threadwell_streams", "Live pages that are open.", multiprocess_mode="livesum").inc()
"""


def test_what_a_process_that_is_gone_had_open_is_counted_no_more(house: House) -> None:
    with started(house) as up:
        figures = psutil.Process(up.pid).environ()["PROMETHEUS_MULTIPROC_DIR"]
        environment = {**house.environment, "PROMETHEUS_MULTIPROC_DIR": figures}
        gone = subprocess.Popen([sys.executable, "-c", WATCHED_AND_ENDED], env=environment)
        assert gone.wait(patience.SECONDS) == 0
        left = Path(figures, f"gauge_livesum_{gone.pid}.db")
        assert left.exists()
        with urllib.request.urlopen(f"http://127.0.0.1:{house.port}/metrics", timeout=30) as told:
            assert b"\nthreadwell_streams 0.0\n" in told.read()
        assert not left.exists()
        up.terminate()
        assert up.wait(patience.SECONDS) == 0
    assert not Path(figures).exists()


def test_database_that_was_killed_comes_back(house: House) -> None:
    with started(house) as up:
        killed = postgres.pid_file(house.home).read_text()
        os.kill(int(killed.split("\n", 1)[0]), signal.SIGKILL)
        eventually(
            lambda: postgres.is_running(house.home) and postgres.pid_file(house.home).read_text() != killed
        )
        eventually(lambda: house.asked("/readyz") == 200)
        up.terminate()
        assert up.wait(patience.SECONDS) == 0


def test_parts_end_when_their_parent_is_killed_and_the_next_start_works(house: House) -> None:
    with started(house) as up:
        left = list(parts.of(up.pid).values())
        up.kill()
        up.wait(patience.SECONDS)
        assert not psutil.wait_procs(left, timeout=patience.SECONDS)[1]
    with started(house):
        assert house.asked("/healthz") == 200


def test_taken_port_is_named(house: House) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", house.port))
        taken.listen()
        refused = subprocess.run(
            [sys.executable, "-m", "threadwell", "up"],
            env=house.environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert refused.returncode == 1
    assert f"THREADWELL_PORT: another program listens on 127.0.0.1:{house.port}" in refused.stderr
