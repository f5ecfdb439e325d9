"""Restrictions: put up, changed, dissolved and brought back; asked for, answered, and written down."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client

from tests import cast
from tests.interfaces.api.conftest import a_program
from tests.interfaces.web.conftest import Browser, Seat, Talk
from threadwell.flow import guarding, handling, outbound, restricting
from threadwell.flow.restricting import Behind, Who
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import Invalid, NotAllowed
from threadwell.kit.veils import NOTHING
from threadwell.record.conversations.models import Conversation, Mention
from threadwell.record.fields.models import CustomField, define
from threadwell.record.inboxes.models import Inbox
from threadwell.record.journal.models import AuditEntry
from threadwell.record.notices.models import Notice
from threadwell.record.people.models import Contact, Identity, Organisation, Source
from threadwell.record.people.saying import make
from threadwell.record.sight import seeing
from threadwell.record.sight.models import AccessRequest, Insider, Restriction, Subject
from threadwell.record.workplace import removal
from threadwell.record.workplace.models import Agent, Team, Workspace
from threadwell.record.workplace.roles import Role


@pytest.fixture
def boss(seat: Seat) -> Agent:
    return seat(Role.OWNER, name="Olga")


@pytest.fixture
def bo(seat: Seat) -> Agent:
    return seat()


@pytest.fixture
def ada(firm: Workspace) -> Contact:
    with tenancy.entered(firm.pk):
        made: Contact = Contact.objects.create(workspace=firm, name="Ada Customer")
        for kind, value in (("email", "ada@customer.example"), ("phone", "+4930123456")):
            Identity.objects.create(workspace=firm, contact=made, kind=kind, value=value, shown=value)
    return made


def restrict(firm: Workspace, by: Agent, *behind: Behind, inside: tuple[Who, ...] = ()) -> Restriction:
    with tenancy.entered(firm.pk):
        wall = restricting.restrict("Board", "Only the board.", behind=behind, inside=inside, by=by)
    firm.refresh_from_db()
    return wall


def of(contact: Contact) -> Behind:
    return Behind(kind="contact", key=contact.pk)


def test_a_restriction_is_made_changed_dissolved_and_brought_back(
    firm: Workspace, boss: Agent, bo: Agent, ada: Contact, browser: Browser
) -> None:
    client, base = browser(boss), f"/w/{firm.slug}/settings/restrictions/"
    with tenancy.entered(firm.pk):
        crew = Team.objects.create(workspace=firm, name="Crew")
        house = Organisation.objects.create(workspace=firm, name="House AG", domains=["house.example"])
    given = {
        "name": "Board",
        "reason": "Only the board.",
        "more_accounts": "ADA@customer.example\nhouse.example",
    }
    response = client.post(base, {**given, "teams": [str(crew.pk)], "fields_hidden": ["identity.phone"]})
    assert response.status_code == 303
    firm.refresh_from_db()
    assert firm.is_restricted
    with tenancy.entered(firm.pk):
        wall = Restriction.objects.of(firm).get()
        kinds = set(Subject.objects.of(firm).values_list("kind", "key", "field"))
        assert kinds == {
            ("contact", ada.pk, ""),
            ("organisation", house.pk, ""),
            ("field", None, "identity.phone"),
        }
        assert not seeing.may_see(bo, ada)
    page = client.get(f"{base}{wall.pk}/").content.decode()
    assert "Ada Customer" in page
    assert "House AG" in page
    client.post(
        f"{base}{wall.pk}/", {**given, "more_accounts": "", "accounts": [str(ada.pk)], "roles": ["agent"]}
    )
    with tenancy.entered(firm.pk):
        assert [one.key for one in Subject.objects.of(firm)] == [ada.pk]
        assert [one.role for one in Insider.objects.of(firm)] == ["agent"]
        assert seeing.may_see(bo, ada)
    client.post(f"{base}{wall.pk}/", {"_method": "DELETE"})
    firm.refresh_from_db()
    assert not firm.is_restricted
    assert "Board" not in client.get(base).content.decode().partition("<main")[2].partition("toast")[0]
    client.post(f"{base}{wall.pk}/standing/")
    firm.refresh_from_db()
    assert firm.is_restricted


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "", "reason": "x"}, "required"),
        ({"name": "x", "reason": "y", "more_accounts": "nobody@nowhere.example"}, "no address, organisation"),
        ({"name": "board", "reason": "y"}, "called “board” already"),
    ],
    ids=("empty", "unknown", "taken"),
)
def test_what_cannot_be_restricted_is_said(
    firm: Workspace, boss: Agent, browser: Browser, given: dict[str, str], said: str
) -> None:
    restrict(firm, boss)
    response = browser(boss).post(f"/w/{firm.slug}/settings/restrictions/", given)
    assert response.status_code == 422
    assert said in response.content.decode()


def test_who_changes_a_restriction_keeps_in_it_what_they_may_not_see(
    firm: Workspace, boss: Agent, seat: Seat, ada: Contact, browser: Browser
) -> None:
    wall = restrict(firm, boss, of(ada))
    admin = browser(seat(Role.ADMIN, name="Admin"))
    address = f"/w/{firm.slug}/settings/restrictions/{wall.pk}/"
    page = admin.get(address).content.decode()
    assert "Ada Customer" not in page
    assert "1 customer is in it whom you may not see" in page
    admin.post(address, {"name": "Board", "reason": "Another reason."})
    with tenancy.entered(firm.pk):
        assert [one.key for one in Subject.objects.of(firm)] == [ada.pk]


def test_one_asks_with_one_click_and_is_let_in_for_a_while(
    firm: Workspace, boss: Agent, bo: Agent, ada: Contact, browser: Browser
) -> None:
    wall = restrict(firm, boss, of(ada))
    base = f"/w/{firm.slug}/settings/"
    reader, keeper = browser(bo), browser(boss)
    for _again in range(2):
        reader.post(f"{base}restrictions/{wall.pk}/requests/", {"why": "Her boiler."})
    with tenancy.entered(firm.pk):
        wish = AccessRequest.objects.of(firm).get()
        assert Notice.objects.of(firm).to(boss).count() == 1
    assert "Her boiler." in keeper.get(f"{base}restrictions/").content.decode()
    assert reader.post(f"{base}access-requests/{wish.pk}/", {"answer": "let-in"}).status_code == 403
    keeper.post(f"{base}access-requests/{wish.pk}/", {"answer": "let-in", "days": "7"})
    with tenancy.entered(firm.pk):
        assert seeing.may_see(bo, ada)
        assert Notice.objects.of(firm).to(bo).count() == 1
    with clock.stopped_at(clock.now() + timedelta(days=8)), tenancy.entered(firm.pk):
        assert not seeing.may_see(bo, ada)


def test_who_asks_cannot_answer_and_an_answer_is_given_once(
    firm: Workspace, boss: Agent, seat: Seat, ada: Contact
) -> None:
    admin = seat(Role.ADMIN, name="Admin")
    wall = restrict(firm, boss, of(ada))
    with tenancy.entered(firm.pk):
        wish = restricting.ask(wall, why="", by=admin)
        with pytest.raises(NotAllowed):
            restricting.answer(wish, is_granted=True, by=admin)
        restricting.answer(wish, is_granted=False, by=boss)
        assert not seeing.may_see(admin, ada)
        with pytest.raises(restricting.AlreadyAnswered):
            restricting.answer(wish, is_granted=True, by=boss)


def test_nobody_is_given_or_called_to_what_they_may_not_see(
    firm: Workspace, boss: Agent, bo: Agent, ada: Contact, talk: Talk
) -> None:
    conversation = talk(contact=ada)
    restrict(firm, boss, of(ada))
    with tenancy.entered(firm.pk):
        with pytest.raises(Invalid, match="Bo may not see this"):
            handling.handle([conversation], handling.Assign(owner=bo), by=boss)
        outbound.note(conversation, by=boss, text="@Bo look", mentions=[bo])
        assert not Mention.objects.of(firm).exists()


def test_who_writes_to_somebody_behind_a_wall_is_refused(
    firm: Workspace, boss: Agent, bo: Agent, ada: Contact, browser: Browser
) -> None:
    with tenancy.entered(firm.pk):
        other = Contact.objects.create(workspace=firm, name="Cy")
    restrict(firm, boss, of(ada))
    program = a_program(firm, role=Role.AGENT)
    given = {"kind": "email", "value": "ada@customer.example"}
    response = program.call("POST", f"/contacts/{other.pk}/identities", given)
    assert response.status_code in (403, 409, 422)
    assert b"Ada" not in response.content
    with tenancy.entered(firm.pk):
        assert Identity.objects.of(firm).filter(contact=other).count() == 0


def test_a_restricted_field_is_nowhere_and_stays_as_it_was(
    firm: Workspace, boss: Agent, bo: Agent, ada: Contact, browser: Browser
) -> None:
    with tenancy.entered(firm.pk):
        for label in ("IBAN", "Nickname"):
            define(firm.pk, CustomField.About.CONTACT, label=label, kind="text")
        values = {"name": "Dee", "custom.iban": "DE-SECRET", "custom.nickname": "Deedee"}
        dee = make(Contact, firm.pk, values, source=Source.API, by=boss)
        Identity.objects.create(
            workspace=firm, contact=dee, kind="phone", value="+49301", shown="0301-SECRET"
        )
    restrict(
        firm,
        boss,
        Behind(kind="field", field="contact.iban"),
        Behind(kind="field", field="identity.phone"),
    )
    client, slug = browser(bo), firm.slug
    pages = [
        f"/w/{slug}/contacts/{dee.pk}/",
        f"/w/{slug}/customers/{dee.pk}/",
        f"/w/{slug}/customers/{dee.pk}/export.json",
        f"/w/{slug}/customers/{dee.pk}/export.vcf",
        f"/w/{slug}/exports/contacts.csv",
        f"/w/{slug}/contacts/?q=SECRET",
        f"/w/{slug}/goto/?q=0301",
    ]
    for page in pages:
        response = client.get(page)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        assert b"SECRET" not in content.replace(b"q=SECRET", b"").replace(b'value="SECRET"', b""), page
    program = a_program(firm, role=Role.AGENT)
    told = program.get(f"/contacts/{dee.pk}")
    assert (told["custom"], told["identities"]) == ({"nickname": "Deedee"}, [])
    assert b"SECRET" not in program.call("GET", f"/contacts/{dee.pk}/statements").content
    changed = program.call("PATCH", f"/contacts/{dee.pk}", {"custom": {"nickname": "D."}})
    assert changed.status_code == 200, changed.content
    refused = program.call("PATCH", f"/contacts/{dee.pk}", {"custom": {"iban": "DE-OTHER"}})
    assert refused.status_code == 422
    with tenancy.entered(firm.pk):
        dee.refresh_from_db()
        assert dee.custom == {"iban": "DE-SECRET", "nickname": "D."}


def test_the_audit_is_narrowed_and_taken_along(
    firm: Workspace, boss: Agent, bo: Agent, ada: Contact, talk: Talk, browser: Browser, seat: Seat
) -> None:
    conversation = talk(contact=ada)
    wall = restrict(firm, boss, of(ada), inside=(Who(agent=bo.pk),))
    other = browser(seat(name="Cleo"))
    opened = f"/w/{firm.slug}/conversations/{conversation.number}/"
    assert [browser(bo).get(opened).status_code, other.get(opened).status_code] == [200, 403]
    auditor, base = browser(seat(Role.AUDITOR, name="Audrey")), f"/w/{firm.slug}/settings/audit"
    page = auditor.get(f"{base}/").content.decode()
    assert "saw it: conversation" in page
    assert "was refused: conversation" in page
    narrowed = auditor.get(f"{base}/?deed=refused&by=&wall={wall.pk}&since=2026-01-01").content.decode()
    assert "<b>Cleo</b>" in narrowed
    assert "<b>Bo</b>" not in narrowed
    file = b"".join(auditor.get(f"{base}.csv?deed=saw").streaming_content).decode("utf-8-sig")
    [_header, line] = csv.reader(io.StringIO(file))
    assert (line[1], line[3], line[6]) == ("Bo", "saw it", "Board")
    assert other.get(f"{base}/").status_code == 403


def test_a_look_at_many_parts_is_one_entry(firm: Workspace, boss: Agent, ada: Contact, talk: Talk) -> None:
    restrict(firm, boss, of(ada))
    caller = guarding.Caller(agent=boss, place="/somewhere/")
    thing = guarding.Named(kind="contact", key=ada.pk)
    with tenancy.entered(firm.pk):
        for _part in range(3):
            guarding.note(caller, [thing], AuditEntry.Deed.SAW)
        assert AuditEntry.objects.of(firm).filter(deed="saw").count() == 1


def test_a_list_that_may_hold_restricted_rows_leaves_with_a_line_in_the_audit(
    firm: Workspace, boss: Agent, bo: Agent, ada: Contact, browser: Browser
) -> None:
    restrict(firm, boss, of(ada))
    for agent in (boss, bo):
        assert b"".join(browser(agent).get(f"/w/{firm.slug}/exports/contacts.csv").streaming_content)
    with tenancy.entered(firm.pk):
        taken = AuditEntry.objects.of(firm).filter(deed="exported").order_by("at", "pk")
        assert [(one.by_name, one.kind, len(one.walls)) for one in taken] == [
            ("Olga", "contacts", 1),
            ("Bo", "contacts", 0),
        ]


def test_the_audit_goes_with_its_workspace_and_no_sooner(firm: Workspace, boss: Agent, ada: Contact) -> None:
    restrict(firm, boss, of(ada))
    with tenancy.entered(firm.pk):
        caller = guarding.Caller(agent=boss, place="/somewhere/")
        guarding.note(caller, [guarding.Named(kind="contact", key=ada.pk)], AuditEntry.Deed.SAW)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            AuditEntry.objects.of(firm).delete()
    removal.remove(firm)
    with tenancy.entered(firm.pk):
        assert not AuditEntry.objects.of(firm).exists()


def test_another_workspace_has_walls_of_its_own(
    firm: Workspace, boss: Agent, ada: Contact, browser: Browser
) -> None:
    wall = restrict(firm, boss, of(ada))
    there = cast.a_workspace("There")
    eve = cast.an_agent(there, name="Eve", role=Role.OWNER)
    client: Client = browser(eve)
    base = f"/w/{there.slug}/settings/restrictions/{wall.pk}/"
    assert client.get(base).status_code == 404
    for address in (f"{base}requests/", f"{base}standing/", base):
        assert client.post(address, {"name": "x", "reason": "y"}).status_code == 404
    assert "Board" not in client.get(f"/w/{there.slug}/settings/restrictions/").content.decode()
    there.refresh_from_db()
    assert seeing.veil_of(eve, there) == NOTHING


def test_an_inbox_is_restricted_with_all_that_comes_in_there(
    firm: Workspace, boss: Agent, bo: Agent, browser: Browser
) -> None:
    inbox = cast.an_inbox(firm, address="council@firm.example")
    restrict(firm, boss, Behind(kind="inbox", key=inbox.pk))
    cast.arrives(inbox, cast.a_mail("Hush.", to="council@firm.example"))
    cast.all_read(firm)
    with tenancy.entered(firm.pk):
        conversation = Conversation.objects.of(firm).get()
        assert Inbox.objects.of(firm).count() == 1
    client = browser(bo)
    assert client.get(f"/w/{firm.slug}/conversations/{conversation.number}/").status_code == 403
    assert b"Gate code" not in client.get(f"/w/{firm.slug}/desk/open/").content
    assert b"Gate code" in browser(boss).get(f"/w/{firm.slug}/desk/open/").content
