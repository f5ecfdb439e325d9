"""Releasing: a person decides otherwise about what arrived, and whose mail shall not arrive.

In:    deliveries that failed, were set aside or are in quarantine; addresses and domains
Out:   how many are read again; a Block
Touch: inboxes.Delivery, inboxes.Block, events
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from threadwell.flow.arrive import capture
from threadwell.kit.errors import DomainError, Invalid
from threadwell.record.inboxes.models import Block, Delivery, Inbox
from threadwell.record.journal.telling import tell
from threadwell.record.workplace.models import Agent

AT_ONCE = 10_000


class NothingToRelease(DomainError):
    """It was read, or is about to be."""

    code = "nothing-to-release"


class Blocked(Invalid):
    """The pattern cannot be blocked."""

    code = "cannot-block"


def release(delivery: Delivery, *, by: Agent) -> None:
    """Bring it to the desk as if it came now, whatever kept it from there."""
    if delivery.state not in {Delivery.State.QUARANTINED, Delivery.State.SET_ASIDE}:
        raise NothingToRelease(_("Nothing keeps this one from the desk any more."))
    delivery.source_facts = {**delivery.source_facts, "released_by": str(by.pk)}
    delivery.save(update_fields=["source_facts"])
    tell(delivery, "delivery.released", by=by, was=delivery.state, before=delivery.because)
    capture.try_again(delivery.workspace_id, [delivery.pk])


def retry(delivery: Delivery, *, by: Agent) -> None:
    """Read one that failed once more."""
    if capture.try_again(delivery.workspace_id, [delivery.pk]):
        tell(delivery, "delivery.retried", by=by)


def retry_failed(inbox: Inbox, *, by: Agent) -> int:
    """Read everything that failed at an inbox once more; how many there were."""
    failed = Delivery.objects.of(inbox.workspace_id).failed().filter(inbox=inbox)
    keys = list(failed.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    count = capture.try_again(inbox.workspace_id, keys) if keys else 0
    if count:
        tell(inbox, "inbox.retried", by=by, count=count)
    return count


def block(pattern: str, *, reason: str, expires_at: datetime | None = None, by: Agent) -> Block:
    """Send mail of an address (``name@host``) or a domain (``@host``) to quarantine from now on."""
    pattern = pattern.strip().lower()
    _refuse_ours(pattern, by)
    made: Block
    made, is_new = Block.objects.of(by.workspace_id).update_or_create(
        workspace_id=by.workspace_id,
        pattern=pattern,
        defaults={"reason": reason, "expires_at": expires_at, "by": by},
    )
    facts: dict[str, Any] = {"pattern": pattern, "reason": reason, "is_new": is_new}
    tell(made, "block.made", by=by, **facts)
    return made


def lift(block: Block, *, by: Agent) -> None:
    """Let them write again; what came meanwhile stays in quarantine."""
    tell(block, "block.lifted", by=by, pattern=block.pattern)
    Block.objects.of(block.workspace_id).filter(pk=block.pk).delete()


def _refuse_ours(pattern: str, by: Agent) -> None:
    """Our own addresses: colleagues write from there, and forwarded mail comes that way."""
    ours = Inbox.objects.of(by.workspace_id).filter(closed_at=None)
    hit = ours.filter(address__iexact=pattern)
    if pattern.startswith("@"):
        hit = ours.filter(address__iendswith=pattern)
    if hit.exists():
        raise Blocked(_("One of your own inboxes is at %(pattern)s.") % {"pattern": pattern})
