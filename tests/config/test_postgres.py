"""The embedded database: it comes back, whatever happened to it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from threadwell.config import postgres


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    # As root the server runs as somebody else, who must be able to pass through.
    folder = tmp_path_factory.mktemp("a home", numbered=True)
    with postgres.running(folder):
        pass
    yield folder
    assert not postgres.is_running(folder)


def connected(home: Path) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=str(postgres.socket_folder(home)), port=postgres.PORT, user=postgres.OWNER, dbname=postgres.NAME
    )


def server_of(home: Path) -> int:
    return int((home / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0])


def test_it_is_durable(home: Path) -> None:
    with postgres.running(home), connected(home) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)


def test_nothing_listens_on_the_network_and_strangers_cannot_reach_the_socket(home: Path) -> None:
    with postgres.running(home), connected(home) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert postgres.socket_folder(home).stat().st_mode & 0o077 == 0


def test_whoever_leaves_last_stops_it(home: Path) -> None:
    with postgres.running(home):
        with postgres.running(home):
            pass
        assert postgres.is_running(home)
    assert not postgres.is_running(home)


def test_what_was_committed_survives_kill_9(home: Path) -> None:
    with postgres.running(home):
        with connected(home) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
            connection.execute("INSERT INTO kept VALUES ('before')")
        killed = server_of(home)
        os.kill(killed, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(killed)] if psutil.pid_exists(killed) else [], timeout=10)
        with postgres.running(home), connected(home) as connection:
            assert connection.execute("SELECT word FROM kept").fetchone() == ("before",)


def test_number_of_a_dead_server_that_now_belongs_to_another_program_is_no_hindrance(home: Path) -> None:
    noted = home / "postgres" / "data" / "postmaster.pid"
    noted.write_text(f"{os.getpid()}\n{home}/postgres/data\n0\n5432\n\n\n\nready\n")
    with postgres.running(home), connected(home) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_killed_user_does_not_keep_it_up_for_ever(home: Path) -> None:
    user = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from threadwell.config import postgres\n"
            "with postgres.running(Path(sys.argv[1])): print('up', flush=True); time.sleep(600)",
            home,
        ],
        stdout=subprocess.PIPE,
        env={**os.environ},
    )
    with user:
        assert user.stdout is not None
        assert user.stdout.readline() == b"up\n"
        user.kill()
    assert postgres.is_running(home)
    with postgres.running(home):
        pass
    assert not postgres.is_running(home)


def test_socket_of_a_home_far_down_is_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["folder"] * 12)
    assert len(str(postgres.socket_folder(deep))) < 80
    assert postgres.socket_folder(deep) == postgres.socket_folder(deep)
    assert postgres.socket_folder(deep) != postgres.socket_folder(deep / "other")
