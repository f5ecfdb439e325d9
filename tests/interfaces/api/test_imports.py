"""Tables for programs: sent, assigned, checked, taken in, taken back; and what is refused on the way."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from tests import cast
from tests.interfaces.api.conftest import Firm, Program, a_firm, a_program
from threadwell.flow import moving_in
from threadwell.kit import ids, tenancy
from threadwell.record.imports.models import RecordImport
from threadwell.record.people.models import Contact

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = b"Nummer;Kunde;E-Mail;Angelegt\n1;Eve;eve@there.example;01.02.2020\n2;Zoe;not one;02.02.2020\n"


@pytest.fixture
def firm(transactional_db: None, tmp_path: Path, settings: LazySettings) -> Firm:
    settings.HOME = tmp_path
    return a_firm()


@pytest.fixture
def program(firm: Firm) -> Program:
    return a_program(firm.workspace)


def call(program: Program, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
    response = program.call(method, path, body)
    assert response.status_code == status, response.content
    return json.loads(response.content or b"null")


def sent(program: Program, table: bytes = PEOPLE, *, kind: str = "contacts", status: int = 201) -> Any:
    body = {"kind": kind, "filename": "crm.csv", "content": base64.b64encode(table).decode()}
    return call(program, "POST", "/imports", body, status=status)


def stepped(program: Program, made: Any, step: str) -> Any:
    """The step is begun, and the worker does it."""
    call(program, "PUT", f"/imports/{made['id']}/step", {"step": step})
    workspace_id = program.agent.workspace_id
    moving_in.step_on(workspace_id, made["id"])
    return program.get(f"/imports/{made['id']}")


def test_a_table_goes_from_sending_to_contacts_and_back(firm: Firm, program: Program) -> None:
    made = sent(program)
    assert [one["field"] for one in made["columns"]] == ["external_id", "name", "email", "made_at"]
    assert {"key": "phone", "name": "Phone"} in made["fields"]
    mapped = call(
        program,
        "PUT",
        f"/imports/{made['id']}/mapping",
        {"columns": {"Angelegt": ""}, "system": "sap", "zone": "Europe/Berlin", "order": "dmy"},
    )
    assert (mapped["columns"][3]["field"], mapped["system"]) == ("", "sap")
    checked = stepped(program, made, "check")
    assert (checked["state"], checked["made"], checked["refused"]) == ("checked", 1, 1)
    with tenancy.entered(firm.workspace.pk):
        assert not Contact.objects.of(firm.workspace).filter(name="Eve").exists()
    done = stepped(program, made, "run")
    assert (done["state"], done["made"], done["total"]) == ("done", 1, 2)
    refused = program.get(f"/imports/{made['id']}/refused")["items"]
    assert [(one["line"], one["column"]) for one in refused] == [(3, "E-Mail")]
    undone = stepped(program, made, "take-back")
    assert undone["state"] == "undone"
    with tenancy.entered(firm.workspace.pk):
        assert not Contact.objects.of(firm.workspace).filter(name="Eve").exists()
    assert [one["id"] for one in program.get("/imports")["items"]] == [made["id"]]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"columns": {"Fax": "phone"}}, "no column"),
        ({"columns": {"Kunde": "shoe_size"}}, "no field"),
        ({"columns": {"Kunde": "email", "Nummer": "name", "Angelegt": "name"}}, "only one"),
        ({"columns": {"Nummer": "", "E-Mail": ""}}, "No column says"),
        ({"zone": "Mars/North"}, "no time zone"),
        ({"encoding": "klingon"}, "no encoding"),
        ({"owner": str(ids.new())}, "names nothing"),
    ],
    ids=lambda one: str(sorted(one)) if isinstance(one, dict) else "",
)
def test_a_mapping_that_cannot_be_says_why(program: Program, given: dict[str, Any], why: str) -> None:
    made = sent(program)
    given = json.loads(json.dumps(given))
    refused = call(program, "PUT", f"/imports/{made['id']}/mapping", given, status=422)
    assert why.casefold() in refused["detail"].casefold()


def test_steps_come_in_their_order(program: Program) -> None:
    made = sent(program)
    path = f"/imports/{made['id']}"
    for step in ("run", "take-back"):
        call(program, "PUT", f"{path}/step", {"step": step}, status=422)
    call(program, "PUT", f"{path}/step", {"step": "sideways"}, status=422)
    assert program.call("DELETE", path).status_code == 204
    assert program.call("GET", path).status_code == 404


def test_what_is_no_table_is_refused(program: Program) -> None:
    assert sent(program, b"", status=422)["code"] == "unreadable-file"
    call(program, "POST", "/imports", {"kind": "contacts", "filename": "x", "content": "%"}, status=422)


def test_only_those_who_manage_send_tables_and_nobody_sees_a_strangers(firm: Firm, program: Program) -> None:
    made = sent(program)
    helper = a_program(firm.workspace, scopes=["read", "handle"])
    assert helper.call("GET", "/imports").status_code == 403
    stranger = a_program(cast.a_workspace("Elsewhere"))
    assert stranger.call("GET", f"/imports/{made['id']}").status_code == 404
    assert stranger.get("/imports")["items"] == []
    with tenancy.entered(firm.workspace.pk):
        assert RecordImport.objects.of(firm.workspace).count() == 1
