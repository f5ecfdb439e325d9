"""The desk's lists: what stands where, in which order, narrowed how; and how little that costs."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import cast
from tests.conftest import as_owner
from tests.interfaces.web.conftest import NOW, Browser, Seat, Talk
from threadwell.interfaces.web import listing, places
from threadwell.kit import clock, tenancy, words
from threadwell.record.conversations import queues
from threadwell.record.conversations.models import Conversation, Draft, Mention, Message, ReadMark
from threadwell.record.inboxes.models import Delivery
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.work import shipped
from threadwell.record.work.models import WorkItem, WorkItemType
from threadwell.record.workplace.models import Team, TeamSeat, Workspace
from threadwell.record.workplace.roles import Role


def subjects(client: Client, firm: Workspace, view: str, **query: str) -> list[str]:
    response = client.get(f"/w/{firm.slug}/desk/{view}/", query)
    assert response.status_code == 200, response.status_code
    return [one.subject for one in response.context["conversations"]]


def test_each_place_shows_its_own(firm: Workspace, seat: Seat, browser: Browser, talk: Talk) -> None:
    bo, cleo = seat(), seat(name="Cleo")
    later = NOW + timedelta(days=1)
    talk("mine", owner=bo)
    talk("hers", owner=cleo)
    talk("free")
    talk("put off", status="snoozed", snoozed_until=later, owner=bo)
    talk("done", status="closed", closed_at=NOW, owner=bo)
    called, begun = talk("called", owner=cleo), talk("begun", owner=cleo)
    with tenancy.entered(firm.pk):
        note = Message.objects.create(workspace=firm, conversation=called, direction="note", text="@Bo")
        Mention.objects.create(workspace=firm, message=note, conversation=called, agent=bo)
        Draft.objects.create(workspace=firm, agent=bo, conversation=begun)
    client = browser(bo)
    assert subjects(client, firm, "mine") == ["mine"]
    assert subjects(client, firm, "unassigned") == ["free"]
    assert set(subjects(client, firm, "open")) == {"mine", "hers", "free", "called", "begun"}
    assert subjects(client, firm, "mentions") == ["called"]
    assert subjects(client, firm, "drafts") == ["begun"]
    assert subjects(client, firm, "snoozed") == ["put off"]
    assert subjects(client, firm, "closed") == ["done"]
    nav = client.get(f"/w/{firm.slug}/desk/mine/").context["nav"]
    counts = {link.key: link.count for link in nav.views if link.count}
    assert counts == {
        "mine": "1",
        "unassigned": "1",
        "open": "5",
        "mentions": "1",
        "drafts": "1",
        "snoozed": "1",
    }


def test_team_has_its_queue_and_its_count(firm: Workspace, seat: Seat, browser: Browser, talk: Talk) -> None:
    bo = seat()
    with tenancy.entered(firm.pk):
        crews = [Team.objects.create(workspace=firm, name=name) for name in ("Claims", "Billing")]
        TeamSeat.objects.create(workspace=firm, team=crews[0], agent=bo)
    talk("dent", team=crews[0])
    talk("bill", team=crews[1])
    client = browser(bo)
    assert subjects(client, firm, f"team-{crews[0].pk}") == ["dent"]
    assert subjects(client, firm, f"team-{crews[1].pk}") == ["bill"]
    page = client.get(f"/w/{firm.slug}/desk/mine/").content.decode()
    # Whoever sits on a team sees its queue in the side bar, and not those of all others.
    assert f"/desk/team-{crews[0].pk}/" in page
    assert f"/desk/team-{crews[1].pk}/" not in page


def test_who_waited_longest_stands_first_unless_the_newest_shall(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    talk("old", minutes=60)
    talk("new", minutes=1)
    talk("answered", waiting_since=None, last_word="us", minutes=30)
    client = browser(seat())
    assert subjects(client, firm, "open") == ["old", "new", "answered"]
    assert subjects(client, firm, "open", sort="newest") == ["new", "answered", "old"]
    assert subjects(client, firm, "open", sort="nonsense") == ["old", "new", "answered"]


@pytest.mark.parametrize("sort", ["waiting", "newest"])
def test_pages_show_every_conversation_once(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk, sort: str
) -> None:
    # Five at each moment: the key decides between those that came at once.
    made = {talk(f"talk {place}", minutes=place // 5).subject for place in range(listing.SIZE + 12)}
    client = browser(seat())
    address = f"/w/{firm.slug}/desk/open/?sort={sort}"
    seen: list[str] = []
    while address:
        context = client.get(address).context
        seen += [one.subject for one in context["conversations"]]
        address = context["older_url"]
    assert sorted(seen) == sorted(made)


def test_rows_after_a_place_that_nobody_gave_are_refused_in_words(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    response = browser(seat()).get(f"/w/{firm.slug}/desk/open/?cursor=bogus", headers={"HX-Request": "true"})
    assert response.status_code == 409
    assert "start from the first page" in response.content.decode()


def test_filters_narrow_and_are_kept_in_the_address(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    bo, cleo = seat(), seat(name="Cleo")
    talk("plain")
    talk("hers", owner=cleo)
    talk("mine", owner=bo)
    talk("urgent", priority=4)
    talk("high", priority=3)
    talk("labelled", labels=["vip"])
    talk("sale", type="sales")
    talk("last month", minutes=60 * 24 * 30)
    read = talk("read")
    filed, worded = talk("with a file"), talk("with words")
    with tenancy.entered(firm.pk):
        ReadMark.objects.create(workspace=firm, agent=bo, conversation=read, read_at=NOW)
        Message.objects.create(workspace=firm, conversation=filed, direction="in", attachment_count=1)
        message = Message.objects.create(workspace=firm, conversation=worded, direction="in")
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE conversations_message SET words = %s::tsvector WHERE id = %s",
                [words.vector_of(words.places_of(("D", ["The meters of ORD-9704 are dark"]))), message.pk],
            )
    client = browser(bo)

    def found(**query: str) -> set[str]:
        return set(subjects(client, firm, "open", **query))

    assert found(owner=str(cleo.pk)) == {"hers"}
    assert found(owner="me") == {"mine"}
    assert "plain" in found(owner="nobody")
    assert "mine" not in found(owner="nobody")
    assert found(priority="3") == {"urgent", "high"}
    assert found(label="vip") == {"labelled"}
    assert found(type="sales") == {"sale"}
    assert found(until="2026-10-31") == {"last month"}
    assert "last month" not in found(since="2026-11-23")
    assert "read" not in found(unread="on")
    assert found(attachment="on") == {"with a file"}
    assert found(q="ORD-97 meter") == {"with words"}
    assert found(q="nobody said this") == set()
    assert len(found(owner="not-a-key", priority="99", type="x", since="yesterday")) == 11
    page = client.get(f"/w/{firm.slug}/desk/open/?priority=3&q=&label=")
    assert page.context["view"].query == "priority=3"
    assert "/?priority=3" in page.content.decode()


def test_filter_by_inbox(firm: Workspace, seat: Seat, browser: Browser, talk: Talk) -> None:
    sales = cast.an_inbox(firm, address="sales@firm.example")
    talk("to support")
    talk("to sales", inbox=sales)
    assert subjects(browser(seat()), firm, "open", inbox=str(sales.pk)) == ["to sales"]


def test_list_asks_for_its_rows_once_and_for_all_counts_once(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    bo = seat()
    with tenancy.entered(firm.pk):
        organisation = Organisation.objects.create(workspace=firm, name="Castelo")
        ada = Contact.objects.create(workspace=firm, name="Ada", organisation=organisation)
        crews = [Team.objects.create(workspace=firm, name=f"Team {place}") for place in range(5)]
    for place in range(listing.SIZE + 1):
        talk(f"{place}", contact=ada, organisation=organisation, owner=bo, team=crews[0], labels=["vip"])
    client = browser(bo)
    client.get(f"/w/{firm.slug}/desk/mine/")
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/w/{firm.slug}/desk/mine/")
    about = [query["sql"] for query in asked if "conversations_" in query["sql"]]
    # The rows, the names to choose from (labels and saved views are among them), the counts.
    assert len(about) == 3, "\n".join(about)
    assert len(asked) <= 13, "\n".join(query["sql"][:150] for query in asked)


@pytest.mark.django_db(transaction=True)
def test_counting_few_does_not_read_all(firm: Workspace, seat: Seat, talk: Talk, one_machine: None) -> None:
    bo, first = seat(), talk(status="closed", closed_at=NOW)
    with tenancy.entered(firm.pk):
        Draft.objects.create(workspace=firm, agent=bo, conversation=first)
        done = {"inbox": first.inbox, "status": "closed", "closed_at": NOW}
        Conversation.objects.bulk_create(
            Conversation(workspace=firm, number=1000 + number, **done) for number in range(2000)
        )
    with as_owner(settings.DATABASES["default"]["NAME"]) as owner:
        owner.execute("ANALYZE conversations_conversation, conversations_draft")
    for place in places.COUNTED:
        with tenancy.entered(firm.pk):
            plan = queues.counted(bo, [queues.at(place, bo)]).explain(analyze=True, format="json")
        assert sum(_looked_at(json.loads(plan)[0]["Plan"])) < 100, (place, plan)


def _looked_at(node: dict[str, Any]) -> Iterator[float]:
    """The rows of conversations that each step of a plan looked at."""
    if node.get("Relation Name") == "conversations_conversation":
        yield node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
    for inner in node.get("Plans", ()):
        yield from _looked_at(inner)


def test_unread_is_what_the_customer_said_since_one_looked(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    bo = seat()
    opened, ours = talk("new", owner=bo), talk("ours", owner=bo, last_word="us")
    client = browser(bo)

    def unread() -> set[str]:
        context = client.get(f"/w/{firm.slug}/desk/mine/").context
        return {one.subject for one in context["conversations"] if one.is_unread}

    assert unread() == {"new"}
    with clock.stopped_at(NOW + timedelta(minutes=1)):
        client.get(f"/w/{firm.slug}/desk/mine/{opened.number}/")
    assert unread() == set()
    with tenancy.entered(firm.pk):
        later = NOW + timedelta(minutes=2)
        for one in (opened, ours):
            Conversation.objects.of(firm).filter(pk=one.pk).update(last_message_at=later)
    assert unread() == {"new"}


def test_htmx_gets_the_part_it_asks_for(firm: Workspace, seat: Seat, browser: Browser, talk: Talk) -> None:
    bo = seat()
    opened = talk("Gate", owner=bo)
    for place in range(listing.SIZE + 1):
        talk(f"{place}", owner=bo)
    client = browser(bo)
    older = client.get(f"/w/{firm.slug}/desk/mine/").context["older_url"]
    rows = client.get(older, headers={"HX-Request": "true"}).content.decode()
    assert "<li" in rows
    assert "<html" not in rows
    assert "<html" in client.get(older).content.decode()
    part = client.get(f"/w/{firm.slug}/desk/mine/{opened.number}/", headers={"HX-Request": "true"})
    text = part.content.decode()
    assert 'id="thread"' in text
    assert "<title>Gate" in text
    assert 'id="convos"' not in text
    assert "HX-Request" in part["Vary"]


def test_conversation_opens_beside_the_list_where_it_stands(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    bo = seat()
    client = browser(bo)
    for facts, key in (
        ({"owner": bo}, "mine"),
        ({}, "unassigned"),
        ({"owner": seat(name="Cleo")}, "open"),
        ({"status": "closed", "closed_at": NOW}, "closed"),
        ({"status": "snoozed", "snoozed_until": NOW + timedelta(days=1)}, "snoozed"),
    ):
        made = talk(**facts)
        context = client.get(f"/w/{firm.slug}/conversations/{made.number}/").context
        assert context["view"].key == key
        assert made.number in {one.number for one in context["conversations"]}


def test_joined_conversation_leads_to_where_it_goes_on(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    kept = talk("kept")
    gone = talk("gone", status="closed", closed_at=NOW, joined_into=kept, message_count=0)
    client = browser(seat())
    response = client.get(f"/w/{firm.slug}/conversations/{gone.number}/")
    assert response["Location"] == f"/w/{firm.slug}/conversations/{kept.number}/"
    assert subjects(client, firm, "closed") == []


def test_saved_view_keeps_filters_and_order(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    bo, cleo = seat(), seat(name="Cleo")
    talk("small")
    talk("urgent", priority=4)
    client = browser(bo)
    saving = {"key": "open", "query": "priority=3&sort=newest", "name": "Fires", "is_shared": "on"}
    url = client.post(f"/w/{firm.slug}/saved-views/", saving)["Location"]
    shown = client.get(url)
    assert [one.subject for one in shown.context["conversations"]] == ["urgent"]
    assert shown.context["view"].sort == queues.Order.NEWEST
    assert "Fires" in browser(cleo).get(f"/w/{firm.slug}/desk/mine/").content.decode()
    one = url.replace("/desk/saved-", "/saved-views/")
    assert browser(cleo).post(one, {"_method": "delete"}).status_code == 403
    assert client.post(one, {"_method": "delete"}).status_code == 303
    assert client.get(url).status_code == 404


def test_view_of_somebody_else_is_nobody_elses(firm: Workspace, seat: Seat, browser: Browser) -> None:
    saving = {"key": "open", "query": "", "name": "Private"}
    url = browser(seat()).post(f"/w/{firm.slug}/saved-views/", saving)["Location"]
    assert browser(seat(name="Cleo")).get(url).status_code == 404


@pytest.mark.parametrize(
    "key", ["nonsense", "team-1", "saved-1", "team-00000000-0000-0000-0000-000000000000"]
)
def test_view_that_is_not_there_is_no_page(firm: Workspace, seat: Seat, browser: Browser, key: str) -> None:
    assert browser(seat()).get(f"/w/{firm.slug}/desk/{key}/").status_code == 404


def test_goto_finds_places_conversations_and_customers(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    with tenancy.entered(firm.pk):
        ada = Contact.objects.create(workspace=firm, name="Ada Lovelace")
    made = talk("Engine is late", contact=ada)
    client = browser(seat())

    def found(asked: str) -> str:
        return client.get(f"/w/{firm.slug}/goto/", {"q": asked}).content.decode()

    assert "/desk/unassigned/" in found("unas")
    assert "/desk/mine/" in found("")
    assert f"/conversations/{made.number}/" in found(f"C-{made.number}")
    assert "Engine is late" in found("lovel")
    assert "/settings/people/" in found("people")
    assert "Nothing by that name" in found("zzzz")


def test_goto_leads_from_an_order_to_whoever_it_is_of(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    with tenancy.entered(firm.pk):
        shipped.make(firm.pk)
        ada = Contact.objects.create(workspace=firm, name="Ada Lovelace")
        order = WorkItemType.objects.of(firm).get(key="order")
        WorkItem.open_one(
            order, "A difference engine", by=None, contact=ada, system="shop", external_id="SH-90817"
        )
    client = browser(seat())
    for asked in ("ORD-00001", "sh-90817", "90817", "difference eng"):
        told = client.get(f"/w/{firm.slug}/goto/", {"q": asked}).content.decode()
        assert "A difference engine" in told, asked
        assert ("Ada Lovelace" in told.partition("Work")[0]) == any(sign.isdigit() for sign in asked), asked


def strangers(firm: Workspace, number: int) -> list[str]:
    return [
        f"/w/{firm.slug}/",
        f"/w/{firm.slug}/desk/",
        f"/w/{firm.slug}/desk/mine/",
        f"/w/{firm.slug}/desk/mine/{number}/",
        f"/w/{firm.slug}/conversations/{number}/",
        f"/w/{firm.slug}/conversations/{number}/merge/",
        f"/w/{firm.slug}/goto/?q=gate",
    ]


def test_stranger_finds_no_page(firm: Workspace, browser: Browser, talk: Talk) -> None:
    made = talk(owner=None)
    stranger = browser(cast.an_agent(cast.a_workspace("Elsewhere"), role=Role.OWNER))
    for address in strangers(firm, made.number):
        assert stranger.get(address).status_code == 404, address


def test_nothing_of_another_workspace_is_listed_or_opened(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    made = talk("Secret gate")
    with tenancy.entered(firm.pk):
        theirs = Team.objects.create(workspace=firm, name="Theirs")
    elsewhere = cast.a_workspace("Elsewhere")
    client = browser(cast.an_agent(elsewhere, role=Role.OWNER))
    assert subjects(client, elsewhere, "open") == []
    assert subjects(client, elsewhere, "open", q="gate") == []
    for address in (
        f"conversations/{made.number}/",
        f"desk/open/{made.number}/",
        f"desk/team-{theirs.pk}/",
    ):
        assert client.get(f"/w/{elsewhere.slug}/{address}").status_code == 404, address
    assert "Secret" not in client.get(f"/w/{elsewhere.slug}/goto/?q=secret").content.decode()


def test_supervisor_sees_how_much_is_quarantined(firm: Workspace, seat: Seat, browser: Browser) -> None:
    inbox = cast.an_inbox(firm)
    with tenancy.entered(firm.pk):
        Delivery.objects.create(
            workspace=firm, inbox=inbox, source="smtp", source_id="1", raw=b"", size=0, state="quarantined"
        )

    def places_of(role: Role, name: str) -> dict[str, str]:
        nav = browser(seat(role, name=name)).get(f"/w/{firm.slug}/desk/mine/").context["nav"]
        return {link.key: link.count for link in nav.places if link.key in ("ledger", "quarantine")}

    assert places_of(Role.SUPERVISOR, "Cleo") == {"ledger": "", "quarantine": "1"}
    assert places_of(Role.AGENT, "Bo") == {}


def test_empty_list_says_why(firm: Workspace, seat: Seat, browser: Browser) -> None:
    client = browser(seat())
    for key, said in (("mine", "Nothing waits for you"), ("snoozed", "Nothing is put off")):
        assert said in client.get(f"/w/{firm.slug}/desk/{key}/").content.decode()
    filtered = client.get(f"/w/{firm.slug}/desk/open/?priority=4").content.decode()
    assert "Nothing fits these filters" in filtered


def test_counting_stops_at_a_thousand() -> None:
    assert places.readable(0) == ""
    assert places.readable(999) == "999"
    assert places.readable(1000) == "999+"
