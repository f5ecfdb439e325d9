"""Tables of records are taken in, once however often they come, and can be taken back."""

import csv
import io
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from tests import cast
from threadwell.flow import moving_in
from threadwell.flow.carry import batches
from threadwell.kit import tenancy
from threadwell.kit.uploads import Upload
from threadwell.record.commitments.models import Task
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.fields.models import define
from threadwell.record.imports.models import ImportedRecord, Origin, RecordImport, RefusedRow
from threadwell.record.inboxes.models import Inbox
from threadwell.record.journal.models import Event
from threadwell.record.people import facts, provenance, saying
from threadwell.record.people.models import Contact, Identity, Membership, Organisation, Statement
from threadwell.record.work import shipped
from threadwell.record.work.models import WorkItem, WorkItemType
from threadwell.record.workplace.models import Workspace

pytestmark = pytest.mark.django_db(transaction=True)

Kind, State = RecordImport.Kind, RecordImport.State


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.HOME = tmp_path
    return tmp_path


@pytest.fixture
def firm() -> Workspace:
    return cast.a_workspace()


def a_table(*rows: Sequence[object], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(rows)
    return written.getvalue().encode(encoding)


def begun(firm: Workspace, kind: str, table: bytes, *, name: str = "crm.csv", **options: Any) -> RecordImport:
    with tenancy.entered(firm.pk):
        state = moving_in.begin(firm, kind, Upload(name=name, chunks=[table]))
        moving_in.assign(state, state.mapping, **options)
    return state


def checked(firm: Workspace, kind: str, table: bytes, **options: Any) -> RecordImport:
    state = begun(firm, kind, table, **options)
    with tenancy.entered(firm.pk):
        moving_in.check(state)
    return moving_in.step_on(firm.pk, state.pk)


def taken_in(firm: Workspace, kind: str, table: bytes, **options: Any) -> RecordImport:
    state = checked(firm, kind, table, **options)
    with tenancy.entered(firm.pk):
        moving_in.run(state, by=None)
    return moving_in.step_on(firm.pk, state.pk)


def taken_back(firm: Workspace, state: RecordImport) -> RecordImport:
    with tenancy.entered(firm.pk):
        moving_in.take_back(state, by=None)
    return moving_in.step_on(firm.pk, state.pk)


def counts(state: RecordImport) -> tuple[int, int, int, int]:
    assert state.total == state.made + state.changed + state.same + state.refused
    return state.made, state.changed, state.same, state.refused


def test_a_table_that_is_put_away_is_there_until_that_is_certain(firm: Workspace) -> None:
    state = begun(firm, "contacts", a_table(["Name", "E-mail"], ["Eve", "eve@there.example"]))
    with suppress(InterruptedError), tenancy.entered(firm.pk):
        moving_in.forget(state)
        raise InterruptedError
    assert state.path.exists()
    with tenancy.entered(firm.pk):
        moving_in.forget(state)
    assert not state.path.exists()
    with tenancy.entered(firm.pk):
        assert not RecordImport.objects.of(firm).exists()


def test_what_was_taken_in_so_far_goes_back_and_who_is_at_it_stops(
    firm: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "TOGETHER", 2)
    rows = [[f"P {place}", f"p{place}@there.example"] for place in range(6)]
    state = checked(firm, "contacts", a_table(["Name", "E-mail"], *rows))

    def change_of_mind(at: RecordImport) -> None:
        if at.position == 4:
            with tenancy.entered(firm.pk):
                moving_in.take_back(RecordImport.objects.of(firm).get(pk=at.pk), by=None)

    with tenancy.entered(firm.pk):
        moving_in.run(state, by=None)
    left = moving_in.step_on(firm.pk, state.pk, tell=change_of_mind)
    assert (left.state, left.made) == (State.UNDOING, 4)
    back = moving_in.step_on(firm.pk, state.pk)
    assert (back.state, back.kept) == (State.UNDONE, 0)
    with tenancy.entered(firm.pk):
        assert not Contact.objects.of(firm).exists()


TALK = (
    ("Message ID", "Ticket", "Datum", "Richtung", "Kanal", "Von", "An", "Betreff", "Nachricht"),
    ("m1", "T1", "03.02.2020 10:00", "in", "email", "Ada <ada@x.example>", "", "Gate code", "It is wrong."),
    ("m2", "T1", "03.02.2020 11:30", "out", "email", "Bo", "ada@x.example", "Re: Gate code", "It is 4711."),
    ("m3", "T2", "17.02.2020 09:00", "in", "Telefon", "+49 30 1234567", "", "", "Asked for an invoice."),
)


@pytest.fixture
def inbox(firm: Workspace) -> Inbox:
    return cast.an_inbox(firm)


def test_past_talk_becomes_conversations_that_are_over(firm: Workspace, inbox: Inbox) -> None:
    state = taken_in(firm, Kind.INTERACTIONS, a_table(*TALK), inbox=str(inbox.pk), zone="Europe/Berlin")
    assert (state.state, counts(state)) == (State.DONE, (3, 0, 0, 0))
    with tenancy.entered(firm.pk):
        one = Conversation.objects.of(firm).get(subject="Gate code")
        assert (one.status, one.message_count, one.waiting_since) == ("closed", 2, None)
        assert one.last_message_at == datetime(2020, 2, 3, 10, 30, tzinfo=UTC)
        first, second = one.messages.order_by("at")
        assert (first.direction, second.direction, second.state) == ("in", "out", "sent")
        assert first.contact_id == second.contact_id == one.contact_id
        assert Message.objects.of(firm).get(channel="phone").text == "Asked for an invoice."
        names = Event.objects.of(firm).values_list("name", flat=True)
        assert set(names) == {"record-import.begun", "record-import.done"}
        assert Message.objects.of(firm).extra(where=["words @@ '''4711'''::tsquery"]).count() == 1


def test_the_same_table_again_changes_nothing(firm: Workspace, inbox: Inbox) -> None:
    taken_in(firm, Kind.INTERACTIONS, a_table(*TALK), inbox=str(inbox.pk))
    again = taken_in(firm, Kind.INTERACTIONS, a_table(*TALK), inbox=str(inbox.pk))
    assert counts(again) == (0, 0, 3, 0)
    without_ids = [row[1:] for row in TALK]
    numbered = taken_in(firm, Kind.INTERACTIONS, a_table(*without_ids), name="b.csv", inbox=str(inbox.pk))
    assert counts(numbered) == (3, 0, 0, 0)
    numbered = taken_in(firm, Kind.INTERACTIONS, a_table(*without_ids), name="b.csv", inbox=str(inbox.pk))
    assert counts(numbered) == (0, 0, 3, 0)


def test_more_of_a_conversation_joins_what_is_there(firm: Workspace, inbox: Inbox) -> None:
    taken_in(firm, Kind.INTERACTIONS, a_table(*TALK[:2]), inbox=str(inbox.pk))
    taken_in(firm, Kind.INTERACTIONS, a_table(*TALK), inbox=str(inbox.pk))
    with tenancy.entered(firm.pk):
        one = Conversation.objects.of(firm).get(subject="Gate code")
        assert (one.message_count, one.preview, one.last_word) == (2, "It is 4711.", "us")
        assert one.participants == ["ada@x.example"]


def test_talk_is_taken_back(firm: Workspace, inbox: Inbox) -> None:
    state = taken_in(firm, Kind.INTERACTIONS, a_table(*TALK), inbox=str(inbox.pk))
    state = taken_back(firm, state)
    assert (state.state, state.kept) == (State.UNDONE, 0)
    with tenancy.entered(firm.pk):
        for model in (Message, Conversation, Contact, Identity, Origin, ImportedRecord):
            assert not model.objects.of(firm).exists(), model


def test_what_was_used_since_stays(firm: Workspace, inbox: Inbox) -> None:
    state = taken_in(firm, Kind.INTERACTIONS, a_table(*TALK), inbox=str(inbox.pk))
    cast.arrives(inbox, cast.a_mail(sender="ada@x.example", subject="Another matter"))
    cast.all_read(firm)
    with tenancy.entered(firm.pk):
        Message.objects.create(
            workspace=firm,
            conversation=Conversation.objects.of(firm).get(subject="Gate code"),
            direction="note",
            text="Called back.",
        )
    state = taken_back(firm, state)
    assert state.kept == 2
    with tenancy.entered(firm.pk):
        assert Contact.objects.of(firm).get().name == "Ada"
        kept = Conversation.objects.of(firm).get(subject="Gate code")
        assert (kept.message_count, kept.waiting_since) == (0, None)
        assert Message.objects.of(firm).count() == 2


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        (("x", "T", "31.02.2020", "in", "email", "a@x.example", "", "S", "T"), "Datum", "not a date that"),
        (("x", "T", "", "in", "email", "a@x.example", "", "S", "T"), "", "does not say when"),
        (("x", "T", "01.01.2031", "in", "email", "a@x.example", "", "S", "T"), "Datum", "not a date that"),
        (("x", "T", "01.01.2020", "sideways", "email", "a@x.example", "", "S", "T"), "Richtung", "direction"),
        (("x", "T", "01.01.2020", "in", "pigeon", "a@x.example", "", "S", "T"), "Kanal", "not a channel"),
        (("x", "T", "01.01.2020", "in", "email", "", "", "S", "T"), "", "with whom"),
        (("x", "T", "01.01.2020", "in", "email", "a@x", "", "S", "T"), "Von", "not an e-mail"),
        (("x", "T", "01.01.2020", "in", "email", "a@x.example", "", "", ""), "", "says nothing"),
        (("x", "T", "01.01.2020", "in", "email", "a@x.example", "", "S", "T", "more"), "", "10 cells"),
    ],
)
def test_a_row_that_cannot_be_taken_in_says_why(
    firm: Workspace, inbox: Inbox, row: tuple[str, ...], column: str, why: str
) -> None:
    for do in (checked, taken_in):
        state = do(firm, Kind.INTERACTIONS, a_table(*TALK, row), inbox=str(inbox.pk))
        assert counts(state) == (3, 0, 0, 1)
        with tenancy.entered(firm.pk):
            [refused] = RefusedRow.objects.of(firm).filter(record_import=state)
            assert (refused.line, refused.column) == (5, column)
            assert why in refused.why


