"""Notifying: notices reach people outside the product, by mail, push or a chat tool.

In:    notices that were given; the passing of time
Out:   parcels on their way; what became of each
Touch: NoticeTrip, NoticeWay, PushKey; one connection that listens; mail servers, push services, chat tools

    give -> plan -> (quiet hours, gathering) -> claim -> post -> note

A trip is a row from the moment it is planned. Before something is posted the row says so, with a parcel's
number and the moment of the next try: whoever is killed while posting has it posted again under the same
number, which mail programs and push services take for the same.
"""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from threadwell.flow.notified import posting
from threadwell.flow.notified.parcels import Line, Parcel, packed
from threadwell.flow.notified.planning import trips
from threadwell.flow.notified.sighting import withheld
from threadwell.flow.timed import striking
from threadwell.kit import clock, ears, ids, outside, tenancy
from threadwell.kit.errors import Invalid
from threadwell.kit.later import job, later
from threadwell.kit.moments import zone_of
from threadwell.record.notices.models import By, Notice, NoticeTrip, NoticeWay, NoticeWishes, PushKey
from threadwell.record.notices.notice import CHANNEL
from threadwell.record.workplace.models import Agent, TeamSeat, Workspace

AT_A_TIME = 500
ATTEMPTS = 6
FIRST_WAIT = timedelta(minutes=1)  #: before the second try; each further one waits four times as long
STALE = timedelta(days=2)  #: what was given so long ago goes nowhere any more

State = NoticeTrip.State
_log = structlog.get_logger(__name__)


def serve(until: threading.Event) -> None:
    """Send what is due until told to stop: a loop of the worker."""

    def heard(payloads: Sequence[str]) -> None:
        for key in dict.fromkeys(payloads):
            send_due(UUID(key))

    def look_around() -> None:
        striking.in_every(send_due, "notices")

    ears.serve(until, channel=CHANNEL, alone="notices", heard=heard, look_around=look_around)


def send_due(workspace_id: UUID) -> int:
    """Plan what was given and send what is due; how many parcels left."""
    _plan(workspace_id)
    now = clock.now()
    with tenancy.entered(workspace_id):
        due = NoticeTrip.objects.of(workspace_id).due(now)
        places = list(due.order_by().values_list("agent_id", "by", "way_id").distinct()[:AT_A_TIME])
    return sum(_send(workspace_id, *place) for place in places)


def push_key(workspace: Workspace) -> PushKey:
    """The key by which browsers know us, made when it is first asked for."""
    found: PushKey | None = PushKey.objects.of(workspace).first()
    if found is None:
        PushKey.objects.bulk_create([posting.new_key(workspace)], ignore_conflicts=True)
        found = PushKey.objects.of(workspace).get()
    return found


def open_way(
    address: dict[str, str],
    *,
    by: By,
    label: str,
    agent: Agent | None = None,
    team_id: UUID | None = None,
    workspace: Workspace,
) -> NoticeWay:
    """Remember a browser or a room; one that is known is only written anew."""
    if by == By.CHAT and posting.tool_of(address["url"]) is None:
        raise Invalid(_("That is not the address of a chat tool that is known here."))
    facts: dict[str, Any] = {"by": by, "label": label[:80], "agent": agent, "team_id": team_id}
    way = NoticeWay.to(address, workspace=workspace, **facts)
    rows: Any = NoticeWay.objects.of(workspace)
    known: NoticeWay | None = rows.filter(agent=agent, team_id=team_id, mark=way.mark).first()
    if known is None:
        way.save(force_insert=True)
        return way
    known.box, known.label, known.faulty_since, known.fault = way.box, way.label, None, ""
    known.save(update_fields=["box", "label", "faulty_since", "fault"])
    return known


def close_way(way: NoticeWay) -> None:
    """Send nothing there any more; what was sent stays in the log."""
    rows = NoticeTrip.objects.of(way.workspace_id).filter(way=way)
    rows.filter(done_at=None).update(state=State.FAILED, done_at=clock.now(), because="the way was removed")
    rows.update(way=None, label=way.label)
    NoticeWay.objects.of(way.workspace_id).filter(pk=way.pk).delete()


def try_way(way: NoticeWay, *, by: Agent) -> None:
    """Send something there in a moment; what kept it from arriving stands beside the way then."""
    language = translation.get_language() or ""
    later(try_it, workspace_id=way.workspace_id, way_id=way.pk, agent_id=by.pk, language=language)


