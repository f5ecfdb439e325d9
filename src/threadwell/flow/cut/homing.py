"""Homing: what belongs to which conversation, and where it stands therefore.

In:    conversations that are joined or parted, messages that are moved or go back
Out:   which conversations lost or gained something
Touch: `conversation` of messages and of all that goes along, Home, MovedMessage, ThreadKey, `joined_into`

A message belongs where the youngest Move that is not undone put it, else to its origin; it stands in the root
of what it belongs to. Nothing else is remembered, so that the order of undoing does not matter.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from threadwell.channels.email import clues
from threadwell.kit import clock
from threadwell.record.commitments.models import Decision, Promise, Task
from threadwell.record.conversations import asides
from threadwell.record.conversations.models import (
    Conversation,
    Draft,
    Home,
    Join,
    Mention,
    Message,
    Move,
    MovedMessage,
    ThreadKey,
)
from threadwell.record.followups.models import FollowUp
from threadwell.record.surveys.models import Survey
from threadwell.record.teamwork.models import Follow, Handover
from threadwell.record.work.models import WorkLink
from threadwell.record.workplace.models import Agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Something that goes along with a conversation."""

    name: str
    model: Any
    once: tuple[str, ...] = ()  #: of these a conversation has one; a second stays where it is
    goes_with_message: bool = False
    place: str = "conversation_id"  #: the column that says where it stands

    def at(self, workspace_id: UUID, conversation_id: UUID) -> Any:
        return self.model.objects.of(workspace_id).filter(**{self.place: conversation_id})

    def put(self, workspace_id: UUID, keys: Collection[UUID], conversation_id: UUID) -> None:
        rows = self.model.objects.of(workspace_id).filter(pk__in=keys)
        rows.update(**{self.place: conversation_id})


KINDS = (
    Kind(name="message", model=Message),
    Kind(name="task", model=Task, goes_with_message=True),
    Kind(name="promise", model=Promise, goes_with_message=True),
    Kind(name="decision", model=Decision, goes_with_message=True),
    Kind(name="mention", model=Mention, goes_with_message=True),
    Kind(name="draft", model=Draft, once=("agent_id",)),
    Kind(name="work_link", model=WorkLink, once=("item_id",)),
    Kind(name="follow_up", model=FollowUp, once=("ended_at",)),
    Kind(name="follow", model=Follow, once=("agent_id",)),
    Kind(name="handover", model=Handover, once=("settled_at",)),
    Kind(name="survey", model=Survey, once=("asked_at", "left_out_because")),
    Kind(name="aside", model=Conversation, place="aside_of_id"),
)


def root_of(workspace_id: UUID, conversation_id: UUID) -> UUID:
    """The conversation in which this one goes on: itself, unless it was joined into another."""
    rows = Conversation.objects.of(workspace_id).filter(pk=conversation_id)
    return rows.values_list("joined_into_id", flat=True).first() or conversation_id


def standing_places(workspace_id: UUID, conversations: Iterable[UUID]) -> set[UUID]:
    """The roots of these."""
    rows: Any = Conversation.objects.of(workspace_id).filter(pk__in=set(conversations))
    return {root or key for key, root in rows.values_list("pk", "joined_into_id")}


def take_in(source: Conversation, target: Conversation) -> int:
    """All that stands in the one stands in the other; how many messages."""
    workspace_id, messages = source.workspace_id, 0
    for kind in KINDS:
        keys = _free(kind, workspace_id, kind.at(workspace_id, source.pk), target.pk)
        Home.objects.bulk_create(
            [Home(workspace_id=workspace_id, kind=kind.name, thing=key, home=source) for key in keys],
            ignore_conflicts=True,  # what belongs to one that was joined before keeps its home
        )
        kind.put(workspace_id, keys, target.pk)
        messages += len(keys) if kind.name == "message" else 0
    family = Conversation.objects.of(workspace_id).filter(Q(pk=source.pk) | Q(joined_into_id=source.pk))
    family.update(joined_into_id=target.pk, message_count=0)
    source.joined_into, source.message_count = target, 0
    return messages


