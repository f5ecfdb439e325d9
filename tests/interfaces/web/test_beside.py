"""One look tells what there is beside a conversation, and to whom."""

from collections.abc import Callable

import pytest

from tests import cast
from tests.interfaces.web.conftest import Seat, Talk
from threadwell.interfaces.web.beside import KINDS, beside
from threadwell.kit import clock, tenancy
from threadwell.record.commitments.models import Decision, Promise, Task
from threadwell.record.conversations.models import (
    Attachment,
    Conversation,
    Draft,
    Message,
    Outgoing,
    ReadMark,
    Viewing,
)
from threadwell.record.surveys.models import Survey
from threadwell.record.workplace.models import Agent, Workspace


def said(conversation: Conversation) -> Message:
    message: Message = Message.objects.create(
        workspace=conversation.workspace, conversation=conversation, direction="out"
    )
    return message


def a_file(firm: Workspace, talk: Conversation, _bo: Agent) -> None:
    Attachment.objects.create(
        workspace=firm, message=said(talk), filename="a.txt", content_type="text/plain", size=1
    )


def a_letter(firm: Workspace, talk: Conversation, _bo: Agent) -> None:
    Outgoing.objects.create(workspace=firm, message=said(talk), inbox=talk.inbox, due_at=clock.now())


def a_task(firm: Workspace, talk: Conversation, _bo: Agent) -> None:
    Task.objects.create(workspace=firm, conversation=talk, title="Call")


def a_task_done(firm: Workspace, talk: Conversation, _bo: Agent) -> None:
    Task.objects.create(workspace=firm, conversation=talk, title="Call", done_at=clock.now())


def a_marked_task(firm: Workspace, talk: Conversation, _bo: Agent) -> None:
    Task.objects.create(workspace=firm, message=said(talk), title="Call", done_at=clock.now())


def a_promise(firm: Workspace, talk: Conversation, bo: Agent) -> None:
    Promise.objects.create(workspace=firm, conversation=talk, text="Tomorrow", side="us", agent=bo)


def a_decision(firm: Workspace, talk: Conversation, bo: Agent) -> None:
    Decision.objects.create(workspace=firm, conversation=talk, text="Refund", side="us", agent=bo)


def a_draft(firm: Workspace, talk: Conversation, bo: Agent) -> None:
    Draft.objects.create(workspace=firm, conversation=talk, agent=bo, inbox=talk.inbox)


def a_survey(firm: Workspace, talk: Conversation, _bo: Agent) -> None:
    Survey.objects.create(workspace=firm, conversation=talk, inbox=talk.inbox, due_at=clock.now())


def oneself(firm: Workspace, talk: Conversation, bo: Agent) -> None:
    Viewing.objects.create(workspace=firm, conversation=talk, agent=bo, tab="1")


def somebody_else(firm: Workspace, talk: Conversation, _bo: Agent) -> None:
    Viewing.objects.create(workspace=firm, conversation=talk, agent=cast.an_agent(firm, name="Cleo"), tab="1")


@pytest.mark.parametrize(
    ("happens", "there"),
    [
        (a_file, {"files"}),
        (a_letter, {"letters"}),
        (a_task, {"tasks"}),
        (a_task_done, set()),
        (a_marked_task, {"marks"}),
        (a_promise, {"promises"}),
        (a_decision, {"decisions"}),
        (a_draft, {"draft"}),
        (a_survey, {"surveys"}),
        (oneself, set()),
        (somebody_else, {"viewers"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_there_is_is_seen(
    firm: Workspace, seat: Seat, talk: Talk, happens: Callable[..., None], there: set[str]
) -> None:
    bo, one, other = seat(), talk(), talk()
    with tenancy.entered(firm.pk):
        happens(firm, one, bo)
        assert set(KINDS) - beside(one, bo).without == there
        assert set(KINDS) - beside(other, bo).without == set()


def test_when_one_has_read_it_is_one_s_own(firm: Workspace, seat: Seat, talk: Talk) -> None:
    bo, cleo, one = seat(), seat(name="Cleo"), talk()
    with tenancy.entered(firm.pk):
        at = clock.now()
        ReadMark.objects.create(workspace=firm, conversation=one, agent=bo, read_at=at)
        assert (beside(one, bo).read_at, beside(one, cleo).read_at) == (at, None)
