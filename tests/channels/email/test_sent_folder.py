"""A copy of what left stands in the mailbox's Sent folder."""

from pathlib import Path

import pytest
from tests.interfaces.gateways import dovecot
from tests.peers import free_port

from threadwell.channels.email import sent_folder
from threadwell.channels.email.sent_folder import NotLaid
from threadwell.record.inboxes.models import Inbox

RAW = b"From: support@firm.example\r\nSubject: Re: Gate code\r\n\r\nTry 4711.\r\n"


def an_inbox(port: int, password: str = dovecot.PASSWORD) -> Inbox:
    incoming = {"kind": "imap", "host": "127.0.0.1", "port": port, "tls": "none", "user": "ada"}
    inbox = Inbox(settings={"incoming": incoming, "outgoing": {"save_sent": True}})
    inbox.secrets = {"incoming_password": password}
    return inbox


@pytest.mark.servers
@pytest.mark.skipif(not Path(dovecot.PROGRAM).exists(), reason="Dovecot is not installed")
def test_the_copy_is_laid_there_as_read() -> None:
    with dovecot.running() as server:
        inbox = an_inbox(server.plain)
        assert sent_folder.is_wanted(inbox)
        sent_folder.lay(inbox, RAW)
        with server.client() as client:
            client.select_folder("Sent")
            [(_, fetched)] = client.fetch(client.search(), ["BODY[]", "FLAGS"]).items()
        assert fetched[b"BODY[]"] == RAW
        assert b"\\Seen" in fetched[b"FLAGS"]
        with pytest.raises(NotLaid, match=r"(?i)auth"):
            sent_folder.lay(an_inbox(server.plain, "wrong"), RAW)


def test_a_mailbox_that_is_not_there_says_so() -> None:
    with pytest.raises(NotLaid, match="refused"):
        sent_folder.lay(an_inbox(free_port()), RAW)


def test_it_is_done_only_where_it_was_asked_for() -> None:
    inbox = an_inbox(1)
    inbox.settings["outgoing"] = {}
    assert not sent_folder.is_wanted(inbox)
