"""Restricting: walls inside a workspace are put up, changed and taken down, and people are let in.

In:    a name, a reason, what stands behind it, who may look there
Out:   a Restriction; an AccessRequest and its answer
Touch: record.sight, the workspace's mark that it has walls, notices, events
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from threadwell.flow import guarding
from threadwell.kit import clock
from threadwell.kit.errors import DomainError, Invalid, NotAllowed
from threadwell.record.journal.telling import tell
from threadwell.record.notices.models import Notice
from threadwell.record.sight.models import AccessRequest, Insider, Restriction, Subject
from threadwell.record.workplace.models import Agent, Workspace

MOST = 500  #: subjects of one restriction


class NameTaken(Invalid):
    """Another restriction has this name."""

    code = "name-taken"


class AlreadyAnswered(DomainError):
    """Somebody else has answered."""

    code = "already-answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """Something to put behind a wall."""

    kind: str
    key: UUID | None = None
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Somebody to let in: one of the three, perhaps only until a moment."""

    role: str = ""
    team: UUID | None = None
    agent: UUID | None = None
    until: datetime | None = None


def restrict(
    name: str, reason: str, *, behind: Iterable[Behind], inside: Iterable[Who], by: Agent
) -> Restriction:
    """Put up a wall."""
    wall = Restriction(workspace_id=by.workspace_id, made_by=by)
    with transaction.atomic():
        _named(wall, name, reason)
        _place(wall, behind, by=by)
        _let_in(wall, inside, by=by)
        _mark(by.workspace_id)
        tell(wall, "restriction.made", by=by, restriction_name=wall.name)
    return wall


def change(
    wall: Restriction, name: str, reason: str, *, behind: Iterable[Behind], inside: Iterable[Who], by: Agent
) -> None:
    """Let it be called so, for that reason, around these and open to those."""
    with transaction.atomic():
        _named(wall, name, reason)
        _place(wall, behind, by=by)
        _let_in(wall, inside, by=by)
        tell(wall, "restriction.changed", by=by, restriction_name=wall.name)


def dissolve(wall: Restriction, *, by: Agent) -> None:
    """Take it down: from now on everybody sees what stood behind it."""
    if wall.dissolved_at is None:
        _turn(wall, dissolved_at=clock.now(), by=by)
        tell(wall, "restriction.dissolved", by=by, restriction_name=wall.name)


def bring_back(wall: Restriction, *, by: Agent) -> None:
    """It stands again, as it was."""
    if wall.dissolved_at is not None:
        _turn(wall, dissolved_at=None, by=by)
        tell(wall, "restriction.brought_back", by=by, restriction_name=wall.name)


def ask(wall: Restriction, *, why: str, by: Agent) -> AccessRequest:
    """Somebody outside asks to be let in; whoever can is told. Asking twice is asking once."""
    with transaction.atomic():
        wish, is_new = AccessRequest.objects.of(wall.workspace_id).get_or_create(
            restriction=wall,
            agent=by,
            answered_at=None,
            defaults={"workspace_id": wall.workspace_id, "why": " ".join(why.split())[:300]},
        )
        if is_new:
            text = _("%(name)s asks to see what “%(wall)s” restricts. Answer in Settings, Restrictions.")
            Notice.give(
                guarding.keepers(wall),
                kind=Notice.Kind.REMINDER,
                key=f"access-{wish.pk}",
                at=wish.made_at,
                text=text % {"name": by.name, "wall": wall.name},
            )
            tell(wall, "restriction.asked_for", by=by, restriction_name=wall.name)
    asked: AccessRequest = wish
    return asked