PEOPLE = (
    ("Kundennr", "Vorname", "Nachname", "E-Mail", "Telefon", "Firma", "Kategorie", "Kunde seit"),
    ("1", "Ada", "Lovelace", "ada@x.example", "+49 30 1234567", "Engine Ltd", "gold", "12.05.2017"),
    ("2", "Bob", "Babbage", "bob@x.example", "", "Engine Ltd", "", ""),
)


def test_people_become_contacts_with_their_organisation_and_who_said_so(firm: Workspace) -> None:
    state = taken_in(firm, Kind.CONTACTS, a_table(*PEOPLE, delimiter=";", encoding="cp1252"), zone="UTC")
    assert counts(state) == (2, 0, 0, 0)
    with tenancy.entered(firm.pk):
        ada = Contact.objects.of(firm).get(name="Ada Lovelace")
        assert (ada.tier, ada.made_at) == ("gold", datetime(2017, 5, 12, tzinfo=UTC))
        assert ada.organisation is not None
        assert ada.organisation.name == "Engine Ltd"
        known = set(ada.identities.values_list("kind", "value"))
        assert known == {("external", "crm:1"), ("email", "ada@x.example"), ("phone", "+49301234567")}
        assert provenance.sources_of(ada)["tier"].because == "crm.csv"
        assert not Event.objects.of(firm).exclude(name__startswith="record-import.").exists()


