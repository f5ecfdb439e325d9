"""Tasks, promises and decisions: what they concern, what is refused, what happens to them later."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import cast
from threadwell.flow import committing, surgery
from threadwell.flow.committing import About
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import Invalid
from threadwell.record.commitments.marks import marks_of
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.journal.models import Event
from threadwell.record.notices.models import Notice
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def bo() -> Iterator[Agent]:
    workspace = cast.a_workspace()
    agent = cast.an_agent(workspace)
    with tenancy.entered(workspace.pk), clock.stopped_at(NOW):
        yield agent


def a_message(bo: Agent, **facts: Any) -> Message:
    firm = Organisation.objects.create(workspace_id=bo.workspace_id, name="Nordlys")
    ada = Contact.objects.create(workspace_id=bo.workspace_id, name="Ada", organisation=firm)
    conversation = Conversation.objects.create(
        workspace_id=bo.workspace_id,
        number=1,
        inbox=cast.an_inbox(bo.workspace),
        contact=ada,
        organisation=firm,
    )
    return Message.objects.create(
        workspace_id=bo.workspace_id, conversation=conversation, direction="in", contact=ada, **facts
    )


def told(bo: Agent) -> list[str]:
    names = Event.objects.of(bo.workspace_id).order_by("at", "pk").values_list("name", flat=True)
    return [name for name in names if name.partition(".")[0] in {"task", "promise", "decision"}]


def test_what_is_marked_in_a_message_concerns_its_customer(bo: Agent) -> None:
    message = a_message(bo, at=NOW - timedelta(days=3))
    promise = committing.mark_promise(About(message=message), by=bo, text="We bring the frames on Friday.")
    assert (promise.contact, promise.conversation) == (message.contact, message.conversation)
    assert promise.organisation is not None
    assert (promise.organisation.name, promise.to_whom, promise.agent) == ("Nordlys", "Ada", bo)
    decision = committing.mark_decision(About(message=message), by=bo, text="No deposit.")
    assert decision.decided_at == message.at
    marks = marks_of(bo.workspace_id, [message.pk])[message.pk]
    assert [(mark.kind, mark.words) for mark in marks] == [
        ("promise", "We bring the frames on Friday."),
        ("decision", "No deposit."),
    ]
    [event] = Event.objects.of(bo.workspace_id).filter(name="promise.made")
    assert (event.about, event.facts["message"]) == (message.conversation_id, str(message.pk))


def test_deeds_change_once_and_can_be_taken_back(bo: Agent) -> None:
    task = committing.add_task(About(), by=bo, title=" Ring back ")
    assert (task.title, task.owner) == ("Ring back", bo)
    assert task.finish(by=bo, note="done on the phone")
    assert not task.finish(by=bo)
    assert task.reopen(by=bo)
    assert not task.reopen(by=bo)
    promise = committing.mark_promise(About(), by=bo, text="x", due_at=NOW - timedelta(hours=1))
    assert promise.is_overdue
    assert promise.break_(by=bo)
    assert not promise.keep(by=bo)
    assert promise.reopen(by=bo)
    assert promise.keep(by=bo)
    assert promise.withdraw(by=bo)
    assert promise.restore(by=bo)
    assert told(bo) == [
        "task.made",
        "task.done",
        "task.reopened",
        "promise.made",
        "promise.broken",
        "promise.reopened",
        "promise.kept",
        "promise.withdrawn",
        "promise.restored",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": " \x00 "},
        {"title": "x" * 301},
        {"title": "x", "due_at": datetime(1999, 1, 1, tzinfo=UTC)},
        {"title": "x", "due_at": datetime(9999, 1, 1, tzinfo=UTC)},
        {"title": "x", "zone": "../../etc/passwd"},
        {"title": "x", "zone": "Atlantis/Lost"},
    ],
)
def test_wrong_task_is_refused_with_a_sentence(bo: Agent, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        committing.add_task(About(), by=bo, **wrong)


def test_who_only_reads_takes_no_task(bo: Agent) -> None:
    auditor = cast.an_agent(bo.workspace, name="Eve", role=Role.AUDITOR)
    with pytest.raises(Invalid):
        committing.add_task(About(), by=bo, title="Ring back", owner=auditor)


def test_reminder_comes_once_and_not_before_its_time(bo: Agent) -> None:
    task = committing.add_task(About(), by=bo, title="Ring back", remind_at=NOW + timedelta(hours=1))

    def rings() -> None:
        committing.remind.func(str(bo.workspace_id), str(task.pk))  # type: ignore[union-attr]

    rings()
    assert not Notice.objects.of(bo.workspace_id).exists()
    with clock.stopped_at(NOW + timedelta(hours=1)):
        rings()
        rings()
    [notice] = Notice.objects.of(bo.workspace_id)
    assert (notice.agent_id, notice.kind, notice.facts["text"]) == (bo.pk, "reminder", "Ring back")
    task.refresh_from_db()
    assert committing.change_task(task, by=bo, remind_at=NOW + timedelta(hours=3))
    assert task.reminded_at is None


def test_task_that_is_done_reminds_nobody(bo: Agent) -> None:
    task = committing.add_task(About(), by=bo, title="Ring back", remind_at=NOW)
    task.finish(by=bo)
    assert not task.remind()


def test_what_was_marked_goes_with_its_message_and_comes_back(bo: Agent) -> None:
    message = a_message(bo, at=NOW)
    source = message.conversation
    target = Conversation.objects.create(workspace_id=bo.workspace_id, number=2, inbox=source.inbox)
    promise = committing.mark_promise(About(message=message), by=bo, text="x")
    task = committing.add_task(About(conversation=source), by=bo, title="y")
    undo = surgery.move(source, [message.pk], to=target, by=bo)
    promise.refresh_from_db()
    task.refresh_from_db()
    assert (promise.conversation_id, task.conversation_id) == (target.pk, source.pk)
    surgery.put_back(undo, by=bo)
    promise.refresh_from_db()
    assert promise.conversation_id == source.pk


def test_joined_conversations_share_their_tasks_until_they_are_parted(bo: Agent) -> None:
    message = a_message(bo, at=NOW)
    target = message.conversation
    source = Conversation.objects.create(workspace_id=bo.workspace_id, number=2, inbox=target.inbox)
    Message.objects.create(workspace_id=bo.workspace_id, conversation=source, direction="in")
    task = committing.add_task(About(conversation=source), by=bo, title="y")
    undo = surgery.join(bo.workspace_id, source.pk, into=target.pk, because="the same", by=bo)
    assert undo is not None
    task.refresh_from_db()
    assert task.conversation_id == target.pk
    surgery.put_back(undo, by=bo)
    task.refresh_from_db()
    assert task.conversation_id == source.pk
