"""Surgery: conversations become one, messages change their conversation, and all of it can be taken back.

In:    conversations, messages, an agent; a Join or a Move to undo
Out:   Join and Move rows, an Undo; where each message stands; refusals with a sentence
Touch: Conversation, Message, Join, Move, Home, ThreadKey, and what goes along (`flow/cut/homing`)

What belongs where is kept apart from where it stands (docs/decisions/0018). `homing` knows both and makes the
second from the first, so that any deed can be undone in any order. Whoever changes a family holds its rows
in the order of their keys: of two who join the same at once the second is told.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from threadwell.flow.cut import blending, bringing, homing
from threadwell.kit import clock, ids, tenancy
from threadwell.kit.errors import DomainError, Invalid
from threadwell.record.conversations.models import (
    Conversation,
    Counter,
    Draft,
    Join,
    Message,
    Move,
    Undo,
)
from threadwell.record.workplace.models import Agent

MOST = 100  #: conversations joined in one go


class NothingToMove(DomainError):
    """No message of those named is in that conversation."""

    code = "nothing-to-move"


class AlreadyUndone(DomainError):
    """It was taken back before."""

    code = "already-undone"


class WouldBeEmpty(DomainError):
    """A conversation cannot be split with nothing staying behind."""

    code = "would-be-empty"


class JoinedMeanwhile(DomainError):
    """One of them goes on in another conversation already."""

    code = "already-joined"


def unite(sources: Collection[UUID], *, into: UUID, by: Agent, because: str = "") -> Undo:
    """All of these go on in one conversation."""
    others = sorted({*sources} - {into})
    if not others:
        raise Invalid(_("Choose at least two conversations."))
    if len(others) > MOST:
        raise Invalid(_("Choose %(most)s conversations at most.") % {"most": MOST})
    with transaction.atomic():
        held = _held(by.workspace_id, [into, *others])
        if joined := [one for one in held.values() if one.joined_into_id]:
            said = _("%(number)s goes on in another conversation already. Look again before you join.")
            raise JoinedMeanwhile(said % {"number": joined[0]})
        if aside := [one for one in held.values() if one.is_aside]:
            said = _("%(number)s is with somebody who is not the customer; it stays apart.")
            raise Invalid(said % {"number": aside[0]})
        why = because or _("joined by hand")
        return _unite([held[key] for key in others], held[into], by=by, because=why)


def join(
    workspace_id: UUID, source_id: UUID, *, into: UUID, because: str, by: Agent | None = None
) -> Undo | None:
    """Two conversations turned out to be one: the one opened earlier takes the other in."""
    with tenancy.entered(workspace_id):
        held = [one for one in _held(workspace_id, [source_id, into]).values() if one.joined_into_id is None]
        if len(held) < 2 or any(one.is_aside for one in held):
            return None
        target, source = sorted(held, key=lambda one: (one.made_at, one.pk))
        return _unite([source], target, by=by, because=because)


def part(edge: Join, *, by: Agent) -> Conversation:
    """Take one join back: what belongs to the one that was joined stands there again."""
    with transaction.atomic():
        root_id = homing.root_of(edge.workspace_id, edge.survivor_id)
        _held(edge.workspace_id, [root_id, edge.survivor_id, edge.absorbed_id])
        if homing.root_of(edge.workspace_id, edge.survivor_id) != root_id:
            raise JoinedMeanwhile(_("Somebody is joining these right now. Look again, and try once more."))
        found = Join.objects.of(edge.workspace_id).select_for_update(of=("self",)).get(pk=edge.pk)
        if found.undone_at:
            raise AlreadyUndone(_("This was taken back before."))
        return _part(found, root_id, by=by)


def other_drafts(conversation: Conversation, agent: Agent) -> list[Draft]:
    """What somebody had begun to write in conversations that go on in this one; to be brought in."""
    return bringing.others(conversation, agent.pk)


def bring_in(other: Draft, conversation: Conversation, *, into: Draft | None) -> None:
    """It stands here, or its words behind the agent's own draft; after taking apart it is what it was."""
    with transaction.atomic():
        if into is None:
            homing.take_in_one("draft", other, conversation)
        else:
            bringing.bring(other, into)