def test_people_come_again_and_change(firm: Workspace) -> None:
    first = taken_in(firm, Kind.CONTACTS, a_table(*PEOPLE))
    assert counts(taken_in(firm, Kind.CONTACTS, a_table(*PEOPLE))) == (0, 0, 2, 0)
    silver = [[*PEOPLE[1][:6], "silver", PEOPLE[1][7]], [*PEOPLE[2][:7], ""]]
    second = taken_in(firm, Kind.CONTACTS, a_table(PEOPLE[0], *silver))
    assert counts(second) == (0, 1, 1, 0)
    with tenancy.entered(firm.pk):
        assert Contact.objects.of(firm).get(name="Ada Lovelace").tier == "silver"
    back = taken_back(firm, second)
    assert (back.undone, back.kept) == (1, 0)
    with tenancy.entered(firm.pk):
        assert Contact.objects.of(firm).get(name="Ada Lovelace").tier == "gold"
    back = taken_back(firm, first)
    assert back.kept == 0
    with tenancy.entered(firm.pk):
        for model in (Contact, Identity, Organisation, Statement, Membership, ImportedRecord):
            assert not model.objects.of(firm).exists(), model


def test_what_a_colleague_said_stands_over_a_table(firm: Workspace) -> None:
    taken_in(firm, Kind.CONTACTS, a_table(*PEOPLE))
    bo = cast.an_agent(firm)
    with tenancy.entered(firm.pk):
        ada = Contact.objects.of(firm).get(name="Ada Lovelace")
        saying.say(ada, "tier", "platinum", source="agent", by=bo)
    assert counts(taken_in(firm, Kind.CONTACTS, a_table(*PEOPLE))) == (0, 0, 2, 0)
    with tenancy.entered(firm.pk):
        assert Contact.objects.of(firm).get(name="Ada Lovelace").tier == "platinum"


