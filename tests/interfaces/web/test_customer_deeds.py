"""Beside the page of a customer: restrict, take everything along, who said how they are known."""

import json
from typing import Any

import pytest
from django.test import Client

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.kit import tenancy
from threadwell.record.people import known_as
from threadwell.record.people.models import Contact, Identity, Organisation
from threadwell.record.sight.models import Restriction, Subject
from threadwell.record.work import shipped
from threadwell.record.work.models import WorkItem, WorkItemType
from threadwell.record.workplace.models import Agent, Workspace
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(seat: Seat) -> Agent:
    return seat(Role.OWNER, name="Olga")


@pytest.fixture
def ada(firm: Workspace, boss: Agent) -> Contact:
    """Ada of the Works has written, and Bo knows her number."""
    cast.arrives(cast.an_inbox(firm), cast.a_mail("It does not open."))
    cast.all_read(firm)
    with tenancy.entered(firm.pk):
        works = Organisation.objects.create(workspace=firm, name="Works", domains=["works.example"])
        Organisation.objects.create(workspace=firm, name="Other works")
        made: Contact = Contact.objects.of(firm).get()
        made.organisation = works
        made.save()
        known_as.add(made, "phone", "+49 30 123456", source="agent", by=boss)
        return made


@pytest.fixture
def client(browser: Browser, boss: Agent) -> Client:
    return browser(boss)


def body(client: Client, url: str, **given: Any) -> str:
    return str(client.get(url, given).content.decode())


def test_a_customer_is_restricted_from_their_page(firm: Workspace, ada: Contact, client: Client) -> None:
    home = f"/w/{firm.slug}/customers/{ada.pk}/"
    form = f"/w/{firm.slug}/settings/restrictions/new/?contact={ada.pk}"
    assert form in body(client, home)
    shown = body(client, form)
    assert "Ada Customer" in shown
    assert f'value="{ada.pk}" id="id_accounts_0" checked' in " ".join(shown.split())
    place = f"/w/{firm.slug}/settings/restrictions/?contact={ada.pk}"
    assert place.replace("&", "&amp;") in shown
    wrong = client.post(place, {"name": "", "reason": "", "accounts": [str(ada.pk)]})
    assert (wrong.status_code, "Ada Customer" in wrong.content.decode()) == (422, True)
    made = client.post(
        place, {"name": "Board", "reason": "Only the board.", "accounts": [str(ada.pk)], "roles": ["admin"]}
    )
    assert made.status_code == 303
    with tenancy.entered(firm.pk):
        wall = Restriction.objects.of(firm).get()
        [subject] = Subject.objects.of(firm).filter(restriction=wall)
        assert (subject.kind, subject.key) == ("contact", ada.pk)


def test_an_organisation_is_restricted_from_its_page(firm: Workspace, ada: Contact, client: Client) -> None:
    home = f"/w/{firm.slug}/organisations/{ada.organisation_id}/"
    form = f"/w/{firm.slug}/settings/restrictions/new/?organisation={ada.organisation_id}"
    assert form in body(client, home)
    assert "Works" in body(client, form)


def test_who_may_not_restrict_finds_no_button(
    firm: Workspace, ada: Contact, browser: Browser, seat: Seat
) -> None:
    bo = browser(seat())
    assert "restrictions/new" not in body(bo, f"/w/{firm.slug}/customers/{ada.pk}/")
    assert bo.get(f"/w/{firm.slug}/settings/restrictions/new/?contact={ada.pk}").status_code == 403


def test_nobody_is_restricted_whom_one_does_not_know(firm: Workspace, client: Client) -> None:
    other = cast.a_workspace("Other")
    with tenancy.entered(other.pk):
        stranger = Contact.objects.create(workspace=other, name="Eve")
    for key in (stranger.pk, "00000000-0000-0000-0000-000000000000"):
        assert client.get(f"/w/{firm.slug}/settings/restrictions/new/?contact={key}").status_code == 404
    assert client.get(f"/w/{firm.slug}/settings/restrictions/new/?contact=rubbish").status_code == 200


def test_everything_about_an_organisation_leaves_as_a_file(
    firm: Workspace, ada: Contact, client: Client
) -> None:
    home = f"/w/{firm.slug}/organisations/{ada.organisation_id}/"
    assert f"{home}export.json" in body(client, home)
    told = json.loads(b"".join(client.get(f"{home}export.json").streaming_content))  # type: ignore[arg-type]
    assert told["organisation"]["name"] == "Works"
    assert [one["name"] for one in told["people.contact"]] == ["Ada Customer"]
    assert {one["value"] for one in told["people.identity"]} == {"ada@customer.example", "+4930123456"}
    assert [one["text"] for one in told["conversations.message"]] == ["It does not open."]
    assert any(one["name"] == "contact.identity_added" for one in told["journal.event"])
    cards = b"".join(client.get(f"{home}export.vcf").streaming_content)  # type: ignore[arg-type]
    assert cards.count(b"BEGIN:VCARD") == 1
    assert client.get(f"{home}export.exe").status_code == 404


def test_another_workspace_takes_nothing_along(firm: Workspace, ada: Contact, browser: Browser) -> None:
    stranger = cast.an_agent(cast.a_workspace("Other"), role=Role.OWNER)
    url = f"/w/{stranger.workspace.slug}/organisations/{ada.organisation_id}/export.json"
    assert browser(stranger).get(url).status_code == 404


def test_how_somebody_is_known_says_who_said_so(
    firm: Workspace, ada: Contact, client: Client, boss: Agent
) -> None:
    with tenancy.entered(firm.pk):
        number = Identity.objects.of(firm).get(kind="phone")
        known_as.verify(number, how="called back", by=boss)
        mail = Identity.objects.of(firm).get(kind="email")
    one = f"/w/{firm.slug}/customers/{ada.pk}/identities/{number.pk}/"
    for page in (f"/w/{firm.slug}/customers/{ada.pk}/", f"/w/{firm.slug}/customers/{ada.pk}/edit/"):
        assert one in body(client, page)
    assert "by hand" in body(client, f"/w/{firm.slug}/customers/{ada.pk}/edit/")
    shown = body(client, one)
    for words in ("by hand", "Belongs to them", "Verified", "called back", "Olga"):
        assert words in shown
    assert "a message" in body(client, f"/w/{firm.slug}/customers/{ada.pk}/identities/{mail.pk}/")
    other = f"/w/{firm.slug}/customers/{ada.pk}/identities/{ada.pk}/"
    assert client.get(other).status_code == 404


def test_the_panel_of_open_work_says_how_many_more_there_are(
    firm: Workspace, ada: Contact, client: Client
) -> None:
    with tenancy.entered(firm.pk):
        shipped.make(firm.pk)
        kind = WorkItemType.objects.of(firm).order_by("position")[0]
        for number in range(11):
            WorkItem.objects.create(
                workspace=firm,
                type=kind,
                status=kind.statuses()[0],
                number=f"W-{number}",
                title="x",
                contact=ada,
            )
    shown = body(client, f"/w/{firm.slug}/customers/{ada.pk}/")
    assert "and 3 more open" in shown
    assert f"/w/{firm.slug}/work/?contact={ada.pk}" in shown
