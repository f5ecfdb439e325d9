"""Restrictions and the audit, by programs."""

from tests.interfaces.api.conftest import Firm, Program, a_program
from threadwell.record.workplace.roles import Role


def of(firm: Firm, **more: object) -> dict[str, object]:
    subject = {"kind": "contact", "key": str(firm.conversation.contact_id)}
    return {"name": "Board", "reason": "Only the board.", "subjects": [subject], **more}


def test_a_program_restricts_changes_and_opens_again(firm: Firm, program: Program) -> None:
    agent = a_program(firm.workspace, role=Role.AGENT)
    number = firm.conversation.number
    made = program.call("POST", "/restrictions", of(firm))
    assert made.status_code == 201, made.content
    key = made.json()["id"]  # type: ignore[attr-defined]
    assert agent.call("GET", f"/conversations/{number}").status_code == 403
    assert agent.get("/conversations")["items"] == []
    [shown] = agent.get("/restrictions")["items"]
    assert (shown["is_open"], shown["subjects"]) == (False, [])
    insiders = [{"agent": str(agent.agent.pk)}]
    changed = program.call("PUT", f"/restrictions/{key}", of(firm, insiders=insiders))
    assert changed.status_code == 200, changed.content
    assert agent.get(f"/conversations/{number}")["number"] == number
    assert program.call("DELETE", f"/restrictions/{key}").status_code == 204
    assert program.get(f"/conversations/{number}")["number"] == number


def test_a_program_asks_and_the_audit_says_who_looked(firm: Firm, program: Program) -> None:
    owner = a_program(firm.workspace, role=Role.OWNER)
    key = owner.call("POST", "/restrictions", of(firm)).json()["id"]  # type: ignore[attr-defined]
    asked = program.call("POST", f"/restrictions/{key}/requests", {"why": "Her boiler."})
    assert asked.status_code == 201, asked.content
    program.call("GET", f"/conversations/{firm.conversation.number}")
    owner.get(f"/conversations/{firm.conversation.number}")
    entries = owner.get("/audit")["items"]
    assert [(one["deed"], one["kind"], one["token"]) for one in entries] == [
        ("saw", "conversation", "robot"),
        ("refused", "conversation", "robot"),
        ("granted", "restriction", ""),
    ]
    assert owner.get(f"/audit?deed=saw&restriction={key}")["items"] == entries[:1]


def test_what_is_no_restriction_is_refused(firm: Firm, program: Program) -> None:
    nowhere = str(firm.workspace.pk)
    for wrong in (
        {"subjects": [{"kind": "contact", "key": nowhere}]},
        {"subjects": [{"kind": "field"}]},
        {"subjects": [{"kind": "inbox", "field": "identity.phone"}]},
        {"insiders": [{"agent": nowhere}]},
        {"insiders": [{"role": "agent", "agent": str(program.agent.pk)}]},
        {"insiders": [{}]},
        {"name": " "},
    ):
        assert program.call("POST", "/restrictions", of(firm, **wrong)).status_code == 422, wrong
