"""Intake, end to end: what arrives is held, read once, and stands in the right conversation."""

from typing import Any

import pytest
from django.db import OperationalError, connection

from tests.cast import a_mail, a_workspace, all_read, an_agent, an_inbox, arrives
from threadwell.flow import intake, outbound, surgery
from threadwell.flow.arrive import capture, unpack
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.inboxes.models import Block, Delivery
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Contact

pytestmark = pytest.mark.django_db(transaction=True)


def test_mail_becomes_a_conversation_with_its_contact() -> None:
    firm = a_workspace()
    inbox = an_inbox(firm)
    arrives(inbox, a_mail("The gate code is wrong.", subject="Gate code"))
    all_read(firm)
    with tenancy.entered(firm.pk):
        conversation = Conversation.objects.of(firm).get()
        message = conversation.messages.get()
        assert conversation.subject == "Gate code"
        assert conversation.contact is not None
        assert conversation.contact.name == "Ada Customer"
        assert conversation.status == "open"
        assert conversation.waiting_since == message.at
        assert message.text == "The gate code is wrong."
        assert Delivery.objects.of(firm).get().state == "read"
        names = set(Event.objects.of(firm).values_list("name", flat=True))
        assert {"conversation.opened", "message.received"} <= names


def test_no_letter_is_blamed_for_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_facts: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$")

    firm = a_workspace()
    inbox = an_inbox(firm)
    for _ in range(3):
        arrives(inbox, a_mail())
    with monkeypatch.context() as patch:
        patch.setattr(unpack, "keep", full)
        for _ in range(capture.ATTEMPTS + 1):
            with pytest.raises(OperationalError):
                intake.read_waiting(firm.pk)
    with tenancy.entered(firm.pk):
        assert {(one.state, one.attempts) for one in Delivery.objects.of(firm)} == {("waiting", 0)}
    all_read(firm)
    with tenancy.entered(firm.pk):
        assert Message.objects.of(firm).count() == 3


def test_the_same_delivery_twice_is_read_once() -> None:
    firm = a_workspace()
    inbox = an_inbox(firm)
    raw = a_mail()
    first = arrives(inbox, raw, source_id="one")
    second = arrives(inbox, raw, source_id="one")
    all_read(firm)
    with tenancy.entered(firm.pk):
        assert first == second
        assert Message.objects.of(firm).count() == 1


