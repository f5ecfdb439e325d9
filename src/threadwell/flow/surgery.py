"""Surgery: messages change their conversation, and everything can be put back.

Move, split and join are one deed: some messages go to another conversation, their keys with them, so that
the next reply follows. What was where is kept in an Undo.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from threadwell.kit import clock, tenancy
from threadwell.kit.errors import DomainError
from threadwell.record.commitments import following
from threadwell.record.conversations.models import Conversation, Counter, Message, ThreadKey, Undo
from threadwell.record.workplace.models import Agent


class NothingToMove(DomainError):
    """No message of those named is in that conversation."""

    code = "nothing-to-move"


class AlreadyUndone(DomainError):
    """It was taken back before."""

    code = "already-undone"


class WouldBeEmpty(DomainError):
    """A conversation cannot be split at its first message."""

    code = "would-be-empty"


def move(source: Conversation, message_ids: Collection[UUID], *, to: Conversation, by: Agent) -> Undo:
    """Put messages of one conversation into another."""
    if source.pk == to.pk:
        raise NothingToMove(_("They are in this conversation already."))
    with transaction.atomic():
        return _carry(source, to, Q(pk__in=message_ids), kind="move", by=by)


def split(source: Conversation, at: Message, *, by: Agent, subject: str = "") -> tuple[Conversation, Undo]:
    """Open a conversation with this message and all that came after it."""
    with transaction.atomic():
        earlier = source.messages.filter(at__lt=at.at).exists()
        if not earlier:
            raise WouldBeEmpty(_("This is the first message; nothing would stay behind."))
        opened = Conversation.objects.create(
            workspace_id=source.workspace_id,
            number=Counter.reserve(source.workspace_id, "conversation")[0],
            subject=subject or at.subject or source.subject,
            subject_base=at.subject_base,
            inbox_id=source.inbox_id,
            contact_id=at.contact_id or source.contact_id,
            organisation_id=source.organisation_id,
            owner_id=source.owner_id,
            team_id=source.team_id,
            type=source.type,
            follows=source,
            is_apart=True,
        )
        opened.record("opened", by=by, because=_("split from %(other)s") % {"other": source})
        undo = _carry(source, opened, Q(at__gte=at.at), kind="split", by=by)
        return opened, undo


def join(
    workspace_id: UUID, source_id: UUID, *, into: UUID, because: str, by: Agent | None = None
) -> Undo | None:
    """Two conversations turned out to be one: the one opened earlier takes the other in."""
    with tenancy.entered(workspace_id):
        both = {
            one.pk: one
            for one in Conversation.objects.of(workspace_id)
            .filter(pk__in=[source_id, into], joined_into=None)
            .order_by("pk")
            .select_for_update()
        }
        if len(both) < 2:
            return None
        target, source = sorted(both.values(), key=lambda one: (one.made_at, one.pk))
        undo = _carry(source, target, Q(), kind="join", by=by, because=because)
        source.joined_into = target
        source.close(by=by, because=_("joined into %(other)s") % {"other": target})
        source.save(update_fields=["joined_into"])
        return undo


def put_back(undo: Undo, *, by: Agent) -> None:
    """Take a move, a split or a join back: the messages go where they were, those that came since stay."""
    with transaction.atomic():
        undo = Undo.objects.of(undo.workspace_id).select_for_update().get(pk=undo.pk)
        if undo.undone_at:
            raise AlreadyUndone(_("This was taken back before."))
        source_id, target_id = undo.conversations
        source = Conversation.objects.of(undo.workspace_id).get(pk=source_id)
        target = Conversation.objects.of(undo.workspace_id).get(pk=target_id)
        moved = target.messages.filter(pk__in=undo.facts["messages"])
        _rehome(target, source, [message.pk for message in moved], named=undo.facts["keys"])
        following.put_back(undo.facts.get("commitments", {}), to=source)
        if undo.kind == "join":
            source.joined_into = None
            source.save(update_fields=["joined_into"])
            source.reopen(by=by, because=_("the joining was taken back"))
        if undo.kind == "split" and not target.messages.exists():
            target.close(by=by, because=_("the split was taken back"))
        undo.undone_at, undo.undone_by = clock.now(), by
        undo.save(update_fields=["undone_at", "undone_by"])
        for conversation in (source, target):
            conversation.record(f"{undo.kind}-undone", by=by, undo=str(undo.pk))


def _carry(
    source: Conversation,
    target: Conversation,
    chosen: Q,
    *,
    kind: str,
    by: Agent | None,
    because: str = "",
) -> Undo:
    messages = list(source.messages.filter(chosen).values_list("pk", flat=True))
    if not messages:
        raise NothingToMove(_("None of these messages is in this conversation."))
    keys = _rehome(source, target, messages, everything=kind == "join")
    commitments = following.join(source, into=target) if kind == "join" else {}
    if kind != "join":
        for conversation in (source, target):
            conversation.is_apart = True
            conversation.save(update_fields=["is_apart"])
    undo = Undo.objects.create(
        workspace_id=source.workspace_id,
        kind=kind,
        by=by,
        conversations=[source.pk, target.pk],
        facts={"messages": [str(key) for key in messages], "keys": keys, "commitments": commitments},
    )
    facts = {"messages": len(messages), "undo": str(undo.pk), "because": because}
    done = {"move": "moved", "split": "split", "join": "joined"}[kind]
    source.record(f"{done}-away", by=by, to=target.number, **facts)
    target.record(f"{done}-here", by=by, source=source.number, **facts)
    return undo


def _rehome(
    source: Conversation,
    target: Conversation,
    messages: Collection[UUID],
    *,
    named: Collection[str] = (),
    everything: bool = False,
) -> list[str]:
    """Give messages and their keys to the target; which keys went."""
    keys = ThreadKey.objects.of(source.workspace_id).filter(conversation_id=source.pk)
    if not everything:
        keys = keys.filter(message_id__in=messages) | keys.filter(key__in=named)
    gone = list(keys.values_list("key", flat=True))
    ThreadKey.objects.of(source.workspace_id).filter(key__in=gone).update(conversation_id=target.pk)
    source.messages.filter(pk__in=messages).update(conversation_id=target.pk)
    following.follow(messages, to=target)
    source.recount()
    target.recount()
    return gone