def test_the_same_person_a_hundred_times_is_one(firm: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "TOGETHER", 30)
    rows = [("name", "email"), *[("Ada", "ADA@x.example" if n % 2 else "ada@x.example") for n in range(100)]]
    state = taken_in(firm, Kind.CONTACTS, a_table(*rows))
    assert counts(state) == (1, 0, 99, 0)
    with tenancy.entered(firm.pk):
        assert Contact.objects.of(firm).count() == Identity.objects.of(firm).count() == 1


def test_an_address_or_a_phone_that_is_somebody_elses_stays_theirs(firm: Workspace) -> None:
    rows = (
        ("id", "name", "email", "phone"),
        ("1", "Ada", "info@x.example", "+49301234567"),
        ("2", "Bob", "info@x.example", "+49301234567"),
    )
    state = taken_in(firm, Kind.CONTACTS, a_table(*rows))
    assert counts(state) == (2, 0, 0, 0)
    with tenancy.entered(firm.pk):
        told = RefusedRow.objects.of(firm).filter(record_import=state, row_taken=True)
        assert {(one.line, one.column) for one in told} == {(3, "email"), (3, "phone")}
        assert all("belongs to Ada already" in one.why for one in told)
        assert Contact.objects.of(firm).get(name="Bob").identities.get().value == "crm:2"


def test_somebody_who_wrote_is_known_by_the_address(firm: Workspace) -> None:
    inbox = cast.an_inbox(firm)
    cast.arrives(inbox, cast.a_mail(sender="Ada <ada@x.example>"))
    cast.all_read(firm)
    state = taken_in(firm, Kind.CONTACTS, a_table(*PEOPLE))
    assert counts(state) == (1, 1, 0, 0)
    with tenancy.entered(firm.pk):
        assert Contact.objects.of(firm).count() == 2
    state = taken_back(firm, state)
    with tenancy.entered(firm.pk):
        ada = Contact.objects.of(firm).get()
        assert (ada.name, ada.tier, ada.identities.get().value) == ("Ada", "", "ada@x.example")


