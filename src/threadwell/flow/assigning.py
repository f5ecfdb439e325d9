"""Assigning: who gets a conversation; and when nobody can take it, it waits where it is seen.

    assign   hold the conversation > stand alone in the workspace > read who is there > pick > write
    refill   stand alone > take what waits in its order > pick > write        (somebody has become free)

Whoever gives something out stands alone in the workspace until it is kept: nobody gets more than they can
carry, turns go round without a gap, and nothing is given out twice (docs/decisions/0017). Conversations are
held before that, or taken only when they are free, so that no two wait for each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext as _

from threadwell.flow.decide import pick
from threadwell.flow.decide.need import Assigned, Need
from threadwell.flow.decide.present import Floor
from threadwell.flow.reasoning import given_out
from threadwell.kit import clock, tenancy
from threadwell.kit.veils import NOTHING, veiled
from threadwell.record.conversations.models import Conversation
from threadwell.record.conversations.owning import Giving, give
from threadwell.record.rota.models import Distribution, QueuePlace, Turn
from threadwell.record.workplace.documents import keep_all
from threadwell.record.workplace.models import Agent, Team

AT_ONCE = 200  #: places of a queue that are looked at in one transaction
FARTHEST = 5000  #: places behind which nobody looks for something that fits
ROUTING = "routing"  #: the cause of what rules give out
_ALONE = "SELECT pg_advisory_xact_lock(hashtext(%s))"


def assign(conversation: Conversation, need: Need, *, cause: str, by: Agent | None = None) -> Assigned:
    """Give it to whom it needs. Whose it was when it was read counts: when that has changed, it stays so."""
    [assigned] = assign_all([(conversation, need)], cause=cause, by=by)
    return assigned


def assign_all(
    asked: Sequence[tuple[Conversation, Need]],
    *,
    cause: str,
    by: Agent | None = None,
    held: Mapping[UUID, Conversation] | None = None,
) -> list[Assigned]:
    """Many of one workspace at once, in the order they are asked for; all or none.

    ``held``: those of them that the caller holds already, read by `hold`.
    """
    if not asked:
        return []
    workspace_id = asked[0][0].workspace_id
    # What somebody carries, and whom it may go to, does not depend on who asks.
    with transaction.atomic(savepoint=False), veiled(NOTHING):
        if held is None:
            held = {row.pk: row for row in hold(workspace_id, [one.pk for one, _need in asked])}
        teams = _teams(workspace_id, {need.team_id for _one, need in asked})
        desk = _Desk(workspace_id, teams, cause=cause, by=by)
        desk.open([(one, need) for one, need in asked if _is_to_have(held.get(one.pk), one)])
        given = [desk.take(held.get(one.pk), one, need) for one, need in asked]
        desk.close()
    for one, _need in asked:
        row = held.get(one.pk)
        if row and (one.owner_id, one.team_id) != (row.owner_id, row.team_id):
            one.owner, one.team = row.owner, row.team
    return given


def hold(workspace_id: UUID, keys: Sequence[UUID], **narrowed: Any) -> list[Conversation]:
    """These, and nobody else changes them until the transaction is kept."""
    # In the order of their keys: two who give out the same ones at once do not block each other for ever.
    # Held first and read then: a cluster of Citus holds no rows that it joins with others.
    rows = Conversation.objects.of(workspace_id).filter(pk__in=keys)
    list(rows.order_by("pk").select_for_update().values_list("pk"))
    return list(_whole(rows.filter(**narrowed)).order_by("pk"))


def refill(workspace_id: UUID) -> int:
    """Give out what waits, as far as somebody can take it; how many were given."""
    given = 0
    with tenancy.entered(workspace_id):
        rows = QueuePlace.objects.of(workspace_id).waiting()
        waiting_teams = set(rows.order_by().values_list("team_id", flat=True).distinct())
    for team_id in waiting_teams:
        taken, is_over = _refill_queue(workspace_id, team_id, is_named=False)
        given += taken
        if not is_over:  # the team is busy; somebody further behind may wait for one who is not
            given += _refill_queue(workspace_id, team_id, is_named=True)[0]
    return given


def take_up(workspace_id: UUID, keys: Sequence[UUID]) -> None:
    """What was passed to a team that hands out by itself is handed out."""
    with tenancy.entered(workspace_id):
        rows = Conversation.objects.of(workspace_id).open().filter(pk__in=keys, owner=None, joined_into=None)
        passed = list(rows.exclude(team=None).select_related("inbox"))
        teams = _teams(workspace_id, {one.team_id for one in passed})
        hands_out = {
            key for key, team in teams.items() if getattr(team, "method", None) not in (None, pick.BY_HAND)
        }
        by_itself = [one for one in passed if one.team_id in hands_out]
        assign_all([(one, Need(team_id=one.team_id)) for one in by_itself], cause="passed")


def forget_places(workspace_id: UUID) -> None:
    """Places of conversations that somebody owns by now, or that are done, are given up."""
    with tenancy.entered(workspace_id):
        over = QueuePlace.objects.of(workspace_id).filter(
            Exists(
                Conversation.objects.of(OuterRef("workspace_id"))
                .filter(pk=OuterRef("conversation_id"))
                .exclude(owner=None, status__in=["open", "snoozed"], joined_into=None)
            )
        )
        over.delete()


def _refill_queue(workspace_id: UUID, team_id: UUID | None, *, is_named: bool) -> tuple[int, bool]:
    """How many of it were given out; whether its end was reached."""
    given = first = 0
    while first < FARTHEST:
        with tenancy.entered(workspace_id):
            seen, taken, is_free = _refill_some(workspace_id, team_id, first, is_named=is_named)
        given += taken
        first += seen - taken
        if seen < AT_ONCE:
            return given, True
        if not is_free and not is_named:
            return given, False
    return given, True


def _refill_some(
    workspace_id: UUID, team_id: UUID | None, first: int, *, is_named: bool
) -> tuple[int, int, bool]:
    """Look at some places: how many there were, how many were given out, and is anybody free still?"""
    desk = _Desk(workspace_id, _teams(workspace_id, {team_id}), cause="refill", by=None)
    desk.stand_alone()
    rows = QueuePlace.objects.of(workspace_id).waiting()
    rows = rows.filter(team_id=team_id) if team_id else rows.filter(team=None)
    rows = rows.exclude(need__wanted=[]) if is_named else rows
    places = list(rows.in_order().select_related("conversation__inbox")[first : first + AT_ONCE])
    if not places:
        return 0, 0, False
    needs = [Need.of(place.need) for place in places]
    desk.open([(place.conversation, need) for place, need in zip(places, needs, strict=True)])
    chosen = [
        (place, need)
        for place, need in zip(places, needs, strict=True)
        if desk.would_take(place.conversation, need)
    ]
    desk.floor.forget_given()
    # Who holds one of these is about to do something with it: it is left to them.
    free = Conversation.objects.of(workspace_id).filter(
        pk__in=[place.conversation_id for place, _need in chosen], owner=None, status="open"
    )
    held = {row.pk: row for row in _whole(free).select_for_update(of=("self",), skip_locked=True)}
    for place, need in chosen:
        if row := held.get(place.conversation_id):
            desk.take(row, place.conversation, need)
    desk.close()
    return len(places), len(held), desk.somebody_is_free(team_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What is to be written about a conversation."""

    giving: Giving
    need: Need
    assigned: Assigned

    @property
    def is_waiting(self) -> bool:
        return self.assigned.is_waiting