def move(source: Conversation, message_ids: Collection[UUID], *, to: Conversation, by: Agent) -> Undo:
    """Put messages of one conversation into another."""
    if source.pk == to.pk:
        raise NothingToMove(_("They are in this conversation already."))
    with transaction.atomic():
        held = _held(source.workspace_id, [source.pk, to.pk])
        source, to = held[source.pk], held[to.pk]
        if source.is_aside != to.is_aside:
            raise Invalid(_("What is said aside and what the customer reads stay apart."))
        if to.joined_into_id:
            raise JoinedMeanwhile(_("%(number)s goes on in another conversation.") % {"number": to})
        return _carry(source, to, message_ids, kind=Move.Kind.MOVE, by=by)


def split(
    source: Conversation, message_ids: Collection[UUID], *, by: Agent, subject: str = ""
) -> tuple[Conversation, Undo]:
    """Open a conversation with these messages."""
    with transaction.atomic():
        source = _held(source.workspace_id, [source.pk])[source.pk]
        if source.is_aside:
            raise Invalid(_("What is said aside and what the customer reads stay apart."))
        chosen = list(source.messages.filter(pk__in=message_ids).order_by("at", "pk"))
        if not chosen:
            raise NothingToMove(_("None of these messages is in this conversation."))
        said = source.messages.exclude(direction=Message.Direction.NOTE)
        if not said.exclude(pk__in=[one.pk for one in chosen]).exists():
            raise WouldBeEmpty(_("Nothing would stay behind."))
        opened = _opened_with(chosen, source, subject)
        opened.record("opened", by=by, because=_("split from %(other)s") % {"other": source})
        keys = [one.pk for one in chosen]
        return opened, _carry(source, opened, keys, kind=Move.Kind.SPLIT, by=by)


def later_ones(message: Message) -> list[UUID]:
    """A message and what came after it: what is split off when somebody splits from there."""
    rows = Message.objects.of(message.workspace_id).filter(
        conversation_id=message.conversation_id, at__gte=message.at
    )
    return list(rows.values_list("pk", flat=True))


def put_back(undo: Undo, *, by: Agent) -> None:
    """Take joins, a move or a split back; what came since goes where its thread says."""
    with transaction.atomic():
        undo = Undo.objects.of(undo.workspace_id).select_for_update().get(pk=undo.pk)
        if undo.undone_at:
            raise AlreadyUndone(_("This was taken back before."))
        if "move" in undo.facts:
            _move_back(Move.objects.of(undo.workspace_id).get(pk=undo.facts["move"]), by=by)
        else:
            joins = Join.objects.of(undo.workspace_id).filter(pk__in=undo.facts["joins"], undone_at=None)
            edges = list(joins.order_by("-at", "-pk"))
            if not edges:
                raise AlreadyUndone(_("This was taken back before."))
            for edge in edges:
                part(edge, by=by)
        undo.undone_at, undo.undone_by = clock.now(), by
        undo.save(update_fields=["undone_at", "undone_by"])


def _unite(sources: Sequence[Conversation], target: Conversation, *, by: Agent | None, because: str) -> Undo:
    workspace_id, batch, edges = target.workspace_id, ids.new(), []
    undo = Undo(workspace_id=workspace_id, kind="join", by=by)
    for source in sources:
        edge = Join.objects.create(
            workspace_id=workspace_id, absorbed=source, survivor=target, batch=batch, because=because, by=by
        )
        edges.append(edge)
        count = homing.take_in(source, target)
        blending.blend(source, into=target, by=by, because=_("joined with %(other)s") % {"other": source})
        facts = {"messages": count, "join": str(edge.pk), "undo": str(undo.pk), "because": because}
        source.record("joined-away", by=by, to=target.number, **facts)
        target.record("joined-here", by=by, source=source.number, subject=source.subject, **facts)
    for one in (target, *sources):
        homing.count_around(one)
    target.recount()
    undo.conversations = [*(source.pk for source in sources), target.pk]
    undo.facts = {"joins": [str(edge.pk) for edge in edges]}
    undo.save(force_insert=True)
    return undo


