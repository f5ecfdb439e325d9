"""Start everything: database, web, worker and mail gateway, until Ctrl-C.

In:    the settings
Out:   where to go, and on the first start the link that makes the first workspace
Touch: the processes it starts; a lock in the data folder, so that there is one of it
"""

import fcntl
import os
import socket
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from django.conf import settings

from threadwell import __version__
from threadwell.config import postgres, schema, supervision, welcome

_PARTS = ("web", "worker", "gateway")
_DEMO = [*supervision.OURSELVES, "demo"]


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="print nothing but what goes wrong")
    parser.add_argument(
        "--demo", action="store_true", help="with an invented firm, some months old, whose customers write"
    )


def run(arguments: Namespace) -> int:
    say = _silence if arguments.quiet else _say
    lock, other = _take_the_lock(settings.HOME)
    if other:
        say(f"Threadwell is running already (process {other}): {settings.PUBLIC_URL}")
        return subprocess.run(_DEMO, check=False).returncode if arguments.demo else 0
    taken = _taken_ports(settings.OPTIONS)
    if taken:
        print("\n".join(taken), file=sys.stderr)
        return 1
    say(f"Threadwell {__version__}, data in {settings.HOME}")
    with postgres.at_hand(settings.OPTIONS):
        if not _is_current():
            say("Bringing the database up to date ...")
            if subprocess.run([*supervision.OURSELVES, "migrate", "--quiet"], check=False).returncode:
                return 1
        if arguments.demo and subprocess.run(_DEMO, check=False).returncode:
            return 1
        # We become the supervisor with the database up: what stops it is the supervisor's last step.
        return supervision.become(
            (*_PARTS, "simulate") if arguments.demo else _PARTS,
            doors=[f"{name}={host}:{port}" for name, host, port in _doors(settings.OPTIONS) if port],
            watch=_own_door(settings.OPTIONS),
            welcome="" if arguments.quiet else _welcome() + "\n",
            server=_server(settings.OPTIONS),
            lock=lock,
        )


def _say(words: str) -> None:
    print(words, flush=True)


def _silence(words: str) -> None:
    """For --quiet."""


def _take_the_lock(home: Path) -> tuple[int, str]:
    """The lock, and the process that is up already; empty when that is we, until this process is gone."""
    lock = os.open(home / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return lock, os.read(lock, 20).decode() or "?"
    os.truncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    os.set_inheritable(lock, True)  # noqa: FBT003  # the supervisor that we become keeps it
    return lock, ""


def _taken_ports(options: dict[str, Any]) -> list[str]:
    settings = {"web": "THREADWELL_PORT", "smtp": "THREADWELL_SMTP_PORT", "lmtp": "THREADWELL_LMTP_PORT"}
    return [
        f"{settings[name]}: another program listens on {host}:{port} already. "
        f"Stop it, or set {settings[name]} to a free port."
        for name, host, port in _doors(options)
        if port and not _is_free(host, port)
    ]


def _doors(options: dict[str, Any]) -> tuple[tuple[str, str, int], ...]:
    return (
        ("web", options["THREADWELL_HOST"], options["THREADWELL_PORT"]),
        ("smtp", options["THREADWELL_GATEWAY_HOST"], options["THREADWELL_SMTP_PORT"]),
        ("lmtp", options["THREADWELL_GATEWAY_HOST"], options["THREADWELL_LMTP_PORT"]),
    )


def _is_free(host: str, port: int) -> bool:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(address)
        except OSError:
            return False
    return True


def _own_door(options: dict[str, Any]) -> str:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # we ask there, we do not listen
    host = options["THREADWELL_HOST"]
    return f"{everywhere.get(host, host)}:{options['THREADWELL_PORT']}"


def _server(options: dict[str, Any]) -> tuple[str, ...]:
    """The embedded database's pid file, and the command that tends it."""
    home: Path = options["THREADWELL_HOME"]
    if options["DATABASE_URL"]:
        return ()
    return str(postgres.pid_file(home)), sys.executable, "-m", postgres.__name__, str(home)


def _is_current() -> bool:
    with schema.connect(settings.OPTIONS, as_owner=True) as connection:
        return schema.is_current(connection, settings.INSTALLED_APPS)


def _welcome() -> str:
    if link := welcome.link():
        return f"Ready. Open this link once to make the first workspace and its owner:\n  {link}"
    return f"Ready: {settings.PUBLIC_URL}"