def test_the_same_mail_at_two_inboxes_stands_once_and_is_accounted_for_twice() -> None:
    firm = a_workspace()
    raw = a_mail()
    arrives(an_inbox(firm, address="support@firm.example"), raw)
    arrives(an_inbox(firm, address="sales@firm.example"), raw)
    all_read(firm)
    with tenancy.entered(firm.pk):
        assert Message.objects.of(firm).count() == 1
        assert sorted(Delivery.objects.of(firm).values_list("state", flat=True)) == ["aside", "read"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_replies_join_their_thread_in_whatever_order_they_arrive(order: tuple[int, ...]) -> None:
    firm = a_workspace()
    inbox = an_inbox(firm)
    mails = [
        a_mail("one", message_id="<1@customer.example>"),
        a_mail(
            "two", message_id="<2@customer.example>", answers="<1@customer.example>", subject="Re: Gate code"
        ),
        a_mail(
            "three",
            message_id="<3@customer.example>",
            answers="<2@customer.example>",
            subject="Re: Gate code",
        ),
    ]
    for place in order:
        arrives(inbox, mails[place])
        all_read(firm)
    with tenancy.entered(firm.pk):
        alive = Conversation.objects.of(firm).filter(joined_into=None)
        assert alive.count() == 1
        assert alive.get().messages.count() == 3
        assert alive.get().message_count == 3


def test_only_conversations_are_numbered() -> None:
    firm = a_workspace()
    inbox = an_inbox(firm)
    arrives(inbox, a_mail(message_id="<1@customer.example>"))
    arrives(inbox, a_mail("more", answers="<1@customer.example>", subject="Re: Gate code"))
    arrives(inbox, a_mail("another matter", subject="Invoice"))
    all_read(firm)
    with tenancy.entered(firm.pk):
        assert sorted(Conversation.objects.of(firm).values_list("number", flat=True)) == [1, 2]


def test_a_reply_to_a_closed_conversation_reopens_it() -> None:
    firm = a_workspace()
    inbox = an_inbox(firm)
    bo = an_agent(firm)
    arrives(inbox, a_mail(message_id="<1@customer.example>"))
    all_read(firm)
    with tenancy.entered(firm.pk):
        Conversation.objects.of(firm).get().close(by=bo)
    arrives(inbox, a_mail("still wrong", answers="<1@customer.example>", subject="Re: Gate code"))
    all_read(firm)
    with tenancy.entered(firm.pk):
        conversation = Conversation.objects.of(firm).get()
        assert conversation.status == "open"
        assert Event.objects.of(firm).filter(name="conversation.reopened").count() == 1


def test_blocked_sender_goes_to_quarantine_and_makes_no_contact() -> None:
    firm = a_workspace()
    inbox = an_inbox(firm)
    bo = an_agent(firm)
    with tenancy.entered(firm.pk):
        Block.objects.create(workspace=firm, pattern="@customer.example", reason="floods us", by=bo)
    arrives(inbox, a_mail())
    all_read(firm)
    with tenancy.entered(firm.pk):
        assert Delivery.objects.of(firm).get().state == "quarantined"
        assert not Contact.objects.of(firm).exists()
        assert not Conversation.objects.of(firm).exists()


def test_absence_note_to_nothing_opens_no_conversation() -> None:
    firm = a_workspace()
    arrives(
        an_inbox(firm), a_mail("I am away.", subject="Out of office: hello", Auto_Submitted="auto-replied")
    )
    all_read(firm)
    with tenancy.entered(firm.pk):
        assert not Conversation.objects.of(firm).exists()
        assert Delivery.objects.of(firm).get().state == "aside"


def test_nonsense_is_kept_and_shown() -> None:
    firm = a_workspace()
    arrives(an_inbox(firm), b"\x00\xff\xfe garbage without any header")
    all_read(firm)
    with tenancy.entered(firm.pk):
        assert Message.objects.of(firm).get().text


def test_split_and_its_undo_put_everything_back() -> None:
    firm = a_workspace()
    inbox = an_inbox(firm)
    bo = an_agent(firm)
    arrives(inbox, a_mail("one", message_id="<1@customer.example>"))
    arrives(inbox, a_mail("two", message_id="<2@customer.example>", answers="<1@customer.example>"))
    all_read(firm)
    with tenancy.entered(firm.pk):
        source = Conversation.objects.of(firm).get()
        second = source.messages.get(message_id="2@customer.example")
        opened, undo = surgery.split(source, [second.pk], by=bo)
        assert opened.message_count == 1
    arrives(inbox, a_mail("three", answers="<2@customer.example>", subject="Re: Gate code"))
    all_read(firm)
    with tenancy.entered(firm.pk):
        opened.refresh_from_db()
        assert opened.message_count == 2, "a reply follows the message that was split off"
        surgery.put_back(undo, by=bo)
        source.refresh_from_db()
        opened.refresh_from_db()
        assert (source.message_count, opened.message_count) == (3, 0), "the reply goes where its thread says"


def test_notice_of_a_machine_that_answers_nothing_opens_a_conversation() -> None:
    firm = a_workspace()
    notice = a_mail(
        "Your order ships.",
        subject="Shipping",
        Auto_Submitted="auto-generated",
        sender="no-reply@shop.example",
    )
    arrives(an_inbox(firm), notice)
    all_read(firm)
    with tenancy.entered(firm.pk):
        assert Conversation.objects.of(firm).get().messages.get().kind == "automatic"


def test_bounce_becomes_the_state_of_the_letter_that_bounced() -> None:
    firm = a_workspace()
    inbox = an_inbox(firm)
    bo = an_agent(firm)
    arrives(inbox, a_mail())
    all_read(firm)
    with tenancy.entered(firm.pk):
        conversation = Conversation.objects.of(firm).get()
        draft = outbound.begin(conversation, "reply", by=bo)
        outbound.save(draft, text="We have sent a new code.")
        sent = outbound.send(draft, by=bo)
        conversation.messages.filter(pk=sent.pk).update(state=Message.State.SENT)
        conversation.close(by=bo)
    arrives(inbox, a_bounce(sent.message_id, recipient="ada@customer.example"))
    all_read(firm)
    with tenancy.entered(firm.pk):
        sent.refresh_from_db()
        conversation.refresh_from_db()
        assert sent.state == Message.State.BOUNCED
        assert "5.1.1" in sent.state_because
        assert conversation.preview.startswith("We have sent"), "a report is nobody's last word"
        assert conversation.status == "open", "our answer did not arrive, so somebody must look"
        assert Conversation.objects.of(firm).count() == 1
        assert Contact.objects.of(firm).count() == 1, "a machine is no customer"


def a_bounce(message_id: str, *, recipient: str) -> bytes:
    return f"""\
From: MAILER-DAEMON@mx.customer.example
To: support@firm.example
Subject: Undelivered Mail Returned to Sender
Date: Mon, 23 Nov 2026 08:13:00 +0100
Message-ID: <bounce-1@mx.customer.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Your mail could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <{recipient}>: User unknown

--b
Content-Type: text/rfc822-headers

From: support@firm.example
To: {recipient}
Subject: Re: Gate code
Message-ID: <{message_id}>

--b--
""".replace("\n", "\r\n").encode()
