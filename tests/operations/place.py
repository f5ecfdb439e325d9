"""Place: an installation of its own for a test, as somebody who operates Threadwell would have it.

In:    a folder; further settings
Out:   its commands run, its processes started, mail sent to it, its tables and blobs summed
Touch: that folder, free ports
"""

import contextlib
import hashlib
import http.client
import os
import random
import smtplib
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import zstandard

from tests import patience
from tests.house.tree import ROOT
from threadwell.config import postgres

ADDRESS = "help@place.example"
SECRET = "the password of the mail server"
#: A firm with one inbox whose mail comes by the gateway and leaves by a server with a password.
FOUND = f"""
from threadwell.flow import connecting, joining
from threadwell.kit import secrets, tenancy
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import User
user = User.objects.create_user("owner@place.example", "correct horse battery", name="Olga Owner")
owner = joining.found(name="Place", slug="place", zone="UTC", owner=user)
with tenancy.entered(owner.workspace_id):
    inbox = connecting.open_inbox(address="{ADDRESS}", name="Help", by=owner)
    connecting.receive_by(inbox, {{"kind": "gateway"}}, by=owner)
    inbox.refresh_from_db()
    sealed = secrets.sealed_facts({{"password": "{SECRET}"}})
    Inbox.objects.of(owner.workspace_id).update(sealed_secrets=sealed)
"""

OPENED_BY_OWNER = """
from threadwell.kit import tenancy
from threadwell.record.workplace.models import Agent, Workspace
workspace = Workspace.objects.get(slug="place")
with tenancy.entered(workspace.pk):
    print(Agent.objects.of(workspace).get().name)
"""


@dataclass(kw_only=True)
class Place:
    """One data folder and its settings."""

    home: Path
    environment: dict[str, str]
    at: str = "127.0.0.1"  #: where its doors are
    within: tuple[str, ...] = ()  #: words before each command that lead to another machine
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @classmethod
    def in_folder(cls, home: Path, **settings: str) -> "Place":
        web, smtp, lmtp = free_ports(3)
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("THREADWELL_", "DATABASE_", "DJANGO_"))
        }
        ports = {
            "THREADWELL_PORT": str(web),
            "THREADWELL_SMTP_PORT": str(smtp),
            "THREADWELL_LMTP_PORT": str(lmtp),
        }
        ours = {"THREADWELL_HOME": str(home), "THREADWELL_LOG_LEVEL": "warning"}
        return cls(home=home, environment={**clean, **ports, **ours, **settings})

    @property
    def port(self) -> int:
        return int(self.environment["THREADWELL_PORT"])

    @property
    def smtp(self) -> int:
        return int(self.environment["THREADWELL_SMTP_PORT"])

    def run(self, *words: str, fails: bool = False, **settings: str) -> str:
        """A command to its end; what it said."""
        done = subprocess.run(
            [*self.within, sys.executable, "-m", "threadwell", *words],
            cwd=ROOT,
            env={**self.environment, **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert bool(done.returncode) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def found(self) -> None:
        self.run("migrate", "--quiet")
        self.run("manage", "shell", "--no-imports", "--command", FOUND)

    def start(self, *words: str, **settings: str) -> subprocess.Popen[bytes]:
        with (self.home / "test.log").open("ab") as log:
            process = subprocess.Popen(
                [*self.within, sys.executable, "-m", "threadwell", *words],
                cwd=ROOT,
                env={**self.environment, **settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        while self.processes:
            self.processes.pop().wait(patience.AT_ONCE)

    def told(self) -> str:
        log = self.home / "test.log"
        return log.read_text(errors="replace")[-4000:] if log.exists() else ""

    def ask(self, question: str, *facts: Any) -> list[tuple[Any, ...]]:
        """Straight from the tables of the embedded database, as the owner."""
        where = f"host={postgres.socket_folder(self.home)} port={postgres.PORT}"
        with psycopg.connect(
            f"{where} user={postgres.OWNER} dbname={postgres.NAME}", autocommit=True
        ) as owner:
            answer = owner.execute(question, facts)
            return answer.fetchall() if answer.description else []

    def tables(self) -> dict[str, tuple[int, str]]:
        """Of every table: its rows, and a sum of what stands in them, put together outside the database."""
        found = {}
        names = self.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (name,) in names:
            rows = sorted(text for (text,) in self.ask(f'SELECT one::text FROM "{name}" AS one'))
            found[name] = len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return found

    def blobs(self) -> dict[str, str]:
        """Every blob by its place, with the sum of its content."""
        folder = self.home / "blobs"
        return {
            str(path.relative_to(folder)): hashlib.sha256(zstandard.decompress(path.read_bytes())).hexdigest()
            for path in folder.rglob("*")
            if path.is_file()
        }

    def answers(self, path: str = "/readyz") -> int:
        line = http.client.HTTPConnection(self.at, self.port, timeout=5)
        with contextlib.closing(line):
            try:
                line.request("GET", path)
                return line.getresponse().status
            except (OSError, http.client.HTTPException):
                return 0

    def takes_mail(self) -> bool:
        try:
            with socket.create_connection((self.at, self.smtp), timeout=5) as line:
                return line.recv(4) == b"220 "
        except OSError:
            return False


class Postman(threading.Thread):
    """Sends mails with files one after another until told to stop; knows which were taken.

    As mail servers do, it tries again what was put off with a 4xx.
    """

    def __init__(self, *ports: int, most: int = 1_000_000, at: str = "127.0.0.1") -> None:
        super().__init__(daemon=True)
        self._at = at
        self.taken: list[str] = []
        self.put_off = 0
        self.refused: list[str] = []
        self._ports, self._most, self._enough = ports, most, threading.Event()

    def run(self) -> None:
        for number in count():
            if self._enough.is_set() or len(self.taken) >= self._most:
                return
            mail = letter(number)
            port = self._ports[number % len(self._ports)]
            while not self._delivered(mail, port) and not self._enough.is_set():
                time.sleep(0.1)

    def _delivered(self, mail: EmailMessage, port: int) -> bool:
        """False when it is to be tried again."""
        try:
            with smtplib.SMTP(self._at, port, timeout=30) as line:
                line.send_message(mail, from_addr="ada@customer.example", to_addrs=[ADDRESS])
        except smtplib.SMTPServerDisconnected:
            self.put_off += 1
            return False
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as told:
            if code_of(told) < 500:
                self.put_off += 1
                return False
            self.refused.append(str(told))
        except OSError as closed:
            self.refused.append(repr(closed))
        else:
            self.taken.append(str(mail["Message-ID"]).strip("<>"))
        return True

    def stop(self) -> None:
        self._enough.set()
        self.join(patience.SECONDS)


def code_of(told: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> int:
    if isinstance(told, smtplib.SMTPResponseException):
        return told.smtp_code
    return max(code for code, _ in told.recipients.values())


def letter(number: int) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Ada {number % 7} <ada{number % 7}@customer.example>", ADDRESS
    mail["Subject"] = f"Order {number}: where is it? Grüße"
    mail["Message-ID"] = f"<{number}.{random.getrandbits(64):x}@customer.example>"
    mail.set_content(f"Good day,\n\nI am waiting for order {number}.\n\nAda")
    mail.add_attachment(
        f"invoice {number}".encode() * 50, maintype="application", subtype="pdf", filename="i.pdf"
    )
    return mail


def free_ports(wanted: int) -> list[int]:
    """Below those that systems hand out by themselves: nobody else takes one between two starts."""
    drawn = random.SystemRandom().sample(range(20_000, 30_000), 100)
    return [port for port in drawn if _is_free(port)][:wanted]


def _is_free(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) != 0
