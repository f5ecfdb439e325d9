"""Work items: begun, moved, handed on, related and linked; and what must not happen to them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread as Running
from typing import Any

import pytest
from django.db import connection

from tests import cast
from threadwell.kit import clock, ids, tenancy
from threadwell.kit.errors import DomainError, Invalid
from threadwell.record.conversations.models import Conversation
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.work import mirroring, numbering, shipped, stations
from threadwell.record.work.item import MovedMeanwhile, NotThere, NumberTaken
from threadwell.record.work.links import link, unlink
from threadwell.record.work.mirroring import News, Outcome
from threadwell.record.work.models import WorkItem, WorkItemType, WorkStatus
from threadwell.record.work.relations import Cycle, HasParent, relate, relations_of, unrelate
from threadwell.record.work.types import LastStatus, NameTaken
from threadwell.record.workplace.models import Agent, Workspace

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def firm(db: None) -> Iterator[Workspace]:
    workspace = cast.a_workspace()
    with tenancy.entered(workspace.pk):
        shipped.make(workspace.pk)
        yield workspace


@pytest.fixture
def bo(firm: Workspace) -> Agent:
    return cast.an_agent(firm)


def a_kind(firm: Workspace, key: str = "order") -> WorkItemType:
    found: WorkItemType = WorkItemType.objects.of(firm).get(key=key)
    return found


def status(kind: WorkItemType, key: str) -> WorkStatus:
    return next(one for one in kind.statuses() if one.key == key)


def an_order(firm: Workspace, title: str = "Ten pallets", **facts: Any) -> WorkItem:
    return WorkItem.open_one(a_kind(firm), title, by=None, **facts)


def told(item: Any) -> list[str]:
    rows = Event.objects.of(item.workspace_id).filter(about=item.pk).order_by("at", "pk")
    return list(rows.values_list("name", flat=True))


def test_new_work_begins_in_the_first_status_with_the_next_number(firm: Workspace, bo: Agent) -> None:
    ada = Contact.objects.create(
        workspace=firm, name="Ada", organisation=Organisation.objects.create(workspace=firm, name="Lumen")
    )
    first = WorkItem.open_one(a_kind(firm), "  Ten\n pallets ", by=bo, contact=ada)
    second = an_order(firm)
    assert (first.number, second.number) == ("ORD-00001", "ORD-00002")
    assert (first.title, first.status.key, first.closed_at) == ("Ten pallets", "placed", None)
    assert first.organisation == ada.organisation
    assert told(first) == ["work_item.opened"]


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("ORD-{number:05}", "ORD-00042"),
        ("{year}/{number}", "2026/42"),
        ("a{number:3}-x", "A042-X"),
        ("{number}", "42"),
    ],
)
def test_numbers_are_written_as_their_format_says(given: str, written: str) -> None:
    assert numbering.written(numbering.checked(given), 42, year=2026) == written


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ORD",
        "{number}{number}",
        "{number.__class__}",
        "{number!r}",
        "{number:>99}",
        "{number:099}",
        "{title}",
        "{",
        "{number}\n",
        "x" * 50 + "{number}",
        "{number}}",
    ],
)
def test_a_format_that_makes_no_numbers_is_refused(given: str) -> None:
    if given.strip() == "{number}":
        given = "a\x07{number}"
    with pytest.raises(numbering.BadFormat):
        numbering.checked(given)


def test_work_moves_closes_and_opens_again(firm: Workspace, bo: Agent) -> None:
    order = an_order(firm)
    with clock.stopped_at(NOON):
        assert order.move(status(order.type, "delivered"), by=bo)
    assert order.closed_at == NOON
    assert not order.move(status(order.type, "delivered"), by=bo)
    assert order.move(status(order.type, "on-its-way"), by=bo)
    assert order.closed_at is None
    assert told(order) == ["work_item.opened", "work_item.moved", "work_item.moved"]


def test_a_transition_that_is_not_allowed_says_what_is(firm: Workspace, bo: Agent) -> None:
    order, kind = an_order(firm), a_kind(firm)
    ways = [status(kind, "confirmed").pk, status(kind, "cancelled").pk]
    stations.change(order.status, by=bo, leads_to=ways)
    with pytest.raises(NotThere) as refused:
        order.move(status(kind, "delivered"), by=bo)
    assert "“Confirmed”, “Cancelled”" in str(refused.value.sentence)
    assert [one.key for one in order.may_go_to()] == ["confirmed", "cancelled"]
    order.move(status(kind, "cancelled"), by=bo)
    stations.change(status(kind, "cancelled"), by=bo, leads_to=[])
    with pytest.raises(NotThere, match="Nothing follows"):
        order.move(status(kind, "placed"), by=bo)


def test_who_moves_what_somebody_else_has_moved_is_told(firm: Workspace, bo: Agent) -> None:
    order = an_order(firm)
    seen = order.status_id
    as_cleo_sees_it = WorkItem.objects.of(firm).select_related("type", "status").get(pk=order.pk)
    order.move(status(order.type, "confirmed"), by=bo, seen=seen)
    with pytest.raises(MovedMeanwhile, match="Confirmed"):
        as_cleo_sees_it.move(status(order.type, "cancelled"), by=bo, seen=seen)


def test_a_status_of_another_type_is_refused(firm: Workspace) -> None:
    order = an_order(firm)
    with pytest.raises(Invalid):
        order.move(status(a_kind(firm, "claim"), "paid"), by=None)
    with pytest.raises(Invalid):
        an_order(firm, status=status(a_kind(firm, "claim"), "paid"))


@pytest.mark.parametrize("title", ["", "  \n ", "\0", "x" * 301])
def test_a_title_that_cannot_be_kept_is_refused(firm: Workspace, title: str) -> None:
    with pytest.raises(Invalid):
        an_order(firm, title)


def test_changes_are_told_with_what_was_before(firm: Workspace, bo: Agent) -> None:
    order = an_order(firm)
    assert order.change(by=bo, title="Eleven pallets", due_at=NOON, detail="") == ["title", "due_at"]
    assert order.change(by=bo, title="Eleven pallets", due_at=NOON) == []
    event = Event.objects.of(firm).get(name="work_item.changed")
    assert event.facts["before"] == {"title": "Ten pallets", "due_at": None}
    assert event.facts["after"] == {"title": "Eleven pallets", "due_at": NOON.isoformat()}


def test_owner_and_team_are_given_and_taken(firm: Workspace, bo: Agent) -> None:
    order = an_order(firm)
    assert order.assign(bo, by=bo)
    assert not order.assign(bo, by=bo)
    assert order.assign(None, by=bo)
    assert told(order)[1:] == ["work_item.assigned", "work_item.unassigned"]


def test_a_circle_of_parts_or_of_blocks_is_refused(firm: Workspace) -> None:
    one, two, three = (an_order(firm, name) for name in ("one", "two", "three"))
    for kind in ("parent", "blocks"):
        assert relate(one, kind, two, by=None)
        assert not relate(one, kind, two, by=None)
        assert relate(two, kind, three, by=None)
        with pytest.raises(Cycle):
            relate(three, kind, one, by=None)
        with pytest.raises(Cycle):
            relate(one, kind, one, by=None)
    with pytest.raises(HasParent, match=two.number):
        relate(one, "parent", three, by=None)
    assert relate(three, "relates", one, by=None)
    assert not relate(one, "relates", three, by=None)
    with pytest.raises(Invalid):
        relate(one, "loves", two, by=None)


def test_a_relation_that_is_taken_away_may_be_drawn_the_other_way(firm: Workspace) -> None:
    one, two = an_order(firm, "one"), an_order(firm, "two")
    relate(one, "parent", two, by=None)
    [relation] = relations_of(two)
    unrelate(relation, by=None)
    assert relate(two, "parent", one, by=None)
    assert told(one) == [
        "work_item.opened",
        "work_item.related",
        "work_item.unrelated",
        "work_item.related",
    ]


def test_a_conversation_is_linked_once_and_both_say_so(firm: Workspace, bo: Agent) -> None:
    talk = Conversation.objects.create(workspace=firm, number=7, inbox=cast.an_inbox(firm))
    order = an_order(firm)
    assert link(order, talk, by=bo)
    assert not link(order, talk, by=bo)
    assert unlink(order, talk, by=bo)
    assert not unlink(order, talk, by=bo)
    assert told(order)[1:] == ["work_item.linked", "work_item.unlinked"]
    assert told(talk) == ["conversation.work_linked", "conversation.work_unlinked"]


def test_a_status_in_use_goes_only_when_its_work_goes_elsewhere(firm: Workspace, bo: Agent) -> None:
    kind = a_kind(firm)
    orders = [an_order(firm) for _ in range(3)]
    placed, delivered = status(kind, "placed"), status(kind, "delivered")
    stations.change(status(kind, "confirmed"), by=bo, leads_to=[placed.pk, delivered.pk])
    with pytest.raises(stations.StatusInUse, match="3 pieces of work"):
        stations.remove(placed, into=None, by=bo)
    with pytest.raises(Invalid):
        stations.remove(placed, into=status(a_kind(firm, "claim"), "paid"), by=bo)
    assert stations.remove(placed, into=delivered, by=bo) == 3
    rows = WorkItem.objects.of(firm).filter(type=kind)
    assert {one.status_id for one in rows} == {delivered.pk}
    assert all(one.closed_at for one in rows)
    assert status(kind, "confirmed").leads_to == [delivered.pk]
    assert told(orders[0])[-1] == "work_item.moved"
    with pytest.raises(Invalid, match="gone"):
        orders[0].move(placed, by=bo)


def test_a_type_keeps_a_beginning_and_an_end(firm: Workspace, bo: Agent) -> None:
    kind = a_kind(firm)
    for key in ("placed", "confirmed", "on-its-way"):
        stations.remove(status(kind, key), into=None, by=bo)
    with pytest.raises(LastStatus, match="open"):
        stations.remove(status(kind, "held-up"), into=None, by=bo)
    with pytest.raises(LastStatus, match="open"):
        stations.change(status(kind, "held-up"), by=bo, category="done")
    stations.remove(status(kind, "delivered"), into=None, by=bo)
    with pytest.raises(LastStatus, match="done"):
        stations.remove(status(kind, "cancelled"), into=None, by=bo)


def test_work_closes_with_the_category_of_its_status(firm: Workspace, bo: Agent) -> None:
    order = an_order(firm)
    stations.change(order.status, by=bo, category="done")
    order.refresh_from_db()
    assert order.closed_at
    stations.change(order.status, by=bo, category="open", name="Booked")
    order.refresh_from_db()
    assert order.closed_at is None


def test_types_and_statuses_have_names_of_their_own(firm: Workspace, bo: Agent) -> None:
    begin = [{"name": "New", "key": "new"}, {"name": "Done", "key": "done", "category": "done"}]
    made = WorkItemType.make(firm.pk, "Réparation", number_format="REP-{number}", statuses=begin, by=bo)
    assert made.key == "reparation"
    with pytest.raises(NameTaken):
        WorkItemType.make(firm.pk, "order", number_format="X-{number}", statuses=begin, by=bo)
    added = made.add_status("Waiting", category="open", colour="soon", by=bo)
    assert [one.name for one in made.statuses()] == ["New", "Waiting", "Done"]
    with pytest.raises(NameTaken):
        made.add_status("waiting", category="open", colour="soon", by=bo)
    assert made.order_statuses([added.pk], by=bo)
    assert [one.name for one in made.statuses()] == ["Waiting", "New", "Done"]
    assert made.change(by=bo, name="Repair")
    assert not made.change(by=bo, name="Repair")
    assert made.archive(by=bo)
    assert made.bring_back(by=bo)


def news(firm: Workspace, *, at: datetime = NOON, **more: Any) -> News:
    facts = more.pop("facts", {"title": "Ten pallets"})
    return News(system="SAP", external_id="4711", kind=a_kind(firm), seen_at=at, facts=facts, **more)


def test_news_of_another_system_make_one_picture_however_often_they_come(firm: Workspace) -> None:
    first = mirroring.mirror(news(firm, number="ord-20931", seen_status="Placed"), by=None)
    again = mirroring.mirror(news(firm, seen_status="Placed"), by=None)
    assert (first.outcome, again.outcome) == (Outcome.MADE, Outcome.SAME)
    assert first.item.pk == again.item.pk
    assert (first.item.number, first.item.system) == ("ORD-20931", "SAP")
    assert WorkItem.objects.of(firm).count() == 1


def test_news_that_come_out_of_order_do_not_turn_time_back(firm: Workspace) -> None:
    mirroring.mirror(news(firm, seen_status="Delivered"), by=None)
    old = mirroring.mirror(
        news(firm, at=NOON - timedelta(hours=1), seen_status="Placed", facts={"title": "Old"}), by=None
    )
    assert old.outcome is Outcome.OLD
    assert (old.item.title, old.item.seen_status, old.item.status.key) == (
        "Ten pallets",
        "Delivered",
        "delivered",
    )
    new = mirroring.mirror(news(firm, at=NOON + timedelta(hours=1), seen_status="LIMBO"), by=None)
    assert (new.outcome, new.item.seen_status, new.item.status.key) == (
        Outcome.CHANGED,
        "LIMBO",
        "delivered",
    )


def test_a_mirrored_number_is_never_given_again(firm: Workspace) -> None:
    mirroring.mirror(news(firm, number="ORD-00001"), by=None)
    assert an_order(firm).number == "ORD-00002"
    with pytest.raises(NumberTaken):
        an_order(firm, number="ord-00001")
    other = News(
        system="Baan", external_id="1", kind=a_kind(firm), seen_at=NOON, number="ORD-00001", facts={}
    )
    with pytest.raises(NumberTaken):
        mirroring.mirror(other, by=None)


@pytest.mark.parametrize(("system", "external_id"), [("", "1"), ("SAP", " ")])
def test_a_mirror_needs_to_know_what_it_mirrors(firm: Workspace, system: str, external_id: str) -> None:
    nameless = News(system=system, external_id=external_id, kind=a_kind(firm), seen_at=NOON, facts={})
    with pytest.raises(Invalid):
        mirroring.mirror(nameless, by=None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("deed", ["mirror", "move", "relate"])
def test_two_at_once_leave_one_truth(deed: str) -> None:
    firm = cast.a_workspace()
    with tenancy.entered(firm.pk):
        shipped.make(firm.pk)
        one, two = an_order(firm, "one"), an_order(firm, "two")
        kind, seen = a_kind(firm), one.status_id
    outcomes: list[str] = []

    def do(turn: int) -> None:
        try:
            with tenancy.entered(firm.pk):
                if deed == "mirror":
                    outcomes.append(mirroring.mirror(news(firm), by=None).outcome)
                elif deed == "move":
                    to = status(kind, ("confirmed", "cancelled")[turn % 2])
                    mine = WorkItem.objects.of(firm).select_related("type", "status").get(pk=one.pk)
                    mine.move(to, by=None, seen=seen)
                    outcomes.append("moved")
                else:
                    relate(*((one, "blocks", two) if turn % 2 else (two, "blocks", one)), by=None)
                    outcomes.append("related")
        except DomainError as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    running = [Running(target=do, args=(turn,)) for turn in range(2)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert (
        sorted(outcomes)
        == {
            "mirror": ["made", "same"],
            "move": ["moved", "moved-meanwhile"],
            "relate": ["related", "work-cycle"],
        }[deed]
    )


def test_work_of_another_workspace_is_not_there(firm: Workspace) -> None:
    order = an_order(firm)
    other = cast.a_workspace("Other")
    assert not WorkItem.objects.of(other).filter(pk=order.pk).exists()
    with pytest.raises(tenancy.NoWorkspace):
        WorkItem.objects.filter(pk=order.pk).exists()
    assert not WorkItem.objects.of(firm).filter(pk=ids.new()).exists()
