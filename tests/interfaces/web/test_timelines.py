"""Timelines grow while they are open: what is told is drawn anew, narrowed as the page is."""

import csv
import io
from typing import Any
from uuid import UUID

import pytest

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.flow import committing, outbound
from threadwell.flow.committing import About
from threadwell.interfaces.web import live_stories, timeline_rows
from threadwell.interfaces.web.live_stories import Story
from threadwell.kit import clock, ids, tenancy
from threadwell.record.conversations.models import Conversation
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Contact
from threadwell.record.surveys.models import Survey
from threadwell.record.surveys.survey import Scale
from threadwell.record.timeline import around, scope
from threadwell.record.work import shipped
from threadwell.record.work.links import link
from threadwell.record.work.models import WorkItem, WorkItemType
from threadwell.record.workplace.models import Agent, Workspace

pytestmark = pytest.mark.django_db


class Firm:
    """A firm, whose customer has written once about an order."""

    def __init__(self, workspace: Workspace, agent: Agent, client: Any) -> None:
        self.workspace, self.agent, self.client = workspace, agent, client
        cast.arrives(cast.an_inbox(workspace), cast.a_mail("It does not open.", subject="Gate"))
        cast.all_read(workspace)
        with tenancy.entered(workspace.pk):
            self.ada = Contact.objects.of(workspace).get()
            self.talk = Conversation.objects.of(workspace).get()
            shipped.make(workspace.pk)
            kind = WorkItemType.objects.of(workspace).get(key="order")
            self.order = WorkItem.open_one(kind, by=agent, title="Frames", contact=self.ada)
            link(self.order, self.talk, by=agent)

    def told(self, path: str, *names: str, query: str = "") -> str:
        """What the page gets for all events of these names."""
        with tenancy.entered(self.workspace.pk):
            events = Event.objects.of(self.workspace).filter(name__in=names)
            asked = "&".join(f"told={key}" for key in events.values_list("pk", flat=True))
        url = f"/w/{self.workspace.slug}/{path}/timeline/?{asked}{query}"
        body: str = self.client.get(url, headers={"HX-Request": "true"}).content.decode()
        return body

    def note(self, text: str) -> None:
        with tenancy.entered(self.workspace.pk):
            outbound.note(self.talk, by=self.agent, text=text)

    def task(self, title: str, **about: Any) -> Any:
        with tenancy.entered(self.workspace.pk):
            return committing.add_task(About(**about), by=self.agent, title=title)


@pytest.fixture
def there(firm: Workspace, seat: Seat, browser: Browser) -> Firm:
    bo = seat()
    return Firm(firm, bo, browser(bo))


def test_all_kinds_of_entries_come(there: Firm) -> None:
    there.note("Look at the gate")
    there.task("Send a technician", conversation=there.talk)
    body = there.told(f"customers/{there.ada.pk}", "message.received", "message.noted", "task.made")
    for said in ("It does not open.", "Look at the gate", "Send a technician"):
        assert said in body
    assert "<live-story" not in body


def test_filters_stay(there: Firm) -> None:
    there.note("Look at the gate")
    body = there.told(
        f"customers/{there.ada.pk}", "message.received", "message.noted", query="&narrowed=1&channel=email"
    )
    assert "It does not open." in body
    assert "Look at the gate" not in body
    without = there.told(f"customers/{there.ada.pk}", "message.received", query="&channel=phone")
    assert "It does not open." not in without
    assert "data-gone" in without


def test_what_is_withdrawn_goes(there: Firm) -> None:
    task = there.task("Send a technician", contact=there.ada)
    with tenancy.entered(there.workspace.pk):
        task.withdraw(by=there.agent)
    body = there.told(f"customers/{there.ada.pk}", "task.withdrawn")
    assert f'<li id="line-{task.pk}" data-gone>' in body


def test_after_a_merge_the_whole_story_is_drawn(there: Firm) -> None:
    with tenancy.entered(there.workspace.pk):
        event = Event.objects.create(workspace=there.workspace, name="contact.merged", about=there.ada.pk)
    assert "<live-story" in there.told(f"customers/{there.ada.pk}", event.name)


def test_strangers_events_draw_nothing(there: Firm) -> None:
    with tenancy.entered(there.workspace.pk):
        other = Contact.objects.create(workspace=there.workspace, name="Eve")
    body = there.told(
        f"customers/{other.pk}", "message.received", "conversation.opened", query="&show=events"
    )
    assert "It does not open." not in body
    assert "moment" not in body


@pytest.mark.parametrize("asked", ["told=rubbish", "told=", f"told={UUID(int=1)}"])
def test_rubbish_does_no_harm(there: Firm, asked: str) -> None:
    url = f"/w/{there.workspace.slug}/customers/{there.ada.pk}/timeline/?{asked}"
    assert there.client.get(url).status_code == 200


def test_work_has_its_own_timeline(there: Firm) -> None:
    there.task("Order the frames", work_item_id=there.order.pk)
    page = there.client.get(f"/w/{there.workspace.slug}/work/{there.order.pk}/").content.decode()
    for said in ("It does not open.", "Order the frames", "opened in", f'data-story="work:{there.order.pk}"'):
        assert said in page
    assert "Order the frames" in there.told(f"work/{there.order.pk}", "task.made")


