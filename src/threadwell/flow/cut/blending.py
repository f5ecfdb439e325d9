"""Blending: the status, owner, team, priority and labels of conversations that go on as one.

In:    conversations that are joined or parted
Out:   the root as open, as urgent and as owned as any of them; after parting each as it was
Touch: Conversation, Event

What each was alone is kept (`Conversation.alone`), so that it can be had again in any order. What people have
changed since they were joined stays as they want it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from threadwell.record.conversations.models import Conversation, Join
from threadwell.record.workplace.models import Agent, Team

type State = dict[str, Any]
Status = Conversation.Status


def blend(source: Conversation, *, into: Conversation, by: Agent | None, because: str) -> None:
    """The root takes over what it lacks; the other one is done."""
    for one in (into, source):
        if one.alone is None:
            one.alone = _state(one)
    was = _state(source)
    _apply(into, _fold(_state(into), [was]), by=by, because=because)
    into.save(update_fields=["alone"])
    source.alone = {**(source.alone or was), "then": was["status"]}
    source.close(by=by, because=_("joined into %(other)s") % {"other": into})
    source.save(update_fields=["alone"])


def together(root: Conversation, others: Iterable[Conversation]) -> State:
    """What the root would be with the others."""
    return _fold(_state(root), [_state(one) for one in others])


def blended(workspace_id: UUID, root_id: UUID) -> dict[UUID, State]:
    """What follows for each conversation that has taken others in, in the family of a root."""
    rows = Conversation.objects.of(workspace_id)
    family = {one.pk: one for one in rows.filter(joined_into_id=root_id)}
    family[root_id] = rows.get(pk=root_id)
    children: dict[UUID, list[State]] = {}
    edges = Join.objects.of(workspace_id).filter(undone_at=None, survivor_id__in=list(family))
    for survivor, absorbed in edges.order_by("at", "pk").values_list("survivor_id", "absorbed_id"):
        if absorbed in family:
            children.setdefault(survivor, []).append(_state(family[absorbed]))
    return {key: _fold(family[key].alone or _state(family[key]), states) for key, states in children.items()}


def unblend(
    root: Conversation, freed: Conversation, before: dict[UUID, State], *, since: datetime, by: Agent
) -> None:
    """Each is what it would be without the join, where nobody has changed it since."""
    because = _("the joining was taken back")
    then = (freed.alone or {}).get("then")
    _change_back(root, before, by=by, because=because)
    _forget_when_alone(root)
    if then:
        _turn(freed, then, by=by, because=because)
    if freed.waiting_since and freed.waiting_since > since:
        freed.reopen(by=by, because=_("the customer has written since"))
    _forget_when_alone(freed)


def _change_back(root: Conversation, before: dict[UUID, State], *, by: Agent, because: str) -> None:
    after = blended(root.workspace_id, root.pk)
    after.setdefault(root.pk, root.alone or _state(root))
    rows = Conversation.objects.of(root.workspace_id).filter(pk__in=set(before) - {root.pk})
    for one in (root, *rows.filter(joined_into_id=root.pk)):
        was = before.get(one.pk)
        if was is None:
            continue
        now = _state(one)
        want = after.get(one.pk, one.alone or now)
        wanted = {name: want[name] if now[name] == was[name] else now[name] for name in now}
        if one.joined_into_id is None:
            _apply(one, wanted, by=by, because=because)
        else:
            _note(one, wanted)


def _forget_when_alone(one: Conversation) -> None:
    if one.alone is None or one.joined_into_id:
        return
    if not Join.objects.of(one.workspace_id).filter(undone_at=None, survivor=one).exists():
        one.alone = None
        one.save(update_fields=["alone"])


def _state(one: Conversation) -> State:
    """As it is; of one that is joined, as it was then."""
    then = (one.alone or {}).get("then") if one.joined_into_id else None
    return {
        "status": then or [one.status, _written(one.snoozed_until), _written(one.closed_at)],
        "owner": str(one.owner_id) if one.owner_id else None,
        "team": str(one.team_id) if one.team_id else None,
        "priority": one.priority,
        "labels": sorted(one.labels),
    }


def _fold(base: State, others: Iterable[State]) -> State:
    every = [base, *others]
    asleep = [one["status"] for one in every if one["status"][0] == Status.SNOOZED]
    status = base["status"]
    if awake := [one["status"] for one in every if one["status"][0] == Status.OPEN]:
        status = awake[0]
    elif asleep:
        status = min(asleep, key=lambda one: str(one[1]))
    return {
        "status": status,
        "owner": next((one["owner"] for one in every if one["owner"]), None),
        "team": next((one["team"] for one in every if one["team"]), None),
        "priority": max(one["priority"] for one in every),
        "labels": sorted({label for one in every for label in one["labels"]}),
    }


def _apply(one: Conversation, state: State, *, by: Agent | None, because: str) -> None:
    now = _state(one)
    if state["status"] != now["status"]:
        _turn(one, state["status"], by=by, because=because)
    if state["owner"] != now["owner"]:
        one.assign(_named(Agent, one, state["owner"]), by=by, because=because)
    if state["team"] != now["team"]:
        one.pass_to(_named(Team, one, state["team"]), by=by, because=because)
    one.weigh(state["priority"], by=by, because=because)
    one.label(state["labels"], by=by)


def _note(one: Conversation, state: State) -> None:
    """Of one that is joined itself: nobody sees it, so nothing is told."""
    one.alone = {**(one.alone or {}), "then": state["status"]}
    one.owner_id, one.team_id = state["owner"], state["team"]
    one.priority, one.labels = state["priority"], state["labels"]
    one.save(update_fields=["alone", "owner", "team", "priority", "labels"])


def _turn(one: Conversation, state: list[str | None], *, by: Agent | None, because: str) -> None:
    status, until, closed_at = state
    if status == Status.OPEN:
        one.reopen(by=by, because=because)
    elif status == Status.SNOOZED and until:
        moment = parse_datetime(until)
        assert moment is not None
        one.snooze(until=moment, by=by)
    else:
        one.close(by=by, because=because)
        one.closed_at = parse_datetime(closed_at) if closed_at else one.closed_at
        one.save(update_fields=["closed_at"])


def _named(model: Any, one: Conversation, key: str | None) -> Any:
    return model.objects.of(one.workspace_id).filter(pk=key).first() if key else None


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
