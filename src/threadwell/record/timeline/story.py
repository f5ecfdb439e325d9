"""Story: a year with a customer in figures: contacts by week and channel, answers, promises, work.

In:    a Scope, the reader's time zone
Out:   a Story
Touch: nothing
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from threadwell.record.commitments.models import Promise
from threadwell.record.timeline.scope import Scope
from threadwell.record.work.models import WorkItem

YEAR = timedelta(weeks=52)

# The median is over answers that followed a customer's word in the same conversation.
_YEAR = """
    WITH said AS MATERIALIZED (
        SELECT m.at, m.direction, m.channel, m.conversation_id
        FROM unnest(%(keys)s::uuid[]) AS whose(key)
        JOIN conversations_message m ON m.workspace_id = %(workspace)s AND m.{column} = whose.key
        WHERE m.at >= %(since)s AND m.direction <> 'note' AND m.kind = 'message'
    ), turns AS (
        SELECT direction, at - lag(at) OVER talk AS waited, lag(direction) OVER talk AS earlier
        FROM said WINDOW talk AS (PARTITION BY conversation_id ORDER BY at)
    )
    SELECT date_trunc('week', at, %(zone)s) AS week, channel, count(*), NULL FROM said GROUP BY 1, 2
    UNION ALL
    SELECT NULL, '', NULL, percentile_cont(0.5) WITHIN GROUP (ORDER BY waited)
    FROM turns WHERE direction = 'out' AND earlier = 'in'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A year in figures."""

    weeks: Mapping[date, Mapping[str, int]]  #: Monday: of a channel: contacts
    contacts: int
    answer_time: timedelta | None  #: the median
    work: Mapping[str, int]  #: kind of work: how many of it were begun
    open_work: int
    promises_kept: int
    promises_settled: int


def of_year(whose: Scope, *, now: datetime, zone: str) -> Story:
    """The twelve months up to now."""
    since = now - YEAR
    weeks: dict[date, dict[str, int]] = {}
    answer_time: timedelta | None = None
    given: dict[str, Any] = {
        "keys": list(whose.keys),
        "workspace": whose.workspace_id,
        "since": since,
        "zone": zone,
    }
    with connection.cursor() as cursor:
        cursor.execute(_YEAR.format(column=whose.column), given)
        for week, channel, count, median in cursor.fetchall():
            if week is None:
                answer_time = median
            else:
                monday = (week + timedelta(hours=36)).date()
                monday -= timedelta(days=monday.weekday())
                weeks.setdefault(monday, {})[channel] = count
    promises = Promise.objects.of(whose.workspace_id).standing().ours().filter(whose.about)
    kept, broken = promises.aggregate(Count("kept_at"), Count("broken_at")).values()
    items = WorkItem.objects.of(whose.workspace_id).filter(whose.about)
    begun = items.values_list("type__name").annotate(
        many=Count("pk", filter=Q(made_at__gte=since)), going_on=Count("pk", filter=Q(closed_at=None))
    )
    work = {name: (many, going_on) for name, many, going_on in begun}
    return Story(
        weeks=weeks,
        contacts=sum(sum(week.values()) for week in weeks.values()),
        answer_time=answer_time,
        work={name: many for name, (many, _) in work.items() if many},
        open_work=sum(going_on for _, going_on in work.values()),
        promises_kept=kept,
        promises_settled=kept + broken,
    )
