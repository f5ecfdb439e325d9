"""What the gateway acknowledged is held, also when its process is killed in the middle of the flow."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import zstandard
from django.conf import settings
from django.db import connection

from tests.conftest import url
from tests.interfaces.gateways.conftest import House

SENDERS, EACH = 4, 150


def started(port: int) -> subprocess.Popen[bytes]:
    gateway = subprocess.Popen(
        [sys.executable, "-m", "threadwell", "gateway"],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "threadwell.config.settings",
            "DATABASE_URL": url(connection.settings_dict["NAME"], as_owner=False),
            "THREADWELL_HOME": str(settings.HOME),
            "THREADWELL_SMTP_PORT": str(port),
            "THREADWELL_LMTP_PORT": "0",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            smtplib.SMTP("127.0.0.1", port, timeout=5).quit()
        except (OSError, smtplib.SMTPException):
            assert gateway.poll() is None
            time.sleep(0.1)
        else:
            return gateway
    raise AssertionError("the gateway does not listen")


def numbers(house: House) -> set[int]:
    """The numbers of the letters that are held."""
    raws = (zstandard.decompress(bytes(one.raw)) for one in house.held())
    return {int(raw.split(b"Message-ID: <")[1].split(b"@")[0]) for raw in raws}


def test_every_acknowledged_mail_outlives_a_kill(house: House, letter: Callable[..., bytes]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    acknowledged: set[int] = set()

    def send(first: int) -> None:
        """As a mail server does: what was not acknowledged is sent again, until it is."""
        waiting = list(range(first, first + EACH))
        while waiting:
            try:
                with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
                    while waiting:
                        client.sendmail("a@b.example", ["help@firm.example"], letter(waiting[0]))
                        acknowledged.add(waiting.pop(0))
            except (OSError, smtplib.SMTPException):
                time.sleep(0.1)

    gateway = started(port)
    senders = [threading.Thread(target=send, args=(number * EACH,)) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    for share in (0.2, 0.5):
        while len(acknowledged) < SENDERS * EACH * share:
            time.sleep(0.001)
        gateway.send_signal(signal.SIGKILL)
        gateway.wait()
        assert set(acknowledged) <= numbers(house)
        gateway = started(port)
    for sender in senders:
        sender.join(120)
    gateway.terminate()
    assert gateway.wait(30) == 0
    assert numbers(house) == set(range(SENDERS * EACH))
    assert len(house.held()) == SENDERS * EACH