def answer(wish: AccessRequest, *, is_granted: bool, until: datetime | None = None, by: Agent) -> None:
    """Let them in, perhaps only until a moment, or not."""
    wall: Restriction = wish.restriction
    if by not in guarding.keepers(wall) or by.pk == wish.agent_id:
        raise NotAllowed(_("Somebody else who manages this restriction must answer."))
    if until is not None and until <= clock.now():
        raise Invalid(_("Choose a time that is still to come."))
    with transaction.atomic():
        held = AccessRequest.objects.of(wish.workspace_id).select_for_update().get(pk=wish.pk)
        if held.answered_at is not None:
            raise AlreadyAnswered(_("This was answered already."))
        held.answered_at, held.answered_by = clock.now(), by
        held.is_granted, held.until = is_granted, until if is_granted else None
        held.save(update_fields=["answered_at", "answered_by", "is_granted", "until"])
        if is_granted:
            Insider.objects.of(wish.workspace_id).update_or_create(
                restriction=wall,
                agent_id=wish.agent_id,
                role="",
                team=None,
                defaults={"workspace_id": wish.workspace_id, "until": until, "let_in_by": by},
            )
        text = (
            _("You may see what “%(wall)s” restricts.")
            if is_granted
            else _("“%(wall)s” stays closed to you.")
        )
        Notice.give(
            [wish.agent],
            kind=Notice.Kind.REMINDER,
            key=f"access-answer-{wish.pk}",
            at=held.answered_at,
            text=text % {"wall": wall.name},
        )
        tell(
            wall,
            "restriction.opened" if is_granted else "restriction.kept_closed",
            by=by,
            restriction_name=wall.name,
            agent=str(wish.agent_id),
            agent_name=wish.agent.name,
            until=until.isoformat() if until else None,
        )


def _named(wall: Restriction, name: str, reason: str) -> None:
    wall.name, wall.reason = " ".join(name.split())[:80], " ".join(reason.split())[:300]
    if not wall.name or not wall.reason:
        raise Invalid(_("A restriction needs a name and a reason; whoever stands before it is told both."))
    try:
        with transaction.atomic():
            wall.save()
    except IntegrityError:
        raise NameTaken(
            _("There is a restriction called “%(name)s” already.") % {"name": wall.name}
        ) from None


def _place(wall: Restriction, behind: Iterable[Behind], *, by: Agent) -> None:
    wanted = set(behind)
    if len(wanted) > MOST:
        raise Invalid(_("A restriction has %(most)s subjects at most.") % {"most": MOST})
    rows = Subject.objects.of(wall.workspace_id).filter(restriction=wall)
    there = {Behind(kind=one.kind, key=one.key, field=one.field): one.pk for one in rows}
    rows.filter(pk__in=[key for one, key in there.items() if one not in wanted]).delete()
    Subject.objects.bulk_create(
        Subject(
            workspace_id=wall.workspace_id,
            restriction=wall,
            kind=one.kind,
            key=one.key,
            field=one.field,
            added_by=by,
        )
        for one in wanted - there.keys()
    )


def _let_in(wall: Restriction, inside: Iterable[Who], *, by: Agent) -> None:
    wanted = {(one.role, one.team, one.agent): one.until for one in inside}
    rows = Insider.objects.of(wall.workspace_id).filter(restriction=wall)
    there = {(one.role, one.team_id, one.agent_id): one for one in rows}
    rows.filter(pk__in=[one.pk for who, one in there.items() if who not in wanted]).delete()
    for who, until in wanted.items():
        if who not in there:
            role, team, agent = who
            Insider.objects.create(
                workspace_id=wall.workspace_id,
                restriction=wall,
                role=role,
                team_id=team,
                agent_id=agent,
                until=until,
                let_in_by=by,
            )
        elif there[who].until != until:
            rows.filter(pk=there[who].pk).update(until=until)


def _turn(wall: Restriction, *, dissolved_at: datetime | None, by: Agent) -> None:
    with transaction.atomic():
        wall.dissolved_at, wall.dissolved_by = dissolved_at, by if dissolved_at else None
        try:
            with transaction.atomic():
                wall.save(update_fields=["dissolved_at", "dissolved_by"])
        except IntegrityError:
            raise NameTaken(_("Another restriction has its name meanwhile.")) from None
        _mark(wall.workspace_id)


def _mark(workspace_id: UUID) -> None:
    """The workspace's own row says whether anything is restricted, so that all others need not ask."""
    standing = Restriction.objects.of(workspace_id).standing().exists()
    Workspace.objects.filter(pk=workspace_id).update(is_restricted=standing)