@job("notifying.try_it")
def try_it(workspace_id: str, way_id: str, agent_id: str, language: str) -> None:
    """Nothing is held while somebody else's server is asked."""
    where = UUID(workspace_id)
    with tenancy.entered(where):
        way = NoticeWay.objects.of(where).filter(pk=way_id).first()
        people = _People.of(where, {UUID(agent_id)})
        key = push_key(people.workspace)
    agent = people.agents.get(UUID(agent_id))
    if way is None or agent is None:
        return
    wrong = ""
    with translation.override(language or None):
        try:
            _post(_trial(agent, people.workspace), people, way.by, way, key)
        except posting.NotPosted as because:
            wrong = str(because)[:300]
    with tenancy.entered(where):
        since = (way.faulty_since or clock.now()) if wrong else None
        NoticeWay.objects.of(where).filter(pk=way.pk).update(faulty_since=since, fault=wrong)


def _trial(agent: Agent, workspace: Workspace) -> Parcel:
    place = f"{settings.PUBLIC_URL}/w/{workspace.slug}/notices/"
    sentence = _("%(who)s tries whether notices arrive here. They do.") % {"who": agent.name}
    line = Line(text=sentence, about="", link=place)
    return Parcel(
        id=ids.new(), agent=agent, title=sentence, lines=(line,), more=0, link=place, discreet=sentence
    )


def _plan(workspace_id: UUID) -> None:
    """Lay the ways of notices that have none yet."""
    with tenancy.entered(workspace_id):
        given = Notice.objects.of(workspace_id).filter(planned_at=None).select_for_update(skip_locked=True)
        notices = list(given.order_by("pk")[:AT_A_TIME])
        if not notices:
            return
        people = _People.of(workspace_id, {one.agent_id for one in notices})
        now = clock.now()
        laid = [
            NoticeTrip(
                workspace_id=workspace_id,
                notice=one,
                agent_id=one.agent_id,
                by=trip.by,
                way=trip.way,
                label=trip.way.label if trip.way else "",
                is_second=trip.is_second,
                due_at=trip.due_at,
            )
            for one in notices
            if one.seen_at is None and one.made_at > now - STALE and one.agent_id in people.agents
            for trip in people.trips_of(one)
        ]
        laid = _once_for_a_room(workspace_id, laid)
        NoticeTrip.objects.bulk_create(laid, ignore_conflicts=True)
        keys = [one.pk for one in notices]
        Notice.objects.of(workspace_id).filter(pk__in=keys).update(planned_at=now)


def _once_for_a_room(workspace_id: UUID, laid: list[NoticeTrip]) -> list[NoticeTrip]:
    """What several people of a team are told stands once in the room of the team."""
    rooms = {one.way_id for one in laid if one.way and one.way.team_id}
    told = NoticeTrip.objects.of(workspace_id).filter(
        way_id__in=rooms, notice__key__in=[one.notice.key for one in laid]
    )
    known: set[Any] = set(told.values_list("way_id", "notice__key")) if rooms else set()
    kept = []
    for one in laid:
        if one.way_id in rooms:
            if (one.way_id, one.notice.key) in known:
                continue
            known.add((one.way_id, one.notice.key))
        kept.append(one)
    return kept


class _People:
    """Those who are told something: what they wish, where they are reached."""

    def __init__(self, workspace: Workspace, agents: list[Agent], wishes: list[NoticeWishes]) -> None:
        self.workspace = workspace
        self.agents = {agent.pk: agent for agent in agents}
        self.wishes = {one.agent_id: one for one in wishes}
        self.ways: dict[UUID, list[NoticeWay]] = {}

    @classmethod
    def of(cls, workspace_id: UUID, keys: set[UUID]) -> "_People":
        agents = Agent.objects.of(workspace_id).filter(pk__in=keys, left_at=None).select_related("user")
        wishes = NoticeWishes.objects.of(workspace_id).filter(agent_id__in=keys)
        people = cls(Workspace.objects.get(pk=workspace_id), list(agents), list(wishes))
        ways: Any = NoticeWay.objects.of(workspace_id)
        for way in ways.filter(agent_id__in=keys):
            people.ways.setdefault(way.agent_id, []).append(way)
        teams: dict[UUID, list[UUID]] = {}
        seats = TeamSeat.objects.of(workspace_id).filter(agent_id__in=keys)
        for team_id, agent_id in seats.values_list("team_id", "agent_id"):
            teams.setdefault(team_id, []).append(agent_id)
        for way in ways.filter(team_id__in=teams):
            for agent_id in teams[way.team_id]:
                people.ways.setdefault(agent_id, []).append(way)
        return people

    def wishes_of(self, agent: Agent) -> NoticeWishes:
        return self.wishes.get(agent.pk) or NoticeWishes(workspace_id=agent.workspace_id, agent=agent)

    def zone_of(self, agent: Agent) -> ZoneInfo:
        return zone_of(agent.user.zone, self.workspace.zone)

    def trips_of(self, notice: Notice) -> Any:
        agent = self.agents[notice.agent_id]
        wishes, zone = self.wishes_of(agent), self.zone_of(agent)
        return trips(notice.kind, notice.made_at, wishes, zone, self.ways.get(agent.pk, ()))


