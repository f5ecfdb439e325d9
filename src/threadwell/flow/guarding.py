"""Guarding: somebody opens something that may stand behind a wall.

In:    an agent, and what an address names: keys, the number of a conversation
Out:   nothing; `Walled` when it is there and may not be seen, with the wall's reason
Touch: AuditEntry, Knock

Row security has hidden it already (record/sight/walls.py): here is only said why, to whoever came by a link,
and written down who looked. Where nothing is restricted, no page comes through here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threadwell.flow.timed import striking
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import DomainError
from threadwell.kit.later import every, job
from threadwell.kit.veils import NOTHING, veiled
from threadwell.record.conversations.models import Conversation
from threadwell.record.journal.models import AuditEntry, Knock
from threadwell.record.sight import seeing
from threadwell.record.sight.models import Insider, Restriction
from threadwell.record.workplace.models import Agent, Workspace
from threadwell.record.workplace.roles import May, Role

AGAIN = timedelta(minutes=1)  #: the parts of one page are one look
MOST_ASKED = 3  #: names of whom one may ask
KNOCK = "call"  #: the kind of an entry about tokens that do not work
KNOCKS_AGAIN = timedelta(hours=1)  #: of one address it is told once in this time
MOST_KNOCKS_TOLD = 20  #: entries of a workspace in that time
MOST_KNOCKING = 1000  #: addresses that are told apart
FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Something that an address names."""

    kind: str
    key: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, through which program, for which address, from where."""

    agent: Agent
    place: str
    origin: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """What somebody who stands before a wall is told: nothing about what is behind it."""

    key: UUID
    name: str
    reason: str
    insiders: tuple[str, ...]  #: who may look behind it
    ask: tuple[str, ...]  #: who can let them in


class Walled(DomainError):
    """It is there, and it is restricted."""

    code = "restricted"
    status = 403

    def __init__(self, walls: tuple[Wall, ...] = (), things: tuple[Named, ...] = ()) -> None:
        super().__init__(" ".join(_said(wall) for wall in walls) or _UNSAID)
        self.walls = walls
        self.things = things


_UNSAID = gettext_lazy("This touches something that is restricted, and that you may not see.")


def named(workspace_id: UUID, given: Mapping[str, Any]) -> tuple[Named, ...]:
    """What the parts of an address name: every key, and the conversation of a number."""
    things = [
        Named(kind=name.removesuffix("_id"), key=value)
        for name, value in given.items()
        if isinstance(value, UUID)
    ]
    if isinstance(number := given.get("number"), int):
        with veiled(NOTHING):
            rows = Conversation.objects.of(workspace_id).filter(number=number)
            things += [Named(kind="conversation", key=key) for key in rows.values_list("pk", flat=True)]
    return tuple(things)


def refuse(agent: Agent, things: Iterable[Named]) -> None:
    """Nothing was found: if it is because of a wall, say so."""
    around = seeing.walls_around(agent.workspace_id, [one.key for one in things])
    walls = frozenset[UUID]().union(*around.values())
    hidden = walls - seeing.insides([agent], walls)[agent.pk]
    if hidden:
        behind = tuple(one for one in things if around[one.key] & hidden)
        raise Walled(walls_told(agent.workspace_id, hidden), behind)


def note(caller: Caller, things: Iterable[Named], deed: str) -> None:
    """Write down that the caller was shown, or changed, what of these stands behind a wall."""
    kinds = {one.key: one.kind for one in things}
    around = seeing.walls_around(caller.agent.workspace_id, kinds)
    for key, walls in around.items():
        if walls and not _was_noted(caller, key, deed):
            _write(caller, deed, kind=kinds[key], about=key, walls=walls)


def note_refused(caller: Caller, error: Walled) -> None:
    """Write down that the caller stood before a wall."""
    walls = frozenset(wall.key for wall in error.walls)
    for one in error.things:
        if _was_noted(caller, one.key, AuditEntry.Deed.REFUSED):
            continue  # a page that was open when the wall came asks again and again
        _write(caller, AuditEntry.Deed.REFUSED, kind=one.kind, about=one.key, walls=walls)


def note_taken(caller: Caller, what: str) -> None:
    """Write down that a list left the house as a file, and which restrictions its rows may stand behind."""
    standing = frozenset(
        Restriction.objects.of(caller.agent.workspace_id).standing().values_list("pk", flat=True)
    )
    seen = seeing.insides([caller.agent], standing)[caller.agent.pk] if standing else ()
    _write(caller, AuditEntry.Deed.EXPORTED, kind=what, about=None, walls=frozenset(seen))


def note_entered(seats: Iterable[Agent], *, place: str, origin: str) -> None:
    """Write down, in each of their workspaces, that somebody signed in."""
    for seat in seats:
        with tenancy.entered(seat.workspace_id):
            caller = Caller(agent=seat, place=place, origin=origin)
            _write(caller, AuditEntry.Deed.ENTERED, kind="session", about=seat.pk, walls=frozenset())


def seats_of(user_id: UUID) -> list[Agent]:
    """Where somebody sits, in all workspaces."""
    with tenancy.known_as(user_id):
        because = "somebody signs in to all their workspaces at once"
        mine = Agent.objects.everywhere(because=because).filter(user_id=user_id, left_at=None)
        return list(mine.select_related("workspace"))


@job("guarding.note_turned_away")
def note_turned_away(user_id: str | None, deed: str, place: str, origin: str, at_moment: str) -> None:
    """Write down, in each of their workspaces, that somebody tried to sign in as them and could not."""
    if user_id is None:
        return  # nobody is called so: there is no workspace that it could be told to
    moment = datetime.fromisoformat(at_moment)
    for seat in seats_of(UUID(user_id)):
        with tenancy.entered(seat.workspace_id):
            mine = AuditEntry.objects.of(seat.workspace_id).filter(about=seat.pk, deed=deed, at=moment)
            if not mine.exists():  # a job may be begun again
                caller = Caller(agent=seat, place=place, origin=origin)
                _write(caller, deed, kind="session", about=seat.pk, walls=frozenset(), at=moment)


def count_knock(workspace_id: UUID, *, origin: str, place: str) -> None:
    """Somebody called with a token that does not work here."""
    if not Workspace.objects.filter(pk=workspace_id).exists():
        return
    with tenancy.entered(workspace_id):
        rows = Knock.objects.of(workspace_id)
        if not rows.filter(origin=origin).exists() and rows.count() >= MOST_KNOCKING:
            origin = ""
        rows.bulk_create([Knock(workspace_id=workspace_id, origin=origin)], ignore_conflicts=True)
        rows.filter(origin=origin).update(count=F("count") + 1, place=place[:200], last_at=clock.now())


@every("* * * * *", "guarding.each_minute")
def each_minute(timestamp: int) -> None:
    """Tell the audits who knocks."""
    striking.in_every(lambda key: tell_of_knocks(key, now=clock.now()), "knocks")


def tell_of_knocks(workspace_id: UUID, *, now: datetime) -> None:
    """An entry for each address, at once and then once an hour; a flood fills no audit."""
    with tenancy.entered(workspace_id):
        rows = Knock.objects.of(workspace_id)
        rows.filter(count=F("told"), last_at__lt=now - FORGOTTEN).delete()
        again = Q(told_at=None) | Q(told_at__lte=now - KNOCKS_AGAIN)
        fresh = rows.filter(again, count__gt=F("told")).order_by("-count", "pk")
        told = AuditEntry.objects.of(workspace_id).filter(kind=KNOCK, at__gt=now - KNOCKS_AGAIN)
        room = MOST_KNOCKS_TOLD - told.count() if fresh.exists() else 0
        for one in fresh.select_for_update(skip_locked=True)[: max(room, 0)]:
            AuditEntry.objects.create(
                workspace_id=workspace_id,
                by_name="",
                deed=AuditEntry.Deed.FAILED,
                kind=KNOCK,
                place=one.place,
                origin=one.origin,
                at=one.last_at,
                times=one.count - one.told,
            )
            one.told, one.told_at = one.count, now
            one.save(update_fields=["told", "told_at"])


def walls_told(workspace_id: UUID, keys: Iterable[UUID]) -> tuple[Wall, ...]:
    """What may be said about these walls to somebody who stands outside."""
    rows = Restriction.objects.of(workspace_id).filter(pk__in=set(keys)).order_by("name")
    return tuple(
        Wall(
            key=one.pk,
            name=one.name,
            reason=one.reason,
            insiders=tuple(insiders_named(one)),
            ask=tuple(agent.name for agent in keepers(one)[:MOST_ASKED]),
        )
        for one in rows
    )


def insiders_named(restriction: Restriction) -> list[str]:
    """Who may look behind it, as people say it: teams, roles, agents."""
    now = clock.now()
    rows = Insider.objects.of(restriction.workspace_id).filter(restriction_id=restriction.pk)
    names = [
        _("team %(team)s") % {"team": row.team.name}
        if row.team
        else str(Role(row.role).label)
        if row.role
        else str(row.agent.name if row.agent else "")
        for row in rows.select_related("team", "agent").order_by("let_in_at", "pk")
        if row.is_in(now=now)
    ]
    return names or [_("owners")]


def keepers(restriction: Restriction) -> list[Agent]:
    """Who can let somebody in: whoever manages the workspace, and supervisors who are inside."""
    seats = list(Agent.objects.of(restriction.workspace_id).filter(left_at=None).order_by("joined_at", "pk"))
    inside = seeing.insides(seats, [restriction.pk])
    keeping = [
        one
        for one in seats
        if May.MANAGE in one.may or (May.SUPERVISE in one.may and restriction.pk in inside[one.pk])
    ]
    return sorted(keeping, key=lambda one: restriction.pk not in inside[one.pk])


def _said(wall: Wall) -> str:
    return _("This is restricted to %(insiders)s: %(reason)s (“%(name)s”). Ask %(ask)s.") % {
        "insiders": ", ".join(wall.insiders),
        "reason": wall.reason.rstrip("."),
        "name": wall.name,
        "ask": ", ".join(wall.ask),
    }


def _was_noted(caller: Caller, key: UUID, deed: str) -> bool:
    since = clock.now() - AGAIN
    mine = AuditEntry.objects.of(caller.agent.workspace_id).filter(by=caller.agent, token=caller.token)
    return bool(mine.filter(about=key, deed=deed, at__gt=since).exists())


def _write(
    caller: Caller, deed: str, *, kind: str, about: UUID | None, walls: frozenset[UUID], **facts: Any
) -> None:
    AuditEntry.objects.create(
        workspace_id=caller.agent.workspace_id,
        by=caller.agent,
        by_name=caller.agent.name,
        token=caller.token,
        deed=deed,
        kind=kind[:20],
        about=about,
        walls=sorted(walls),
        place=caller.place[:200],
        origin=caller.origin[:45],
        **facts,
    )
