"""Standby: a streaming replica of a PostgreSQL, as somebody who operates one would make it.

In:    where the primary's socket is, an empty folder
Out:   a second server that follows the first; its replaying held up and let go; itself stopped and started
Touch: that folder, the processes of that server; at the primary a sender of its log
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections
from pytest_django import Settings

from threadwell.config import postgres
from threadwell.kit import replica


@dataclass(frozen=True, kw_only=True)
class Standby:
    """One replica; its socket lies in its folder."""

    folder: Path
    user: pwd.struct_passwd  #: whom the server runs as

    def ask(self, question: str, name: str = "postgres") -> Any:
        where = f"host={self.folder} port={postgres.PORT} user={postgres.OWNER} dbname={name}"
        with psycopg.connect(where, autocommit=True) as owner:
            row = owner.execute(question).fetchone()
            return row[0] if row else None

    def start(self) -> None:
        words = f"-c unix_socket_directories={self.folder} -c shared_buffers=64MB"
        log = self.folder / "log"
        self.run("pg_ctl", "start", "-D", self.data, "-l", log, "-w", "-t", "300", "-s", "-o", words)

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-D", self.data, "-m", "immediate", "-w", "-s")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def run(self, program: str, *words: str | Path) -> None:
        done = subprocess.run(
            [postgres.program(program), *words],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            **(self._somebody() if os.geteuid() == 0 else {}),
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )
        assert done.returncode == 0, done.stderr

    def _somebody(self) -> dict[str, Any]:
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": ()}

    @contextlib.contextmanager
    def held_up(self) -> Iterator[None]:
        """It goes on hearing what happens, and makes nothing of it."""
        self.ask("SELECT pg_wal_replay_pause()")
        try:
            yield
        finally:
            self.ask("SELECT pg_wal_replay_resume()")


@contextlib.contextmanager
def following(socket: Path, folder: Path) -> Iterator[Standby]:
    """A replica of the server with that socket."""
    user = pwd.getpwuid(socket.stat().st_uid)
    folder.mkdir(parents=True)
    os.chown(folder, user.pw_uid, user.pw_gid)
    for parent in folder.parents:
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    standby = Standby(folder=folder, user=user)
    where = f"host={socket} port={postgres.PORT} user={postgres.OWNER}"
    try:
        standby.run(
            "pg_basebackup", "-D", standby.data, "-d", where, "-R", "-c", "fast", "-X", "stream", "-N"
        )
        standby.start()
        try:
            yield standby
        finally:
            standby.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def follower(django_db_setup: None) -> Iterator[Standby]:
    """A replica of the database of tests; as it repeats all that they write, it goes with its file."""
    if settings.OPTIONS["DATABASE_URL"]:
        pytest.skip("the database is elsewhere: a copy of it cannot be made")
    folder = Path(tempfile.mkdtemp(prefix="threadwell-standby-"))  # a socket's path must be short
    with following(postgres.socket_folder(settings.HOME), folder / "pg") as made:
        yield made
    folder.rmdir()


@pytest.fixture
def copy(follower: Standby, transactional_db: None, settings: Settings) -> Iterator[Standby]:
    """The replica is set up, as settings would."""
    settings.REPLICA_WAIT = 20
    with set_up(HOST=str(follower.folder)):
        yield follower


@contextlib.contextmanager
def set_up(**facts: Any) -> Iterator[None]:
    """Reports are read there meanwhile."""
    ours = connection.settings_dict
    more = {name: value for name, value in ours["OPTIONS"].items() if name != "pool"}
    connections.settings[replica.ALIAS] = {**ours, "OPTIONS": more, **facts}
    # Django's tests let nobody connect who is not called so.
    connections[replica.ALIAS].alias = connection.alias
    replica.begin_anew()
    try:
        yield
    finally:
        connections[replica.ALIAS].close()
        del connections[replica.ALIAS]
        del connections.settings[replica.ALIAS]
        replica.begin_anew()


def read(where: str) -> float:
    """How many reports were read there by now."""
    return float(replica.READ.labels(where)._value.get())