def _send(workspace_id: UUID, agent_id: UUID, by: str, way_id: UUID | None) -> int:
    """One parcel to one place, if anything is left to be told there."""
    with tenancy.entered(workspace_id):
        rows = _claimed(workspace_id, agent_id, by, way_id)
        if not rows:
            return 0
        people = _People.of(workspace_id, {agent_id})
        way = NoticeWay.objects.of(workspace_id).filter(pk=way_id).first() if way_id else None
        key = push_key(people.workspace) if by == By.PUSH else None
    agent = people.agents.get(agent_id)
    try:
        if agent is None or (way_id and way is None):
            raise posting.Gone("they are not reached there any more")
        language = agent.user.language or settings.LANGUAGE_CODE
        with translation.override(language), timezone.override(people.zone_of(agent)):
            parcel = packed(rows, agent, people.workspace.slug)
            _post(parcel, people, by, way, key)
    except posting.NotPosted as wrong:
        _note_failure(workspace_id, rows, way, wrong)
        return 0
    except Exception as wrong:
        # It is looked at again like anything that failed, and holds up nobody else's.
        _log.exception("a notice could not be sent", way=by)
        _note_failure(workspace_id, rows, way, posting.NotPosted(type(wrong).__name__))
        return 0
    _note_success(workspace_id, rows, way)
    return 1


def _post(parcel: Parcel, people: "_People", by: str, way: NoticeWay | None, key: PushKey | None) -> None:
    if by == By.PUSH and way and key:
        posting.push(parcel, way, people.wishes_of(parcel.agent), key, _may_reach)
    elif by == By.CHAT and way:
        posting.chat(parcel, way, _may_reach)
    else:
        posting.mail(parcel, people.workspace)


def _claimed(workspace_id: UUID, agent_id: UUID, by: str, way_id: UUID | None) -> list[NoticeTrip]:
    """What is due there and was not seen, marked as being tried now."""
    now = clock.now()
    due = NoticeTrip.objects.of(workspace_id).due(now).filter(agent_id=agent_id, by=by, way_id=way_id)
    found = list(
        due.select_for_update(of=("self",), skip_locked=True)
        .select_related("notice__conversation", "way")
        .order_by("parcel", "pk")[:AT_A_TIME]
    )
    seen = [one for one in found if one.notice.seen_at and not (one.way and one.way.team_id)]
    _end(seen, State.SEEN, now)
    # What was open to them when they were told may stand behind a wall by now.
    hidden = withheld(workspace_id, [one for one in found if one not in seen])
    _end(hidden, State.WITHHELD, now)
    rows = [one for one in found if one not in seen and one not in hidden]
    if not rows:
        return []
    # What was tried together goes together again: whoever got it already takes it for the same.
    rows = [one for one in rows if one.parcel == rows[0].parcel]
    parcel = rows[0].parcel or ids.new()
    for one in rows:
        one.parcel, one.attempts = parcel, one.attempts + 1
    _all(rows).update(
        parcel=parcel,
        attempts=rows[0].attempts,
        tried_at=now,
        due_at=now + FIRST_WAIT * 4 ** (rows[0].attempts - 1),
    )
    return rows


def _note_success(workspace_id: UUID, rows: Sequence[NoticeTrip], way: NoticeWay | None) -> None:
    with tenancy.entered(workspace_id):
        _end(rows, State.SENT, clock.now())
        if way and way.faulty_since:
            way.faulty_since, way.fault = None, ""
            way.save(update_fields=["faulty_since", "fault"])


def _note_failure(
    workspace_id: UUID, rows: Sequence[NoticeTrip], way: NoticeWay | None, wrong: posting.NotPosted
) -> None:
    with tenancy.entered(workspace_id):
        _all(rows).update(because=str(wrong)[:300])
        if isinstance(wrong, posting.Gone) or rows[0].attempts >= ATTEMPTS:
            _end(rows, State.FAILED, clock.now())
        if way and isinstance(wrong, posting.Gone) and way.by == By.PUSH:
            close_way(way)
        elif way:
            way.faulty_since, way.fault = way.faulty_since or clock.now(), str(wrong)[:300]
            way.save(update_fields=["faulty_since", "fault"])


def _end(rows: Sequence[NoticeTrip], state: str, now: datetime) -> None:
    if rows:
        _all(rows).update(state=state, done_at=now)


def _all(rows: Sequence[NoticeTrip]) -> Any:
    return NoticeTrip.objects.of(rows[0].workspace_id).filter(pk__in=[one.pk for one in rows])


def _may_reach(address: outside.Address) -> bool:
    return outside.within(settings.OPTIONS["THREADWELL_NOTICE_NETWORKS"])(address)