class _Desk:
    """Giving out, from the moment one stands alone until all is written."""

    def __init__(self, workspace_id: UUID, teams: dict[UUID, Team], *, cause: str, by: Agent | None) -> None:
        self.workspace_id, self.teams, self.cause, self.by = workspace_id, teams, cause, by
        self.told: list[_Told] = []
        self.floor = Floor(workspace_id, now=clock.now())
        self.is_alone = False

    def stand_alone(self) -> None:
        if not self.is_alone:
            with connection.cursor() as cursor:
                cursor.execute(_ALONE, [f"assigning:{self.workspace_id}"])
            self.is_alone = True

    def open(self, asked: Sequence[tuple[Conversation, Need]]) -> None:
        """Read who is there, where anybody is to be chosen at all."""
        asking = [(one, need) for one, need in asked if self._is_asking(need)]
        if asking:
            self.stand_alone()
            is_liking = any(self._method(need) != pick.BY_HAND for _one, need in asking)
            self.floor.read(asking, is_liking=is_liking)

    def would_take(self, conversation: Conversation, need: Need) -> bool:
        picked, _facts = self._picked(conversation, need)
        return picked.owner_id is not None

    def take(self, row: Conversation | None, read: Conversation, need: Need) -> Assigned:
        """Decide about one; what is held may have changed since it was read."""
        if row is None or row.status == Conversation.Status.CLOSED or row.joined_into_id:
            return Assigned(owner_id=row.owner_id if row else None, because=_("it is not open any more"))
        if not _is_to_have(row, read):
            return Assigned(owner_id=row.owner_id, because=_("somebody else gave it out a moment ago"))
        picked, facts = self._picked(row, need)
        team = self.teams.get(need.team_id) if need.team_id else None
        team = team or row.team
        is_waiting = picked.owner_id is None and self._is_asking(need)
        owner = self.floor.agent(picked.owner_id) if picked.owner_id else None
        waits = picked.because if is_waiting and not getattr(row, "has_place", False) else ""
        giving = Giving(
            conversation=row,
            owner=owner,
            team=team,
            because=picked.because,
            waits=waits,
            cause="" if self.cause == ROUTING else self.cause,
        )
        assigned = Assigned(
            owner_id=picked.owner_id,
            candidates=picked.candidates,
            is_waiting=is_waiting,
            because=picked.because,
            facts=facts,
        )
        self.told.append(_Told(giving=giving, need=need, assigned=assigned))
        return assigned

    def close(self) -> None:
        """Write it all."""
        give([one.giving for one in self.told], by=self.by)
        if self.told and self.cause != ROUTING:  # what rules give out, routing writes down
            keep_all(given_out(self.workspace_id, self.told, cause=self.cause, by=self.by))
        _keep_turns(self.workspace_id, self.floor.turns)
        self._keep_places()

    def somebody_is_free(self, team_id: UUID | None) -> bool:
        return self.floor.somebody_is_free(team_id)

    def _picked(self, conversation: Conversation, need: Need) -> tuple[pick.Picked, dict[str, Any]]:
        method = self._method(need)
        if not self._is_asking(need):
            because = (
                _("people of the team choose themselves") if need.team_id else _("no team answers for it")
            )
            return pick.Picked(owner_id=None, candidates=(), because=because), {}
        colleagues = self.floor.colleagues(need, conversation)
        setting = pick.Setting(
            method=method,
            points=self.floor.points_of(conversation),
            did_well=self.floor.did_well(conversation.contact_id),
        )
        picked = pick.pick(need, colleagues, setting)
        if picked.owner_id:
            # What sleeps takes no room until it wakes.
            weight = setting.points if conversation.status == Conversation.Status.OPEN else 0
            self.floor.gave(need, picked.owner_id, weight, in_turn=picked.is_turn)
        return picked, pick.facts_of(colleagues, setting, picked)

    def _is_asking(self, need: Need) -> bool:
        """Is anybody to be chosen, or does it only stand in a queue?"""
        return bool(need.wanted) or self._method(need) != pick.BY_HAND

    def _method(self, need: Need) -> str:
        """As the rule says, else as the team does it."""
        if need.method in (Distribution.Method.ROUND_ROBIN, Distribution.Method.LEAST_LOADED):
            return need.method
        team = self.teams.get(need.team_id) if need.team_id else None
        return str(getattr(team, "method", None) or Distribution.Method.BY_HAND)

    def _keep_places(self) -> None:
        waiting = [one for one in self.told if one.is_waiting]
        QueuePlace.objects.bulk_create(
            [
                QueuePlace(
                    workspace_id=self.workspace_id,
                    conversation=one.giving.conversation,
                    team=one.giving.team,
                    need=one.need.plain(),
                    because=one.giving.because[:200],
                    cause=self.cause[:40],
                    since=self.floor.now,
                )
                for one in waiting
            ],
            update_conflicts=True,
            unique_fields=["workspace", "conversation"],
            update_fields=["team", "need", "because"],
        )
        left = [
            one.giving.conversation.pk
            for one in self.told
            if not one.is_waiting and getattr(one.giving.conversation, "has_place", True)
        ]
        if left:
            QueuePlace.objects.of(self.workspace_id).filter(conversation_id__in=left).delete()