def test_own_fields_are_checked_and_kept(firm: Workspace) -> None:
    with tenancy.entered(firm.pk):
        define(firm.pk, "contact", label="Plan", kind="choice", choices=["basic", "pro"])
    rows = (("email", "Plan"), ("a@x.example", "pro"), ("b@x.example", "gigantic"))
    state = taken_in(firm, Kind.CONTACTS, a_table(*rows))
    assert counts(state) == (1, 0, 0, 1)
    with tenancy.entered(firm.pk):
        assert Contact.objects.of(firm).get().custom == {"plan": "pro"}
        assert RefusedRow.objects.of(firm).get().column == "Plan"


FIRMS = (
    ("id", "Company", "Website", "Parent company", "Owner"),
    ("10", "Engine Ltd", "https://www.engine.example/home", "Difference Group", ""),
    ("11", "Difference Group", "difference.example", "", ""),
)


def test_firms_stand_beneath_each_other_in_any_order(firm: Workspace) -> None:
    state = taken_in(firm, Kind.ORGANISATIONS, a_table(*FIRMS))
    assert state.refused == 0
    with tenancy.entered(firm.pk):
        one = Organisation.objects.of(firm).get(name="Engine Ltd")
        assert one.domains == ["engine.example"]
        assert one.parent is not None
        assert one.parent.name == "Difference Group"
        assert one.parent.domains == ["difference.example"]
        assert Organisation.objects.of(firm).count() == 2
    assert counts(taken_in(firm, Kind.ORGANISATIONS, a_table(*FIRMS))) == (0, 0, 2, 0)
    taken_back(firm, state)
    with tenancy.entered(firm.pk):
        assert not Organisation.objects.of(firm).exists()
        assert not Origin.objects.of(firm).exists()


def test_a_circle_of_parents_is_left_out(firm: Workspace) -> None:
    rows = (("name", "parent"), ("A", "B"), ("B", "C"), ("C", "A"))
    state = taken_in(firm, Kind.ORGANISATIONS, a_table(*rows))
    assert state.refused == 0
    with tenancy.entered(firm.pk):
        left = RefusedRow.objects.of(firm).get(record_import=state)
        assert (left.line, left.column, left.row_taken) == (4, "parent", True)


def test_an_owner_must_sit_here(firm: Workspace) -> None:
    bo = cast.an_agent(firm, name="Bo")
    rows = (("name", "owner"), ("A", "Bo"), ("B", bo.user.email), ("C", "Nobody"))
    state = taken_in(firm, Kind.ORGANISATIONS, a_table(*rows))
    assert counts(state) == (2, 0, 0, 1)
    with tenancy.entered(firm.pk):
        assert Organisation.objects.of(firm).filter(owner=bo).count() == 2


def test_an_import_that_is_killed_goes_on_where_it_was(
    firm: Workspace, inbox: Inbox, home: Path, settings: LazySettings
) -> None:
    rows = [
        (
            f"m{n}",
            f"T{n // 3}",
            "03.02.2020 10:00",
            "in",
            "email",
            f"Ada <ada{n % 7}@x.example>",
            "",
            "S",
            f"{n}",
        )
        for n in range(500)
    ]
    state = begun(firm, Kind.INTERACTIONS, a_table(TALK[0], *rows), inbox=str(inbox.pk))
    with tenancy.entered(firm.pk):
        moving_in.check(state)
    state = moving_in.step_on(firm.pk, state.pk)
    with tenancy.entered(firm.pk):
        moving_in.run(state, by=None)
    for after in (100, 300):
        database = str(settings.DATABASES["default"]["NAME"])
        script = [sys.executable, "-m", "tests.flow.dying_import"]
        asked = [database, str(home), str(firm.pk), str(state.pk), str(after)]
        died = subprocess.run([*script, *asked], check=False, capture_output=True)
        assert died.returncode == -signal.SIGKILL, died.stderr.decode()
        with tenancy.entered(firm.pk):
            state.refresh_from_db()
            assert (state.state, state.position) == (State.RUNNING, after)
            assert Message.objects.of(firm).count() == after
    state = moving_in.step_on(firm.pk, state.pk)
    assert (state.state, counts(state)) == (State.DONE, (500, 0, 0, 0))
    with tenancy.entered(firm.pk):
        assert (
            Message.objects.of(firm).count() == Origin.objects.of(firm).filter(kind="message").count() == 500
        )
        assert sum(one.message_count for one in Conversation.objects.of(firm)) == 500


