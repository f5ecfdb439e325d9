"""Work for programs: begun, changed, moved, tied, and mirrored from systems that tell things twice."""

import json
from typing import Any
from uuid import UUID

import pytest

from tests.interfaces.api.conftest import Firm, Program, a_firm
from threadwell.kit import ids, tenancy
from threadwell.record.fields.models import define
from threadwell.record.work import shipped
from threadwell.record.work.models import WorkItem, WorkItemType

NEWS = {
    "system": "SAP",
    "external_id": "4711/B",
    "type": "order",
    "number": "ORD-20931",
    "title": "Ten pallets",
    "seen_at": "2026-11-23T10:00:00+01:00",
    "seen_status": "Placed",
    "contact_email": "ADA@customer.example",
    "link": "https://erp.example/orders/4711",
    "amount": 1250.5,
    "currency": "EUR",
}


@pytest.fixture(autouse=True)
def kinds(firm: Firm) -> None:
    with tenancy.entered(firm.workspace.pk):
        shipped.make(firm.workspace.pk)


def call(program: Program, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
    response = program.call(method, path, body)
    assert response.status_code == status, response.content
    return json.loads(response.content)


def an_order(program: Program, title: str = "Ten pallets", **more: Any) -> Any:
    return call(program, "POST", "/work-items", {"type": "order", "title": title, **more}, status=201)


def test_work_is_begun_listed_changed_and_moved(firm: Firm, program: Program) -> None:
    made = an_order(program, conversation=firm.conversation.number, amount="12.50")
    assert (made["number"], made["status"]["key"], made["currency"]) == ("ORD-00001", "placed", "EUR")
    path = f"/work-items/{made['id']}"
    changed = call(program, "PATCH", path, {"owner": str(program.agent.pk), "due_at": "2026-12-01T10:00:00Z"})
    assert (changed["owner"]["name"], changed["title"]) == (program.agent.name, "Ten pallets")
    moved = call(program, "PUT", f"{path}/status", {"status": "delivered", "seen": "placed"})
    assert moved["closed_at"]
    late = call(program, "PUT", f"{path}/status", {"status": "placed", "seen": "placed"}, status=409)
    assert late["code"] == "moved-meanwhile"
    events = [one["name"] for one in program.get(f"{path}/events")["items"]]
    assert events == [
        "work_item.opened",
        "work_item.linked",
        "work_item.changed",
        "work_item.assigned",
        "work_item.moved",
    ]
    [tied] = program.get(f"/conversations/{firm.conversation.number}/work-items")["items"]
    assert tied["id"] == made["id"]
    [talked] = program.get(f"{path}/conversations")["items"]
    assert talked["number"] == firm.conversation.number
    call(program, "DELETE", f"/conversations/{firm.conversation.number}/work-items/{made['id']}")
    assert program.get(f"{path}/conversations")["items"] == []


def test_a_list_of_work_is_narrowed(firm: Firm, program: Program) -> None:
    an_order(program, owner=str(program.agent.pk))
    an_order(program, "A gate", status="delivered")
    for query, found in (
        ("", 2),
        ("type=order", 2),
        ("type=claim", 0),
        ("type=order&status=delivered", 1),
        ("is_open=true", 1),
        (f"owner={program.agent.pk}", 1),
        ("is_unowned=true", 1),
        ("is_late=true", 0),
        ("number=ord-00002", 1),
        ("words=ORD-0000", 2),
        ("words=gate", 1),
        ("system=SAP&external_id=1", 0),
        (f"contact={ids.new()}", 0),
    ):
        assert len(program.get(f"/work-items?{query}")["items"]) == found, query
    page = program.get("/work-items?limit=1")
    assert len(program.get(f"/work-items?limit=1&cursor={page['next']}")["items"]) == 1
    for wrong in ("type=none", "status=placed", "type=order&status=paid"):
        assert program.call("GET", f"/work-items?{wrong}").status_code == 422, wrong


def test_what_another_system_says_makes_one_item_however_often_it_is_said(
    firm: Firm, program: Program
) -> None:
    first = call(program, "PUT", "/mirrored-work-items", NEWS)
    again = call(program, "PUT", "/mirrored-work-items", NEWS)
    assert (first["outcome"], again["outcome"]) == ("made", "same")
    assert first["work_item"]["id"] == again["work_item"]["id"]
    assert first["work_item"]["contact"]["id"] == str(firm.conversation.contact_id)
    old = {**NEWS, "seen_at": "2026-11-23T08:59:00Z", "title": "Old", "seen_status": "Draft"}
    told = call(program, "PUT", "/mirrored-work-items", old)
    assert (told["outcome"], told["work_item"]["title"]) == ("old", "Ten pallets")
    new = {
        "system": "SAP",
        "external_id": "4711/B",
        "type": "ignored-from-now-on",
        "seen_at": "2026-11-23T09:01:00Z",
        "status": "delivered",
        "seen_status": "Z9",
    }
    told = call(program, "PUT", "/mirrored-work-items", new)
    assert (told["outcome"], told["work_item"]["seen_status"]) == ("changed", "Z9")
    assert told["work_item"]["closed_at"]
    [kept] = program.get("/work-items?system=SAP&external_id=4711/B")["items"]
    assert (kept["number"], kept["title"], kept["amount"]) == ("ORD-20931", "Ten pallets", "1250.50")


def test_the_workspaces_own_fields_are_checked(firm: Firm, program: Program) -> None:
    with tenancy.entered(firm.workspace.pk):
        define(firm.workspace.pk, "work_item", label="Gate", kind="text", is_required=True)
        define(firm.workspace.pk, "work_item", label="Pallets", kind="number")
    made = an_order(program, custom={"gate": "4711"})
    path = f"/work-items/{made['id']}"
    changed = call(program, "PATCH", path, {"custom": {"pallets": "10"}})
    assert changed["custom"] == {"gate": "4711", "pallets": 10}
    for wrong in ({"pallets": "many"}, {"crates": 1}, {"gate": None}):
        assert call(program, "PATCH", path, {"custom": wrong}, status=422)["code"] == "invalid"


def test_a_circle_is_refused_and_a_relation_goes(program: Program) -> None:
    one, other = an_order(program), an_order(program, "A gate")
    path = f"/work-items/{one['id']}/relations"
    [made] = call(program, "POST", path, {"kind": "parent", "other": other["id"]})["items"]
    assert (made["item"], made["other"]) == (one["number"], other["number"])
    back = {"kind": "parent", "other": one["id"]}
    refused = call(program, "POST", f"/work-items/{other['id']}/relations", back, status=409)
    assert refused["code"] == "work-cycle"
    assert call(program, "DELETE", f"{path}/{made['id']}")["items"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "x" * 301},
        {"title": " "},
        {"type": "none"},
        {"status": "none"},
        {"amount": "1e99"},
        {"amount": "NaN"},
        {"currency": "€"},
        {"link": "javascript:alert(1)"},
        {"due_at": "0001-01-01T00:00:00+14:00"},
        {"due_at": "2026-11-23"},
        {"owner": str(UUID(int=1))},
        {"contact": str(UUID(int=1))},
        {"number": "\0"},
        {"custom": {"\ud800": 1}},
    ],
)
def test_what_cannot_be_kept_is_refused(program: Program, wrong: dict[str, Any]) -> None:
    response = program.call("POST", "/work-items", {"type": "order", "title": "Ten pallets", **wrong})
    assert response.status_code == 422, response.content


def test_customers_and_work_of_another_workspace_cannot_be_named(firm: Firm, program: Program) -> None:
    other = a_firm()
    with tenancy.entered(other.workspace.pk):
        shipped.make(other.workspace.pk)
        kind = WorkItemType.objects.of(other.workspace).get(key="order")
        theirs = WorkItem.open_one(kind, "Theirs", by=None)
    mine = an_order(program)
    stranger = str(other.conversation.contact_id)
    assert program.call("PATCH", f"/work-items/{mine['id']}", {"contact": stranger}).status_code == 422
    related = {"kind": "relates", "other": str(theirs.pk)}
    assert program.call("POST", f"/work-items/{mine['id']}/relations", related).status_code == 422
    assert program.call("GET", f"/work-items/{theirs.pk}").status_code == 404
