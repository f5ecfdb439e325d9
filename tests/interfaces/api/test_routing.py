"""Programs read and write routing rules, try them, and ask why a conversation is where it is."""

import json
from typing import Any

import pytest

from tests.interfaces.api.conftest import Firm, Program, a_program
from threadwell.flow import reactions, rehearsing
from threadwell.interfaces.commands import decisions
from threadwell.kit import tenancy
from threadwell.record.routing.models import RoutingDecision
from threadwell.record.workplace.models import Team
from threadwell.record.workplace.roles import Role

RULE: dict[str, Any] = {
    "name": "Doors",
    "conditions": {"all": [{"fact": "words", "is": "has", "value": ["gate"]}]},
    "results": {"priority": 3},
}


@pytest.fixture
def chief(firm: Firm) -> Program:
    return a_program(firm.workspace, role=Role.ADMIN, scopes=["read", "handle", "manage"])


def sent(program: Program, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
    answer = program.call(method, path, body)
    assert answer.status_code == status, answer.content
    return json.loads(answer.content) if answer.content else None


def test_rules_are_made_changed_switched_ordered_restored_and_removed(firm: Firm, chief: Program) -> None:
    assert [one["shipped_as"] for one in chief.get("/routing/rules")["items"]] == [
        *("severe", "account-owner", "new-leads", "key-contact")
    ]
    rule = sent(chief, "POST", "/routing/rules", RULE, status=201)
    assert (rule["is_on"], rule["version"]["number"], rule["version"]["moments"]) == (False, 1, ["arrived"])
    there = f"/routing/rules/{rule['id']}"
    again = {"said": {"results": {"priority": 4}}, "is_on": True}
    changed = sent(chief, "PATCH", there, again)
    assert (changed["is_on"], changed["version"]["number"], changed["version"]["conditions"]) == (
        *(True, 2),
        {"all": []},
    )
    assert sent(chief, "PATCH", there, {"restore": 1})["version"]["restored_from"] == 1
    assert [one["number"] for one in chief.get(f"{there}/versions")["items"]] == [3, 2, 1]
    ordered = sent(chief, "PUT", "/routing/order", {"rules": [rule["id"]]})
    assert ordered["items"][0]["name"] == "Doors"
    assert chief.call("DELETE", there).status_code == 204
    assert chief.call("PATCH", there, {"is_on": True}).status_code == 404


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({**RULE, "conditions": {"all": [{"fact": "colour", "is": "yes"}]}}, "bad-conditions"),
        ({**RULE, "conditions": {"all": "x"}}, "bad-conditions"),
        ({**RULE, "results": {}}, "bad-results"),
        ({**RULE, "results": {"team": "00000000-0000-0000-0000-000000000001"}}, "bad-results"),
        ({**RULE, "name": "new leads take turns"}, "name-taken"),
    ],
)
def test_rules_that_mean_nothing_are_refused(
    firm: Firm, chief: Program, given: dict[str, Any], code: str
) -> None:
    chief.get("/routing/rules")
    assert sent(chief, "POST", "/routing/rules", given, status=422)["code"] == code


def test_agent_reads_rules_and_writes_none(firm: Firm) -> None:
    program = a_program(firm.workspace, role=Role.AGENT, scopes=["read", "handle"])
    assert program.call("POST", "/routing/rules", RULE).status_code == 403
    assert len(program.get("/routing/rules")["items"]) == 4


def test_rule_is_tried_before_it_counts(firm: Firm, chief: Program) -> None:
    said = {name: RULE[name] for name in ("conditions", "results")}
    run = sent(chief, "POST", "/routing/runs", said | {"rule": None}, status=202)
    rehearsing.go_on(str(firm.workspace.pk), run["id"])
    done = chief.get(f"/routing/runs/{run['id']}")
    assert (done["state"], done["total"], done["fitted"], done["changed"]) == ("done", 1, 1, 1)
    assert done["changes"][0]["after"] == {"priority": 3}
    assert done["changes"][0]["examples"] == [firm.conversation.number]


def test_conversation_tells_why_it_is_here_and_is_routed_once_more(
    firm: Firm, chief: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    reactions.catch_up(firm.workspace.pk)
    there = f"/conversations/{firm.conversation.number}/routing"
    [decision] = chief.get(there)["items"]
    assert (decision["outcome"], decision["replays"]) == ("unmatched", True)
    assert {one["name"]: one["tried"] for one in decision["rules"]}["Severe cases go to the manager"] == 1
    with tenancy.entered(firm.workspace.pk):
        team = Team.objects.create(workspace=firm.workspace, name="Gates")
    sent(
        chief, "POST", "/routing/rules", RULE | {"results": {"team": str(team.pk)}, "is_on": True}, status=201
    )
    assert chief.get(f"{there}/now")["to"] == {"team": str(team.pk)}
    assert sent(chief, "POST", there)["team"]["name"] == "Gates"
    assert chief.get(there)["items"][0]["cause"] == "by-hand"
    arguments = type("Arguments", (), {"workspace": firm.workspace.slug, "most": 0, "deed": "replay"})()
    assert decisions.run(arguments) == 0
    assert json.loads(capsys.readouterr().out)["same"] == 2
    with tenancy.entered(firm.workspace.pk):
        RoutingDecision.objects.of(firm.workspace).update(outcome="fallback")
    assert decisions.run(arguments) == 1
