"""Programs ask aside, hand over, follow and react as agents do."""

import json

import pytest

from tests import cast
from tests.interfaces.api.conftest import Firm, Program, a_program
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Message
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_third_party_is_asked_and_the_customer_is_refused(firm: Firm, program: Program) -> None:
    number = firm.conversation.number
    letter = {"to": [{"email": "gates@supplier.example"}], "subject": "A code", "text": "Which?"}
    made = program.call("POST", f"/conversations/{number}/asides", letter)
    assert made.status_code == 201, made.content
    asked = json.loads(made.content)
    assert [one["email"] for one in asked["to"]] == ["gates@supplier.example"]
    [aside] = program.get(f"/conversations/{number}/asides")
    assert (aside["number"], aside["waits_for"], aside["is_done"]) == (asked["conversation"], "them", False)
    assert program.get(f"/conversations/{number}")["asides_waiting"] == 1
    assert program.get(f"/conversations/{aside['number']}")["aside_of"] == str(firm.conversation.pk)
    listed = program.get("/conversations?place=open")["items"]
    assert [one["number"] for one in listed] == [number]

    to_ada = {"to": [{"email": "ADA@customer.example"}], "text": "x"}
    for path in (f"/asides/{aside['number']}/letters", f"/conversations/{aside['number']}/replies"):
        refused = program.call("POST", path, to_ada)
        assert refused.status_code == 422, (path, refused.content)
    assert program.call("POST", f"/asides/{aside['number']}/letters", {"text": "And?"}).status_code == 201
    assert program.call("PUT", f"/asides/{aside['number']}/finishing").status_code == 200
    assert program.get(f"/conversations/{number}")["asides_open"] == 0
    assert program.call("DELETE", f"/asides/{aside['number']}/finishing").status_code == 200
    closed = program.call("PUT", f"/conversations/{aside['number']}/closing")
    assert (closed.status_code, json.loads(closed.content)["code"]) == (409, "stands-aside")
    assert program.call("POST", f"/asides/{number}/letters", {"text": "x"}).status_code == 404


def test_a_hand_over_is_asked_for_returned_and_accepted(firm: Firm, program: Program) -> None:
    number = firm.conversation.number
    other = a_program(firm.workspace, role=Role.AGENT)
    packet = {"agent": str(other.agent.pk), "reason": "Holiday"}
    made = program.call("POST", f"/conversations/{number}/handovers", packet)
    assert made.status_code == 201, made.content
    handover = json.loads(made.content)
    assert "turned away at the gate" in handover["summary"]
    twice = program.call("POST", f"/conversations/{number}/handovers", packet)
    assert json.loads(twice.content)["code"] == "handover-pending"
    assert [one["id"] for one in other.get("/handovers")["items"]] == [handover["id"]]
    assert program.get("/handovers")["items"] == []
    where = f"/handovers/{handover['id']}"
    assert json.loads(program.call("PUT", f"{where}/acceptance").content)["code"] == "handover-not-yours"
    back = other.call("PUT", f"{where}/return", {"because": "I am full"})
    assert (json.loads(back.content)["state"], json.loads(back.content)["answer"]) == (
        "returned",
        "I am full",
    )
    assert json.loads(other.call("PUT", f"{where}/acceptance").content)["code"] == "handover-settled"
    again = json.loads(program.call("POST", f"/conversations/{number}/handovers", packet).content)
    assert other.call("PUT", f"/handovers/{again['id']}/withdrawal").status_code == 422
    assert other.call("PUT", f"/handovers/{again['id']}/acceptance").status_code == 200
    assert program.get(f"/conversations/{number}")["owner"]["id"] == str(other.agent.pk)
    assert len(program.get("/handovers?show=settled")["items"]) == 2


@pytest.mark.parametrize(
    "packet", [{}, {"reason": " "}, {"agent": "self", "reason": "x"}, {"agent": "auditor", "reason": "x"}]
)
def test_a_hand_over_to_nobody_to_oneself_or_to_who_cannot_own_is_refused(
    firm: Firm, program: Program, packet: dict[str, str]
) -> None:
    auditor = cast.an_agent(firm.workspace, name="Abe", role=Role.AUDITOR)
    whom = {"self": program.agent, "auditor": auditor}.get(packet.get("agent", ""))
    given = {**packet, **({"agent": str(whom.pk)} if whom else {})}
    made = program.call("POST", f"/conversations/{firm.conversation.number}/handovers", given)
    assert made.status_code == 422, made.content


def test_only_the_owner_answers_where_it_is_set_so(firm: Firm, program: Program) -> None:
    with tenancy.entered(firm.workspace.pk):
        firm.inbox.settings = {**firm.inbox.settings, "answering": {"only_owner": True}}
        firm.inbox.save()
    where = f"/conversations/{firm.conversation.number}"
    refused = program.call("POST", f"{where}/replies", {"text": "Hello"})
    assert (refused.status_code, json.loads(refused.content)["code"]) == (409, "not-owner")
    assert program.call("PUT", f"{where}/owner", {"owner": str(program.agent.pk)}).status_code == 200
    assert program.call("POST", f"{where}/replies", {"text": "Hello"}).status_code == 201


def test_following_and_reacting_twice_changes_nothing(firm: Firm, program: Program) -> None:
    where = f"/conversations/{firm.conversation.number}"
    for _ in range(2):
        followers = json.loads(program.call("PUT", f"{where}/following").content)
        assert [one["id"] for one in followers] == [str(program.agent.pk)]
        reacted = program.call("PUT", f"/messages/{firm.message.pk}/reactions/thanks")
        assert reacted.status_code == 204
    with tenancy.entered(firm.workspace.pk):
        message = Message.objects.of(firm.workspace).get(pk=firm.message.pk)
        assert message.facts["reactions"] == {"thanks": [[str(program.agent.pk), "Bo"]]}
    assert json.loads(program.call("DELETE", f"{where}/following").content) == []
    assert program.get(f"{where}/followers") == []
    assert program.call("DELETE", f"/messages/{firm.message.pk}/reactions/thanks").status_code == 204
    assert program.call("PUT", f"/messages/{firm.message.pk}/reactions/rage").status_code == 422