def test_each_story_hears_what_concerns_it(there: Firm) -> None:
    task = there.task("Order the frames", work_item_id=there.order.pk)

    class Screen:
        def __init__(self, story: Story | None) -> None:
            self.story = story

    with tenancy.entered(there.workspace.pk):
        customer = Screen(Story.of(scope.of_contact(there.ada)))
        work = Screen(Story.of(scope.of_work_item(there.order)))
        told: dict[UUID, list[UUID]] = {}
        for event in Event.objects.of(there.workspace):
            told.setdefault(event.about, []).append(event.pk)
    board = Screen(Story(keys=frozenset({there.order.type_id})))
    other = Screen(Story(keys=frozenset({ids.new()})))
    sent = live_stories.news(there.workspace, told, [customer, work, board, other, Screen(None)])
    heard = {id(screen): piece.decode() for screen, piece in sent}
    assert set(heard) == {id(customer), id(work), id(board)}
    made = str(told[task.pk][0])
    assert made in heard[id(work)]
    assert made not in heard[id(customer)]
    assert str(told[there.talk.pk][0]) in heard[id(customer)]


def leaves(there: Firm, query: str = "") -> list[dict[str, str]]:
    url = f"/w/{there.workspace.slug}/exports/timeline.csv?story=contact:{there.ada.pk}{query}"
    raw = b"".join(there.client.get(url)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(raw, newline="")))


def rated(there: Firm, score: int, words: str, scale: str = Scale.FIVE) -> None:
    now = clock.now()
    with tenancy.entered(there.workspace.pk):
        Survey.objects.create(
            workspace=there.workspace,
            conversation=there.talk,
            inbox=there.talk.inbox,
            contact=there.ada,
            scale=scale,
            due_at=now,
            asked_at=now,
            answered_at=now,
            changed_at=now,
            score=score,
            words=words,
        )


def test_all_that_a_timeline_shows_leaves_with_it(there: Firm) -> None:
    there.note("Look at the gate")
    there.task("Send a technician", conversation=there.talk)
    rated(there, 4, "Quick")
    told = leaves(there)
    assert {one["Entry"] for one in told} == {"Message", "Note", "Task", "Rating", "Work"}
    [rating] = [one for one in told if one["Entry"] == "Rating"]
    assert (rating["Rating"], rating["Words"], rating["Customer"]) == ("4", "Quick", "Ada Customer")
    [work] = [one for one in told if one["Entry"] == "Work"]
    assert (work["Number"], work["Subject"]) == (there.order.number, "Frames")
    assert [one["When"] for one in told] == sorted((one["When"] for one in told), reverse=True)
    events = [one for one in leaves(there, "&narrowed=1&show=events") if one["Entry"] == "Event"]
    assert any("opened" in one["Subject"] for one in events)


@pytest.mark.parametrize(
    ("query", "stay"),
    [
        ("&narrowed=1&show=ratings", {"Message", "Rating"}),
        ("&narrowed=1&show=promises", {"Message", "Task"}),
        ("&narrowed=1&channel=phone", set()),
        ("&narrowed=1&channel=email&show=ratings", {"Message"}),
    ],
    ids=["ratings", "promises", "phone", "email"],
)
def test_what_a_timeline_hides_stays(there: Firm, query: str, stay: set[str]) -> None:
    there.note("Look at the gate")
    there.task("Send a technician", conversation=there.talk)
    rated(there, 5, "", scale=Scale.THUMBS)
    told = leaves(there, query)
    assert {one["Entry"] for one in told} == stay
    assert {one["Rating"] for one in told if one["Entry"] == "Rating"} <= {"good"}


def test_nothing_is_left_out_of_a_long_story(there: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline_rows, "AT_ONCE", 2)
    for number in range(around.MOST + 3):
        there.task(f"Task {number}", contact=there.ada)
    there.note("One")
    there.note("Two")
    there.note("x" * 5000)
    told = leaves(there)
    tasks = [one["Subject"] for one in told if one["Entry"] == "Task"]
    assert len(tasks) == len(set(tasks)) == around.MOST + 3
    assert sorted(len(one["Words"]) for one in told if one["Entry"] == "Note") == [3, 3, 5000]


def test_file_link_follows_what_is_narrowed(there: Firm) -> None:
    url = f"/w/{there.workspace.slug}/customers/{there.ada.pk}/timeline/?narrowed=1&channel=phone"
    body = there.client.get(url, headers={"HX-Request": "true"}).content.decode()
    link = body[body.index('id="take-timeline"') :]
    assert "channel=phone" in link[: link.index(">")]
    assert 'hx-swap-oob="true"' in link[: link.index(">")]
    whole = there.client.get(f"/w/{there.workspace.slug}/customers/{there.ada.pk}/").content.decode()
    assert whole.count('id="take-timeline"') == 1
    assert "hx-swap-oob" not in whole
