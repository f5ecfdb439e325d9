"""Handing over a mail, to servers that answer in every way."""

import base64
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from pytest_django import Settings
from tests.cast import a_workspace, an_inbox
from tests.peers import Peer, a_peer, a_peer_that_hangs_up_after_data, free_port, knows

from threadwell.channels.email import send
from threadwell.channels.email.send import NotReached, Server
from threadwell.config import reading
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import Workspace

RAW = b"From: support@firm.example\r\nSubject: x\r\n\r\nHello\r\n.\r\n..dots\r\n"


def server(port: int, **facts: object) -> Server:
    return Server(host="127.0.0.1", port=port, **{"tls": "none", **facts})  # type: ignore[arg-type]


def handed_over(
    port: int, *recipients: str, before: list[str] | None = None, **facts: object
) -> dict[str, str]:
    marks = before if before is not None else []
    answers = send.hand_over(
        RAW,
        sender="support@firm.example",
        recipients=recipients or ("ada@customer.example",),
        server=server(port, **facts),
        before_data=lambda: marks.append("now"),
    )
    return {address: str(answer) for address, answer in answers.items()}


def test_what_is_taken_arrives_byte_by_byte() -> None:
    before: list[str] = []
    with a_peer() as peer:
        assert handed_over(peer.port, before=before) == {"ada@customer.example": "250 OK queued as 1"}
    [mail] = peer.taken
    assert mail.original_content == RAW
    assert (mail.mail_from, mail.rcpt_tos) == ("support@firm.example", ["ada@customer.example"])
    assert before == ["now"]


def test_each_recipient_has_an_answer_of_its_own() -> None:
    said = {"a@x.example": "250 OK", "b@x.example": "550 5.1.1 no such user", "c@x.example": "450 4.2.0 grey"}
    with a_peer(Peer(rcpt=said.__getitem__)) as peer:
        answers = handed_over(peer.port, *said)
    assert answers == {**said, "a@x.example": "250 OK queued as 1"}
    assert peer.taken[0].rcpt_tos == ["a@x.example"]


def test_when_nobody_is_taken_the_mail_is_not_offered() -> None:
    before: list[str] = []
    with a_peer(Peer(rcpt=lambda _: "550 no")) as peer:
        handed_over(peer.port, before=before)
    assert before == []


@pytest.mark.parametrize("said", ["451 4.3.0 later", "554 5.7.1 spam", "552 5.3.4 too big"])
def test_an_answer_to_the_whole_mail_is_that_of_everybody_who_was_taken(said: str) -> None:
    with a_peer(Peer(data=lambda _: said)) as peer:
        assert handed_over(peer.port, "a@x.example", "b@x.example") == {
            "a@x.example": said,
            "b@x.example": said,
        }


def test_a_line_that_breaks_before_the_answer_leaves_it_open() -> None:
    before: list[str] = []
    with a_peer_that_hangs_up_after_data() as (port, taken):
        [answer] = send.hand_over(
            RAW,
            sender="support@firm.example",
            recipients=["ada@customer.example"],
            server=server(port),
            before_data=lambda: before.append("now"),
        ).values()
    assert (answer.code, answer.is_taken, answer.is_refused) == (0, False, False)
    assert before == ["now"]
    assert b"Hello\r\n" in taken


def test_a_server_that_is_not_there_is_named_with_the_reason() -> None:
    port = free_port()
    with pytest.raises(NotReached, match=f"127.0.0.1:{port} cannot be reached"):
        handed_over(port)


def test_a_server_that_says_nothing_is_not_waited_for_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NotReached, match="timed out"):
        handed_over(silent.getsockname()[1])


def test_signing_in_with_a_wrong_password_is_told_in_the_servers_words() -> None:
    options = {"authenticator": knows("bo", "right"), "auth_require_tls": False}
    with a_peer(**options) as peer:
        assert handed_over(peer.port, user="bo", password="right")
        with pytest.raises(NotReached, match="does not let us sign in: 535"):
            handed_over(peer.port, user="bo", password="wrong")


