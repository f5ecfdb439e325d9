"""Side conversations: third parties are asked beside the customer, and neither ever hears of the other."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from tests.cast import a_mail, a_workspace, all_read, an_agent, an_inbox, arrives
from tests.peers import a_peer
from threadwell.channels.email import read, tokens
from threadwell.channels.port import Address
from threadwell.flow import asides, outbound, restricting
from threadwell.flow.asides import Words
from threadwell.flow.handling import Close, StandsAside, handle
from threadwell.flow.reply import compose, deliver
from threadwell.flow.restricting import Behind, Who
from threadwell.kit import tenancy
from threadwell.kit.errors import DomainError, Invalid
from threadwell.kit.veils import veiled
from threadwell.record.conversations import asides as kept
from threadwell.record.conversations import queues
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.conversations.queues import Place
from threadwell.record.journal.models import Event
from threadwell.record.notices.models import Notice
from threadwell.record.people.models import Contact, Identity
from threadwell.record.sight import seeing
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)

SUPPLIER = Address(name="Gates Ltd", email="gates@supplier.example")


class Desk:
    """A firm with one conversation that waits, Bo who owns it, and a mail server to send by."""

    def __init__(self, *, port: int = 1) -> None:
        self.firm = a_workspace()
        facts = {"host": "127.0.0.1", "port": port, "tls": "none", "plus_address": True}
        self.inbox = an_inbox(self.firm, settings={"outgoing": facts})
        self.bo = an_agent(self.firm)
        self.hears("The gate code is wrong.", message_id="<1@customer.example>", Cc="eve@customer.example")
        with tenancy.entered(self.firm.pk):
            self.main.assign(self.bo, by=self.bo)

    def hears(self, text: str, *, answers: str = "", **facts: str) -> None:
        # Written by hand: the library folds a name as long as ours in a way that no mail program does.
        about = f"In-Reply-To: {answers}\r\nReferences: {answers}\r\n" if answers else ""
        arrives(self.inbox, about.encode() + a_mail(text, **facts))
        all_read(self.firm)

    @property
    def main(self) -> Conversation:
        found: Conversation = (
            Conversation.objects.of(self.firm)
            .filter(aside_of=None, joined_into=None)
            .select_related("contact__one_with", "owner", "inbox")
            .order_by("pk")[0]
        )
        return found

    @property
    def aside(self) -> Conversation:
        return kept.of(self.main)[0]

    def asks(self, *to: Address, text: str = "Which code is right?", subject: str = "A code") -> Message:
        return asides.begin(
            self.main, by=self.bo, to=to or (SUPPLIER,), subject=subject, words=Words(text=text)
        )

    def address_of(self, conversation: Conversation) -> str:
        return f"support+{tokens.of(conversation.pk)}@firm.example"


def leaves() -> None:
    for one in deliver.claim(50):
        deliver.deliver(one, build=compose.mail_of, leave=outbound._leave)


@pytest.fixture(autouse=True)
def nothing_to_wait_for(settings: Settings) -> None:
    settings.UNDO_SECONDS = 0


def test_a_third_party_is_asked_and_its_answer_lands_aside() -> None:
    with a_peer() as peer:
        desk = Desk(port=peer.port)
        with tenancy.entered(desk.firm.pk):
            desk.asks()
            assert (desk.main.asides_open, desk.main.asides_waiting) == (1, 1)
        leaves()
    [envelope] = peer.taken
    letter = read.letter(envelope.original_content)
    assert envelope.rcpt_tos == ["gates@supplier.example"]
    assert letter.subject == "A code"
    assert (letter.in_reply_to, letter.references) == ((), ())
    assert letter.text.strip() == "Which code is right?"
    desk.hears(
        "It is 4711.",
        sender="Gil Gates <gates@supplier.example>",
        to=letter.reply_to[0].email,
        subject="Re: A code",
        answers=f"<{letter.message_id}>",
    )
    with tenancy.entered(desk.firm.pk):
        assert desk.main.messages.count() == 1
        assert [one.text for one in desk.aside.messages.order_by("at")] == [
            "Which code is right?",
            "It is 4711.",
        ]
        assert (desk.main.asides_open, desk.main.asides_waiting) == (1, 0)
        assert desk.main.participants == ["ada@customer.example", "eve@customer.example"]
        assert desk.main.waiting_since is not None
        told = Notice.objects.of(desk.firm).get(kind="aside")
        assert (told.agent_id, told.conversation_id) == (desk.bo.pk, desk.main.pk)
        names = Event.objects.of(desk.firm).filter(about=desk.main.pk).order_by("pk")
        assert [*names.values_list("name", flat=True)][-2:] == [
            "conversation.aside_written",
            "conversation.aside_answered",
        ]


def test_a_changed_subject_or_a_reply_that_names_only_the_letter_stays_aside_too() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        asked = desk.asks()
        asides.finish(desk.aside, by=desk.bo)
        assert (desk.main.asides_open, desk.main.asides_waiting) == (0, 0)
    supplier = "Gil Gates <gates@supplier.example>"
    desk.hears("One", sender=supplier, subject="Something else", answers=f"<{asked.message_id}>")
    desk.hears("Two", sender=supplier, subject="Again", to=desk.address_of(asked.conversation))
    with tenancy.entered(desk.firm.pk):
        assert desk.aside.message_count == 3
        assert Conversation.objects.of(desk.firm).count() == 2
        assert desk.aside.status == "aside"
        assert not desk.aside.is_done
        assert desk.main.asides_open == 1


def test_what_the_customer_writes_to_a_side_address_stays_aside_and_is_answered_to_nobody() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        asked = desk.asks()
    desk.hears("What is this?", to=desk.address_of(asked.conversation), subject="Fwd: A code")
    with tenancy.entered(desk.firm.pk):
        assert desk.main.messages.count() == 1
        assert desk.aside.message_count == 2
        to, cc = asides.suggested(desk.aside)
        assert [one.email for one in (*to, *cc)] == ["gates@supplier.example"]
        draft = outbound.begin(desk.aside, "reply_all", by=desk.bo)
        assert "ada@customer.example" not in str([draft.to, draft.cc])


@pytest.mark.parametrize(
    "address",
    ["ada@customer.example", "ADA@Customer.Example", "ada+x@customer.example", "eve@customer.example"],
)
def test_the_customers_side_is_never_written_to_aside(address: str) -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        with pytest.raises(Invalid):
            desk.asks(Address(name="", email=address))
        with pytest.raises(Invalid):
            desk.asks(SUPPLIER, Address(name="", email=address))
        assert not kept.of(desk.main).exists()
        desk.asks()
        with pytest.raises(Invalid, match="not written to aside"):
            asides.answer(desk.aside, by=desk.bo, words=Words(text="x"), to=[Address(name="", email=address)])
        draft = outbound.begin(desk.aside, "forward", by=desk.bo)
        outbound.save(draft, to=[Address(name="", email=address)], text="x")
        with pytest.raises(Invalid, match="not written to aside"):
            outbound.send(draft, by=desk.bo)


def test_another_address_of_the_customer_or_of_a_record_that_is_one_with_them_is_kept_out_as_well() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        twin = Contact.objects.create(workspace=desk.firm, name="A. Customer", one_with=desk.main.contact)
        for contact, value in ((twin, "ada@home.example"), (desk.main.contact, "ada@work.example")):
            Identity.objects.create(
                workspace=desk.firm, contact=contact, kind=Identity.Kind.EMAIL, value=value, shown=value
            )
        for address in ("ada@home.example", "ada@work.example"):
            with pytest.raises(Invalid):
                desk.asks(Address(name="", email=address))


def test_writing_to_a_third_party_in_the_main_conversation_is_warned_of() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        desk.asks()
        draft = outbound.begin(desk.main, "reply", by=desk.bo)
        outbound.save(draft, text="Hello", cc=[SUPPLIER])
        assert "aside-party" in {one.code for one in outbound.warnings(draft)}


def test_a_side_conversation_stands_in_no_queue_and_has_no_deadline_or_deeds() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        desk.asks()
        for place in Place:
            assert desk.aside.pk not in {one.pk for one in queues.at(place, desk.bo)}, place
        with pytest.raises(StandsAside):
            handle([desk.aside], Close(), by=desk.bo)


def test_a_letter_taken_back_leaves_nothing_waiting(settings: Settings) -> None:
    settings.UNDO_SECONDS = 60
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        outbound.take_back(desk.asks(), by=desk.bo)
        assert (desk.main.asides_open, desk.main.asides_waiting) == (0, 0)


def test_no_inbox_of_ours_is_asked_aside() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk), pytest.raises(Invalid, match="an inbox of ours"):
        desk.asks(SUPPLIER, Address(name="", email="Support+old@firm.example"))


@pytest.mark.parametrize(
    ("to", "subject", "text"),
    [
        ((), "A", "b"),
        ((SUPPLIER,), " ", "b"),
        ((SUPPLIER,), "A", ""),
        ((Address(name="", email="x"),), "A", "b"),
    ],
)
def test_a_letter_without_a_recipient_a_subject_or_words_is_refused(
    to: tuple[Address, ...], subject: str, text: str
) -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        with pytest.raises(DomainError):
            asides.begin(desk.main, by=desk.bo, to=to, subject=subject, words=Words(text=text))
        assert Conversation.objects.of(desk.firm).count() == 1


CUSTOMERS = ("ada@customer.example", "eve@customer.example")
THIRDS = ("gates@supplier.example", "gil@supplier.example", "lawyer@law.example")
step = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(THIRDS + CUSTOMERS), st.sampled_from(THIRDS)),
    st.tuples(st.just("reply"), st.sampled_from(["reply", "reply_all"]), st.just("")),
    st.tuples(st.just("write on"), st.integers(0, 2), st.sampled_from(("", *THIRDS, *CUSTOMERS))),
    st.tuples(
        st.just("mail"),
        st.sampled_from(CUSTOMERS + THIRDS),
        st.tuples(st.integers(-1, 2), st.integers(-1, 2), st.sampled_from(["", "token", "names", "both"])),
    ),
)


@given(steps=st.lists(step, min_size=3, max_size=10))
@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_happens_neither_side_reaches_the_other(steps: list[tuple[str, Any, Any]]) -> None:
    desk = Desk()
    written_aside: set[UUID] = set()
    for kind, one, other in steps:
        with tenancy.entered(desk.firm.pk):
            sides = list(kept.of(desk.main))
        if kind == "mail":
            _arrives_from(desk, sides, one, *other)
            continue
        with tenancy.entered(desk.firm.pk):
            try:
                if kind == "ask":
                    written_aside.add(
                        desk.asks(Address(name="", email=one), Address(name="", email=other)).pk
                    )
                elif kind == "reply":
                    draft = outbound.begin(desk.main, one, by=desk.bo)
                    stop = outbound.check(draft)
                    outbound.save(draft, text="Well.")
                    outbound.send(draft, by=desk.bo, despite=stop.newest if stop else None)
                elif sides:
                    aside = sides[one % len(sides)]
                    to = [Address(name="", email=other)] if other else None
                    written_aside.add(
                        asides.answer(aside, by=desk.bo, words=Words(text="Well."), to=to, cc=[]).pk
                    )
            except DomainError:
                continue
        _stand_apart(desk)


def _arrives_from(desk: Desk, sides: list[Conversation], sender: str, to: int, about: int, how: str) -> None:
    """A letter to the main address or a side one, which may name what was said in any of them."""
    with tenancy.entered(desk.firm.pk):
        every = [desk.main, *sides]
        addressed = every[(to + 1) % len(every)]
        named = every[(about + 1) % len(every)].messages.order_by("-at").first()
    facts = {"sender": sender, "subject": "Re: Gate code" if about else "Re: A code"}
    facts["to"] = desk.address_of(addressed) if how in {"token", "both"} else "support@firm.example"
    if how in {"names", "both"} and named:
        facts["answers"] = f"<{named.message_id}>"
    desk.hears("Something.", **facts)


def _stand_apart(desk: Desk) -> None:
    with tenancy.entered(desk.firm.pk):
        mains = Conversation.objects.of(desk.firm).filter(aside_of=None)
        for aside in Conversation.objects.of(desk.firm).exclude(aside_of=None):
            assert aside.status == "aside"
            assert aside.joined_into_id is None
            sent = aside.messages.filter(direction="out")
            assert not {*CUSTOMERS} & {one for message in sent for one in message.people}
            to, cc = asides.suggested(aside)
            assert not {*CUSTOMERS} & {person.email for person in (*to, *cc)}
        for main in mains:
            heard = main.messages.filter(direction="in")
            known = {address for message in heard for address in (*message.people, message.from_address)}
            for message in main.messages.filter(direction="out"):
                assert {*message.people} <= known
            # What was sent aside is never in the main one, and never named in it.
            assert not main.messages.filter(text__startswith="Which code").exists()


def test_what_is_asked_aside_stands_behind_the_walls_of_its_customer() -> None:
    desk = Desk()
    owner, cleo = an_agent(desk.firm, name="Uma", role=Role.OWNER), an_agent(desk.firm, name="Cleo")
    with tenancy.entered(desk.firm.pk):
        desk.asks()
        aside, contact = desk.aside, desk.main.contact
        assert contact
        restricting.restrict(
            "Board",
            "Only the board.",
            behind=[Behind(kind="contact", key=contact.pk)],
            inside=[Who(agent=desk.bo.pk)],
            by=owner,
        )
    desk.firm.refresh_from_db()
    for who, sees in ((cleo, False), (desk.bo, True)):
        with tenancy.entered(desk.firm.pk), veiled(seeing.veil_of(who, desk.firm)):
            assert Conversation.objects.of(desk.firm).filter(pk=aside.pk).exists() is sees
            assert Message.objects.of(desk.firm).filter(text__startswith="Which code").exists() is sees
