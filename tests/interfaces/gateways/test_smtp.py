"""The gateway is spoken to as other mail servers do: over sockets, kindly and unkindly."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from django.conf import settings
from django.db import connection

from tests.conftest import sever
from tests.interfaces.gateways.conftest import House, Running
from threadwell.interfaces.gateways import smtp as gateway
from threadwell.kit import tenancy
from threadwell.record.inboxes.models import Delivery, Inbox

type Letter = Callable[..., bytes]


def sent(running: Running, raw: bytes, *to: str, sender: str = "ada@customer.example") -> dict[str, Any]:
    with smtplib.SMTP("127.0.0.1", running.smtp) as client:
        return client.sendmail(sender, to or ["help@firm.example"], raw)


def raw_of(delivery: Delivery) -> bytes:
    return zstandard.decompress(bytes(delivery.raw))


@pytest.mark.parametrize(
    "raw",
    [
        b"Message-ID: <1@a>\r\n\r\nText\r\n",
        b"Message-ID: <1@a>\r\n\r\n.\r\n..\r\n.dot\r\nText\r\n",
        b".first line\r\nMessage-ID: <1@a>\r\n\r\nText\r\n",
        b"",
        b"\r\n",
        b"Message-ID: <1@a>\r\n\r\nNUL \0 and 8 bit \xff\xe9\r\n",
        b"Message-ID: <1@a>\r\n\r\nbare\nline\nfeeds\n.\nstay\rhere\r\n",
        b"Message-ID: <1@a>\r\n\r\n" + b"a line of any length " * 20_000 + b"\r\n",
        b"X: " + b"y" * 200_000 + b"\r\n\r\nText\r\n",
    ],
    ids=["plain", "dots", "dot first", "empty", "one line", "NUL", "bare line feeds", "long line", "header"],
)
def test_the_bytes_are_held_as_they_came(house: House, running: Running, raw: bytes) -> None:
    wire = raw.replace(b"\r\n.", b"\r\n..")
    with socket.create_connection(("127.0.0.1", running.smtp)) as wired:
        words = wired.makefile("rwb")
        for line in (b"EHLO x", b"MAIL FROM:<>", b"RCPT TO:<help@firm.example>", b"DATA"):
            words.write(line + b"\r\n")
        words.write((b"." if wire.startswith(b".") else b"") + wire + b".\r\nQUIT\r\n")
        words.flush()
        answers = words.read()
    assert b"250 2.0.0 Held." in answers
    assert answers.endswith(b"221 Bye\r\n")
    assert [raw_of(delivery) for delivery in house.held()] == [raw]


def test_the_envelope_is_kept_beside_the_mail(house: House, running: Running, letter: Letter) -> None:
    sent(running, letter(), "Help+token123@Firm.example")
    [delivery] = house.held("help")
    assert delivery.source_facts["rcpt"] == ["Help+token123@Firm.example"]
    assert delivery.source_facts["mail_from"] == "ada@customer.example"
    assert delivery.source_facts["peer"] == "127.0.0.1"
    assert delivery.source_facts["protocol"] == "smtp"
    assert delivery.state == Delivery.State.WAITING


def test_a_mail_that_is_sent_again_is_held_once(house: House, running: Running, letter: Letter) -> None:
    sent(running, letter())
    sent(running, letter())
    assert len(house.held()) == 1


def test_two_equal_alarms_without_an_id_are_two(house: House, running: Running) -> None:
    for _ in range(2):
        sent(running, b"Subject: pump failed\r\n\r\nPump 3 failed.\r\n")
    assert len(house.held()) == 2


def test_a_mail_for_two_inboxes_is_held_at_both(house: House, running: Running, letter: Letter) -> None:
    sent(running, letter(), "help@firm.example", "sales@firm.example", "help+x@firm.example")
    assert [len(house.held("help")), len(house.held("sales"))] == [1, 1]


def test_two_thousand_recipients_are_one_mail_for_an_inbox(house: House, running: Running) -> None:
    sent(running, b"Subject: all\r\n\r\nx\r\n", *(f"help+{n}@firm.example" for n in range(2000)))
    [delivery] = house.held()
    assert len(delivery.source_facts["rcpt"]) == 2000


@pytest.mark.parametrize("address", ["nobody@firm.example", "help@other.example", "hel\\p@firm.example"])
def test_strangers_are_refused_at_once(running: Running, letter: Letter, address: str) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        sent(running, letter(), address)
    [(code, _)] = refused.value.recipients.values()
    assert code in {550, 553}


def test_one_stranger_does_not_keep_the_others_out(house: House, running: Running, letter: Letter) -> None:
    refused = sent(running, letter(), "help@firm.example", "nobody@firm.example")
    assert refused["nobody@firm.example"][0] == 550
    assert len(house.held()) == 1


def test_who_collects_addresses_is_shown_out(running: Running) -> None:
    with smtplib.SMTP("127.0.0.1", running.smtp) as client:
        client.ehlo()
        client.mail("x@y.example")
        answers = [client.rcpt(f"guess{number}@firm.example")[0] for number in range(101)]
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()
        client.close()
    assert set(answers) <= {550, 421}


def test_a_mail_announced_too_large_is_refused_before_it_is_sent(running: Running) -> None:
    with smtplib.SMTP("127.0.0.1", running.smtp) as client:
        client.ehlo()
        code, _ = client.mail("x@y.example", [f"SIZE={settings.MAIL_LIMIT + 1}"])
    assert code == 552


def test_a_mail_that_grows_too_large_is_refused_and_the_session_goes_on(
    house: House, running: Running, letter: Letter, settings: Any
) -> None:
    settings.MAIL_LIMIT = 1024 * 1024
    with smtplib.SMTP("127.0.0.1", running.smtp) as client:
        client.helo()
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("x@y.example", ["help@firm.example"], letter(text="x" * 1_200_000))
        assert refused.value.smtp_code == 552
        client.sendmail("x@y.example", ["help@firm.example"], letter(2))
    assert len(house.held()) == 1


def test_sixty_megabytes_are_taken(house: House, running: Running, letter: Letter) -> None:
    raw = letter(text="0123456789" * 6_000_000)
    sent(running, raw)
    assert house.held()[0].size == len(raw)


def test_a_full_disk_puts_mail_off(house: House, running: Running, letter: Letter, settings: Any) -> None:
    settings.DISK_RESERVE = 1 << 60
    with pytest.raises(smtplib.SMTPSenderRefused) as put_off:
        sent(running, letter())
    assert put_off.value.smtp_code == 452
    assert house.held() == []


def test_a_mail_that_cannot_be_stored_is_put_off_and_harms_nobody(
    house: House, running: Running, letter: Letter
) -> None:
    """Its inbox is gone, but the directory still names it."""
    gone = house.add("gone")
    with tenancy.entered(house.workspace.pk):
        Inbox.objects.of(house.workspace).filter(pk=gone.pk).delete()
    outcomes: dict[int, int] = {}

    def send(number: int) -> None:
        try:
            sent(running, letter(number), "gone@firm.example" if number % 4 == 0 else "help@firm.example")
            outcomes[number] = 250
        except smtplib.SMTPDataError as problem:
            outcomes[number] = problem.smtp_code

    together = [threading.Thread(target=send, args=(number,)) for number in range(12)]
    for one in together:
        one.start()
    for one in together:
        one.join()
    assert outcomes == {number: 451 if number % 4 == 0 else 250 for number in range(12)}
    assert len(house.held()) == 9


def test_while_the_database_is_away_mail_is_put_off_and_then_taken(
    house: House, running: Running, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(running, letter(1))
    name = connection.settings_dict["NAME"]
    monkeypatch.setitem(connection.settings_dict["OPTIONS"]["pool"], "timeout", 1)
    connection.settings_dict["NAME"] = "no_such_database"
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's connections have pools
    sever(name)
    with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused)) as put_off:
        sent(running, letter(2))
    connection.settings_dict["NAME"] = name
    monkeypatch.undo()
    connection.close_pool()  # type: ignore[attr-defined]
    assert "451" in str(put_off.value)
    sent(running, letter(2))
    assert len(house.held()) == 2


def test_a_severed_connection_to_the_database_is_made_anew(
    house: House, running: Running, letter: Letter
) -> None:
    sent(running, letter(1))
    connection.close()
    sever(connection.settings_dict["NAME"])
    sent(running, letter(2))
    assert len(house.held()) == 2


def test_one_caller_too_many_is_asked_to_come_later(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "MOST_CONNECTIONS", 1)
    with smtplib.SMTP("127.0.0.1", running.smtp):
        with pytest.raises(smtplib.SMTPConnectError) as busy:
            smtplib.SMTP("127.0.0.1", running.smtp)
        assert busy.value.smtp_code == 421


def test_starttls_is_offered_with_a_certificate_of_our_own(
    house: House, running: Running, letter: Letter
) -> None:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with smtplib.SMTP("127.0.0.1", running.smtp) as client:
        client.starttls(context=trusting)
        client.sendmail("ada@customer.example", ["help@firm.example"], letter())
    assert house.held()[0].source_facts["tls"].startswith("TLSv1.")
    assert (settings.HOME / "keys" / "gateway.pem").stat().st_mode & 0o077 == 0


def test_nobody_can_sign_in_or_relay(running: Running) -> None:
    with smtplib.SMTP("127.0.0.1", running.smtp) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        assert client.has_extn("8bitmime")
        assert client.has_extn("smtputf8")
        assert client.has_extn("pipelining")
        assert client.esmtp_features["size"] == str(settings.MAIL_LIMIT)


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n\0.\r\n"], ids=repr)
def test_a_mail_cannot_smuggle_another_one_in(house: House, running: Running, end: bytes) -> None:
    smuggled = (
        b"MAIL FROM:<boss@firm.example>\r\nRCPT TO:<help@firm.example>\r\nDATA\r\nSubject: fake\r\n\r\nx\r\n"
    )
    with socket.create_connection(("127.0.0.1", running.smtp)) as wired:
        words = wired.makefile("rwb")
        words.write(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<help@firm.example>\r\nDATA\r\n")
        words.write(b"Subject: real\r\n\r\ntext" + end + smuggled + b".\r\nQUIT\r\n")
        words.flush()
        words.read()
    assert len(house.held()) == 1


def test_a_sender_that_hangs_up_in_the_middle_leaves_nothing(house: House, running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.smtp)) as wired:
        wired.sendall(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<help@firm.example>\r\nDATA\r\nSubj")
    sent(running, b"Message-ID: <whole@b>\r\n\r\nx\r\n")
    assert [raw_of(delivery) for delivery in house.held()] == [b"Message-ID: <whole@b>\r\n\r\nx\r\n"]
    assert running.gateway.in_flight == 0


def test_lmtp_answers_for_each_recipient(house: House, running: Running, letter: Letter) -> None:
    gone = house.add("gone")
    with tenancy.entered(house.workspace.pk):
        Inbox.objects.of(house.workspace).filter(pk=gone.pk).delete()
    recipients = ("help", "gone", "sales", "help+2")
    with socket.create_connection(("127.0.0.1", running.lmtp)) as wired:
        words = wired.makefile("rwb")
        words.write(b"LHLO x\r\nMAIL FROM:<ada@customer.example>\r\n")
        words.writelines(f"RCPT TO:<{name}@firm.example>\r\n".encode() for name in recipients)
        words.write(b"DATA\r\n" + letter() + b".\r\nQUIT\r\n")
        words.flush()
        answers = words.read().splitlines()
    assert [line[:3] for line in answers[-5:]] == [b"250", b"451", b"250", b"250", b"221"]
    assert [len(house.held("help")), len(house.held("sales"))] == [1, 1]


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe\0\r\n",
        b"RCPT TO:<>\r\n",
        b"DATA\r\n",
        b"MAIL FROM:<" + b"x" * 90_000 + b">\r\n",
        b"BDAT 5\r\n",
    ],
    ids=["noise", "too early", "nothing named", "long", "unknown"],
)
def test_nonsense_is_answered_with_a_refusal(running: Running, line: bytes) -> None:
    with socket.create_connection(("127.0.0.1", running.smtp)) as wired:
        words = wired.makefile("rwb")
        words.write(b"EHLO x\r\n" + line + b"QUIT\r\n")
        words.flush()
        answers = words.read().splitlines()
    assert answers[-2][:1] == b"5"
