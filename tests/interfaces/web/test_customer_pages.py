"""The page of a customer: four answers, and all that was said, done and promised."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.kit import clock, ids, tenancy
from threadwell.record.commitments.models import Promise, Task
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.fields.models import define
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.workplace.models import Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(firm: Workspace) -> Contact:
    """Ada has written twice about a gate and once about an invoice."""
    inbox = cast.an_inbox(firm)
    for text, subject in (
        ("It does not open.", "Gate"),
        ("Still shut.", "Gate"),
        ("Where is it?", "Invoice"),
    ):
        cast.arrives(inbox, cast.a_mail(text, subject=subject, sender="Ada <ada@customer.example>"))
    cast.all_read(firm)
    with tenancy.entered(firm.pk):
        return Contact.objects.of(firm).get()


def opened(client: Any, firm: Workspace, path: str) -> Any:
    return client.get(f"/w/{firm.slug}/{path}")


def test_page_answers_all_four(firm: Workspace, ada: Contact, seat: Seat, browser: Browser) -> None:
    bo = seat()
    with tenancy.entered(firm.pk):
        Contact.objects.of(firm).filter(pk=ada.pk).update(owner=bo, owner_since=clock.now())
        Task.objects.create(workspace=firm, title="Send a technician", contact=ada, owner=bo)
    body = opened(browser(bo), firm, f"customers/{ada.pk}/").content.decode()
    for said in (
        "Invoice",
        "Where is it?",
        "account owner",
        "Send a technician",
        "contacts in twelve months",
    ):
        assert said in body


def test_page_shows_own_fields_as_people_read_them(
    firm: Workspace, ada: Contact, seat: Seat, browser: Browser
) -> None:
    bo = seat()
    with tenancy.entered(firm.pk):
        kept = {"link": "https://ada.example/", "person": str(bo.pk), "checkbox": False}
        ada.custom = {define(firm.pk, "contact", label=kind, kind=kind).key: kept[kind] for kind in kept}
        ada.save(update_fields=["custom"])
    body = opened(browser(bo), firm, f"customers/{ada.pk}/").content.decode()
    for said in ('<a href="https://ada.example/"', f"<dd>{bo.name}</dd>", "<dd>no</dd>"):
        assert said in body


def test_page_says_whose_it_is(firm: Workspace, ada: Contact, seat: Seat, browser: Browser) -> None:
    bo = seat()
    with tenancy.entered(firm.pk):
        works = Organisation.objects.create(workspace=firm, name="Nordhavn Works", tier="gold", owner=bo)
    for path, name in ((f"customers/{ada.pk}/", "Ada"), (f"organisations/{works.pk}/", "Nordhavn Works")):
        body = opened(browser(bo), firm, path).content.decode()
        assert f"<h1>{name}</h1>" in body
        assert f"<title>{name} " in body
    assert "<dt>Owner</dt><dd>Bo</dd><dt>Tier</dt><dd>gold</dd>" in body


def test_gap_is_shown_as_a_fault(firm: Workspace, ada: Contact, seat: Seat, browser: Browser) -> None:
    body = opened(browser(seat()), firm, f"customers/{ada.pk}/").content.decode()
    assert "No next step" in body
    assert "No owner, and no open conversation that somebody has." in body


def test_owner_is_taken_on_the_spot(firm: Workspace, ada: Contact, seat: Seat, browser: Browser) -> None:
    bo = seat()
    answer = browser(bo).post(f"/w/{firm.slug}/customers/{ada.pk}/owner/", {"owner": str(bo.pk)})
    assert answer.status_code == 303
    with tenancy.entered(firm.pk):
        assert Contact.objects.of(firm).get().owner_id == bo.pk


def test_merged_leads_to_who_stands_for_it(
    firm: Workspace, ada: Contact, seat: Seat, browser: Browser
) -> None:
    with tenancy.entered(firm.pk):
        other = Contact.objects.create(workspace=firm, name="A. Customer", one_with=ada)
    answer = opened(browser(seat()), firm, f"customers/{other.pk}/")
    assert answer.status_code == 303
    assert str(ada.pk) in answer["Location"]


def test_merged_are_read_together(firm: Workspace, ada: Contact, seat: Seat, browser: Browser) -> None:
    with tenancy.entered(firm.pk):
        root = Contact.objects.create(workspace=firm, name="Ada C.")
        Contact.objects.of(firm).filter(pk=ada.pk).update(one_with=root)
    assert "Where is it?" in opened(browser(seat()), firm, f"customers/{root.pk}/").content.decode()


def test_organisation_shows_what_its_children_said(
    firm: Workspace, ada: Contact, seat: Seat, browser: Browser
) -> None:
    with tenancy.entered(firm.pk):
        above = Organisation.objects.create(workspace=firm, name="Holding")
        below = Organisation.objects.create(workspace=firm, name="Works", parent=above)
        Organisation.objects.of(firm).filter(pk=above.pk).update(parent=below)  # a circle ends
        Message.objects.of(firm).update(organisation=below)
    assert "Where is it?" in opened(browser(seat()), firm, f"organisations/{above.pk}/").content.decode()


def test_organisation_leads_to_all_its_people_and_to_all_that_stands_below(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    client = browser(seat())
    with tenancy.entered(firm.pk):
        above = Organisation.objects.create(workspace=firm, name="Holding")
        below = [
            Organisation.objects.create(workspace=firm, name=f"Works {number:02}", parent=above)
            for number in range(8)
        ]
        Contact.objects.create(workspace=firm, name="Ann of the holding", organisation=above)
        for number in range(9):
            Contact.objects.create(workspace=firm, name=f"Worker {number}", organisation=below[number % 8])
    page = opened(client, firm, f"organisations/{above.pk}/").content.decode()
    assert "All 10" in page
    assert "All of them" not in page
    with tenancy.entered(firm.pk):
        Organisation.objects.create(workspace=firm, name="Works 08", parent=above)
    page = opened(client, firm, f"organisations/{above.pk}/").content.decode()
    assert "All of them" in page
    people = opened(client, firm, f"customers/?organisation={above.pk}").content.decode()
    assert people.count("Worker ") >= 9
    assert "Ann of the holding" in people
    works = opened(client, firm, f"organisations/?organisation={above.pk}").content.decode()
    assert "Works 08" in works
    assert "Works 00" in works


@pytest.mark.parametrize(
    ("asked", "is_there"),
    [
        ("", True),
        ("words=where", True),
        ("words=elephant", False),
        ("channel=phone", False),
        ("channel=email", True),
        ("direction=out", False),
        ("type=sales", False),
        ("type=support", True),
        ("until=2020-01-01", False),
        ("since=2020-01-01", True),
        ("since=rubbish&until=9999-99-99&person=no&work_item=no&at=x&before=y&moment=z", True),
    ],
)
def test_timeline_is_narrowed(
    firm: Workspace, ada: Contact, seat: Seat, browser: Browser, asked: str, is_there: bool
) -> None:
    body = opened(browser(seat()), firm, f"customers/{ada.pk}/timeline/?{asked}").content.decode()
    assert ("Where is it?" in body) is is_there


def test_promises_stand_between_what_was_said(
    firm: Workspace, ada: Contact, seat: Seat, browser: Browser
) -> None:
    with tenancy.entered(firm.pk):
        Promise.objects.create(workspace=firm, text="A new code by noon", contact=ada)
    client = browser(seat())
    url = f"customers/{ada.pk}/timeline/"
    assert "A new code by noon" in opened(client, firm, url).content.decode()
    assert "A new code by noon" not in opened(client, firm, f"{url}?narrowed=1&show=notes").content.decode()


def test_earlier_ones_come_page_by_page_each_once(
    firm: Workspace, ada: Contact, seat: Seat, browser: Browser
) -> None:
    with tenancy.entered(firm.pk):
        talk = Conversation.objects.of(firm).first()
        start = clock.now() - timedelta(days=400)
        Message.objects.bulk_create(
            Message(
                id=ids.new(),
                workspace=firm,
                conversation=talk,
                contact=ada,
                direction="in",
                text=f"word-{number:03}",
                at=start + timedelta(days=number),
            )
            for number in range(250)
        )
    client, url, seen = browser(seat()), f"/w/{firm.slug}/customers/{ada.pk}/timeline/", ""
    pages = 0
    while url:
        response = client.get(url)
        body = response.content.decode()
        seen, pages = seen + body, pages + 1
        url = body.partition('class="timeline__more"')[2].partition('href="')[2].partition('"')[0]
        url = url.replace("&amp;", "&")
    assert pages == 3
    assert [seen.count(f">word-{number:03}<") for number in range(250)] == [1] * 250


def test_page_asks_a_fixed_number_of_questions(
    firm: Workspace, ada: Contact, seat: Seat, browser: Browser
) -> None:
    client = browser(seat())
    opened(client, firm, f"customers/{ada.pk}/")
    with CaptureQueriesContext(connection) as few:
        opened(client, firm, f"customers/{ada.pk}/")
    inbox = cast.an_inbox(firm, address="more@firm.example")
    for number in range(12):
        cast.arrives(inbox, cast.a_mail(subject=f"Matter {number}", sender="Ada <ada@customer.example>"))
    cast.all_read(firm)
    with CaptureQueriesContext(connection) as many:
        opened(client, firm, f"customers/{ada.pk}/")
    assert len(many) <= len(few)
    assert len(few) <= 40


def test_stranger_sees_nothing(firm: Workspace, ada: Contact, browser: Browser) -> None:
    other = cast.a_workspace("Elsewhere")
    client = browser(cast.an_agent(other, name="Eve"))
    for path in ("", "timeline/", "answers/"):
        assert opened(client, other, f"customers/{ada.pk}/{path}").status_code == 404
        assert opened(client, firm, f"customers/{ada.pk}/{path}").status_code == 404
