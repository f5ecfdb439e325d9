"""Search finds what people remember of a message, and never another workspace's."""

import pytest

from tests.cast import a_mail, a_workspace, all_read, an_agent, an_inbox, arrives
from threadwell.kit import paging, tenancy
from threadwell.record.conversations import search
from threadwell.record.conversations.models import Conversation
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import Agent, Workspace

pytestmark = pytest.mark.django_db(transaction=True)

MAILS = {
    "gate": a_mail("The crew was turned away at the gate, order ORD-9704382.", subject="Gate code"),
    "cabinets": a_mail(
        "Three meter cabinets für Müller went back to the depot.",
        subject="Cabinets",
        sender="Bruno Keller <bruno.keller@castelo.example>",
    ),
    "lodz": a_mail(
        "Z Łodzi do København, Straße 7; Łódź.",
        subject="Żółć",
        to="desk@firm.example",
        sender="Łukasz Wójcik <lukasz@wojcik.example>",
    ),
    "tokyo": a_mail("東京都の配達は明日です", subject="配達", sender="Yuki <yuki@vet.example>"),
}


@pytest.fixture
def firm() -> Workspace:
    return a_workspace()


@pytest.fixture
def bo(firm: Workspace) -> Agent:
    inbox = an_inbox(firm)
    for raw in MAILS.values():
        arrives(inbox, raw)
    all_read(firm)
    with tenancy.entered(firm.pk):
        Conversation.objects.of(firm).filter(subject="配達").update(labels=["arrived"])
    return an_agent(firm)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("crew", {"gate"}),
        ("crew gate", {"gate"}),
        ("crew depot", set()),
        ("ORD-9704", {"gate"}),
        ("9704382", {"gate"}),
        ("704", {"gate"}),
        ("muller", {"cabinets"}),
        ("MÜLLER", {"cabinets"}),
        ("lodz", {"lodz"}),
        ("ŁÓDŹ", {"lodz"}),
        ("from:wojcik", {"lodz"}),
        ("kobenhavn strasse", {"lodz"}),
        ("subject:zolc", {"lodz"}),
        ("abinet", {"cabinets"}),
        ('"turned away"', {"gate"}),
        ('"away turned"', set()),
        ("from:keller", {"cabinets"}),
        ("from:castelo", {"cabinets"}),
        ("from:bruno.keller@castelo.example", {"cabinets"}),
        ("to:keller", set()),
        ("subject:gate", {"gate"}),
        ("subject:crew", set()),
        ("東京", {"tokyo"}),
        ("配達", {"tokyo"}),
        ("to:support", {"gate", "cabinets", "tokyo"}),
        ("to:support -crew", {"cabinets", "tokyo"}),
        ("is:open to:support", {"gate", "cabinets", "tokyo"}),
        ("is:closed to:support", set()),
        ("is:unassigned crew", {"gate"}),
        ("crew after:2001-01-01", {"gate"}),
        ("crew before:2001-01-01", set()),
        ("has:attachment", set()),
        ("to:support -has:attachment", {"gate", "cabinets", "tokyo"}),
        ("to:support -is:open", set()),
        ("to:support -is:closed -is:snoozed", {"gate", "cabinets", "tokyo"}),
        ("to:support -is:unassigned", set()),
        ("to:support -owner:bo -owner:me", {"gate", "cabinets", "tokyo"}),
        ("to:support -owner:nobody", set()),
        ("to:support -in:support", set()),
        ("to:support -label:claims", {"gate", "cabinets", "tokyo"}),
        ("to:support -label:arrived -label:claims", {"gate", "cabinets"}),
        ("-label:arrived", {"gate", "cabinets", "lodz"}),
        ("crew -before:2001-01-01", {"gate"}),
        ("crew -after:2001-01-01", set()),
        ("it's 100% _nothing_ \\ ' & | ! ( ) : *", set()),
    ],
)
def test_what_is_typed_finds(bo: Agent, firm: Workspace, typed: str, found: set[str]) -> None:
    subjects = {"gate": "Gate code", "cabinets": "Cabinets", "tokyo": "配達", "lodz": "Żółć"}
    with tenancy.entered(firm.pk):
        hits = search.messages(firm.pk, search.read(typed, by=bo), most=20)
        assert {message.subject for message in hits.messages} == {subjects[name] for name in found}


def test_colleagues_and_inboxes_are_named_without_accents(bo: Agent, firm: Workspace) -> None:
    jorg = an_agent(firm, name="Jörg")
    an_inbox(firm, address="zoll@firm.example")
    with tenancy.entered(firm.pk):
        Inbox.objects.of(firm).filter(address="zoll@firm.example").update(name="Zöllner")
        assert search.read("owner:jorg", by=bo).wanted == {"owner": str(jorg.pk)}
        asked = search.read("in:zollner in:Zöll", by=bo)
        assert (list(asked.wanted), asked.not_understood) == (["inbox"], [])


def test_a_forged_cursor_is_refused(bo: Agent, firm: Workspace) -> None:
    with tenancy.entered(firm.pk), pytest.raises(paging.BadCursor):
        search.messages(firm.pk, search.read("crew", by=bo), most=1, cursor="yesterday~me")


def test_pages_follow_one_another_without_gap_or_overlap(bo: Agent, firm: Workspace) -> None:
    with tenancy.entered(firm.pk):
        asked = search.read("to:support", by=bo)
        seen, cursor = [], ""
        while True:
            hits = search.messages(firm.pk, asked, most=1, cursor=cursor)
            seen += [message.pk for message in hits.messages]
            cursor = hits.next
            if not cursor:
                break
        assert len(seen) == len(set(seen)) == 3


def test_whole_words_stand_before_parts_of_words_on_every_page(bo: Agent, firm: Workspace) -> None:
    inbox = an_inbox(firm, address="orders@firm.example")
    for number in ("ORD-5501", "ORD-55012", "XORD-5501", "ORD-5501, again", "(ord-5501)"):
        arrives(inbox, a_mail(f"About {number}", subject=number))
        all_read(firm)
    with tenancy.entered(firm.pk):
        # Of a code that is known as a whole nothing is shown that has it somewhere inside.
        first = ["(ord-5501)", "ORD-5501, again"]
        assert _on_pages(bo, "ord-5501") == [*first, "ORD-5501", "ORD-55012"]
        assert _on_pages(bo, "5501") == [*first, "XORD-5501", "ORD-5501", "ORD-55012"]
        assert len(_on_pages(bo, "rd-5501")) == 5


def _on_pages(bo: Agent, typed: str) -> list[str]:
    asked = search.read(typed, by=bo)
    seen, cursor = [], ""
    while not seen or cursor:
        hits = search.messages(bo.workspace_id, asked, most=2, cursor=cursor)
        seen += [message.subject for message in hits.messages]
        cursor = hits.next
    return seen


def test_another_workspace_is_never_searched(bo: Agent) -> None:
    other = a_workspace("Other")
    stranger = an_agent(other)
    with tenancy.entered(other.pk):
        for typed in ("crew", "704", "to:support"):
            assert search.messages(other.pk, search.read(typed, by=stranger), most=20).messages == []


def test_what_cannot_be_understood_is_said(bo: Agent, firm: Workspace) -> None:
    with tenancy.entered(firm.pk):
        asked = search.read("before:tomorrow in:nowhere is:purple owner:nemo", by=bo)
        assert len(asked.not_understood) == 4
