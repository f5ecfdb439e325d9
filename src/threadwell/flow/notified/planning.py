"""Planning: by which ways a notice goes, and when.

In:    a notice's kind and moment, its agent's wishes and zone, the ways they have
Out:   trips: way, moment, whether it is the second try to reach them
Touch: nothing (pure)
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from threadwell.record.notices.models import By, Notice, NoticeWay, NoticeWishes, When
from threadwell.record.notices.wishes import URGENT

OF_TEAMS = frozenset({Notice.Kind.DUE, Notice.Kind.OVERDUE, Notice.Kind.CALLED})  #: told in a team's room
GATHER = timedelta(seconds=10)  #: what comes in a burst goes together


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """One way, and when."""

    by: str
    way: NoticeWay | None  #: none: the agent's mailbox
    due_at: datetime
    is_second: bool = False


def trips(
    kind: str, made_at: datetime, wishes: NoticeWishes, zone: ZoneInfo, ways: Iterable[NoticeWay]
) -> list[Trip]:
    """All ways of one notice. A second way is gone only if nobody has seen it by then."""
    open_ways = [way for way in ways if way.team_id is None or kind in OF_TEAMS]
    at_hand: list[tuple[By, NoticeWay | None]] = [(By.MAIL, None), *((By(way.by), way) for way in open_ways)]
    found = [
        Trip(by=by, way=way, due_at=due_at(wishes.when(kind, by), kind, made_at, wishes, zone))
        for by, way in at_hand
        if wishes.when(kind, by) != When.NEVER
    ]
    return [*found, *_second(kind, made_at, wishes, zone, at_hand, found)]


def due_at(when: When, kind: str, made_at: datetime, wishes: NoticeWishes, zone: ZoneInfo) -> datetime:
    """The moment of a wish, after the quiet hours that it falls into."""
    local = made_at.astimezone(zone)
    match when:
        case When.HOURLY:
            due = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        case When.DAILY:
            due = _next(local, wishes.digest_at)
        case _:
            due = local + GATHER
    return due.astimezone(made_at.tzinfo) if kind in URGENT else loud(due, wishes).astimezone(made_at.tzinfo)


def loud(moment: datetime, wishes: NoticeWishes) -> datetime:
    """The moment, or the end of the quiet hours it falls into."""
    for _ in range(20):  # a week of quiet days, each with its night
        ends = _quiet_until(moment, wishes)
        if ends is None:
            return moment
        moment = ends
    return moment  # whoever is quiet all week is told all the same


def _second(
    kind: str,
    made_at: datetime,
    wishes: NoticeWishes,
    zone: ZoneInfo,
    at_hand: list[tuple[By, NoticeWay | None]],
    found: list[Trip],
) -> Iterator[Trip]:
    if not wishes.second_by or not any(one.by != wishes.second_by for one in found):
        return  # nothing was told that could have been missed, or the same way told it
    gone = {(one.by, one.way) for one in found}
    wait = timedelta(minutes=wishes.second_after)
    due = due_at(When.AT_ONCE, kind, made_at + wait, wishes, zone)
    for by, way in at_hand:
        if by == wishes.second_by and (by, way) not in gone:
            yield Trip(by=by, way=way, due_at=due, is_second=True)


def _next(local: datetime, at: time) -> datetime:
    """That time of day, today or tomorrow."""
    today = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return today if today > local else today + timedelta(days=1)


def _quiet_until(local: datetime, wishes: NoticeWishes) -> datetime | None:
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if local.weekday() in wishes.quiet_days:
        return midnight + timedelta(days=1)
    begins, ends = wishes.quiet_from, wishes.quiet_until
    if begins is None or ends is None or begins == ends:
        return None
    now = local.timetz().replace(tzinfo=None)
    end = midnight.replace(hour=ends.hour, minute=ends.minute)
    if begins < ends:
        return end if begins <= now < ends else None
    if now >= begins:
        return end + timedelta(days=1)
    return end if now < ends else None
