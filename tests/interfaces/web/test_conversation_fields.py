"""Of which type a conversation is, whose that is, and the fields a workspace gave to conversations."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.interfaces.api.conftest import a_program
from tests.interfaces.web.conftest import Browser, Seat, Talk
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Conversation, TypeOwner, Undo
from threadwell.record.fields.models import CustomField, define
from threadwell.record.workplace.models import Agent, Team, Workspace
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def bo(seat: Seat) -> Agent:
    return seat()


@pytest.fixture
def client(browser: Browser, bo: Agent) -> Client:
    return browser(bo)


@pytest.fixture
def size(firm: Workspace) -> CustomField:
    with tenancy.entered(firm.pk):
        return define(firm.pk, "conversation", label="Size", kind="choice", choices=["S", "L"])


def now(talk: Conversation) -> Conversation:
    with tenancy.entered(talk.workspace_id):
        found: Conversation = Conversation.objects.of(talk.workspace_id).get(pk=talk.pk)
    return found


def body(response: Any) -> str:
    return str(response.content.decode())


def test_fields_are_filled_in_beside_the_thread_and_taken_back(
    firm: Workspace, talk: Talk, client: Client, size: CustomField
) -> None:
    gate = talk()
    url = f"/w/{firm.slug}/conversations/{gate.number}/fields/"
    assert "Size" in body(client.get(url))
    assert client.post(url, {"type": "sales", "custom-size": "XXL"}).status_code == 422
    assert client.post(url, {"type": "pilgrimage"}).status_code == 422
    assert client.post(url, {"type": "sales", "custom-size": "L"}).status_code == 303
    assert (now(gate).type, now(gate).custom) == ("sales", {"size": "L"})
    shown = body(client.get(f"/w/{firm.slug}/conversations/{gate.number}/history/"))
    assert "type Sales" in shown
    assert "filled in size" in shown
    with tenancy.entered(firm.pk):
        undo = Undo.objects.of(firm).get()
    assert client.post(f"/w/{firm.slug}/undos/{undo.pk}/undoing/").status_code in (200, 303)
    assert (now(gate).type, now(gate).custom) == ("support", {})


def test_desk_is_narrowed_by_fields(firm: Workspace, talk: Talk, client: Client, size: CustomField) -> None:
    talk("Gate code", custom={"size": "L"})
    talk("Invoice", custom={"size": "S"})
    desk = f"/w/{firm.slug}/desk/open/"
    shown = body(client.get(desk, {"custom-size": "L"}))
    assert "Gate code" in shown
    assert "Invoice" not in shown
    assert "custom-size=L" in shown
    assert "Invoice" in body(client.get(desk, {"custom-gone": "L"}))
    offered = body(
        client.get(
            f"/w/{firm.slug}/conversations/fields/", {"custom-size": "L"}, headers={"HX-Request": "true"}
        )
    )
    assert '<option value="L" selected>' in offered


def test_archived_field_is_asked_for_no_longer_and_its_values_stay(
    firm: Workspace, talk: Talk, client: Client, size: CustomField, bo: Agent
) -> None:
    gate = talk(custom={"size": "L"})
    with tenancy.entered(firm.pk):
        size.archive(by=bo)
    url = f"/w/{firm.slug}/conversations/{gate.number}/fields/"
    assert "Size" not in body(client.get(url))
    client.post(url, {"type": "sales"})
    assert now(gate).custom == {"size": "L"}
    assert "Gate code" in body(client.get(f"/w/{firm.slug}/desk/open/", {"custom-size": "S"}))


def test_team_that_looks_after_a_type_gets_it_unless_somebody_owns_it(
    firm: Workspace, talk: Talk, client: Client, seat: Seat, browser: Browser, bo: Agent
) -> None:
    with tenancy.entered(firm.pk):
        sellers = Team.objects.create(workspace=firm, name="Sellers")
    admin = browser(seat(Role.ADMIN, name="Adam"))
    types = f"/w/{firm.slug}/settings/types/"
    assert client.post(types, {"sales": str(sellers.pk)}).status_code == 403
    assert admin.post(types, {"sales": "nonsense"}).status_code == 422
    assert admin.post(types, {"sales": str(sellers.pk)}).status_code == 303
    free, owned = talk(), talk("Invoice", owner=bo)
    for one in (free, owned):
        client.post(f"/w/{firm.slug}/conversations/{one.number}/fields/", {"type": "sales"})
    assert (now(free).team_id, now(owned).team_id) == (sellers.pk, None)
    assert "Sellers looks after Sales" in body(
        client.get(f"/w/{firm.slug}/conversations/{free.number}/fields/")
    )
    admin.post(types, {})
    with tenancy.entered(firm.pk):
        assert not TypeOwner.objects.of(firm).exists()


def test_who_only_reads_describes_nothing(firm: Workspace, talk: Talk, seat: Seat, browser: Browser) -> None:
    gate, reader = talk(), browser(seat(Role.AUDITOR, name="Rea"))
    url = f"/w/{firm.slug}/conversations/{gate.number}/fields/"
    assert "disabled" in body(reader.get(url))
    assert reader.post(url, {"type": "sales"}).status_code == 403


def test_programs_describe_and_find(firm: Workspace, talk: Talk, size: CustomField) -> None:
    gate, program = talk(), a_program(firm)
    talk("Invoice")
    path = f"/conversations/{gate.number}"
    assert program.call("PUT", f"{path}/type", {"type": "onboarding"}).status_code == 200
    wrong = program.call("PUT", f"{path}/fields", {"custom": {"size": "XXL", "weight": 1}})
    assert wrong.status_code == 422
    done = json.loads(program.call("PUT", f"{path}/fields", {"custom": {"size": "S"}}).content)
    assert done["conversation"]["custom"] == {"size": "S"}
    found = program.get("/conversations?custom=size:S")["items"]
    assert [one["number"] for one in found] == [gate.number]
    assert program.call("GET", "/conversations?custom=weight:1").status_code == 422
    assert program.call("PUT", f"/undos/{done['undo']}/undoing").status_code == 200
    assert now(gate).custom == {}
