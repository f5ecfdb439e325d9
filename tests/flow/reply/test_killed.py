"""Workers that are killed in the middle of sending: the mail goes out all the same."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiosmtpd.smtp import Envelope
from django.conf import settings
from pytest_django import Settings

from tests.cast import a_workspace, an_agent, an_inbox
from tests.conftest import url
from tests.peers import Peer, a_peer
from threadwell.channels.email import read
from threadwell.channels.port import Address
from threadwell.flow import outbound
from threadwell.kit import clock, tenancy
from threadwell.record.conversations.models import Dispatch, Message
from threadwell.record.journal.models import Event

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = """
import threading
import django
django.setup()
from threadwell.flow import outbound
outbound.serve(threading.Event())
"""


@contextmanager
def a_worker() -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own that sends what is due."""
    place = url(settings.DATABASES["default"]["NAME"], as_owner=False)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": place},
    )
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait(10)


@pytest.mark.parametrize(("killed_at", "copies"), [("rcpt", 1), ("data", 2)])
def test_a_killed_worker_loses_nothing_and_doubles_only_what_was_already_handed_over(
    settings: Settings, killed_at: str, copies: int
) -> None:
    settings.UNDO_SECONDS = 0
    reached, killed = threading.Event(), threading.Event()

    def held_up(here: str) -> str:
        if here == killed_at and not killed.is_set():
            reached.set()
            killed.wait(20)
        return "250 OK"

    def data(_: Envelope) -> str:
        return held_up("data")

    with a_peer(Peer(rcpt=lambda _: held_up("rcpt"), data=data)) as peer:
        message = a_message(peer.port)
        with a_worker() as worker:
            assert reached.wait(20)
            worker.send_signal(signal.SIGKILL)
            worker.wait(10)
            killed.set()
        Dispatch.objects.update(leased_until=clock.now())  # its lease runs out in some minutes
        with a_worker():
            deadline = time.monotonic() + 20
            while Dispatch.objects.exists() and time.monotonic() < deadline:
                time.sleep(0.05)

    assert [read.letter(mail.original_content or b"").message_id for mail in peer.taken] == [
        message.message_id
    ] * copies
    with tenancy.entered(message.workspace_id):
        message.refresh_from_db()
        assert message.state == "sent"
        told = Event.objects.of(message.workspace_id).filter(name="message.resent").count()
    assert told == copies - 1


def a_message(port: int) -> Message:
    outgoing = {"host": "127.0.0.1", "port": port, "tls": "none"}
    inbox = an_inbox(a_workspace(), settings={"outgoing": outgoing})
    bo = an_agent(inbox.workspace)
    with tenancy.entered(inbox.workspace_id):
        to = [Address(name="", email="ada@customer.example")]
        draft = outbound.new_conversation(inbox, by=bo, to=to, subject="Gate code")
        outbound.save(draft, text="Try 4711.")
        return outbound.send(draft, by=bo)
