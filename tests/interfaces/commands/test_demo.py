"""The demo firm: the same story each time, told through the doors of real mail, and gone without a trace."""

import email
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings

from tests import cast
from tests.conftest import as_owner
from threadwell.channels.email import send
from threadwell.flow import outbound
from threadwell.flow.reply import compose, deliver
from threadwell.interfaces.commands import demo
from threadwell.interfaces.commands.demo_firm import character, firm, plot
from threadwell.interfaces.commands.demo_firm.story import StepKind
from threadwell.kit import clock, tenancy
from threadwell.kit.tenancy import Owned
from threadwell.record.commitments.models import Promise, Task
from threadwell.record.conversations.models import Conversation, Dispatch, Message
from threadwell.record.inboxes.models import Delivery, Door, Inbox
from threadwell.record.people.models import Contact, Identity
from threadwell.record.work.models import WorkItem, WorkLink
from threadwell.record.workplace import removal
from threadwell.record.workplace.models import Agent, User, Workspace

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)


def told_at(now: datetime, *, old: int = 12) -> Workspace:
    with clock.stopped_at(now):
        return demo.make(old=old)


@contextmanager
def the_demo() -> Iterator[Workspace]:
    workspace = told_at(NOW)
    with clock.stopped_at(NOW), tenancy.entered(workspace.pk):
        yield workspace


@pytest.mark.parametrize(
    "now", [NOW, datetime(2026, 11, 22, 1, 5, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)]
)
def test_plot_is_the_same_each_time_and_never_in_the_future(now: datetime) -> None:
    first, second = ([(s.subject, s.steps) for s in plot.of(now, old=60)] for _ in range(2))
    assert first == second
    moments = [step.at for _, steps in first for step in steps]
    assert max(moments) <= now
    assert min(moments) > now - plot.SPAN
    for _, steps in first:
        assert [step.at for step in steps] == sorted(step.at for step in steps)


def test_whole_plot_is_some_months_of_a_living_firm() -> None:
    stories = plot.of(NOW)
    kinds = [step.kind for story in stories for step in story.steps]
    assert set(kinds) == set(StepKind)
    assert len(stories) > 850
    assert len({story.customer.language for story in stories}) == 6
    assert sum(kind in {StepKind.MAIL, StepKind.ANSWER, StepKind.SENT} for kind in kinds) > 2_500


@pytest.mark.django_db
def test_story_told_through_the_doors_stands_as_it_was_plotted(subtests: pytest.Subtests) -> None:
    with the_demo() as workspace:
        for so in (stands_as_plotted, letters_have_left, work_is_what_conversations_are_about):
            with subtests.test(so.__name__):
                so(workspace)


# A sequence counts on when what it counted for is rolled back.
WORKER_IN_THE_WAY = """
    CREATE SEQUENCE closings; GRANT ALL ON closings TO PUBLIC;
    CREATE FUNCTION in_the_way() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.name = 'conversation.closed' AND nextval('closings') IN (1, 2, 50) THEN
                RAISE EXCEPTION USING ERRCODE = 'deadlock_detected', MESSAGE = 'deadlock detected';
            END IF;
            RETURN NEW;
        END
    $$;
    CREATE TRIGGER in_the_way BEFORE INSERT ON journal_event FOR EACH ROW EXECUTE FUNCTION in_the_way();
"""


@pytest.mark.django_db(transaction=True)
def test_day_that_lost_a_deadlock_to_a_worker_is_told_again(one_machine: None) -> None:
    with as_owner(settings.DATABASES["default"]["NAME"]) as owner:
        owner.execute(WORKER_IN_THE_WAY)
        try:
            with the_demo() as workspace:
                stands_as_plotted(workspace)
            assert owner.execute("SELECT last_value > 50 FROM closings").fetchone() == (True,)
        finally:
            owner.execute("DROP FUNCTION in_the_way() CASCADE; DROP SEQUENCE closings")


def stands_as_plotted(workspace: Workspace) -> None:
    stories = plot.of(NOW, old=12)
    spam = [story for story in stories if story.steps[0].kind is StepKind.SPAM]
    mails = sum(step.kind.comes_in for story in stories for step in story.steps)
    assert workspace.is_demo
    deliveries = Delivery.objects.of(workspace)
    assert deliveries.filter(state__in=["failed", "waiting"]).count() == 0
    assert deliveries.quarantined().count() == len(spam)
    assert deliveries.exclude(state="aside").count() == mails
    # One conversation a story: every answer found its way back by what stands in its headers.
    written = Conversation.objects.of(workspace).exclude(inbox__kind="hand")
    assert written.count() == len(stories) - len(spam)
    assert Task.objects.of(workspace).exists()
    assert Promise.objects.of(workspace).kept().exists()
    assert Contact.objects.of(workspace).filter(name__contains="Special Office").count() == 0
    waiting = Conversation.objects.of(workspace).open().exclude(waiting_since=None)
    assert waiting.count() >= len(plot.AGES)
    assert Conversation.objects.of(workspace).snoozed().count() == plot.SLEEPING
    assert (
        Identity.objects.of(workspace).exclude(value__contains=".example").exclude(kind="phone").count() == 0
    )


