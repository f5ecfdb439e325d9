"""Work at the desk: its list, its boards, one piece of it, its kinds; and who finds nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tests.interfaces.web.conftest import Browser, Seat, Talk
from threadwell.kit import clock, ids, tenancy
from threadwell.record.fields.models import define
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Contact, Identity, Organisation
from threadwell.record.work import finding, shipped, stations
from threadwell.record.work.links import link
from threadwell.record.work.models import WorkItem, WorkItemType, WorkLink, WorkRelation, WorkStatus
from threadwell.record.workplace.models import Agent, Workspace
from threadwell.record.workplace.roles import Role

type Order = Callable[..., WorkItem]


@pytest.fixture
def firm(firm: Workspace) -> Workspace:
    with tenancy.entered(firm.pk):
        shipped.make(firm.pk)
    return firm


@pytest.fixture
def bo(seat: Seat) -> Agent:
    return seat()


@pytest.fixture
def client(browser: Browser, bo: Agent) -> Client:
    return browser(bo)


@pytest.fixture
def order(firm: Workspace) -> Order:
    def made(title: str = "Ten pallets", *, key: str = "order", **facts: Any) -> WorkItem:
        with tenancy.entered(firm.pk):
            kind = WorkItemType.objects.of(firm).get(key=key)
            return WorkItem.open_one(kind, title, by=None, **facts)

    return made


def a_status(firm: Workspace, key: str, *, kind: str = "order") -> WorkStatus:
    with tenancy.entered(firm.pk):
        found: WorkStatus = WorkStatus.objects.of(firm).select_related("type").get(key=key, type__key=kind)
    return found


def kept(firm: Workspace, item: WorkItem) -> WorkItem:
    with tenancy.entered(firm.pk):
        found: WorkItem = WorkItem.objects.of(firm).select_related("status").get(pk=item.pk)
    return found


def seen(client: Client, path: str, *, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content[:500]
    return answer.content.decode()


def test_the_list_is_narrowed_by_what_one_chooses(
    firm: Workspace, client: Client, bo: Agent, order: Order
) -> None:
    base = f"/w/{firm.slug}/work/"
    assert "No open work." in seen(client, base)
    with tenancy.entered(firm.pk):
        lumen = Organisation.objects.create(workspace=firm, name="Lumen")
    order("Ten pallets", owner=bo, organisation=lumen)
    order("A dented crate", key="claim")
    for query, found in (
        ("", ["Ten pallets", "A dented crate"]),
        ("?type=order", ["Ten pallets"]),
        ("?type=order&status=delivered", []),
        ("?q=ord-0000", ["Ten pallets"]),
        ("?q=dented+crate", ["A dented crate"]),
        ("?owner=me", ["Ten pallets"]),
        ("?owner=nobody", ["A dented crate"]),
        ("?state=closed", []),
        ("?due=late", []),
        ("?due=none", ["Ten pallets", "A dented crate"]),
        ("?due=week", []),
        ("?customer=lum", ["Ten pallets"]),
        ("?customer=nobody+is+called+so", []),
        (f"?organisation={lumen.pk}&state=all&sort=newest", ["Ten pallets"]),
        (f"?contact={ids.new()}", []),
        ("?owner=x&team=y&type=z&contact=w&sort=q", ["Ten pallets", "A dented crate"]),
    ):
        page = seen(client, base + query)
        assert [name for name in ("Ten pallets", "A dented crate") if name in page] == found, query


def test_pages_of_the_list_follow_one_another(firm: Workspace, client: Client, order: Order) -> None:
    for number in range(51):
        order(f"Order number {number}")
    page = seen(client, f"/w/{firm.slug}/work/")
    assert page.count("Order number") == 50
    [address] = [
        part.split('"')[0].replace("&amp;", "&") for part in page.split('href="') if 'rel="next"' in part
    ]
    assert seen(client, address).count("Order number") == 1
    assert client.get(f"/w/{firm.slug}/work/?after=nonsense").status_code == 302


def test_a_new_one_is_begun_beside_its_conversation(
    firm: Workspace, client: Client, bo: Agent, talk: Talk
) -> None:
    with tenancy.entered(firm.pk):
        lumen = Organisation.objects.create(workspace=firm, name="Lumen")
        ada = Contact.objects.create(workspace=firm, name="Ada", organisation=lumen)
        Identity.objects.create(
            workspace=firm, contact=ada, kind="email", value="ada@lumen.example", shown="ada@lumen.example"
        )
        define(firm.pk, "work_item", label="Gate", kind="text", is_required=True)
    number = talk("Gate code", contact=ada).number
    assert "Order" in seen(client, f"/w/{firm.slug}/work/new/?conversation={number}")
    page = seen(client, f"/w/{firm.slug}/work/new/?type=order&conversation={number}")
    assert "ada@lumen.example" in page
    given = {
        "type": "order",
        "conversation": number,
        "title": "Ten pallets",
        "owner": str(bo.pk),
        "amount": "12.50",
        "contact": "ADA@lumen.example",
        "organisation": "lumen",
    }
    assert "must be filled in" in client.post(f"/w/{firm.slug}/work/", given).content.decode()
    answer = client.post(f"/w/{firm.slug}/work/", {**given, "custom-gate": "4711"}, follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200
    for shown in ("ORD-00001", "12.50 EUR", "Gate code", "4711", "Lumen"):
        assert shown in page
    with tenancy.entered(firm.pk):
        item = WorkItem.objects.of(firm).get()
        assert (item.contact_id, item.organisation_id, item.custom) == (ada.pk, lumen.pk, {"gate": "4711"})
        assert WorkLink.objects.of(firm).filter(item=item).count() == 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", "", "required"),
        ("title", "x" * 301, "300"),
        ("amount", "1e99", "digits"),
        ("currency", "€", "Three letters"),
        ("contact", "Nobody", "No customer is called so"),
        ("contact", "nobody@lumen.example", "No customer has this address"),
        ("organisation", "Nothing", "no organisation of this name"),
        ("link", "javascript:alert(1)", "valid URL"),
        ("due_at", "soon", "valid date/time"),
        ("status", str(UUID(int=1)), "valid choice"),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field(
    firm: Workspace, client: Client, field: str, value: str, said: str
) -> None:
    given = {"type": "order", "title": "Ten pallets", field: value}
    answer = client.post(f"/w/{firm.slug}/work/", given)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_one_is_changed_and_tells_what_happened(
    firm: Workspace, client: Client, bo: Agent, order: Order
) -> None:
    item = order()
    base = f"/w/{firm.slug}/work/{item.pk}/"
    assert "Ten pallets" in seen(client, f"{base}edit/")
    given = {"title": "Eleven pallets", "owner": str(bo.pk), "due_at": "2026-12-01T10:00"}
    page = client.post(base, given, follow=True).content.decode()
    assert "Eleven pallets" in page
    assert "changed title, due time" in page
    assert "gave it to Bo" in page
    assert client.post(base, {"title": ""}).status_code == 422


def test_one_is_moved_and_moved_back(firm: Workspace, client: Client, order: Order) -> None:
    item, delivered = order(), a_status(firm, "delivered")
    base = f"/w/{firm.slug}/work/{item.pk}/"
    moved = client.post(f"{base}moves/", {"status": delivered.pk, "seen": item.status_id}, follow=True)
    assert "moved from “Placed” to “Delivered”" in moved.content.decode()
    again = client.post(f"{base}moves/", {"status": a_status(firm, "placed").pk, "seen": item.status_id})
    assert again.status_code == 409
    assert "meanwhile" in again.content.decode()
    with tenancy.entered(firm.pk):
        event = Event.objects.of(firm).get(name="work_item.moved")
    assert client.post(f"{base}moves/{event.pk}/undoing/").status_code == 303
    assert kept(firm, item).status.key == "placed"
    assert client.post(f"{base}moves/{event.pk}/undoing/").status_code == 409
    for wrong in ({}, {"status": "x"}, {"status": ids.new()}, {"status": delivered.pk, "seen": "x"}):
        assert client.post(f"{base}moves/", wrong).status_code == 422


def test_a_board_shows_columns_with_counts_and_sums(firm: Workspace, client: Client, order: Order) -> None:
    order("Depot in Porto", key="deal", amount="1200")
    order("Depot in Faro", key="deal", amount="34.50")
    page = seen(client, f"/w/{firm.slug}/work/boards/deal/")
    assert "1,234.50 EUR" in page
    assert page.index("Depot in Porto") < page.index("Qualified")
    assert "Depot in Faro" not in seen(client, f"/w/{firm.slug}/work/boards/deal/?q=porto")
    with tenancy.entered(firm.pk):
        lost = order("Depot in Braga", key="deal")
        lost.move(a_status(firm, "lost", kind="deal"), by=None)
    assert "Depot in Braga" in seen(client, f"/w/{firm.slug}/work/boards/deal/")
    with clock.stopped_at(clock.now() + timedelta(days=31)), tenancy.entered(firm.pk):
        columns = finding.columns(lost.type, finding.Filters())
    assert [one.count for one in columns] == [2, 0, 0, 0, 0, 0]
    seen(client, f"/w/{firm.slug}/work/boards/nothing/", status=404)


def test_a_card_that_may_not_go_there_stays_and_says_why(
    firm: Workspace, client: Client, order: Order
) -> None:
    item = order()
    with tenancy.entered(firm.pk):
        placed = a_status(firm, "placed")
        stations.change(placed, by=None, leads_to=[a_status(firm, "confirmed").pk])
    given = {"item": item.pk, "status": a_status(firm, "delivered").pk, "seen": item.status_id}
    board = f"/w/{firm.slug}/work/boards/order/"
    refused = client.post(f"{board}moves/", given, headers={"HX-Request": "true"})
    assert refused.status_code == 409
    assert "It can go to “Confirmed”" in refused.content.decode()
    given["status"] = a_status(firm, "confirmed").pk
    moved = client.post(f"{board}moves/", given, headers={"HX-Request": "true"})
    assert moved.status_code == 200
    assert f'data-moved="card-{item.pk}"' in moved.content.decode()
    assert client.post(f"{board}moves/", {"item": "x"}).status_code == 422


def test_relations_and_conversations_are_tied_and_untied(
    firm: Workspace, client: Client, order: Order, talk: Talk
) -> None:
    one, two, conversation = order("one"), order("two"), talk("About two")
    base = f"/w/{firm.slug}/work/{one.pk}/"
    page = client.post(
        f"{base}relations/", {"kind": "blocked-by", "number": two.number.lower()}, follow=True
    ).content.decode()
    assert "is blocked by" in page
    assert "blocked</span>" in page
    assert client.post(f"{base}relations/", {"kind": "blocks", "number": two.number}).status_code == 409
    assert client.post(f"{base}relations/", {"kind": "blocks", "number": "NONE"}).status_code == 422
    with tenancy.entered(firm.pk):
        relation = WorkRelation.objects.of(firm).get()
    assert client.post(f"{base}relations/{relation.pk}/", {"_method": "DELETE"}).status_code == 303
    tied = client.post(f"{base}links/", {"number": f"c-{conversation.number}"}, follow=True)
    assert "About two" in tied.content.decode()
    assert client.post(f"{base}links/", {"number": "9" * 17}).status_code == 422
    assert client.post(f"{base}links/{conversation.number}/", {"_method": "DELETE"}).status_code == 303
    with tenancy.entered(firm.pk):
        assert not WorkLink.objects.of(firm).exists()
        assert not WorkRelation.objects.of(firm).exists()


def test_the_panel_of_a_conversation_finds_ties_and_unties(
    firm: Workspace, client: Client, order: Order, talk: Talk
) -> None:
    item, number = order("Ten pallets"), talk("Gate code").number
    assert f"conversations/{number}/work/" in seen(client, f"/w/{firm.slug}/conversations/{number}/")
    base, part = f"/w/{firm.slug}/conversations/{number}/work/", {"HX-Request": "true"}
    assert "Not tied" in client.get(base, headers=part).content.decode()
    assert "Ten pallets" in client.get(base, {"q": "pallets"}, headers=part).content.decode()
    tied = client.post(base, {"item": item.pk}, headers=part).content.decode()
    assert "Ten pallets" in tied
    assert "Not tied" not in tied
    assert "Ten pallets" in seen(client, base)
    untied = client.post(f"{base}{item.pk}/", {"_method": "DELETE"}, headers=part)
    assert "Not tied" in untied.content.decode()
    assert client.post(base, {"item": "x"}, headers=part).status_code == 404
    assert client.post(base, {"item": item.pk}).status_code == 303


def test_kinds_of_work_and_their_statuses_are_set_up(
    firm: Workspace, seat: Seat, browser: Browser, order: Order
) -> None:
    client = browser(seat(Role.ADMIN, name="Cleo"))
    base = f"/w/{firm.slug}/settings/work-types/"
    assert "Placed" in seen(client, base)
    given = {"name": "Repair", "number_format": "REP-{number:04}", "icon": "wrench", "currency": "eur"}
    assert client.post(base, {**given, "number_format": "REP"}).status_code == 422
    assert client.post(base, {**given, "name": "order"}).status_code == 422
    page = client.post(base, given, follow=True).content.decode()
    assert "These are its statuses" in page
    with tenancy.entered(firm.pk):
        repair = WorkItemType.objects.of(firm).get(key="repair")
        [new, progress, *_rest] = repair.statuses()
    home = f"{base}{repair.pk}/"
    assert client.post(home, {**given, "name": "Mending"}).status_code == 303
    assert client.post(home, {**given, "name": "Claim"}).status_code == 422
    added = {"name": "Waiting", "category": "open", "colour": "soon"}
    assert client.post(f"{home}statuses/", added).status_code == 303
    assert client.post(f"{home}statuses/", added).status_code == 422
    assert client.post(f"{home}statuses/", {**added, "category": "x"}).status_code == 422
    assert client.post(f"{home}statuses/", {"_method": "PUT", "later": str(new.pk)}).status_code == 303
    with tenancy.entered(firm.pk):
        assert [one.name for one in repair.statuses()][:2] == ["In progress", "New"]
    item = order("Mend the gate", key="repair")
    assert kept(firm, item).status_id == progress.pk
    place = f"{home}statuses/{progress.pk}/"
    assert "1 piece of work is in it now" in seen(client, place)
    told = {"name": "Busy", "category": "open", "colour": "auto", "follow": "some", "leads_to": [str(new.pk)]}
    assert client.post(place, told).status_code == 303
    assert client.post(place, {**told, "category": "x"}).status_code == 422
    assert client.post(place, {"_method": "DELETE"}).status_code == 409
    gone = client.post(place, {"_method": "DELETE", "into": str(new.pk)}, follow=True).content.decode()
    assert "1 piece of work went to “New”" in gone
    assert client.post(f"{home}archiving/").status_code == 303
    assert "type=repair" not in seen(client, f"/w/{firm.slug}/work/new/")
    assert client.post(f"{home}archiving/", {"_method": "DELETE"}).status_code == 303


def test_who_only_reads_sees_work_and_changes_none(
    firm: Workspace, seat: Seat, browser: Browser, order: Order
) -> None:
    item = order()
    client = browser(seat(Role.AUDITOR, name="Clara"))
    base = f"/w/{firm.slug}/work/{item.pk}/"
    assert "Move to" not in seen(client, base)
    assert 'draggable="true"' not in seen(client, f"/w/{firm.slug}/work/boards/order/")
    for path in (base, f"{base}moves/", f"{base}owner/", f"{base}relations/", f"{base}links/"):
        assert client.post(path, {}).status_code == 403
    seen(client, f"/w/{firm.slug}/settings/work-types/", status=403)


def test_work_of_another_workspace_is_not_there(
    firm: Workspace, seat: Seat, browser: Browser, order: Order, talk: Talk
) -> None:
    item, number = order(), talk().number
    with tenancy.entered(firm.pk):
        link(item, talk("Other"), by=None)
    other = Workspace.objects.create(name="Other", slug="other")
    stranger = browser(seat(Role.OWNER, name="Eve", workspace=other))
    theirs = f"/w/other/work/{item.pk}/"
    for path in (theirs, f"{theirs}edit/", f"/w/other/settings/work-types/{item.type_id}/"):
        assert stranger.get(path).status_code == 404
    for path in (theirs, f"{theirs}moves/", f"{theirs}owner/", f"{theirs}relations/", f"{theirs}links/"):
        assert stranger.post(path, {"number": number}).status_code == 404
    assert stranger.get("/w/other/work/boards/order/").status_code == 404
    assert "Ten pallets" not in seen(stranger, "/w/other/work/?state=all")
