"""Ratings: what some customers of the demo thought of how they were helped.

In:    the firm as it was told
Out:   surveys, most of them answered, most of these well
Touch: Survey; the rest through `surveying`

Their letters are left out: the story is told at once, and nobody would read them.
"""

import random
from datetime import datetime, timedelta

from threadwell.flow import surveying
from threadwell.interfaces.commands.demo_firm.firm import Staffed
from threadwell.kit import clock
from threadwell.record.conversations.models import Conversation
from threadwell.record.inboxes.models import Inbox
from threadwell.record.surveys.models import Survey
from threadwell.record.surveys.survey import Scale

SEED = 40961
ASKED = 120
MARKS = (5, 5, 5, 5, 4, 4, 4, 3, 2, 1)
WELL = ("Quick and friendly.", "The crew was on time.", "Solved with the first answer.", "")
BADLY = ("I had to explain it twice.", "It took a week to hear anything.", "The wrong part came again.", "")


def tell(staffed: Staffed, *, now: datetime) -> None:
    """Some of them; inside the firm's workspace."""
    dice = random.Random(SEED)  # noqa: S311 - a story, no secret
    closed = Conversation.objects.of(staffed.workspace).exclude(contact=None).exclude(closed_at=None)
    written = closed.exclude(inbox__kind=Inbox.Kind.HAND)  # a letter that asks leaves by an inbox
    talks = written.filter(joined_into=None, aside_of=None, closed_at__lt=now - timedelta(days=2))
    asked: set[object] = set()
    for talk in talks.select_related("inbox").order_by("-closed_at", "pk")[: ASKED * 3]:
        if talk.contact_id in asked or len(asked) >= ASKED or talk.closed_at is None:
            continue
        asked.add(talk.contact_id)
        _ask(dice, talk, talk.closed_at + timedelta(hours=1))


def _ask(dice: random.Random, talk: Conversation, at: datetime) -> None:
    survey = Survey.objects.create(
        workspace_id=talk.workspace_id,
        conversation=talk,
        inbox=talk.inbox,
        contact_id=talk.contact_id,
        organisation_id=talk.organisation_id,
        agent_id=talk.owner_id,
        scale=Scale.FIVE,
        due_at=at,
        asked_at=at,
        open_until=at + timedelta(days=14),
    )
    if dice.random() < 0.7:
        score = dice.choice(MARKS)
        words = dice.choice(WELL if score > 3 else BADLY)
        with clock.stopped_at(at + timedelta(minutes=dice.randrange(4, 60 * 30))):
            surveying.answer(surveying.token_of(survey), score=score, words=words)
