"""Siege: a Threadwell of its own, whose processes can be killed while mail comes in."""

import contextlib
import os
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, override

import psutil
import psycopg

from tests.house.tree import ROOT
from threadwell.config import postgres

ADDRESS = "help@siege.example"
DEADLY = b"deadly nightshade"  #: kills the frail worker that reads it
_FOUND = f"""
from threadwell.flow import connecting, joining
from threadwell.kit import tenancy
from threadwell.record.workplace.models import User
user = User.objects.create_user("owner@siege.example", name="Olga Owner")
owner = joining.found(name="Siege", slug="siege", zone="UTC", owner=user)
with tenancy.entered(owner.workspace_id):
    inbox = connecting.open_inbox(address="{ADDRESS}", name="Help", by=owner)
    connecting.receive_by(inbox, {{"kind": "gateway"}}, by=owner)
"""


@dataclass(kw_only=True)
class Siege:
    """One data folder, and what runs in it."""

    home: Path
    environment: dict[str, str]
    smtp: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @classmethod
    def laid(cls, home: Path) -> "Siege":
        """A firm with one inbox; of ours nothing runs yet."""
        ports = {f"THREADWELL_{name}PORT": str(_free_port()) for name in ("", "SMTP_", "LMTP_")}
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("THREADWELL_", "DATABASE_", "DJANGO_"))
        }
        environment = {**clean, **ports, "THREADWELL_HOME": str(home), "THREADWELL_LOG_LEVEL": "warning"}
        made = cls(home=home, environment=environment, smtp=int(ports["THREADWELL_SMTP_PORT"]))
        for words in (["migrate", "--quiet"], ["manage", "shell", "--no-imports", "--command", _FOUND]):
            subprocess.run([sys.executable, "-m", "threadwell", *words], env=environment, check=True)
        return made

    def start(self, *words: str, **settings: str) -> subprocess.Popen[bytes]:
        """A process of ours: ``up``, ``worker``, or a program of this folder."""
        program = ["-m", "threadwell", *words] if words[0].isalpha() else list(words)
        log = (self.home / "siege.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, *program],
            cwd=ROOT,
            env={**self.environment, **settings},
            start_new_session=True,
            stdout=log,
            stderr=log,
        )
        log.close()
        self.processes.append(process)
        return process

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            process.terminate()
        process.wait(60)
        self.processes.remove(process)

    def end(self) -> None:
        """Stop what runs, and forget every mail."""
        for process in list(self.processes):
            self.stop(process)
        self.ask("TRUNCATE inboxes_delivery, conversations_conversation, journal_event CASCADE")

    def kill(self, up: subprocess.Popen[bytes], part: str) -> bool:
        """kill -9 of a part of what ``up`` looks after; False while it is down anyhow."""
        found = [
            child
            for child in psutil.Process(up.pid).children()
            if part in _words(child) and "threadwell" in _words(child)
        ]
        pids = [child.pid for child in found]
        if part == "postgres":
            with contextlib.suppress(OSError, ValueError):
                pids = [int(postgres.pid_file(self.home).read_text().split("\n", 1)[0])]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return bool(pids)

    def wake_database(self) -> None:
        """Start the server again, as the supervisor would."""
        words = [sys.executable, "-m", postgres.__name__, str(self.home)]
        subprocess.run(words, env=self.environment, check=True)

    def ask(self, question: str, *facts: Any) -> list[tuple[Any, ...]]:
        """Straight from the tables, as the owner."""
        place = f"host={postgres.socket_folder(self.home)} port={postgres.PORT}"
        with psycopg.connect(
            f"{place} user={postgres.OWNER} dbname={postgres.NAME}", autocommit=True
        ) as owner:
            answer = owner.execute(question, facts)
            return answer.fetchall() if answer.description else []

    def states(self) -> dict[str, int]:
        """How many deliveries are in which state."""
        return dict(self.ask("SELECT state, count(*) FROM inboxes_delivery GROUP BY state"))

    def lease_ends(self) -> None:
        """The time passes in which whoever took a delivery may keep it to itself."""
        self.ask("UPDATE inboxes_delivery SET leased_until = now() WHERE leased_until IS NOT NULL")
        self.ask(
            "SELECT pg_notify('threadwell_arrivals', replace(id::text, '-', '')) FROM workplace_workspace"
        )

    def says(self, number: int = 0) -> int:
        """What the gateway answers to one mail; 0 when nobody answers."""
        try:
            with _Session(self.smtp) as session:
                session.sendmail("ada@customer.example", [ADDRESS], letter(number))
        except smtplib.SMTPRecipientsRefused as refusal:
            return min(code for code, _ in refusal.recipients.values())
        except smtplib.SMTPResponseException as refusal:
            return refusal.smtp_code
        except OSError:
            return 0
        return 250


class Senders:
    """Mail servers of customers: each mail is tried until it is acknowledged."""

    def __init__(self, siege: Siege, count: int, *, side_by_side: int = 8) -> None:
        self.siege = siege
        self.acknowledged = 0
        self.tries = 0
        self._waiting = iter(range(1, count + 1))
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._send) for _ in range(side_by_side)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        with contextlib.ExitStack() as open_now:
            session: smtplib.SMTP | None = None
            while number := self._next():
                is_held = False
                while not is_held:
                    self.tries += 1
                    try:
                        session = session or open_now.enter_context(_Session(self.siege.smtp))
                        session.sendmail("ada@customer.example", [ADDRESS], letter(number))
                        is_held = True
                    except (OSError, smtplib.SMTPException):
                        session = None
                        open_now.close()
                        time.sleep(0.1)
                self.acknowledged += 1

    def _next(self) -> int | None:
        with self._lock:
            return next(self._waiting, None)


class _Session(smtplib.SMTP):
    """A session that takes its leave without asking whether the other side is still there."""

    def __init__(self, port: int) -> None:
        super().__init__(timeout=30)
        try:
            self.connect("127.0.0.1", port)
        except BaseException:
            self.close()
            raise

    @override
    def __exit__(self, *_problem: object) -> None:
        self.close()


@contextlib.contextmanager
def besieged(home: Path) -> Iterator[Siege]:
    """A firm whose database is up for as long as nobody kills it."""
    with postgres.running(home):
        yield Siege.laid(home)


def letter(number: int) -> bytes:
    """Every fifth begins a thread, the others answer."""
    first = number - number % 5
    answers = f"In-Reply-To: <{first}@customer.example>\r\n" if number != first else ""
    return (
        f"From: Ada <ada{first % 40}@customer.example>\r\nTo: {ADDRESS}\r\nSubject: Parcel {first}\r\n"
        f"Message-ID: <{number}@customer.example>\r\n{answers}\r\nWhere is parcel {number}?\r\n"
    ).encode()


def wait_until(is_so: Callable[[], object], *, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError):
            if is_so():
                return True
        time.sleep(0.1)
    return False


def _words(process: psutil.Process) -> Sequence[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return ()


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])