def test_a_row_that_the_database_will_not_have_is_refused_and_the_others_are_taken(
    firm: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [(f"p{n}@x.example", f"Name {n}") for n in range(40)]
    cleaned = facts.LONGEST | {"name": 100_000}
    monkeypatch.setattr(facts, "LONGEST", cleaned)
    rows[17] = ("p17@x.example", "x" * 500)
    state = taken_in(firm, Kind.CONTACTS, a_table(("email", "name"), *rows))
    assert counts(state) == (39, 0, 0, 1)
    with tenancy.entered(firm.pk):
        assert "cannot be kept" in RefusedRow.objects.of(firm).get().why


WORK = (
    ("id", "Art", "Betreff", "Status", "Betrag", "Währung", "Fällig", "E-Mail", "Firma"),
    ("A1", "order", "Twelve pumps", "", "1.234,50", "eur", "24.12.2030", "ada@x.example", "Engine Ltd"),
    ("A2", "order", "A tap", "", "", "", "", "", ""),
)


def test_work_comes_in_changes_and_goes_back(firm: Workspace) -> None:
    with tenancy.entered(firm.pk):
        shipped.make(firm.pk)
    first = taken_in(firm, Kind.WORK, a_table(*WORK), zone="UTC")
    assert counts(first) == (2, 0, 0, 0)
    with tenancy.entered(firm.pk):
        item = WorkItem.objects.of(firm).get(external_id="A1")
        assert (str(item.amount), item.currency, item.title) == ("1234.50", "EUR", "Twelve pumps")
        assert item.contact is not None
        assert item.organisation is not None
        assert item.organisation.name == "Engine Ltd"
        assert not Event.objects.of(firm).filter(name__startswith="work_item.").exists()
    assert counts(taken_in(firm, Kind.WORK, a_table(*WORK), zone="UTC")) == (0, 0, 2, 0)
    second = taken_in(firm, Kind.WORK, a_table(WORK[0], ("A1", "", "Ten pumps", *WORK[1][3:])), zone="UTC")
    assert counts(second) == (0, 1, 0, 0)
    assert (taken_back(firm, second).undone, second.kept) == (1, 0)
    with tenancy.entered(firm.pk):
        assert WorkItem.objects.of(firm).get(external_id="A1").title == "Twelve pumps"
    assert taken_back(firm, first).kept == 0
    with tenancy.entered(firm.pk):
        for model in (WorkItem, Contact, Organisation, ImportedRecord):
            assert not model.objects.of(firm).exists(), model


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        (0, "", "no number in the other system"),
        (1, "pilgrimage", "no such kind"),
        (3, "nowhere", "no such status"),
        (4, "much", "not an amount"),
        (5, "euros", "not a currency"),
        (6, "soon", "not a date"),
        (7, "ada", "not an e-mail"),
    ],
)
def test_work_that_cannot_be_taken_in_says_why(firm: Workspace, column: int, cell: str, why: str) -> None:
    with tenancy.entered(firm.pk):
        shipped.make(firm.pk)
    row = [*WORK[1]]
    row[column] = cell
    assert counts(taken_in(firm, Kind.WORK, a_table(WORK[0], row, WORK[2]))) == (1, 0, 0, 1)
    with tenancy.entered(firm.pk):
        assert why in RefusedRow.objects.of(firm).get().why


def test_a_field_that_was_archived_before_the_rows_came_is_said_for_each_row(firm: Workspace) -> None:
    with tenancy.entered(firm.pk):
        field = define(firm.pk, "contact", label="Meter", kind="number")
    state = begun(firm, Kind.CONTACTS, a_table(("Id", "Name", "Meter"), ("1", "Ada", "12")))
    assert "custom.meter" in state.mapping
    with tenancy.entered(firm.pk):
        field.archive(by=None)
        moving_in.check(state)
    done = moving_in.step_on(firm.pk, state.pk)
    assert counts(done) == (0, 0, 0, 1)
    with tenancy.entered(firm.pk):
        refused = RefusedRow.objects.of(firm).get()
    assert refused.column == "Meter"
    assert "no field" in refused.why


