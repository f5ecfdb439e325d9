"""Reaction: a word without words, on a note or a message; only the team sees it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.conversations import sending
from threadwell.record.conversations.models import Message
from threadwell.record.workplace.models import Agent


class Reaction(Owned):
    """An agent reacted to a message; each in one way once."""

    class Kind(models.TextChoices):
        SEEN = "seen", _("seen")
        AGREED = "agreed", _("agreed")
        THANKS = "thanks", _("thanks")
        DONE = "done", _("done")
        QUESTION = "question", _("question")
        HOORAY = "hooray", _("hooray")

    message = WorkspaceKey(Message)
    agent = WorkspaceKey(Agent)
    kind = models.CharField(max_length=8, choices=Kind)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "message", "agent", "kind"], name="reaction_once")
        ]

    @classmethod
    def put(cls, message: Message, kind: str, *, by: Agent) -> bool:
        """False when it was there already."""
        held = _held(message)
        _row, is_new = cls.objects.of(held.workspace_id).get_or_create(
            workspace_id=held.workspace_id, message=held, agent=by, kind=kind
        )
        if is_new:
            _sum_up(held)
            sending.tell_of(held, "reacted", by=by, reaction=kind)
        return is_new

    @classmethod
    def take(cls, message: Message, kind: str, *, by: Agent) -> bool:
        """Not after all; False when it was not there."""
        held = _held(message)
        rows = cls.objects.of(held.workspace_id).filter(message=held, agent=by, kind=kind)
        if not rows.delete()[0]:
            return False
        _sum_up(held)
        sending.tell_of(held, "unreacted", by=by, reaction=kind)
        return True


def _held(message: Message) -> Message:
    rows = Message.objects.of(message.workspace_id).select_related("conversation")
    held: Message = rows.select_for_update(of=("self",)).get(pk=message.pk)
    return held


def _sum_up(message: Message) -> None:
    """The message carries who reacted how, so that a thread is read without asking for it."""
    rows = Reaction.objects.of(message.workspace_id).filter(message=message)
    found: dict[str, list[list[str]]] = {}
    for kind, agent, name in rows.order_by("made_at", "pk").values_list("kind", "agent_id", "agent__name"):
        found.setdefault(kind, []).append([str(agent), name])
    message.facts = {key: fact for key, fact in message.facts.items() if key != "reactions"}
    if found:
        message.facts["reactions"] = found
    message.save(update_fields=["facts"])