def take_in_one(kind: str, thing: Any, target: Conversation) -> None:
    """One thing that stayed behind stands in the other as well as the rest."""
    home = Home(workspace_id=target.workspace_id, kind=kind, thing=thing.pk, home_id=thing.conversation_id)
    Home.objects.bulk_create([home], ignore_conflicts=True)
    thing.conversation = target
    thing.save(update_fields=["conversation"])


def let_out(workspace_id: UUID, absorbed: UUID) -> set[UUID]:
    """What belongs to it, or to one that was joined into it, stands in it again; which these are."""
    family = _below(workspace_id, absorbed)
    rows = Conversation.objects.of(workspace_id)
    rows.filter(pk=absorbed).update(joined_into_id=None)
    rows.filter(pk__in=family - {absorbed}).update(joined_into_id=absorbed)
    homes = Home.objects.of(workspace_id).filter(home_id__in=family)
    for kind in KINDS:
        things = list(homes.filter(kind=kind.name).values_list("thing", flat=True))
        keys = _free(kind, workspace_id, kind.model.objects.of(workspace_id).filter(pk__in=things), absorbed)
        kind.put(workspace_id, keys, absorbed)
    homes.filter(home_id=absorbed).delete()
    return family


def count_around(one: Conversation) -> None:
    """What a conversation says of its side conversations, its followers and its hand-over."""
    asides.recount(one)
    follows = Follow.objects.of(one.workspace_id).filter(conversation=one, ended_at=None)
    asked = Handover.objects.of(one.workspace_id).filter(conversation=one, settled_at=None)
    pending = asked.select_related("agent", "team").first()
    one.is_followed = follows.exists()
    one.handed_to = pending.receiver[:120] if pending else ""
    one.save(update_fields=["is_followed", "handed_to"])


def move(deed: Move, messages: Sequence[Message]) -> None:
    """These belong to the target from now on."""
    workspace_id = deed.workspace_id
    origins = _origins(workspace_id, messages)
    MovedMessage.objects.bulk_create(
        MovedMessage(workspace_id=workspace_id, move=deed, message=one, origin_id=origins[one.pk])
        for one in messages
    )
    _settle(workspace_id, {one.pk: deed.target_id for one in messages})


def move_back(deed: Move, *, by: Agent) -> set[UUID]:
    """Its messages, and those that came since and answer them, belong where they would without it."""
    workspace_id = deed.workspace_id
    named = MovedMessage.objects.of(workspace_id).filter(move=deed)
    keys = named.values_list("message_id", flat=True)
    name_followers(workspace_id, list(Message.objects.of(workspace_id).filter(pk__in=list(keys))))
    deed.undone_at, deed.undone_by = clock.now(), by
    deed.save(update_fields=["undone_at", "undone_by"])
    homes = dict(named.values_list("message_id", "origin_id"))
    others = MovedMessage.objects.of(workspace_id).filter(message_id__in=list(homes), move__undone_at=None)
    # The youngest speaks last.
    homes |= dict(others.order_by("move_id").values_list("message_id", "move__target_id"))
    return _settle(workspace_id, homes)


def name_followers(workspace_id: UUID, messages: Collection[Message]) -> None:
    """What came since a Move and answers something it took along, went with it: write that down."""
    places = {one.conversation_id for one in messages}
    moves = Move.objects.of(workspace_id).filter(undone_at=None)
    active = {
        one.pk: one
        for one in moves.filter(Q(target_id__in=places) | Q(target__joined_into_id__in=places)).order_by("pk")
    }
    if not active:
        return
    taken: dict[UUID, dict[UUID, UUID]] = defaultdict(dict)
    rows = MovedMessage.objects.of(workspace_id).filter(move_id__in=active)
    for message_id, move_id, origin in rows.values_list("message_id", "move_id", "origin_id"):
        taken[message_id][move_id] = origin
    since = Message.objects.of(workspace_id).filter(conversation_id__in=places, pk__gt=min(active))
    later = list(since.exclude(direction=Message.Direction.NOTE).order_by("pk").only("pk", "facts"))
    parents = _parents(workspace_id, later)
    fresh = []
    for one in later:
        for move_id, origin in taken.get(parents.get(one.pk, one.pk), {}).items():
            if move_id < one.pk and move_id not in taken[one.pk]:
                taken[one.pk][move_id] = origin
                fresh.append(
                    MovedMessage(workspace_id=workspace_id, move_id=move_id, message=one, origin_id=origin)
                )
    MovedMessage.objects.bulk_create(fresh)


