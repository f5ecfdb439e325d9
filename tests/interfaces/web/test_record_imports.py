"""Tables are uploaded, looked at, checked, taken in and taken back, by those who manage."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.flow import moving_in
from threadwell.kit import tenancy
from threadwell.record.imports.models import RecordImport
from threadwell.record.people.models import Contact
from threadwell.record.workplace.models import Workspace
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)

TABLE = "Name;E-Mail;Sonstiges\nAda;ada@x.example;1\nBob;bob-at-x;2\n".encode("cp1252")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> Iterator[Path]:
    settings.HOME = tmp_path
    return tmp_path


@pytest.fixture
def admin(seat: Seat, browser: Browser) -> Client:
    return browser(seat(Role.ADMIN))


def place(firm: Workspace, name: str = "record_imports", *args: object) -> str:
    return reverse(f"web:{name}", args=[firm.slug, *args])


def uploaded(firm: Workspace, admin: Client, table: bytes = TABLE, kind: str = "contacts") -> RecordImport:
    file = SimpleUploadedFile("people.csv", table)
    told = admin.post(place(firm), {"kind": kind, "table": file})
    assert told.status_code == 303, told.content.decode()
    with tenancy.entered(firm.pk):
        state: RecordImport = RecordImport.objects.of(firm).latest("made_at")
    assert told["Location"] == place(firm, "record_import", state.pk)
    return state


def said(state: RecordImport, **more: str) -> dict[str, str]:
    columns = {f"column-{number}": name for number, name in enumerate(state.mapping)}
    kept = {name: state.layout[name] for name in ("encoding", "delimiter")}
    return {**columns, **kept, "system": "crm", "match": "external_id", "zone": "UTC", **more}


def moved_on(firm: Workspace, state: RecordImport) -> RecordImport:
    return moving_in.step_on(firm.pk, state.pk)


def test_a_table_goes_from_upload_to_contacts_and_back(firm: Workspace, admin: Client) -> None:
    state = uploaded(firm, admin)
    here = place(firm, "record_import", state.pk)
    shown = admin.get(here).content.decode()
    assert '<option value="email" selected>' in shown
    assert "ada@x.example" in shown
    assert admin.post(here, said(state)).status_code == 303
    assert "being checked" in admin.get(here).content.decode()
    moved_on(firm, state)
    shown = admin.get(here).content.decode()
    assert "Take in all but the refused rows" in shown
    assert "bob-at-x" in shown
    refused = admin.get(place(firm, "record_import_refused", state.pk))
    told = b"".join(refused).decode("utf-8-sig")  # type: ignore[call-overload]  # it streams
    assert told.splitlines()[1].startswith("3,E-Mail,")
    assert admin.post(place(firm, "record_import_running", state.pk)).status_code == 303
    assert moved_on(firm, state).made == 1
    assert not state.path.exists()
    assert "What happened" in admin.get(here).content.decode()
    assert admin.post(place(firm, "record_import_undoing", state.pk)).status_code == 303
    assert moved_on(firm, state).undone == 1
    assert "taken back" in admin.get(here).content.decode()
    with tenancy.entered(firm.pk):
        assert not Contact.objects.of(firm).exists()


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0 old", "old Excel"),
        (b"PK\x03\x04 broken", "damaged"),
        (b"\x89PNG\r\n", "not a file of text"),
        (",".join(f"c{n}" for n in range(600)).encode(), "more than 500 columns"),
    ],
)
def test_a_file_without_a_table_says_why(firm: Workspace, admin: Client, table: bytes, why: str) -> None:
    told = admin.post(place(firm), {"kind": "contacts", "table": SimpleUploadedFile("x.csv", table)})
    assert told.status_code == 422
    assert why in told.content.decode()
    with tenancy.entered(firm.pk):
        assert not RecordImport.objects.of(firm).exists()


def test_two_hundred_columns_can_be_assigned(firm: Workspace, admin: Client) -> None:
    names = ["email", *(f"extra {n}" for n in range(199))]
    cells = ["ada@x.example", *("x" for _n in range(199))]
    state = uploaded(firm, admin, (",".join(names) + "\n" + ",".join(cells)).encode())
    assert admin.post(place(firm, "record_import", state.pk), said(state)).status_code == 303
    assert moved_on(firm, state).made == 1


def test_a_mapping_that_cannot_be_is_said_at_once(firm: Workspace, admin: Client) -> None:
    state = uploaded(firm, admin)
    here = place(firm, "record_import", state.pk)
    for more, why in (
        ({"column-1": ""}, "No column says this yet"),
        ({"column-2": "name"}, "only one can be it"),
        ({"column-2": "nonsense"}, "There is no field"),
    ):
        told = admin.post(here, said(state, **more))
        assert told.status_code == 422
        assert why in told.content.decode()


def test_the_file_can_be_read_otherwise(firm: Workspace, admin: Client) -> None:
    state = uploaded(firm, admin, "Name;E-Mail\nJürgen;j@x.example\n".encode("cp1252"))
    here = place(firm, "record_import", state.pk)
    assert admin.post(here, said(state, encoding="mac_roman")).status_code == 303
    assert "Jürgen" not in admin.get(here).content.decode()
    assert admin.post(here, said(state, encoding="cp1252")).status_code == 303
    assert "Jürgen" in admin.get(here).content.decode()


def test_a_table_can_be_put_away(firm: Workspace, admin: Client) -> None:
    state = uploaded(firm, admin)
    here = place(firm, "record_import", state.pk)
    assert admin.post(here, {"_method": "DELETE"}).status_code == 303
    assert admin.get(here).status_code == 404
    assert not state.path.exists()


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.OWNER, Role.ADMIN)])
def test_only_those_who_manage_move_tables(
    firm: Workspace, admin: Client, seat: Seat, browser: Browser, role: Role
) -> None:
    state = uploaded(firm, admin)
    client = browser(seat(role, name="Cy"))
    assert client.get(place(firm)).status_code == 403
    assert client.get(place(firm, "record_import", state.pk)).status_code == 403
    assert client.post(place(firm, "record_import_running", state.pk)).status_code == 403
    assert client.get(place(firm, "record_import_refused", state.pk)).status_code == 403


def test_tables_of_another_workspace_are_out_of_reach(
    firm: Workspace, admin: Client, browser: Browser
) -> None:
    state = uploaded(firm, admin)
    elsewhere = cast.a_workspace("Elsewhere")
    stranger = browser(cast.an_agent(elsewhere, role=Role.OWNER))
    assert stranger.get(place(elsewhere, "record_import", state.pk)).status_code == 404
    for name in ("record_import_running", "record_import_undoing", "record_import_going_on"):
        assert stranger.post(place(elsewhere, name, state.pk)).status_code == 404
    assert stranger.get(place(elsewhere, "record_import_refused", state.pk)).status_code == 404
