"""Everything a list shows leaves as a file, harmless for spreadsheets; and nothing of other firms."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.kit import ids, tenancy
from threadwell.record.journal.models import Event
from threadwell.record.people import known_as, saying
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.workplace.models import Workspace
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)

LISTS = ("contacts", "organisations", "conversations", "work", "tasks")


def body(response: Any) -> bytes:
    assert response.status_code == 200
    return b"".join(response)


def rows(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


@pytest.fixture
def reader(firm: Workspace, seat: Seat, browser: Browser) -> Client:
    """Some customers, and somebody who may only look."""
    with tenancy.entered(firm.pk):
        for name, tier in (("=HYPERLINK(1)", "gold"), ("Bob", "")):
            one = saying.make(Contact, firm.pk, {"name": name, "tier": tier}, source="agent")
            known_as.add(one, "email", f"{ids.new().hex}@x.example", source="agent")
        saying.make(Organisation, firm.pk, {"name": "Engine"}, source="agent")
    cast.arrives(cast.an_inbox(firm), cast.a_mail(sender="Ada <ada@x.example>", subject="+cmd|' /C calc'!A0"))
    cast.all_read(firm)
    return browser(seat(Role.AUDITOR))


def test_a_list_leaves_with_its_filters_and_without_formulas(firm: Workspace, reader: Client) -> None:
    told = rows(body(reader.get(f"/w/{firm.slug}/exports/contacts.csv")))
    assert {row[1] for row in told[1:]} == {"'=HYPERLINK(1)", "Bob", "Ada"}
    told = rows(body(reader.get(f"/w/{firm.slug}/exports/contacts.csv?tier=gold")))
    assert [row[1] for row in told[1:]] == ["'=HYPERLINK(1)"]
    told = rows(body(reader.get(f"/w/{firm.slug}/exports/conversations.csv")))
    assert [row[1] for row in told] == ["Subject", "'+cmd|' /C calc'!A0"]
    with tenancy.entered(firm.pk):
        assert Event.objects.of(firm).filter(name="workspace.exported").count() == 3


@pytest.mark.parametrize("what", LISTS)
def test_every_list_is_a_workbook_too(firm: Workspace, reader: Client, what: str, tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(body(reader.get(f"/w/{firm.slug}/exports/{what}.xlsx")))
    csv_rows = rows(body(reader.get(f"/w/{firm.slug}/exports/{what}.csv")))
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert [cell.value for cell in sheet[1]] == csv_rows[0]
    assert sheet.max_row == len(csv_rows)


def test_customers_leave_as_cards(firm: Workspace, reader: Client) -> None:
    cards = body(reader.get(f"/w/{firm.slug}/exports/contacts.vcf")).decode()
    assert cards.count("BEGIN:VCARD") == 3
    assert "EMAIL:ada@x.example" in cards


def test_a_customer_leaves_whole(firm: Workspace, reader: Client) -> None:
    with tenancy.entered(firm.pk):
        ada = Contact.objects.of(firm).get(name="Ada")
    address = f"/w/{firm.slug}/customers/{ada.pk}/export"
    told = json.loads(body(reader.get(f"{address}.json")))
    assert told["contact"]["name"] == "Ada"
    assert [one["value"] for one in told["people.identity"]] == ["ada@x.example"]
    assert told["conversations.message"][0]["text"] == "The gate code is wrong."
    assert b"FN:Ada" in body(reader.get(f"{address}.vcf"))
    assert reader.get(f"{address}.exe").status_code == 404


def test_an_organisation_leaves_with_its_people_and_with_what_stands_below(
    firm: Workspace, reader: Client
) -> None:
    with tenancy.entered(firm.pk):
        engine = Organisation.objects.of(firm).get(name="Engine")
        below, deeper, beside = (
            saying.make(Organisation, firm.pk, {"name": name}, source="agent")
            for name in ("Pistons", "Rings", "Wheels")
        )
        saying.say(below, "parent", str(engine.pk), source="agent")
        saying.say(deeper, "parent", str(below.pk), source="agent")
        for name, where in (("Eve", engine), ("Fay", deeper), ("Gus", beside)):
            said = {"name": name, "organisation": str(where.pk)}
            one = saying.make(Contact, firm.pk, said, source="agent")
            known_as.add(one, "email", f"{name.lower()}@people.example", source="agent")
    inbox = cast.an_inbox(firm, address="house@firm.example")
    for name in ("fay", "gus"):
        cast.arrives(inbox, cast.a_mail(f"It is {name}.", sender=f"{name}@people.example", subject=name))
    cast.all_read(firm)
    told = json.loads(body(reader.get(f"/w/{firm.slug}/organisations/{engine.pk}/export.json")))
    assert told["organisation"]["name"] == "Engine"
    assert [one["name"] for one in told["people.organisation"]] == ["Pistons", "Rings"]
    assert sorted(one["name"] for one in told["people.contact"]) == ["Eve", "Fay"]
    assert [one["subject"] for one in told["conversations.conversation"]] == ["fay"]
    assert [one["text"] for one in told["conversations.message"]] == ["It is fay."]
    cards = body(reader.get(f"/w/{firm.slug}/organisations/{engine.pk}/export.vcf")).decode()
    assert [name for name in ("Eve", "Fay", "Gus") if f"FN:{name}" in cards] == ["Eve", "Fay"]


def test_nothing_of_another_workspace_leaves(firm: Workspace, reader: Client, browser: Browser) -> None:
    elsewhere = cast.a_workspace("Elsewhere")
    stranger = browser(cast.an_agent(elsewhere, role=Role.OWNER))
    with tenancy.entered(firm.pk):
        ada = Contact.objects.of(firm).get(name="Ada")
    for what in LISTS:
        assert stranger.get(f"/w/{firm.slug}/exports/{what}.csv").status_code == 404
        assert len(rows(body(stranger.get(f"/w/{elsewhere.slug}/exports/{what}.csv")))) == 1
    assert stranger.get(f"/w/{elsewhere.slug}/customers/{ada.pk}/export.json").status_code == 404


@pytest.mark.parametrize("place", ["nothing.csv", "contacts.exe", "work.vcf"])
def test_what_is_not_there_cannot_leave(firm: Workspace, reader: Client, place: str) -> None:
    assert reader.get(f"/w/{firm.slug}/exports/{place}").status_code == 404