def test_many_lines_are_read_without_holding_them(firm: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "TOGETHER", 500)
    table = a_table(("Id", "Name"), *((str(number), f"Person {number}") for number in range(20_000)))
    tracemalloc.start()
    try:
        done = checked(firm, Kind.CONTACTS, table)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert counts(done) == (20_000, 0, 0, 0)
    assert peak < 40_000_000


TASKS = (
    ("Id", "Title", "Due", "Owner", "Done", "Contact email", "Order"),
    ("T1", "Call back", "2027-01-02 10:00", "", "", "ada@engine.example", ""),
    ("T2", "Send the plan", "2026-01-02", "", "2026-01-03 08:00", "", "ORD-7"),
)


def test_tasks_come_in_change_and_go_back(firm: Workspace) -> None:
    with tenancy.entered(firm.pk):
        shipped.make(firm.pk)
        kind = WorkItemType.objects.of(firm).get(key="order")
        WorkItem.open_one(kind, "Frames", by=None, number="ORD-7")
    first = taken_in(firm, Kind.TASKS, a_table(*TASKS), zone="UTC")
    assert counts(first) == (2, 0, 0, 0)
    with tenancy.entered(firm.pk):
        called, sent = Task.objects.of(firm).order_by("title")
        assert called.contact is not None
        assert called.due_at == datetime(2027, 1, 2, 10, tzinfo=UTC)
        assert sent.done_at == datetime(2026, 1, 3, 8, tzinfo=UTC)
        assert sent.work_item_id == WorkItem.objects.of(firm).get().pk
        assert not Event.objects.of(firm).filter(name__startswith="task.").exists()
    assert counts(taken_in(firm, Kind.TASKS, a_table(*TASKS), zone="UTC")) == (0, 0, 2, 0)
    second = taken_in(firm, Kind.TASKS, a_table(TASKS[0], ("T1", "Call at once", *TASKS[1][2:])), zone="UTC")
    assert counts(second) == (0, 1, 0, 0)
    assert (taken_back(firm, second).undone, second.kept) == (1, 0)
    with tenancy.entered(firm.pk):
        assert Task.objects.of(firm).filter(title="Call back").exists()
        Task.objects.of(firm).filter(title="Send the plan").update(title="Send both plans")
    assert taken_back(firm, first).kept == 1
    with tenancy.entered(firm.pk):
        assert [one.title for one in Task.objects.of(firm)] == ["Send both plans"]
        assert not Contact.objects.of(firm).exists()


def test_tasks_without_a_number_are_known_by_what_they_say(firm: Workspace) -> None:
    table = a_table(("Title", "Due"), ("Call back", "2027-01-02"), ("Call back", "2027-01-03"))
    assert counts(taken_in(firm, Kind.TASKS, table, zone="UTC")) == (2, 0, 0, 0)
    assert counts(taken_in(firm, Kind.TASKS, table, zone="UTC")) == (0, 0, 2, 0)


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        (1, "", "what is to be done"),
        (2, "soon", "not a date"),
        (3, "nobody we know", "nobody here"),
        (4, "2026-13-01", "not a date"),
        (5, "ada", "not an e-mail"),
        (6, "ORD-99", "no piece of work"),
    ],
)
def test_tasks_that_cannot_be_taken_in_say_why(firm: Workspace, column: int, cell: str, why: str) -> None:
    row = [*TASKS[1]]
    row[column] = cell
    state = taken_in(firm, Kind.TASKS, a_table(TASKS[0], row), zone="UTC")
    assert counts(state) == (0, 0, 0, 1)
    with tenancy.entered(firm.pk):
        assert why in RefusedRow.objects.of(firm).get().why