def letters_have_left(workspace: Workspace) -> None:
    """And none waits for a worker."""
    ours = Message.objects.of(workspace).filter(direction="out")
    assert set(ours.values_list("state", flat=True)) <= {"sent", "bounced"}
    assert ours.filter(agent=None).count() == 0
    assert Dispatch.objects.count() == 0


def work_is_what_conversations_are_about(workspace: Workspace) -> None:
    items = {item.number: item for item in WorkItem.objects.of(workspace).select_related("type")}
    kinds = {item.type.key for item in items.values()}
    assert {"order", "claim", "site-visit"} <= kinds
    links = WorkLink.objects.of(workspace).select_related("item", "conversation")
    assert all(one.item.contact_id == one.conversation.contact_id for one in links)
    orders = [one for one in links if one.item.system]
    assert orders
    # The number of a mirrored order is the one that stands in the mails.
    assert any(one.item.number in one.conversation.subject for one in orders)
    assert all(item.made_at <= NOW and (item.closed_at or NOW) <= NOW for item in items.values())
    kind = next(item.type for item in items.values() if item.type.key == "order")
    assert WorkItem.open_one(kind, "One more", by=None).number == "ORD-21401"


@pytest.mark.django_db
def test_demo_writes_to_nobody_whatever_its_inbox_says() -> None:
    workspace = cast.a_workspace()
    Workspace.objects.filter(pk=workspace.pk).update(is_demo=True)
    cast.an_inbox(workspace, settings={"outgoing": {"host": "mail.firm.example"}})
    with tenancy.entered(workspace.pk):
        server = send.server_of(Inbox.objects.of(workspace).get())
    answers = send.hand_over(
        b"", sender="a@firm.example", recipients=["b@c.example"], server=server, before_data=lambda: None
    )
    assert answers["b@c.example"].is_taken


@pytest.mark.django_db
def test_removing_leaves_nothing_of_it_and_everything_else(django_capture_on_commit_callbacks: Any) -> None:
    neighbour = cast.a_workspace()
    bo = cast.an_agent(neighbour)
    cast.arrives(cast.an_inbox(neighbour), cast.a_mail())
    workspace = told_at(NOW)
    blobs = Path(settings.BLOB_ROOT) / str(workspace.pk)
    assert blobs.exists()
    with django_capture_on_commit_callbacks(execute=True):
        removal.remove(workspace)
    assert not blobs.exists()
    with tenancy.entered(workspace.pk):
        owned = [model for model in apps.get_models() if issubclass(model, Owned)]
        assert [model.__name__ for model in owned if model.objects.of(workspace).exists()] == []
    assert list(User.objects.all()) == [bo.user]
    assert Door.objects.count() == 0
    assert list(Workspace.objects.all()) == [neighbour]
    with tenancy.entered(neighbour.pk):
        assert Delivery.objects.of(neighbour).count() == 1


@pytest.mark.django_db
def test_somebody_who_works_elsewhere_too_stays() -> None:
    workspace, neighbour = cast.a_workspace(), cast.a_workspace()
    bo = cast.an_agent(workspace)
    with tenancy.entered(neighbour.pk):
        Agent.objects.create(workspace=neighbour, user=bo.user, name="Bo")
    removal.remove(workspace)
    assert User.objects.filter(pk=bo.user_id).exists()


@pytest.mark.django_db
def test_customer_who_was_answered_answers_in_the_thread() -> None:
    with the_demo() as workspace:
        play = character.Play(
            chance=Random(3), next_at=NOW + timedelta(days=1), seen_until=NOW - timedelta(seconds=1)
        )
        waiting = Conversation.objects.of(workspace).open().filter(message_count=1).select_related("inbox")
        conversation = waiting.exclude(waiting_since=None).exclude(owner=None).first()
        draft = outbound.begin(conversation, "reply", by=conversation.owner)
        outbound.save(draft, text="It comes on Tuesday.")
        stop = outbound.check(draft)
        message = outbound.send(draft, by=conversation.owner, despite=stop.newest if stop else None)
        deliver.deliver(Dispatch.objects.get(), build=compose.mail_of, leave=lambda _: None)
        play.go_on()
        [planned] = play.planned
        assert NOW < planned.at < NOW + timedelta(minutes=2)
        mail = email.message_from_bytes(planned.raw)
        assert mail["In-Reply-To"] == f"<{message.message_id}>"
        assert f"{planned.inbox}@{firm.HOST}" == conversation.inbox.address
        play.go_on()
        assert len(play.planned) == 1