def _settle(workspace_id: UUID, homes: dict[UUID, UUID]) -> set[UUID]:
    """These messages belong there; let them, their keys and all that goes along stand accordingly."""
    rows = Message.objects.of(workspace_id)
    touched = set(rows.filter(pk__in=homes).values_list("conversation_id", flat=True))
    by_home: dict[UUID, list[UUID]] = defaultdict(list)
    for message_id, home in homes.items():
        by_home[home].append(message_id)
    for home, keys in by_home.items():
        root = root_of(workspace_id, home)
        touched.add(root)
        for kind in KINDS:
            if kind.name == "message":
                things = keys
            elif kind.goes_with_message:
                along = kind.model.objects.of(workspace_id).filter(message_id__in=keys)
                things = list(along.values_list("pk", flat=True))
            else:
                continue
            kind.put(workspace_id, things, root)
            _give_homes(workspace_id, kind.name, things, home if home != root else None)
        ThreadKey.objects.of(workspace_id).filter(message_id__in=keys).update(conversation_id=home)
    return touched


def _give_homes(workspace_id: UUID, kind: str, things: Collection[UUID], home: UUID | None) -> None:
    Home.objects.of(workspace_id).filter(thing__in=things).delete()
    if home:
        Home.objects.bulk_create(
            Home(workspace_id=workspace_id, kind=kind, thing=key, home_id=home) for key in things
        )


def _origins(workspace_id: UUID, messages: Collection[Message]) -> dict[UUID, UUID]:
    origins = {one.pk: one.conversation_id for one in messages}
    homes = Home.objects.of(workspace_id).filter(thing__in=list(origins))
    origins |= dict(homes.values_list("thing", "home_id"))
    # Whatever holds it now, or held it: it came from the same place.
    moved = MovedMessage.objects.of(workspace_id).filter(message_id__in=list(origins), move__undone_at=None)
    return origins | dict(moved.values_list("message_id", "origin_id"))


def _parents(workspace_id: UUID, messages: Iterable[Message]) -> dict[UUID, UUID]:
    """The message that each of them answers, where we hold it."""
    asked: dict[UUID, list[str]] = {}
    for one in messages:
        named = [*one.facts.get("in_reply_to", ()), *reversed(one.facts.get("references", ()))]
        asked[one.pk] = [clues.key_of(name) for name in named if name]
    every = {key for keys in asked.values() for key in keys}
    rows: Any = ThreadKey.objects.of(workspace_id).filter(key__in=every).exclude(message_id=None)
    held: dict[str, UUID] = dict(rows.values_list("key", "message_id"))
    found = {}
    for message_id, keys in asked.items():
        if parent := next((held[key] for key in keys if held.get(key, message_id) != message_id), None):
            found[message_id] = parent
    return found


def _below(workspace_id: UUID, conversation_id: UUID) -> set[UUID]:
    """A conversation and all that was joined into it, and into those."""
    found, edge = {conversation_id}, {conversation_id}
    active = Join.objects.of(workspace_id).filter(undone_at=None)
    while edge:
        edge = set(active.filter(survivor_id__in=edge).values_list("absorbed_id", flat=True)) - found
        found |= edge
    return found


def _free(kind: Kind, workspace_id: UUID, rows: Any, place: UUID) -> list[UUID]:
    """Those that may stand there too."""
    if not kind.once:
        return list(rows.values_list("pk", flat=True))
    taken = set(kind.at(workspace_id, place).values_list(*kind.once))
    return [key for key, *once in rows.values_list("pk", *kind.once) if tuple(once) not in taken]