def _part(edge: Join, root_id: UUID, *, by: Agent) -> Conversation:
    workspace_id = edge.workspace_id
    before = blending.blended(workspace_id, root_id)
    edge.undone_at, edge.undone_by = clock.now(), by
    edge.save(update_fields=["undone_at", "undone_by"])
    bringing.let_go(workspace_id, homing.let_out(workspace_id, edge.absorbed_id))
    rows = {
        one.pk: one
        for one in Conversation.objects.of(workspace_id).filter(pk__in=[root_id, edge.absorbed_id])
    }
    root, freed = rows[root_id], rows[edge.absorbed_id]
    # A letter that names both must not join them again by itself.
    Conversation.objects.of(workspace_id).filter(pk__in=rows).update(is_apart=True)
    root.is_apart = freed.is_apart = True
    for one in (root, freed):
        homing.count_around(one)
        one.recount()
    blending.unblend(root, freed, before, since=edge.at, by=by)
    root.record("join-undone", by=by, other=freed.number, join=str(edge.pk))
    freed.record("join-undone", by=by, other=root.number, join=str(edge.pk))
    return freed


def _opened_with(chosen: Sequence[Message], source: Conversation, subject: str) -> Conversation:
    first = next((one for one in chosen if one.direction != Message.Direction.NOTE), chosen[0])
    opened: Conversation = Conversation.objects.create(
        workspace_id=source.workspace_id,
        number=Counter.reserve(source.workspace_id, "conversation")[0],
        subject=(subject or first.subject or source.subject)[:500],
        subject_base=first.subject_base,
        inbox_id=source.inbox_id,
        contact_id=first.contact_id or source.contact_id,
        organisation_id=source.organisation_id,
        owner_id=source.owner_id,
        team_id=source.team_id,
        type=source.type,
        follows=source,
        is_apart=True,
    )
    return opened


def _carry(
    source: Conversation, target: Conversation, message_ids: Collection[UUID], *, kind: str, by: Agent
) -> Undo:
    workspace_id = source.workspace_id
    messages = list(source.messages.filter(pk__in=message_ids).order_by("pk"))
    if not messages:
        raise NothingToMove(_("None of these messages is in this conversation."))
    homing.name_followers(workspace_id, messages)
    deed = Move.objects.create(workspace_id=workspace_id, kind=kind, source=source, target=target, by=by)
    homing.move(deed, messages)
    for conversation in (source, target):
        conversation.is_apart = True
        conversation.save(update_fields=["is_apart"])
        conversation.recount()
    undo = Undo.objects.create(
        workspace_id=workspace_id,
        kind=kind,
        by=by,
        conversations=[source.pk, target.pk],
        facts={"move": str(deed.pk)},
    )
    facts = {"messages": len(messages), "undo": str(undo.pk)}
    done = {Move.Kind.MOVE: "moved", Move.Kind.SPLIT: "split"}[Move.Kind(kind)]
    source.record(f"{done}-away", by=by, to=target.number, **facts)
    target.record(f"{done}-here", by=by, source=source.number, **facts)
    return undo


def _move_back(deed: Move, *, by: Agent) -> None:
    workspace_id = deed.workspace_id
    _held(workspace_id, homing.standing_places(workspace_id, [deed.source_id, deed.target_id]))
    touched = homing.move_back(deed, by=by)
    rows = Conversation.objects.of(workspace_id).filter(
        pk__in={*touched, *homing.standing_places(workspace_id, [deed.source_id, deed.target_id])}
    )
    for conversation in rows.order_by("pk"):
        conversation.recount()
        conversation.record(f"{deed.kind}-undone", by=by, move=str(deed.pk))
    target = Conversation.objects.of(workspace_id).get(pk=deed.target_id)
    if deed.kind == Move.Kind.SPLIT and target.joined_into_id is None and not target.messages.exists():
        _leave_empty(target, homing.root_of(workspace_id, deed.source_id), by=by)


def _leave_empty(target: Conversation, home: UUID, *, by: Agent) -> None:
    """Nothing is left of what was split off: its number and its reply address lead back."""
    goes_on = Conversation.objects.of(target.workspace_id).get(pk=home)
    if goes_on.pk != target.pk:
        _unite([target], goes_on, by=by, because=_("the split was taken back"))


def _held(workspace_id: UUID, keys: Collection[UUID]) -> dict[UUID, Conversation]:
    # In the order of their keys: two who act on the same ones at once do not block each other for ever.
    rows = Conversation.objects.of(workspace_id).filter(pk__in=set(keys)).order_by("pk")
    return {one.pk: one for one in rows.select_for_update(of=("self",))}
