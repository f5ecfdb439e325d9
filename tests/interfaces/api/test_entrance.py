"""Nobody calls without a token that works, in whose workspace and within whose scopes they stay."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from tests import cast
from tests.interfaces.api.conftest import Firm, Program, a_firm, a_program
from threadwell.interfaces.api import described, entrance, urls
from threadwell.kit import clock, tenancy
from threadwell.record.commitments.models import Promise, Task
from threadwell.record.people.models import Organisation
from threadwell.record.rota.models import Skill
from threadwell.record.workplace.models import Agent, ApiToken, Team
from threadwell.record.workplace.roles import May, Role


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer nonsense", "Basic YTpi", "Bearer tw_" + "0" * 32 + "_" + "x" * 43, "Bearer \x01é"],
)
def test_a_call_without_a_token_that_works_is_refused(firm: Firm, header: str) -> None:
    response = Client().get("/api/v1/me", headers={"Authorization": header} if header else {})
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["code"] == "token-unknown"


def test_a_browsers_session_opens_nothing(firm: Firm, program: Program) -> None:
    client = Client()
    client.force_login(program.agent.user)
    assert client.get("/api/v1/me").status_code == 401


def test_a_token_says_whom_it_speaks_for(firm: Firm) -> None:
    program = a_program(firm.workspace, role=Role.COLLABORATOR, scopes=["read", "note", "reply"])
    told = program.get("/me")
    assert told["workspace"]["slug"] == firm.workspace.slug
    assert told["agent"]["role"] == "collaborator"
    assert told["scopes"] == ["note", "read"]


@pytest.mark.parametrize("facts", [{"revoked_at": timedelta()}, {"expires_at": timedelta(seconds=-1)}])
def test_a_token_that_was_revoked_or_expired_is_unknown(firm: Firm, facts: dict[str, timedelta]) -> None:
    program = a_program(firm.workspace, **{name: clock.now() + ago for name, ago in facts.items()})
    assert program.call("GET", "/me").status_code == 401


def test_a_token_ends_with_the_seat_of_its_agent(firm: Firm, program: Program) -> None:
    with tenancy.entered(firm.workspace.pk):
        Agent.objects.of(firm.workspace).filter(pk=program.agent.pk).update(left_at=clock.now())
    assert program.call("GET", "/me").status_code == 401


def test_the_last_use_is_remembered(firm: Firm, program: Program) -> None:
    program.get("/me")
    with tenancy.entered(firm.workspace.pk):
        assert ApiToken.objects.of(firm.workspace).get(agent=program.agent).used_at is not None


@pytest.mark.parametrize(
    ("role", "scopes", "method", "path", "status"),
    [
        (Role.AGENT, ["read"], "GET", "/conversations", 200),
        (Role.AGENT, ["note"], "GET", "/conversations", 403),
        (Role.AGENT, ["read"], "PUT", "/conversations/1/closing", 403),
        (Role.AUDITOR, ["read", "handle"], "PUT", "/conversations/1/closing", 403),
        (Role.AGENT, ["handle"], "PUT", "/conversations/1/closing", 200),
        (Role.AGENT, ["see-ledger"], "GET", "/deliveries", 403),
        (Role.AUDITOR, ["see-ledger"], "GET", "/deliveries", 200),
    ],
)
def test_role_and_scope_are_both_needed(
    firm: Firm, role: Role, scopes: list[str], method: str, path: str, status: int
) -> None:
    program = a_program(firm.workspace, role=role, scopes=scopes)
    assert program.call(method, path).status_code == status


def test_every_operation_says_what_it_needs() -> None:
    scopes = described.scopes_of(urls.api)
    told = described.openapi(urls.api)
    names = {one["operationId"] for path in told["paths"].values() for one in path.values()}
    assert names == set(scopes)
    assert May.OWN not in scopes.values()


def test_a_token_that_calls_too_fast_must_wait(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "CALLS", 2)
    monkeypatch.setattr(entrance, "WINDOW", timedelta(seconds=2))
    with clock.stopped_at(clock.now()):
        statuses = [program.call("GET", "/me").status_code for _ in range(3)]
        response = program.call("GET", "/me")
    assert statuses == [200, 200, 429]
    assert response["Retry-After"] == "1"
    assert json.loads(response.content)["code"] == "too-fast"
    with clock.stopped_at(clock.now() + timedelta(seconds=1)):
        assert program.call("GET", "/me").status_code == 200


def test_a_clock_that_went_wrong_keeps_no_token_waiting(firm: Firm, program: Program) -> None:
    with clock.stopped_at(clock.now() + timedelta(hours=2)):
        assert program.call("GET", "/me").status_code == 200
    assert program.call("GET", "/me").status_code == 200
    with tenancy.entered(firm.workspace.pk):
        token = ApiToken.objects.of(firm.workspace).get(agent=program.agent)
    assert token.used_at is not None
    assert token.used_at <= clock.now()


def test_one_token_keeps_no_other_waiting(
    firm: Firm, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "CALLS", 1)
    other = a_program(firm.workspace)
    with clock.stopped_at(clock.now()):
        assert [one.call("GET", "/me").status_code for one in (program, program, other)] == [200, 429, 200]


@pytest.mark.parametrize("path", ["/nowhere", "", "/conversations/x", "/inboxes/7", "/openapi.json/x"])
def test_what_is_not_there_is_a_problem_too(program: Program, path: str) -> None:
    response = program.call("GET", path)
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_a_method_that_is_not_known_is_a_problem_too(program: Program) -> None:
    response = program.call("POST", "/me")
    assert (response.status_code, response["Allow"]) == (405, "GET")
    assert json.loads(response.content)["code"] == "method"


def test_nothing_of_a_stranger_is_there_in_any_operation(program: Program) -> None:
    """Every address with the keys and numbers of another workspace."""
    other = a_firm()
    with tenancy.entered(other.workspace.pk):
        keys = {
            "inbox_id": other.inbox.pk,
            "delivery_id": other.message.delivery_id,
            "contact_id": other.conversation.contact_id,
            "message_id": other.message.pk,
            "organisation_id": Organisation.objects.create(workspace=other.workspace, name="Theirs").pk,
            "task_id": Task.objects.create(workspace=other.workspace, title="Theirs").pk,
            "promise_id": Promise.objects.create(workspace=other.workspace, text="Theirs").pk,
            "merge_id": other.message.pk,
            "proposal_id": other.message.pk,
            "search_id": other.message.pk,
            "file_id": other.message.pk,
            "undo_id": other.message.pk,
            "agent_id": cast.an_agent(other.workspace, name="Theirs").pk,
            "team_id": Team.objects.create(workspace=other.workspace, name="Theirs").pk,
            "skill_id": Skill.objects.create(workspace=other.workspace, name="Theirs").pk,
            "absence_id": other.message.pk,
            "redistribution_id": other.message.pk,
            "import_id": other.message.pk,
            "work_item_id": other.message.pk,
            "relation_id": other.message.pk,
            "restriction_id": other.message.pk,
            "handover_id": other.message.pk,
            "rule_id": other.message.pk,
            "join_id": other.message.pk,
            "ladder_id": other.message.pk,
            "run_id": other.message.pk,
            "kind": "thanks",
            "number": 4711,
        }
        type(other.conversation).objects.of(other.workspace).update(number=4711)
    own = a_program(other.workspace)
    assert own.call("GET", "/conversations/4711").status_code == 200
    bodies = {
        "reply": {"text": "Hello"},
        "note": {"text": "Hello"},
        "step_import": {"step": "check"},
        "sort_conversation": {"type": "sales"},
        "fill_in_conversation": {"custom": {}},
        "snooze": {"until": (clock.now() + timedelta(days=1)).isoformat()},
        "assign": {"owner": None},
        "pass_on": {"team": None},
        "weigh": {"priority": "high"},
        "label": {"labels": []},
        "retitle": {"subject": "Mine"},
        "join_conversations": {"others": [1]},
        "split_conversation": {"messages": [str(other.message.pk)]},
        "move_message": {"conversation": 1},
        "change_ladder": {"name": "Mine", "steps": [{"amount": 1, "deed": "close"}]},
        "start_follow_up": {"ladder": str(other.message.pk)},
        "set_acknowledgement": {"when": "never"},
        "say_availability": {"state": "away"},
        "limit_agent": {"capacity": 1},
        "give_agent_skills": {"levels": []},
        "rename_skill": {"name": "Mine"},
        "set_distribution": {"method": "by-hand"},
        "change_contact": {"name": "Mine"},
        "add_identity": {"kind": "handle", "value": "mine"},
        "add_membership": {"organisation": str(other.message.pk)},
        "change_organisation": {"name": "Mine"},
        "change_restriction": {"name": "Mine", "reason": "Mine"},
        "change_work_item": {"title": "Mine"},
        "decide_merge_proposal": {"decision": "reject"},
        "ask_aside": {"to": [{"email": "gates@supplier.example"}], "subject": "A", "text": "Hello"},
        "write_aside": {"text": "Hello"},
        "hand_over": {"reason": "Mine", "summary": "Mine"},
        "return_handover": {"because": "Mine"},
        "settle_promise": {"outcome": "kept"},
        "move_work_item": {"status": "placed"},
        "relate_work_item": {"kind": "blocks", "other": str(other.message.pk)},
    }
    for path, methods in described.openapi(urls.api)["paths"].items():
        for method, operation in methods.items():
            if "{" in path:
                address = path.removeprefix("/api/v1").format(**keys)
                if operation["operationId"] == "remove_identity":
                    address += "?kind=handle&value=mine"
                body = bodies.get(operation["operationId"], {} if "requestBody" in operation else None)
                response = program.call(method.upper(), address, body)
                is_list = operation["operationId"] == "list_conversations_of_contact"
                assert response.status_code == (200 if is_list else 404), (method, path, response.content)
                assert str(other.message.pk) not in response.content.decode()
            elif method == "get" and path != "/api/v1/me":
                response = program.call("GET", path.removeprefix("/api/v1") + "?q=crew")
                assert str(other.inbox.pk) not in response.content.decode()
                assert "4711" not in response.content.decode()
