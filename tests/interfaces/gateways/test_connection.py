"""The connection test tells what is wrong in plain words, at real servers that are wrong in each way."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.interfaces.gateways import dovecot
from tests.interfaces.gateways.dovecot import PASSWORD, Dovecot
from threadwell.channels.email import connection
from threadwell.channels.email.connection_presets import preset_for

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not Path(dovecot.PROGRAM).exists(), reason="Dovecot is not installed"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot.running() as made:
        yield made


@pytest.fixture
def trusted(server: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts whoever signed the server's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server.home / "cert"))


def tried(server: Dovecot, *, secret: str = PASSWORD, **changes: Any) -> connection.Findings:
    settings = {"host": "localhost", "port": server.tls, "tls": "tls", "user": "ada"} | changes
    return connection.try_incoming(settings, secret=secret)


def test_a_good_mailbox_is_good_at_each_step(server: Dovecot, trusted: None) -> None:
    findings = tried(server)
    assert [step.name for step in findings.steps] == [
        "Name", "Port", "Encryption", "Signing in", "Folders", "Folder INBOX"
    ]  # fmt: skip
    assert findings.are_good
    assert "INBOX" in findings.folders
    assert findings.sent_folder == "Sent"


def test_starttls_is_good_too(server: Dovecot, trusted: None) -> None:
    assert tried(server, port=server.plain, tls="starttls").are_good


@pytest.mark.parametrize(
    ("changes", "step", "words"),
    [
        ({"host": ""}, "Name", "Enter the mail server"),
        ({"host": "no-such-host.invalid"}, "Name", "Check the spelling"),
        ({"port": 1}, "Port", "Usual ports are 993"),
        ({"port": "plain"}, "Encryption", "Choose STARTTLS"),
        ({"tls": "starttls"}, "Encryption", "TLS"),
        ({"host": "127.0.0.1"}, "Encryption", "certificate"),
        ({"secret": "wrong"}, "Signing in", "[AUTHENTICATIONFAILED] Authentication failed. Check both"),
        ({"folders": ["Nowhere"]}, "Folder Nowhere", "Nowhere"),
    ],
    ids=["no host", "unknown host", "closed", "TLS at STARTTLS", "STARTTLS at TLS", "other name",
         "password", "folder"],
)  # fmt: skip
def test_each_fault_is_named_with_what_mends_it(
    server: Dovecot,
    trusted: None,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
    step: str,
    words: str,
) -> None:
    monkeypatch.setattr("threadwell.channels.email.imap.CONNECT_WITHIN", 2)
    if changes.get("port") == "plain":
        changes = changes | {"port": server.plain}
    findings = tried(server, **changes)
    assert findings.trouble is not None
    assert findings.trouble.name == step
    told = f"{findings.trouble.what} {findings.trouble.mend}"
    assert words in told
    assert "b'" not in told


def test_a_certificate_of_ones_own_may_go_unchecked(server: Dovecot) -> None:
    refused = tried(server).trouble
    assert refused is not None
    assert "certificate" in refused.what
    assert tried(server, check_certificate=False).are_good


def test_no_password_is_sent_where_the_server_wants_none_in_the_clear() -> None:
    heard: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        wired, _ = listening.accept()
        with contextlib.suppress(OSError), wired, wired.makefile("rwb") as words:
            words.write(b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hello\r\n")
            words.flush()
            for line in words:
                heard.append(line)
                words.write(
                    b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n" + line.split()[0] + b" OK done\r\n"
                )
                words.flush()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        thread = threading.Thread(target=lambda: [serve(listening), serve(listening)])
        thread.start()
        findings = connection.try_incoming(
            {"host": "127.0.0.1", "port": port, "tls": "none", "user": "ada"}, secret=PASSWORD
        )
        thread.join(10)
    assert findings.trouble is not None
    assert "Choose TLS or STARTTLS" in findings.trouble.mend
    assert not any(PASSWORD.encode() in line for line in heard)


def test_a_server_that_never_greets_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threadwell.channels.email.imap.CONNECT_WITHIN", 1)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        findings = connection.try_incoming(
            {"host": "127.0.0.1", "port": port, "tls": "none", "user": "ada"}, secret="x"
        )
    assert findings.trouble is not None
    assert "does not answer" in findings.trouble.what


class Submission:
    """Takes letters from ada only."""

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address != "ada@firm.example":
            return "550 5.7.1 Not yours to send"
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        raise AssertionError("no letter is sent by a test of the connection")


def signed_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


@pytest.fixture
def submission(server: Dovecot) -> Iterator[int]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(server.home / "cert.pem")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(
        Submission(), hostname="127.0.0.1", port=port, tls_context=context, authenticator=signed_in
    )
    controller.start()
    yield port
    controller.stop()


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({}, None),
        ({"secret": "wrong"}, "Signing in"),
        ({"sender": "boss@firm.example"}, "Sending"),
        ({"tls": "tls"}, "Encryption"),
        ({"port": 1}, "Port"),
    ],
    ids=["good", "password", "not ours", "TLS at STARTTLS", "closed"],
)
def test_sending_is_tried_without_sending(
    submission: int, trusted: None, changes: dict[str, Any], step: str | None
) -> None:
    secret, sender = changes.pop("secret", PASSWORD), changes.pop("sender", "ada@firm.example")
    settings = {"host": "localhost", "port": submission, "tls": "starttls", "user": "ada"} | changes
    findings = connection.try_outgoing(settings, secret=secret, sender=sender)
    assert (findings.trouble.name if findings.trouble else None) == step
    assert threading.active_count() < 20


@pytest.mark.parametrize(
    ("address", "host", "oauth"),
    [
        ("ada@gmail.com", "imap.gmail.com", "google"),
        ("ada@Outlook.com", "outlook.office365.com", "microsoft"),
        ("ada@web.de", "imap.web.de", ""),
        ("help@firm.example", "imap.firm.example", ""),
    ],
)
def test_the_usual_settings_are_proposed(address: str, host: str, oauth: str) -> None:
    preset = preset_for(address)
    assert preset.incoming["host"] == host
    assert preset.oauth == oauth
