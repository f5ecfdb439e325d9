"""Redistributing: open conversations of somebody, or of a queue, go to others in one go.

In:    whose they are; who gets them first
Out:   a Redistribution that tells how far it is
Touch: Conversation, QueuePlace, Redistribution, through `assigning`; events

A batch is one transaction that also writes how far it is: a worker that is killed has done all of it or
nothing, and goes on behind it. Few are done at once, many by a job.
"""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from threadwell.flow import assigning
from threadwell.flow.decide.need import Need
from threadwell.kit import clock, tenancy
from threadwell.kit.later import job, later
from threadwell.kit.veils import NOTHING, veiled
from threadwell.record.conversations.models import Conversation
from threadwell.record.journal.telling import tell
from threadwell.record.rota.models import Redistribution
from threadwell.record.workplace.models import Agent, Team

TOGETHER = 200


def begin(
    cause: str,
    *,
    giver: Agent | None = None,
    team: Team | None = None,
    heir: Agent | None = None,
    by: Agent | None,
) -> Redistribution:
    """What ``giver`` has open, or what stands in the team's queue, is given out anew."""
    someone = giver or team
    assert someone is not None
    with transaction.atomic(), veiled(NOTHING):  # nothing of theirs stays behind a wall
        row = Redistribution(
            workspace_id=someone.workspace_id, cause=cause, giver=giver, team=team, heir=heir, asked_by=by
        )
        row.total = _theirs(row).count()
        row.save()
        tell(row, "redistribution.begun", by=by, total=row.total, cause=cause, name=str(someone))
        _carry_on(row)
    return row


@job("redistributing.next_batch")
def next_batch(workspace_id: str, redistribution_id: str) -> None:
    """Give out some more, and ask for the rest to be done."""
    with tenancy.entered(UUID(workspace_id)):
        rows = Redistribution.objects.of(UUID(workspace_id)).select_for_update(of=("self",))
        row = rows.select_related("giver", "heir", "team", "asked_by").get(pk=redistribution_id)
        if row.ended_at is None:
            _carry_on(row)


def _carry_on(row: Redistribution) -> None:
    found = _theirs(row)
    if row.read_to:
        found = found.filter(pk__gt=row.read_to)
    batch = list(found.order_by("pk").select_related("inbox")[:TOGETHER])
    asked = [(one, _need(row, one)) for one in batch]
    for assigned in assigning.assign_all(asked, cause=row.cause, by=row.asked_by):
        row.given += bool(assigned.owner_id)
        row.queued += not assigned.owner_id
    row.done += len(batch)
    row.read_to = batch[-1].pk if batch else row.read_to
    if len(batch) < TOGETHER:
        row.ended_at = clock.now()
        tell(row, "redistribution.ended", by=row.asked_by, given=row.given, queued=row.queued)
    else:
        name = f"redistributing:{row.workspace_id}"
        later(next_batch, workspace_id=row.workspace_id, redistribution_id=row.pk, after=name)
    row.save()


def _theirs(row: Redistribution) -> "tenancy.OwnedQuerySet[Conversation]":
    rows = Conversation.objects.of(row.workspace_id).exclude(status=Conversation.Status.CLOSED)
    rows = rows.filter(joined_into=None)
    if row.giver_id:
        return rows.filter(owner_id=row.giver_id)
    return rows.filter(team=row.team, owner=None, status=Conversation.Status.OPEN)


def _need(row: Redistribution, conversation: Conversation) -> Need:
    """The heir first; then its team, as that hands out its work."""
    team_id = conversation.team_id or conversation.inbox.team_id
    if row.heir is None:
        return Need(team_id=team_id)
    giver = row.giver.name if row.giver else ""
    return Need(team_id=team_id, wanted=((row.heir.pk, _("takes over from %(name)s") % {"name": giver}),))
