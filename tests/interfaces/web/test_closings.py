"""What must be known of a conversation is asked when it is closed: one by one, among many, by programs."""

import json

import pytest
from django.test import Client

from tests import cast
from tests.interfaces.api.conftest import a_program
from tests.interfaces.web.conftest import Browser, Seat, Talk
from threadwell.flow import handling, outbound
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Conversation, Draft, Message, Undo
from threadwell.record.conversations.required import FieldsMissing
from threadwell.record.fields.models import CustomField, define
from threadwell.record.workplace.models import Agent, Workspace

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def bo(seat: Seat) -> Agent:
    return seat()


@pytest.fixture
def client(browser: Browser, bo: Agent) -> Client:
    return browser(bo)


@pytest.fixture
def cause(firm: Workspace) -> CustomField:
    with tenancy.entered(firm.pk):
        define(firm.pk, "conversation", label="Remark", kind="text")
        return define(
            firm.pk,
            "conversation",
            label="Cause",
            kind="choice",
            choices=["Ours", "Theirs"],
            is_required=True,
        )


def now(talk: Conversation) -> Conversation:
    with tenancy.entered(talk.workspace_id):
        found: Conversation = Conversation.objects.of(talk.workspace_id).get(pk=talk.pk)
    return found


def test_a_dialog_asks_and_then_it_is_closed(
    firm: Workspace, talk: Talk, client: Client, cause: CustomField
) -> None:
    gate = talk()
    url = f"/w/{firm.slug}/conversations/{gate.number}/closing/"
    asked = client.post(url, headers=HTMX)
    assert (asked.status_code, json.loads(asked["HX-Trigger"])) == (204, {"asked": {"url": url}})
    assert now(gate).status == "open"
    form = client.get(url, headers=HTMX).content.decode()
    assert "Cause" in form
    assert "Remark" not in form, "only what is wanting is asked"
    wrong = client.post(url, {"custom-cause": ""}, headers=HTMX)
    assert wrong.status_code == 422
    assert "This field is required" in wrong.content.decode()
    assert client.post(url, {"custom-cause": "Nobody's"}, headers=HTMX).status_code == 422
    done = client.post(url, {"custom-cause": "Ours"}, headers=HTMX)
    assert (done.status_code, done["HX-Retarget"]) == (200, f"#head-{gate.pk}")
    assert "done" in json.loads(done["HX-Trigger"])
    assert (now(gate).status, now(gate).custom) == ("closed", {"cause": "Ours"})
    with tenancy.entered(firm.pk):
        undo = Undo.objects.of(firm).get()
    client.post(f"/w/{firm.slug}/undos/{undo.pk}/undoing/")
    assert (now(gate).status, now(gate).custom) == ("open", {})


def test_without_scripts_a_page_asks(firm: Workspace, talk: Talk, client: Client, cause: CustomField) -> None:
    gate = talk()
    url = f"/w/{firm.slug}/conversations/{gate.number}/closing/"
    asked = client.post(url)
    assert (asked.status_code, asked["Location"]) == (303, url)
    assert "Before it is closed" in client.get(url).content.decode()
    assert client.post(url, {"custom-cause": "Theirs"}).status_code == 303
    assert now(gate).status == "closed"


def test_what_is_filled_in_is_not_asked_for(
    firm: Workspace, talk: Talk, client: Client, cause: CustomField
) -> None:
    gate = talk(custom={"cause": "Ours"})
    client.post(f"/w/{firm.slug}/conversations/{gate.number}/closing/")
    assert now(gate).status == "closed"


def test_many_are_closed_and_it_is_said_which_stay_open(
    firm: Workspace, talk: Talk, client: Client, cause: CustomField
) -> None:
    good, bad, done = talk(custom={"cause": "Ours"}), talk(), talk(status="closed")
    chosen = [one.number for one in (good, bad, done)]
    shown = client.post(
        f"/w/{firm.slug}/bulk/", {"deed": "close", "chosen": chosen}, follow=True
    ).content.decode()
    assert f"1 conversation stays open until this is filled in: C-{bad.number}: Cause" in shown
    assert "1 conversation: closed" in shown
    assert [now(one).status for one in (good, bad)] == ["closed", "open"]
    again = client.post(f"/w/{firm.slug}/bulk/", {"deed": "close", "chosen": [bad.number]}, follow=True)
    assert "stays open until" in again.content.decode()


def test_a_program_is_told_which_fields(firm: Workspace, talk: Talk, cause: CustomField) -> None:
    gate, program = talk(), a_program(firm)
    refused = program.call("PUT", f"/conversations/{gate.number}/closing", {})
    assert refused.status_code == 409
    problem = json.loads(refused.content)
    assert (problem["code"], problem["fields"]) == ("fields-missing", ["cause"])
    program.call("PUT", f"/conversations/{gate.number}/fields", {"custom": {"cause": "Ours"}})
    assert program.call("PUT", f"/conversations/{gate.number}/closing", {}).status_code == 200
    assert now(gate).status == "closed"


def test_an_answer_that_would_close_is_not_sent_and_not_lost(
    firm: Workspace, talk: Talk, bo: Agent, cause: CustomField
) -> None:
    gate = talk()
    with tenancy.entered(firm.pk):
        Message.objects.create(
            workspace=firm, conversation=gate, direction="in", from_address="ada@customer.example", text="?"
        )
        draft = outbound.begin(gate, "reply", by=bo)
        outbound.save(draft, text="4711")
        key = draft.pk
    with pytest.raises(FieldsMissing), tenancy.entered(firm.pk):
        outbound.send(draft, by=bo, then="close")
    with tenancy.entered(firm.pk):
        draft = Draft.objects.of(firm).get(pk=key)
        assert draft.text == "4711"
        assert not Message.objects.of(firm).filter(direction="out").exists()
        assert outbound.send(draft, by=bo).text == "4711"


def test_what_is_closed_stays_so(firm: Workspace, talk: Talk, bo: Agent, cause: CustomField) -> None:
    gate = talk(status="closed")
    with tenancy.entered(firm.pk):
        assert handling.handle([gate], handling.Close(), by=bo) is None


def test_a_stranger_is_asked_nothing(
    firm: Workspace, talk: Talk, browser: Browser, seat: Seat, cause: CustomField
) -> None:

    gate = talk()
    stranger = browser(cast.an_agent(cast.a_workspace("Other")))
    assert stranger.get(f"/w/{firm.slug}/conversations/{gate.number}/closing/").status_code == 404
