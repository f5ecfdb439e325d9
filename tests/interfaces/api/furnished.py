"""Things that operations name: a side conversation, a hand-over, a restriction, a table, routing rules."""

import base64
import json
from typing import Any

from tests import cast
from tests.interfaces.api.conftest import Firm, Program, a_program
from threadwell.kit import tenancy
from threadwell.record.fields.models import define
from threadwell.record.workplace.models import Team, TeamSeat
from threadwell.record.workplace.roles import Role

RULE: dict[str, Any] = {
    "name": "Doors",
    "conditions": {"all": [{"fact": "words", "is": "has", "value": ["gate"]}]},
    "results": {"priority": 3},
}
PEOPLE = b"Name;E-Mail\nEve;eve@there.example\n"
TABLE = {"kind": "contacts", "filename": "crm.csv", "content": base64.b64encode(PEOPLE).decode()}
LETTER = {"to": [{"email": "gates@supplier.example"}], "subject": "A code", "text": "Which?"}


def things_of(firm: Firm, program: Program) -> dict[str, Any]:
    """One of each, in the hands of the program."""
    other = a_program(firm.workspace, role=Role.OWNER)
    with tenancy.entered(firm.workspace.pk):
        define(firm.workspace.pk, "conversation", label="Gate", kind="text")
    aside = _made(program, f"/conversations/{firm.conversation.number}/asides", LETTER)
    packet = {"agent": str(program.agent.pk), "reason": "Holiday", "summary": "The code is wrong."}
    rule = _made(program, "/routing/rules", {**RULE, "name": "Gates"})
    hidden = {"kind": "field", "field": "identity.phone"}
    insiders = [{"role": "admin"}]
    return {
        "aside_number": aside["conversation"],
        "handover_id": _made(other, "/conversations/8002/handovers", packet)["id"],
        "restriction_id": _made(
            other,
            "/restrictions",
            {"name": "Phones", "reason": "Private.", "subjects": [hidden], "insiders": insiders},
        )["id"],
        "import_id": _made(program, "/imports", TABLE)["id"],
        "rule_id": rule["id"],
        "run_id": _made(program, "/routing/runs", {**_said(RULE), "rule": rule["id"]}, status=202)["id"],
        "kind": "thanks",
    }


def bodies_of(firm: Firm, program: Program) -> dict[str, Any]:
    """What is sent along."""
    contact = {"kind": "contact", "key": str(firm.conversation.contact_id)}
    restriction = {
        "name": "Board",
        "reason": "Only the board.",
        "subjects": [contact],
        "insiders": [{"agent": str(program.agent.pk)}],
    }
    with tenancy.entered(firm.workspace.pk):
        team, is_new = Team.objects.of(firm.workspace).get_or_create(workspace=firm.workspace, name="Doors")
        if is_new:
            agent = cast.an_agent(firm.workspace, name="Ida")
            TeamSeat.objects.create(workspace=firm.workspace, team=team, agent=agent)
    return {
        "ask_aside": LETTER,
        "write_aside": {"text": "And the other one?"},
        "hand_over": {"team": str(team.pk), "reason": "They know the door"},
        "return_handover": {"because": "I am full"},
        "make_restriction": restriction,
        "change_restriction": restriction,
        "ask_for_access": {"why": "Her boiler."},
        "begin_import": TABLE,
        "map_import": {"columns": {"Name": "name"}},
        "step_import": {"step": "check"},
        "sort_conversation": {"type": "sales"},
        "fill_in_conversation": {"custom": {"gate": "North"}},
        "make_routing_rule": RULE,
        "change_routing_rule": {"is_on": False},
        "order_routing_rules": {"rules": _rules(program)},
        "try_routing_rule": _said(RULE),
    }


def _rules(program: Program) -> list[str]:
    return [one["id"] for one in program.get("/routing/rules")["items"]]


def _said(rule: dict[str, Any]) -> dict[str, Any]:
    return {name: said for name, said in rule.items() if name != "name"}


def _made(program: Program, path: str, body: dict[str, Any], *, status: int = 201) -> Any:
    response = program.call("POST", path, body)
    assert response.status_code == status, (path, response.content)
    return json.loads(response.content)
