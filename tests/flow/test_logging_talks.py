"""Calls and visits written down by hand: where they stand, what becomes of them, what may never be mailed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import cast
from threadwell.flow import logging_talks, outbound
from threadwell.flow.logging_talks import Points, Talked, Whom
from threadwell.flow.outbound import NoInbox
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import Invalid
from threadwell.record.commitments.models import Decision, StructuredNote, Talk, Task
from threadwell.record.commitments.next_step import next_step_of_contact
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.inboxes.models import Inbox
from threadwell.record.people.models import Contact, Organisation
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
    firm = Organisation.objects.create(workspace_id=bo.workspace_id, name="Nordlys")
    return Contact.objects.create(workspace_id=bo.workspace_id, name="Ada", organisation=firm)


def a_waiting_conversation(bo: Agent, contact: Contact) -> Conversation:
    conversation = Conversation.objects.create(
        workspace_id=bo.workspace_id, number=7, inbox=cast.an_inbox(bo.workspace), contact=contact
    )
    Message.objects.create(
        workspace_id=bo.workspace_id,
        conversation=conversation,
        direction="in",
        contact=contact,
        from_address="ada@customer.example",
        subject="Gate code",
        at=NOW - timedelta(hours=2),
    )
    conversation.recount()
    return conversation


def a_call(**more: Any) -> Talked:
    return Talked(**{"minutes": 6, "points": Points(discussed="Wednesday suits both."), **more})


def test_call_is_a_message_of_a_conversation_of_its_own(bo: Agent) -> None:
    contact = ada(bo)
    message = logging_talks.log(a_call(), Whom(contact=contact), by=bo)
    assert (message.channel, message.direction, message.contact) == ("phone", "in", contact)
    assert message.organisation == contact.organisation
    conversation = Conversation.objects.of(bo.workspace_id).get(pk=message.conversation_id)
    assert (conversation.subject, conversation.status) == ("Wednesday suits both.", "closed")
    assert (conversation.message_count, conversation.preview) == (1, "Wednesday suits both.")
    assert conversation.waiting_since is None
    talk = Talk.objects.of(bo.workspace_id).get(message=message)
    assert (talk.kind, talk.minutes, talk.outcome) == ("call", 6, "spoke")
    assert conversation.inbox.closed_at is not None


def test_second_call_stands_at_the_same_place(bo: Agent) -> None:
    contact = ada(bo)
    for _number in range(2):
        logging_talks.log(a_call(), Whom(contact=contact), by=bo)
    assert Inbox.objects.of(bo.workspace_id).filter(kind="hand").count() == 1
    assert not Inbox.objects.of(bo.workspace_id).of_mail().exists()


@pytest.mark.parametrize(
    ("outcome", "still_waits"), [("spoke", False), ("no_answer", True), ("message_left", True)]
)
def test_who_was_reached_waits_no_longer(bo: Agent, outcome: str, still_waits: bool) -> None:
    contact = ada(bo)
    conversation = a_waiting_conversation(bo, contact)
    logging_talks.log(a_call(direction="out", outcome=outcome), Whom(conversation=conversation), by=bo)
    conversation.refresh_from_db()
    assert (conversation.waiting_since is not None) is still_waits
    assert conversation.status == "open"


def test_next_step_becomes_a_task_and_the_decision_a_decision(bo: Agent) -> None:
    contact = ada(bo)
    points = Points(
        discussed="The gate",
        decided="A new code each week",
        next_step="Send the code",
        due_at=NOW + timedelta(days=1),
    )
    message = logging_talks.log(a_call(points=points), Whom(contact=contact), by=bo)
    task = Task.objects.of(bo.workspace_id).get()
    assert (task.title, task.owner, task.contact, task.message_id) == (
        "Send the code",
        bo,
        contact,
        message.pk,
    )
    assert Decision.objects.of(bo.workspace_id).get().text == "A new code each week"
    note = StructuredNote.objects.of(bo.workspace_id).get()
    assert (note.task, note.message_id) == (task, message.pk)
    step = next_step_of_contact(bo.workspace_id, [contact.pk])
    assert step is not None
    assert step.what == "Send the code"
    assert "Decided: A new code each week" in message.text


def test_structured_note_at_a_customer_is_a_note_about_them(bo: Agent) -> None:
    contact = ada(bo)
    message = logging_talks.note_down(Points(decided="Gold from January"), Whom(contact=contact), by=bo)
    assert (message.direction, message.contact, message.organisation) == (
        "note",
        contact,
        contact.organisation,
    )
    with pytest.raises(Invalid):
        logging_talks.note_down(Points(), Whom(contact=contact), by=bo)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "séance"},
        {"outcome": "hung_up"},
        {"direction": "note"},
        {"minutes": -1},
        {"minutes": 1441},
        {"at": NOW + timedelta(hours=1)},
        {"at": datetime(1970, 1, 1, tzinfo=UTC)},
        {"points": Points(discussed="x" * 20_001)},
    ],
)
def test_wrong_talk_is_refused_and_nothing_is_kept(bo: Agent, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        logging_talks.log(a_call(**wrong), Whom(contact=ada(bo)), by=bo)
    assert not Message.objects.of(bo.workspace_id).exists()
    assert not Conversation.objects.of(bo.workspace_id).exists()


def test_talk_with_nobody_is_refused(bo: Agent) -> None:
    with pytest.raises(Invalid):
        logging_talks.log(a_call(), Whom(), by=bo)


def test_nothing_is_mailed_from_where_things_are_logged_by_hand(bo: Agent) -> None:
    message = logging_talks.log(a_call(), Whom(contact=ada(bo)), by=bo)
    conversation = message.conversation
    with pytest.raises(NoInbox):
        outbound.begin(conversation, "reply", by=bo)
    support = cast.an_inbox(bo.workspace)
    draft = outbound.begin(conversation, "reply", by=bo)
    assert (draft.inbox, draft.answers, draft.to) == (support, None, [])


def test_mail_is_answered_even_when_the_last_word_was_spoken(bo: Agent) -> None:
    contact = ada(bo)
    conversation = a_waiting_conversation(bo, contact)
    logging_talks.log(a_call(), Whom(conversation=conversation), by=bo)
    answered = outbound.to_answer(conversation)
    assert answered is not None
    assert answered.from_address == "ada@customer.example"
