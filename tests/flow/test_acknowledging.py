"""Acknowledging: who writes hears that it came in, once; machines, lists and forgers bring about nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import zstandard

from tests import cast
from threadwell.channels.email import read
from threadwell.channels.port import Address
from threadwell.flow import acknowledging, outbound
from threadwell.flow.reply import compose, unattended
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import Invalid
from threadwell.record.conversations.models import Conversation, Message, Outgoing
from threadwell.record.inboxes.models import Block, Inbox
from threadwell.record.people.models import Contact, Identity
from threadwell.record.workplace.models import Agent, Workspace

#: A Monday morning and a Sunday, in UTC.
OPEN, SHUT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC), datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TEXT = "Thank you, {first_name}. We have {number}."


class Desk:
    """A firm whose inbox acknowledges."""

    def __init__(self, name: str = "firm", *, when: str = "always", closed: str = "") -> None:
        self.firm: Workspace = cast.a_workspace(name)
        self.inbox: Inbox = cast.an_inbox(self.firm, address=f"support@{name}.example")
        self.bo: Agent = cast.an_agent(self.firm)
        with tenancy.entered(self.firm.pk):
            acknowledging.choose(self.inbox, by=self.bo, when=when, text=TEXT, text_closed=closed)

    def gets(self, raw: bytes, **facts: Any) -> None:
        cast.arrives(self.inbox, raw, **facts)
        cast.all_read(self.firm)

    def said(self) -> list[Message]:
        with tenancy.entered(self.firm.pk):
            return list(Message.objects.of(self.firm).filter(direction="out").order_by("pk"))

    def mails(self) -> list[bytes]:
        """What leaves, as bytes."""
        with tenancy.entered(self.firm.pk):
            ways = Outgoing.objects.of(self.firm).select_related("message__conversation", "inbox")
            rows = ways.order_by("pk")
            return [zstandard.ZstdDecompressor().decompress(compose.mail_of(one)) for one in rows]


def a_mail(**facts: Any) -> bytes:
    return cast.a_mail(**{"to": "support@firm.example", **facts})


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def test_who_writes_for_the_first_time_hears_that_it_came_in(desk: Desk) -> None:
    desk.gets(a_mail(message_id="<1@customer.example>"))
    [told] = desk.said()
    assert told.text == "Thank you, Ada. We have C-1."
    assert (told.kind, told.recipients["to"][0]["email"]) == ("automatic", "ada@customer.example")
    [mail] = desk.mails()
    letter = read.letter(mail)
    assert letter.auto_submitted == "auto-replied"
    assert letter.in_reply_to == ("1@customer.example",)
    with tenancy.entered(desk.firm.pk):
        conversation = Conversation.objects.of(desk.firm).get()
        assert conversation.waiting_since, "the customer still waits for a person"
        assert conversation.preview == "The gate code is wrong."
        conversation.recount()
        assert (conversation.preview, conversation.last_word) == ("The gate code is wrong.", "contact")


MACHINES: dict[str, dict[str, Any]] = {
    "an absence note": {"Auto_Submitted": "auto-replied"},
    "a notice": {"Auto_Submitted": "auto-generated"},
    "a list": {"List_Id": "<news.customer.example>"},
    "bulk": {"Precedence": "bulk"},
    "an address nobody reads": {"sender": "Shop <no-reply@shop.example>"},
    "a mail system": {"sender": "MAILER-DAEMON@customer.example"},
    "the administrator of one": {"sender": "postmaster@customer.example"},
    "ourselves": {"sender": "support@firm.example"},
    "ourselves with a tag": {"sender": "support+x@firm.example"},
    "a blind copy": {"to": "somebody@else.example"},
    "a forgery": {"Authentication_Results": "mx.firm.example; dmarc=fail header.from=customer.example"},
    "spam": {"X_Spam_Flag": "YES", "X_Spam_Status": "Yes, score=15.0 required=5.0"},
}


@pytest.mark.parametrize("headers", MACHINES.values(), ids=MACHINES)
def test_nobody_who_is_no_person_is_answered(desk: Desk, headers: dict[str, Any]) -> None:
    desk.gets(a_mail(**headers))
    assert desk.said() == []


def test_a_report_old_mail_and_an_empty_return_path_are_not_answered(desk: Desk) -> None:
    desk.gets(a_mail(), imported=True)
    desk.gets(a_mail(subject="x"), mail_from="")
    with clock.stopped_at(clock.now() + timedelta(days=3)):
        cast.all_read(desk.firm)
    assert desk.said() == []


def test_nobody_hears_it_twice_within_a_day(desk: Desk) -> None:
    desk.gets(a_mail(subject="Gate"))
    desk.gets(a_mail(subject="Door"))
    assert len(desk.said()) == 1
    with clock.stopped_at(clock.now() + timedelta(hours=25)):
        desk.gets(a_mail(subject="Bell"))
    assert len(desk.said()) == 2


def test_an_answer_in_a_conversation_is_not_acknowledged(desk: Desk) -> None:
    desk.gets(a_mail(message_id="<1@customer.example>"))
    desk.gets(a_mail(answers="<1@customer.example>", sender="Zoe <zoe@customer.example>"))
    assert len(desk.said()) == 1


def test_blocked_and_bounced_addresses_are_left_alone(desk: Desk) -> None:
    with tenancy.entered(desk.firm.pk):
        conversation = Conversation.objects.create(workspace=desk.firm, number=9, inbox=desk.inbox)
        contact = cast_contact(desk)
        Identity.objects.of(desk.firm).filter(contact=contact).update(unreachable_since=clock.now())
        Block.objects.create(workspace=desk.firm, pattern="@bad.example", reason="spam", by=desk.bo)
        now = clock.now()

        def why(address: str) -> str:
            return unattended.why_not(conversation, address, now=now)

        assert why("gone@customer.example") == unattended.UNREACHABLE
        assert why("any@bad.example") == unattended.BLOCKED
        assert why("nonsense") == unattended.NOWHERE
        assert why("ada@customer.example") == ""


def cast_contact(desk: Desk) -> Any:
    contact = Contact.objects.create(workspace=desk.firm, name="Gone")
    Identity.objects.create(workspace=desk.firm, contact=contact, kind="email", value="gone@customer.example")
    return contact


HOURS = {
    "always, open": ("always", OPEN, "open"),
    "always, shut": ("always", SHUT, "shut"),
    "open hours, open": ("open", OPEN, "open"),
    "open hours, shut": ("open", SHUT, ""),
    "closed hours, open": ("closed", OPEN, ""),
    "closed hours, shut": ("closed", SHUT, "shut"),
    "never": ("never", OPEN, ""),
}


@pytest.mark.parametrize(("when", "now", "said"), HOURS.values(), ids=HOURS)
def test_what_is_said_depends_on_business_hours(db: None, when: str, now: datetime, said: str) -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        acknowledging.choose(desk.inbox, by=desk.bo, when=when, text="open", text_closed="shut")
    with clock.stopped_at(now):
        desk.gets(a_mail())
    assert [one.text for one in desk.said()] == ([said] if said else [])


def test_two_installations_that_answer_each_other_stop(db: None) -> None:
    one, other = Desk("firm"), Desk("rival")
    letter = cast.a_mail(sender="Rival <support@rival.example>", to="support@firm.example")
    one.gets(letter)
    for _round in range(5):
        for left, right in ((one, other), (other, one)):
            for mail in left.mails():
                right.gets(mail)
    assert len(one.said()) == 1
    assert other.said() == [], "an automatic reply is answered by nobody"


def test_a_thread_has_a_cap_whatever_brings_it_about(desk: Desk) -> None:
    with tenancy.entered(desk.firm.pk):
        conversation = Conversation.objects.create(workspace=desk.firm, number=9, inbox=desk.inbox)
        ada = cast_address()
        sent = 0
        for _turn in range(10):
            now = clock.now()
            if not unattended.why_not(conversation, ada.email, now=now):
                facts: dict[str, Any] = {"answers": None, "by": None, "because": unattended.REPLIED}
                unattended.say(conversation, inbox=desk.inbox, to=ada, text="x", now=now, **facts)
                sent += 1
        assert sent == unattended.MOST_AN_HOUR
        later = clock.now() + timedelta(hours=2)
        assert unattended.why_not(conversation, ada.email, now=later) == ""


def cast_address() -> Any:
    return Address(name="Ada", email="ada@customer.example")


def test_an_automatic_letter_is_no_draft_again(desk: Desk) -> None:
    desk.gets(a_mail())
    with tenancy.entered(desk.firm.pk), pytest.raises(outbound.TooLate):
        outbound.take_back(desk.said()[0], by=desk.bo)


REFUSED: dict[str, Callable[[Desk], object]] = {
    "no such choice": lambda desk: acknowledging.choose(
        desk.inbox, by=desk.bo, when="often", text="x", text_closed=""
    ),
    "nothing to say": lambda desk: acknowledging.choose(
        desk.inbox, by=desk.bo, when="always", text=" ", text_closed="x"
    ),
    "too much to say": lambda desk: acknowledging.choose(
        desk.inbox, by=desk.bo, when="always", text="x" * 5001, text_closed=""
    ),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_settings_that_make_no_sense_are_refused(desk: Desk, refused: Callable[[Desk], object]) -> None:
    with tenancy.entered(desk.firm.pk), pytest.raises(Invalid):
        refused(desk)