def _is_to_have(row: Conversation | None, read: Conversation) -> bool:
    """Nobody has given it out since it was read."""
    return row is not None and row.owner_id == read.owner_id


def _whole(rows: Any) -> Any:
    places = QueuePlace.objects.of(OuterRef("workspace_id")).filter(conversation_id=OuterRef("pk"))
    return rows.select_related("inbox", "team", "owner").annotate(has_place=Exists(places))


def _teams(workspace_id: UUID, keys: set[UUID | None]) -> dict[UUID, Team]:
    """The teams that are still there, each with how it hands out its work."""
    wanted = [key for key in keys if key]
    if not wanted:
        return {}
    method = Distribution.objects.of(OuterRef("workspace_id")).filter(team_id=OuterRef("pk"))
    rows = Team.objects.of(workspace_id).filter(pk__in=wanted)
    return {team.pk: team for team in rows.annotate(method=Subquery(method.values("method")[:1]))}


def _keep_turns(workspace_id: UUID, turns: dict[tuple[UUID, UUID], int]) -> None:
    Turn.objects.bulk_create(
        [
            Turn(workspace_id=workspace_id, team_id=team, agent_id=agent, taken=taken)
            for (team, agent), taken in turns.items()
        ],
        update_conflicts=True,
        unique_fields=["workspace", "team", "agent"],
        update_fields=["taken"],
    )
