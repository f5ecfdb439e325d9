"""What can be done with a conversation besides writing in it: assign, close, snooze, label.

A trait of Conversation. Every verb changes the row, records an event in the same transaction, and says
whether anything changed, so that a second press is harmless.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from threadwell.kit import clock
from threadwell.record.journal.telling import tell
from threadwell.record.workplace.models import Agent, Team

if TYPE_CHECKING:
    from threadwell.record.conversations.conversation import Conversation


class CanBeHandled:
    """The verbs of handling."""

    def record(self: "Conversation", name: str, *, by: Agent | None, **facts: Any) -> None:
        """Write down that something happened to this conversation."""
        tell(self, f"conversation.{name}", by=by, number=self.number, **facts)

    def assign(self: "Conversation", owner: Agent | None, *, by: Agent | None, because: str = "") -> bool:
        before = self.owner_id
        if before == (owner.pk if owner else None):
            return False
        self.owner = owner
        self.save(update_fields=["owner"])
        self.record(
            "assigned" if owner else "unassigned",
            by=by,
            owner=str(owner.pk) if owner else None,
            owner_name=owner.name if owner else "",
            before=str(before) if before else None,
            because=because,
        )
        return True

    def pass_to(self: "Conversation", team: Team | None, *, by: Agent | None, because: str = "") -> bool:
        if self.team_id == (team.pk if team else None):
            return False
        before = self.team_id
        self.team = team
        self.save(update_fields=["team"])
        self.record(
            "passed",
            by=by,
            team=str(team.pk) if team else None,
            team_name=team.name if team else "",
            before=str(before) if before else None,
            because=because,
        )
        return True

    def close(self: "Conversation", *, by: Agent | None, because: str = "") -> bool:
        if self.status == self.Status.CLOSED:
            return False
        self._turn(self.Status.CLOSED, closed_at=clock.now())
        self.record("closed", by=by, because=because)
        return True

    def reopen(self: "Conversation", *, by: Agent | None, because: str = "") -> bool:
        """Open again, from closed or snoozed."""
        if self.status == self.Status.OPEN:
            return False
        before = self.status
        self._turn(self.Status.OPEN)
        self.record("reopened", by=by, before=before, because=because)
        return True

    def snooze(self: "Conversation", *, until: datetime, by: Agent | None) -> bool:
        if self.status == self.Status.SNOOZED and self.snoozed_until == until:
            return False
        self._turn(self.Status.SNOOZED, snoozed_until=until)
        self.record("snoozed", by=by, until=until.isoformat())
        return True

    def weigh(self: "Conversation", priority: int, *, by: Agent | None, because: str = "") -> bool:
        if self.priority == priority:
            return False
        before, self.priority = self.priority, priority
        self.save(update_fields=["priority"])
        self.record("weighed", by=by, priority=priority, before=before, because=because)
        return True

    def label(self: "Conversation", labels: Iterable[str], *, by: Agent | None) -> bool:
        """Carry exactly these labels."""
        wanted = sorted(set(labels))
        if wanted == sorted(self.labels):
            return False
        before, self.labels = self.labels, wanted
        self.save(update_fields=["labels"])
        self.record("labelled", by=by, labels=wanted, before=before)
        return True

    def retitle(self: "Conversation", subject: str, *, by: Agent | None) -> bool:
        if self.subject == subject:
            return False
        before, self.subject = self.subject, subject
        self.save(update_fields=["subject"])
        self.record("retitled", by=by, subject=subject, before=before)
        return True

    def recount(self: "Conversation") -> None:
        """Read off its messages what the conversation says about them, after some came or went."""
        said = self.messages.exclude(direction="note")
        people = said.values_list("people", flat=True)
        self.message_count = said.count()
        self.participants = sorted({address for addresses in people for address in addresses})[:100]
        if last := said.order_by("-at", "-pk").first():
            self.last_message_at = last.at
            self.preview = last.text[:200]
        words = said.filter(kind="message")
        answered = words.filter(direction="out").order_by("-at").values_list("at", flat=True).first()
        asked = words.filter(direction="in")
        if answered:
            asked = asked.filter(at__gt=answered)
        self.waiting_since = asked.order_by("at").values_list("at", flat=True).first()
        self.last_word = self.Party.CONTACT if self.waiting_since or not answered else self.Party.US
        self.save(
            update_fields=[
                "message_count",
                "participants",
                "last_message_at",
                "preview",
                "waiting_since",
                "last_word",
            ]
        )

    def _turn(
        self: "Conversation",
        status: str,
        *,
        closed_at: datetime | None = None,
        snoozed_until: datetime | None = None,
    ) -> None:
        self.status, self.closed_at, self.snoozed_until = status, closed_at, snoozed_until
        self.save(update_fields=["status", "closed_at", "snoozed_until"])
