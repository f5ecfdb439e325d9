"""Product: Threadwell as people start it, with a customer's mail server on the other side.

Nothing of it is reached but by its doors: pages, SMTP in, SMTP out.
"""

import contextlib
import os
import random
import smtplib
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tests import patience, peers
from tests.patience import eventually

#: Long enough to press "Take back" on a busy machine, short enough to wait for.
UNDO_SECONDS = 5
TOLD = "told.log"
#: Below those that systems hand out by themselves: nobody else takes one while we start.
QUIET_PORTS = range(20_000, 30_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A running Threadwell, and what stands around it."""

    home: Path
    url: str
    setup_link: str
    smtp_port: int
    peer: peers.Peer

    def receive(self, *mails: EmailMessage) -> None:
        """Customers' mails come in at the gateway, one after another."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=patience.SECONDS) as line:
            for mail in mails:
                line.send_message(mail)

    def told(self) -> str:
        """What it says where it was started."""
        return (self.home / TOLD).read_text()

    def caught(self, subject: str, *, at_least: int = 1) -> list[EmailMessage]:
        """What has left for the customers' server under this subject, once there is so much of it."""
        found: list[EmailMessage] = []

        def is_there() -> bool:
            found[:] = [mail for mail in self.left() if subject in mail["Subject"]]
            return len(found) >= at_least

        eventually(is_there, f"mail about {subject} that leaves")
        return found

    def left(self) -> Iterator[EmailMessage]:
        for envelope in list(self.peer.taken):
            content = envelope.content
            assert isinstance(content, bytes)
            yield message_from_bytes(content, policy=default)


UP = (sys.executable, "-m", "threadwell", "up")


@contextlib.contextmanager
def running(
    home: Path,
    *,
    options: tuple[str, ...] = (),
    command: Sequence[str] = UP,
    theirs: peers.Peer | None = None,
    is_new: bool = True,
) -> Iterator[Product]:
    """The whole product on ports of its own, until the block ends.

    ``theirs`` is the customers' server, where it is to be a certain one.
    """
    web, smtp = free_ports(2)
    ours = {name: value for name, value in os.environ.items() if not name.startswith("THREADWELL_")}
    environment = {
        **ours,
        "DJANGO_SETTINGS_MODULE": "threadwell.config.settings",
        "THREADWELL_HOME": str(home),
        "THREADWELL_PORT": str(web),
        "THREADWELL_SMTP_PORT": str(smtp),
        "THREADWELL_LMTP_PORT": "0",
        "THREADWELL_UNDO_SECONDS": str(UNDO_SECONDS),
    }
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        environment.pop(name, None)
    told = home / TOLD
    with peers.a_peer(theirs) as peer, told.open("w") as log:
        up = subprocess.Popen(
            [*command, *options],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            url = f"http://localhost:{web}"
            eventually(lambda: answers(f"http://127.0.0.1:{web}/readyz"), "the product that starts")
            link = _setup_link(told) if is_new else ""
            yield Product(home=home, url=url, setup_link=link, smtp_port=smtp, peer=peer)
        finally:
            up.terminate()
            up.wait(patience.AT_ONCE)


def _setup_link(told: Path) -> str:
    eventually(lambda: "/setup/" in told.read_text(), "the link for setting up")
    return next(word for word in told.read_text().split() if "/setup/" in word)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def free_ports(count: int) -> list[int]:
    return [port for port in random.SystemRandom().sample(QUIET_PORTS, 100) if is_free(port)][:count]


def is_free(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) != 0
