"""Timelines grow while they are open: what is told is drawn anew, narrowed as the page is."""

from typing import Any
from uuid import UUID

import pytest

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.flow import committing, outbound
from threadwell.flow.committing import About
from threadwell.interfaces.web import live_stories
from threadwell.interfaces.web.live_stories import Story
from threadwell.kit import ids, tenancy
from threadwell.record.conversations.models import Conversation
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Contact
from threadwell.record.timeline import scope
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