def test_without_encryption_offered_nothing_is_said() -> None:
    with a_peer() as peer, pytest.raises(NotReached, match="STARTTLS"):
        send.hand_over(
            RAW,
            sender="support@firm.example",
            recipients=["ada@customer.example"],
            server=Server(host="127.0.0.1", port=peer.port, tls="starttls"),
            before_data=lambda: None,
        )
    assert peer.taken == []


def test_an_address_of_another_script_needs_a_server_that_takes_them() -> None:
    with a_peer(enable_SMTPUTF8=True) as peer:
        assert handed_over(peer.port, "ådne@x.example") == {"ådne@x.example": "250 OK queued as 1"}
    with a_peer(enable_SMTPUTF8=False) as peer:
        answers = handed_over(peer.port, "ådne@x.example", "ada@exämple.example")
    assert answers["ådne@x.example"].startswith("550")
    assert answers["ada@exämple.example"].startswith("250")


def test_a_certificate_that_nobody_vouches_for_is_refused_unless_it_is_a_server_of_ones_own(
    tmp_path: Path,
) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", "/CN=127.0.0.1", "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert")],
        check=True, capture_output=True,
    )  # fmt: skip
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    with a_peer(tls_context=trust) as peer:
        with pytest.raises(NotReached, match="cannot be spoken to safely"):
            handed_over(peer.port, tls="starttls")
        assert handed_over(peer.port, tls="starttls", checks_certificate=False)
    assert len(peer.taken) == 1


class Provider(Peer):
    """A server that lets in whoever brings the right token."""

    async def auth_XOAUTH2(self, server: SMTP, words: list[str]) -> AuthResult:
        said = base64.b64decode(words[1])
        if said == b"user=support@firm.example\x01auth=Bearer good\x01\x01":
            return AuthResult(success=True, auth_data=said)
        return AuthResult(success=False, handled=False)


def test_signing_in_with_a_token_of_the_provider() -> None:
    with a_peer(Provider(), auth_require_tls=False) as peer:
        assert handed_over(peer.port, user="support@firm.example", token="good")
        with pytest.raises(NotReached, match="does not let us sign in"):
            handed_over(peer.port, user="support@firm.example", token="stale")


def test_an_inbox_without_a_server_of_its_own_sends_by_the_systems(settings: Settings) -> None:
    inbox = Inbox(workspace=Workspace(), settings={})
    with pytest.raises(NotReached, match="No server to send by"):
        send.server_of(inbox)
    relay = reading.mail_url("smtp+starttls://us:secret@relay.example:587")
    settings.OPTIONS = {**settings.OPTIONS, "THREADWELL_SYSTEM_MAIL": relay}
    found = send.server_of(inbox)
    assert (found.host, found.port, found.tls, found.user, found.password) == (
        "relay.example", 587, "starttls", "us", "secret",
    )  # fmt: skip


def test_the_inboxes_own_server_goes_before_the_systems() -> None:
    told = {"host": "mail.firm.example", "port": 465, "tls": "tls", "user": "bo", "check_certificate": False}
    inbox = Inbox(workspace=Workspace(), settings={"outgoing": told})
    inbox.secrets = {"outgoing_password": "secret"}
    found = send.server_of(inbox)
    assert (found.host, found.port, found.tls, found.user, found.password, found.checks_certificate) == (
        "mail.firm.example", 465, "tls", "bo", "secret", False,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_an_inbox_whose_provider_no_longer_lets_it_in_says_so() -> None:
    told = {"host": "smtp.provider.example", "auth": "oauth", "user": "support@firm.example"}
    inbox = an_inbox(a_workspace(), settings={"outgoing": told})
    with pytest.raises(NotReached, match="not connected yet"):
        send.server_of(inbox)
