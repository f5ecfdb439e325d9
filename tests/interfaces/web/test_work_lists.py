"""The list of work: columns, views, files, and many changed at once with a way back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.interfaces.web.conftest import Browser, Seat
from threadwell.kit import tenancy
from threadwell.record.conversations.models import SavedView, Undo
from threadwell.record.fields.models import define
from threadwell.record.work import shipped
from threadwell.record.work.models import WorkItem, WorkItemType, WorkStatus
from threadwell.record.workplace.models import Agent, Team, Workspace
from threadwell.record.workplace.roles import Role

type Order = Callable[..., WorkItem]
pytestmark = pytest.mark.django_db


@pytest.fixture
def bo(seat: Seat) -> Agent:
    return seat()


@pytest.fixture
def client(browser: Browser, bo: Agent) -> Client:
    return browser(bo)


@pytest.fixture
def order(firm: Workspace) -> Order:
    with tenancy.entered(firm.pk):
        shipped.make(firm.pk)

    def made(title: str = "Ten pallets", *, key: str = "order", **facts: Any) -> WorkItem:
        with tenancy.entered(firm.pk):
            kind = WorkItemType.objects.of(firm).get(key=key)
            return WorkItem.open_one(kind, title, by=None, **facts)

    return made


def body(response: Any) -> str:
    return b"".join(response).decode() if response.streaming else response.content.decode()


def bulk(client: Client, firm: Workspace, **given: Any) -> Any:
    return client.post(f"/w/{firm.slug}/work/bulk/", given)


def undo(client: Client, firm: Workspace) -> Any:
    with tenancy.entered(firm.pk):
        newest = Undo.objects.of(firm).order_by("-made_at").first()
    return client.post(f"/w/{firm.slug}/undos/{newest.pk}/undoing/")


def test_columns_are_chosen_and_remembered(firm: Workspace, order: Order, client: Client) -> None:
    with tenancy.entered(firm.pk):
        field = define(firm.pk, "work_item", label="Meter", kind="number")
    order(custom={field.key: 12})
    home = f"/w/{firm.slug}/work/"
    shown = body(client.get(home, {"column": ["team", f"custom-{field.key}"]}))
    assert ">12</td>" in shown
    assert "Amount</th>" not in shown
    assert "Amount</th>" not in body(client.get(home))


def test_view_is_kept_and_removed(firm: Workspace, order: Order, client: Client) -> None:
    order("Ten pallets")
    order("A crane")
    home = f"/w/{firm.slug}/work/"
    client.post(f"{home}views/", {"name": "Cranes", "query": "q=crane&sort=newest&column=team"})
    with tenancy.entered(firm.pk):
        view = SavedView.objects.of(firm).get()
    answer = client.get(f"/w/{firm.slug}/desk/saved-{view.pk}/", follow=True)
    assert "A crane" in body(answer)
    assert "Ten pallets" not in body(answer)
    assert "Remove the view" in body(answer)
    gone = client.post(f"/w/{firm.slug}/saved-views/{view.pk}/", {"_method": "DELETE"})
    assert gone["Location"] == home


@pytest.mark.parametrize(
    ("deed", "field"),
    [("owner", "owner_id"), ("team", "team_id"), ("due", "due_at"), ("status", "status_id")],
)
def test_many_are_changed_and_taken_back(
    firm: Workspace, order: Order, client: Client, bo: Agent, deed: str, field: str
) -> None:
    items = [order(), order("A crane"), order("Elsewhere")]
    with tenancy.entered(firm.pk):
        team = Team.objects.create(workspace=firm, name="Dock") if deed == "team" else None
        status = WorkStatus.objects.of(firm).filter(type=items[0].type).exclude(pk=items[0].status_id)[0]
        before = getattr(items[0], field)
    value = {
        "owner": bo.pk,
        "team": team.pk if team else "",
        "due": "2030-01-02T10:00",
        "status": status.pk,
    }[deed]
    chosen = [str(one.pk) for one in items[:2]]
    assert bulk(client, firm, deed=deed, chosen=chosen, **{deed: str(value)}).status_code == 303
    with tenancy.entered(firm.pk):
        now = WorkItem.objects.of(firm).filter(pk__in=chosen).values_list(field, flat=True)
        assert before not in now
        assert getattr(WorkItem.objects.of(firm).get(title="Elsewhere"), field) == before
    assert undo(client, firm).status_code == 303
    with tenancy.entered(firm.pk):
        assert set(WorkItem.objects.of(firm).values_list(field, flat=True)) == {before}
    assert undo(client, firm).status_code == 409


def test_what_somebody_changed_since_stays(
    firm: Workspace, order: Order, client: Client, bo: Agent, seat: Seat
) -> None:
    first, second = order(), order("A crane")
    cleo = seat(name="Cleo")
    bulk(client, firm, deed="owner", owner=str(bo.pk), everything="yes", query="")
    with tenancy.entered(firm.pk):
        WorkItem.objects.of(firm).get(pk=first.pk).assign(cleo, by=cleo)
    undo(client, firm)
    assert "1 piece of work stays as it is" in body(client.get(f"/w/{firm.slug}/work/"))
    with tenancy.entered(firm.pk):
        owners = dict(WorkItem.objects.of(firm).values_list("pk", "owner_id"))
    assert owners == {first.pk: cleo.pk, second.pk: None}


def test_move_that_one_may_not_make_moves_none(firm: Workspace, order: Order, client: Client) -> None:
    first, second = order(), order("A crane")
    with tenancy.entered(firm.pk):
        here, there, *_rest = WorkStatus.objects.of(firm).filter(type=first.type).order_by("position")
        elsewhere = WorkStatus.objects.of(firm).exclude(type=first.type)[0]
    both = [str(first.pk), str(second.pk)]
    assert bulk(client, firm, deed="status", status=str(elsewhere.pk), chosen=both).status_code == 422
    with tenancy.entered(firm.pk):
        assert set(WorkItem.objects.of(firm).values_list("status_id", flat=True)) == {here.pk}
    assert there.pk != here.pk


@pytest.mark.parametrize(
    "given",
    [
        {"deed": "owner", "chosen": "nonsense"},
        {"deed": "due", "due": "yesterday", "everything": "yes"},
        {"deed": "due", "due": "2026-02-30T10:00", "everything": "yes"},
        {"deed": "status", "status": "nonsense", "everything": "yes"},
        {"deed": "vanish", "everything": "yes"},
    ],
    ids=lambda given: "-".join(given.values()),
)
def test_nonsense_is_refused(firm: Workspace, order: Order, client: Client, given: dict[str, str]) -> None:
    order()
    assert bulk(client, firm, **given).status_code == 422


def test_field_that_was_archived_since_narrows_nothing_and_keeps_its_values(
    firm: Workspace, order: Order, client: Client, bo: Agent
) -> None:
    with tenancy.entered(firm.pk):
        field = define(firm.pk, "work_item", label="Meter", kind="number")
    item = order(custom={field.key: 12})
    order("A crane")
    home, asked = f"/w/{firm.slug}/work/", {f"f_{field.key}": "12", "column": f"custom-{field.key}"}
    assert "A crane" not in body(client.get(home, asked))
    with tenancy.entered(firm.pk):
        field.archive(by=bo)
    shown = body(client.get(home, asked))
    assert "A crane" in shown
    assert "Meter" not in shown
    bulk(client, firm, deed="owner", owner=str(bo.pk), chosen=str(item.pk))
    with tenancy.entered(firm.pk):
        assert WorkItem.objects.of(firm).get(pk=item.pk).custom == {field.key: 12}


def test_who_only_reads_changes_nothing(firm: Workspace, order: Order, seat: Seat, browser: Browser) -> None:
    order()
    reader = browser(seat(Role.AUDITOR, name="Rea"))
    assert bulk(reader, firm, deed="owner", owner="", everything="yes").status_code == 403
    assert "Choose all on this page" not in body(reader.get(f"/w/{firm.slug}/work/"))


def test_file_has_what_the_filters_show(firm: Workspace, order: Order, client: Client) -> None:
    for number in range(60):
        order(f"Crane {number}")
    order("Ten pallets")
    lines = body(client.get(f"/w/{firm.slug}/exports/work.csv", {"q": "crane"})).splitlines()
    assert len(lines) == 61


def test_timeline_leaves_as_a_file(firm: Workspace, order: Order, client: Client) -> None:
    item = order()
    url = f"/w/{firm.slug}/exports/timeline.csv"
    assert "When" in body(client.get(url, {"story": f"work:{item.pk}"}))
    for story in ("", "work:nonsense", f"contact:{item.pk}", f"elsewhere:{item.pk}"):
        assert client.get(url, {"story": story}).status_code == 404
