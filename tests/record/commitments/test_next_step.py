"""The next step: the earliest of what is open, with its owner, or none."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import cast
from threadwell.kit import clock, tenancy
from threadwell.record.commitments.models import Promise, Task
from threadwell.record.commitments.next_step import next_step_of_contact, next_step_of_conversation
from threadwell.record.commitments.promise import Side
from threadwell.record.conversations.models import Conversation, Message, Outgoing
from threadwell.record.people.models import Contact
from threadwell.record.workplace.models import Agent

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def bo() -> Iterator[Agent]:
    workspace = cast.a_workspace()
    agent = cast.an_agent(workspace)
    with tenancy.entered(workspace.pk), clock.stopped_at(NOW):
        yield agent


def ada(bo: Agent) -> Contact:
    return Contact.objects.create(workspace_id=bo.workspace_id, name="Ada")


def in_days(days: float) -> datetime:
    return NOW + timedelta(days=days)


def a_task(bo: Agent, contact: Contact, *, days: float | None, **facts: Any) -> Task:
    due_at = None if days is None else in_days(days)
    return Task.objects.create(
        workspace_id=bo.workspace_id, contact=contact, title="Ring back", owner=bo, due_at=due_at, **facts
    )


def a_promise(bo: Agent, contact: Contact, *, days: float, **facts: Any) -> Promise:
    return Promise.objects.create(
        workspace_id=bo.workspace_id,
        contact=contact,
        text="Send the plan",
        agent=bo,
        due_at=in_days(days),
        **facts,
    )


def test_nothing_open_is_no_next_step(bo: Agent) -> None:
    contact = ada(bo)
    a_task(bo, contact, days=1, done_at=NOW)
    a_task(bo, contact, days=1, withdrawn_at=NOW)
    a_promise(bo, contact, days=1, broken_at=NOW)
    a_promise(bo, contact, days=1, side=Side.CUSTOMER)
    assert next_step_of_contact(bo.workspace_id, [contact.pk]) is None


@pytest.mark.parametrize(
    ("task_in", "promise_in", "kind", "is_overdue"),
    [(2, 3, "task", False), (3, 2, "promise", False), (None, 2, "promise", False), (-1, 2, "task", True)],
)
def test_earliest_comes_next(
    bo: Agent, task_in: float | None, promise_in: float, kind: str, is_overdue: bool
) -> None:
    contact = ada(bo)
    a_task(bo, contact, days=task_in)
    a_promise(bo, contact, days=promise_in)
    step = next_step_of_contact(bo.workspace_id, [contact.pk])
    assert step is not None
    assert (step.kind, step.owner, step.is_overdue) == (kind, "Bo", is_overdue)


def test_task_without_a_date_is_better_than_none(bo: Agent) -> None:
    contact = ada(bo)
    task = a_task(bo, contact, days=None)
    step = next_step_of_contact(bo.workspace_id, [contact.pk])
    assert step is not None
    assert (step.id, step.due_at, step.is_overdue) == (task.pk, None, False)


def test_records_that_are_one_share_their_steps(bo: Agent) -> None:
    one, other = ada(bo), ada(bo)
    a_task(bo, other, days=1)
    assert next_step_of_contact(bo.workspace_id, [one.pk, other.pk]) is not None
    assert next_step_of_contact(bo.workspace_id, [one.pk]) is None


@pytest.mark.parametrize(("waits", "found"), [(timedelta(seconds=10), False), (timedelta(days=2), True)])
def test_letter_that_was_put_off_is_a_step_but_one_that_may_be_taken_back_is_not(
    bo: Agent, waits: timedelta, found: bool
) -> None:
    inbox = cast.an_inbox(bo.workspace)
    conversation = Conversation.objects.create(workspace_id=bo.workspace_id, number=1, inbox=inbox)
    message = Message.objects.create(
        workspace_id=bo.workspace_id,
        conversation=conversation,
        direction="out",
        subject="Any news?",
        agent=bo,
        state="held",
    )
    Outgoing.objects.create(workspace_id=bo.workspace_id, message=message, inbox=inbox, due_at=NOW + waits)
    step = next_step_of_conversation(conversation)
    assert (step is not None) is found
    if step:
        assert (step.kind, step.id, step.what, step.owner) == ("follow-up", message.pk, "Any news?", "Bo")
