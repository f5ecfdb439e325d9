"""Story: a year with a customer in figures: contacts by week and channel, answers, ratings, promises, work.

In:    a Scope, the reader's time zone
Out:   a Story
Touch: nothing
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from threadwell.kit.questions_of_many import QuestionOfMany
from threadwell.record.commitments.models import Promise
from threadwell.record.timeline.scope import Scope
from threadwell.record.work.models import WorkItem

YEAR = timedelta(weeks=52)
SURVEY = "survey"  #: where a channel stands, in the line of what was answered

# The customer waits from the first word that nobody has answered: when they last began to speak.
_YEAR = """
    WITH said AS MATERIALIZED (
        SELECT m.at, m.direction, m.channel, m.conversation_id
        FROM unnest(%(keys)s::uuid[]) AS whose(key)
        JOIN conversations_message m ON m.workspace_id = %(workspace)s AND m.{column} = whose.key
        WHERE m.at >= %(since)s AND m.direction <> 'note' AND m.kind = 'message'
    ), turns AS (
        SELECT conversation_id, at, direction, lag(direction) OVER talk AS earlier
        FROM said WINDOW talk AS (PARTITION BY conversation_id ORDER BY at)
    ), answers AS (
        SELECT direction, earlier,
            at - max(at) FILTER (WHERE direction = 'in' AND earlier IS DISTINCT FROM 'in')
            OVER (PARTITION BY conversation_id ORDER BY at ROWS UNBOUNDED PRECEDING) AS waited
        FROM turns
    )
    SELECT date_trunc('week', at, %(zone)s) AS week, channel, count(*), NULL, NULL::float8
    FROM said GROUP BY 1, 2
    UNION ALL
    SELECT NULL, '', NULL, percentile_cont(0.5) WITHIN GROUP (ORDER BY waited), NULL::float8
    FROM answers WHERE direction = 'out' AND earlier = 'in'
    UNION ALL
    SELECT NULL, 'survey', count(*), NULL, avg(s.score)::float8
    FROM unnest(%(keys)s::uuid[]) AS whose(key)
    JOIN surveys_survey s ON s.workspace_id = %(workspace)s AND s.{column} = whose.key
    WHERE s.answered_at >= %(since)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A year in figures."""

    weeks: Mapping[date, Mapping[str, int]]  #: Monday: of a channel: contacts
    contacts: int
    answer_time: timedelta | None  #: the median
    satisfaction: float | None  #: the mean of what they answered, from 1 to 5
    rated: int  #: how often they answered
    work: Mapping[str, int]  #: kind of work: how many of it were begun
    open_work: int
    promises_kept: int
    promises_settled: int


def of_year(whose: Scope, *, now: datetime, zone: str) -> Story:
    """The twelve months up to now."""
    since = now - YEAR
    weeks: dict[date, dict[str, int]] = {}
    answer_time: timedelta | None = None
    satisfaction: float | None = None
    rated = 0
    given: dict[str, Any] = {
        "keys": list(whose.keys),
        "workspace": whose.workspace_id,
        "since": since,
        "zone": zone,
    }
    with connection.cursor() as cursor:
        cursor.execute(_YEAR.format(column=whose.column), given)
        for week, channel, count, median, mean in cursor.fetchall():
            if channel == SURVEY and week is None:
                satisfaction, rated = mean, count
            elif week is None:
                answer_time = median
            else:
                monday = (week + timedelta(hours=36)).date()
                monday -= timedelta(days=monday.weekday())
                weeks.setdefault(monday, {})[channel] = count
    [(kept, broken)] = list(PROMISES[whose.column](whose.keys, whose.workspace_id)) or [(0, 0)]
    begun = WORK[whose.column](whose.keys, whose.workspace_id, since)
    work = {name: (many, going_on) for name, many, going_on in begun}
    return Story(
        weeks=weeks,
        contacts=sum(sum(week.values()) for week in weeks.values()),
        answer_time=answer_time,
        satisfaction=satisfaction,
        rated=rated,
        work={name: many for name, (many, _) in work.items() if many},
        open_work=sum(going_on for _, going_on in work.values()),
        promises_kept=kept,
        promises_settled=kept + broken,
    )


def _promises(column: str) -> QuestionOfMany[tuple[int, int]]:
    def ask(keys: Sequence[UUID], workspace_id: UUID) -> QuerySet[Any, tuple[int, int]]:
        ours = Promise.objects.of(workspace_id).standing().ours().filter(**{f"{column}__in": keys})
        counted: Any = (
            ours.order_by().values("workspace_id").annotate(kept=Count("kept_at"), broken=Count("broken_at"))
        )
        return cast("QuerySet[Any, tuple[int, int]]", counted.values_list("kept", "broken"))

    return QuestionOfMany(ask)


def _work(column: str) -> QuestionOfMany[tuple[str, int, int]]:
    def ask(keys: Sequence[UUID], workspace_id: UUID, since: datetime) -> QuerySet[Any, tuple[str, int, int]]:
        items: Any = WorkItem.objects.of(workspace_id).filter(**{f"{column}__in": keys})
        begun = items.values_list("type__name").annotate(
            many=Count("pk", filter=Q(made_at__gte=since)), going_on=Count("pk", filter=Q(closed_at=None))
        )
        return cast("QuerySet[Any, tuple[str, int, int]]", begun)

    return QuestionOfMany(ask)


COLUMNS = ("contact_id", "organisation_id")
PROMISES = {column: _promises(column) for column in COLUMNS}
WORK = {column: _work(column) for column in COLUMNS}
