"""Learning: how customers like to be spoken to, from what they wrote; what was told by hand is left alone.

In:    a contact, or the hour that has passed
Out:   preferences with what speaks for them
Touch: Preference; reads Message, Conversation
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from threadwell.kit import clock, tenancy
from threadwell.kit.languages import language_of
from threadwell.kit.later import every, job, later
from threadwell.kit.moments import zone_of
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.journal.telling import tell
from threadwell.record.people.habits import Learned, Talk, habits_in
from threadwell.record.people.models import Contact, Preference
from threadwell.record.people.one import members_of, root_of
from threadwell.record.workplace.models import Agent, Workspace

NEWEST = 200  #: messages and conversations that are looked at
LOOKED_BACK = timedelta(minutes=75)  #: an hour, and some for a worker that was late


def learn(contact: Contact) -> dict[str, Learned]:
    """What speaks for a preference of this customer now; what no longer holds is forgotten."""
    zone = zone_of(contact.zone, contact.workspace.zone)
    members = members_of(contact)
    found = habits_in(_talks(contact.workspace_id, members), _solved_by(contact, members), zone=zone)
    mine = Preference.objects.of(contact.workspace_id).filter(contact_id=contact.pk)
    with transaction.atomic():
        told = set(mine.exclude(said_at=None).values_list("kind", flat=True))
        mine.filter(said_at=None).exclude(kind__in=found.keys()).delete()
        for kind, one in found.items():
            if kind not in told:
                facts = {"value": one.value, "evidence": one.evidence, "learned_at": clock.now()}
                mine.update_or_create(
                    workspace_id=contact.workspace_id, contact=contact, kind=kind, defaults=facts
                )
    return found


def tell_preference(contact: Contact, kind: str, value: Any, *, by: Agent) -> None:
    """Somebody knows better; learning leaves it alone from now on."""
    with transaction.atomic():
        Preference.objects.of(contact.workspace_id).update_or_create(
            workspace_id=contact.workspace_id,
            contact=contact,
            kind=kind,
            defaults={"value": value, "evidence": {}, "said_by": by, "said_at": clock.now()},
        )
        tell(contact, "contact.preference_told", by=by, kind=kind, value=value)


def forget_told(contact: Contact, kind: str, *, by: Agent) -> None:
    """What was told by hand holds no longer; what the messages say holds again."""
    with transaction.atomic():
        Preference.objects.of(contact.workspace_id).filter(contact_id=contact.pk, kind=kind).delete()
        tell(contact, "contact.preference_told", by=by, kind=kind)
        learn(contact)


@every("41 * * * *", "learning.each_hour")
def each_hour(timestamp: int) -> None:
    """Whoever wrote in the last hour is looked at; each workspace is a job of its own."""
    for workspace_id in Workspace.objects.values_list("pk", flat=True):
        with tenancy.entered(workspace_id):
            later(learn_lately, workspace_id=workspace_id, after=f"learning:{workspace_id}")


@job("learning.learn_lately")
def learn_lately(workspace_id: str, back: float = LOOKED_BACK.total_seconds()) -> None:
    """Learn of everybody who wrote in the last so many seconds."""
    where = UUID(workspace_id)
    since = clock.now() - timedelta(seconds=back)
    with tenancy.entered(where):
        wrote = Message.objects.of(where).filter(direction=Message.Direction.IN, at__gte=since)
        keys = set(wrote.exclude(contact=None).values_list("contact_id", flat=True))
    for key in keys:
        with tenancy.entered(where):
            every_one = Contact.objects.of(where).select_related("workspace", "one_with__workspace")
            contact = every_one.filter(pk=key).first()
            if contact:
                learn(root_of(contact))


def _talks(workspace_id: UUID, members: list[UUID]) -> list[Talk]:
    said = Message.objects.of(workspace_id).filter(
        contact_id__in=members, direction=Message.Direction.IN, kind=Message.Kind.MESSAGE
    )
    newest = said.order_by("-at", "-id").values_list("at", "channel", "text")[:NEWEST]
    return [Talk(at=at, channel=channel, language=language_of(text)) for at, channel, text in newest]


def _solved_by(contact: Contact, members: list[UUID]) -> list[str | None]:
    """For each conversation that is closed: who of us wrote last."""
    closed = Conversation.objects.of(contact.workspace_id).filter(
        contact_id__in=members, status=Conversation.Status.CLOSED
    )
    keys = list(closed.order_by("-last_message_at").values_list("pk", flat=True)[:NEWEST])
    answers = Message.objects.of(contact.workspace_id).filter(
        conversation_id__in=keys, direction=Message.Direction.OUT, kind=Message.Kind.MESSAGE
    )
    last = answers.order_by("conversation_id", "-at", "-id").distinct("conversation_id")
    by_conversation = dict(last.values_list("conversation_id", "agent_id"))
    return [str(agent) if (agent := by_conversation.get(key)) else None for key in keys]
