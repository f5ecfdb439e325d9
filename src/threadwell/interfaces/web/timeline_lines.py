"""Timeline lines: a stretch of a customer's story, laid out for reading.

In:    a Scope, what of it shall be seen, where the last stretch ended
Out:   Lines by month, the newest first; where to go on; the drawing of a year
Touch: nothing
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threadwell.interfaces.web import timeline_words
from threadwell.interfaces.web.happenings import Happening
from threadwell.interfaces.web.templatetags.threadwell import channel_name
from threadwell.record.timeline import around, moments
from threadwell.record.timeline.around import Happened
from threadwell.record.timeline.moments import Filters, Mark, Moment
from threadwell.record.timeline.scope import Scope
from threadwell.record.timeline.story import YEAR, Story

EVER = datetime(1, 1, 2, tzinfo=UTC)
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
WORK, PROMISES, RATINGS, NOTES, EVENTS = "work", "promises", "ratings", "notes", "events"
PIECE, TALLEST, WIDTH = 9.0, 62.0, 1120.0
#: What of a moment a line shows; to whom it was written it does not.
_SHOWN = attrgetter(*(one.name for one in fields(Moment) if one.name != "recipients"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What of the story shall be seen."""

    filters: Filters = field(default_factory=Filters)
    kinds: frozenset[str]


@dataclass(slots=True, kw_only=True)
class Line:
    """One line: a month, a talk (a message, and the earlier ones of its conversation), or what happened."""

    what: str  #: "month", "talk", "happened", "event"
    at: datetime
    moment: Moment | None = None
    earlier: list[Moment] = field(default_factory=list)
    happened: Happened | None = None
    event: Happening | None = None

    @property
    def key(self) -> str:
        """Its name in the page: what is said in one conversation in one month has one."""
        if self.what == "month":
            return f"month-{_month(self.at)}"
        if self.moment and not self.moment.is_note:
            return f"talk-{self.moment.conversation_id}-{_month(self.at)}"
        one = self.moment or self.happened
        return f"line-{one.key}" if one else f"event-{self.event.pk}" if self.event else ""

    @property
    def look(self) -> Hashable:
        """All that the line shows, but for where the page stands; a page keeps what it has drawn by it."""
        said = tuple(_SHOWN(one) for one in (self.moment, *self.earlier) if one)
        return self.what, self.at, said, self.happened, repr(self.event) if self.event else None

    @property
    def place(self) -> str:
        """Where it stands: the greatest comes first, and a month before all that is in it."""
        local = timezone.localtime(self.at)
        return f"{local:%Y-%m}-99" if self.what == "month" else f"{local:%Y-%m-%dT%H:%M:%S.%f}"

    @property
    def day(self) -> str:
        """Today, else the day, with its year when it is another."""
        local, today = timezone.localtime(self.at), timezone.localdate()
        if local.date() == today:
            return _("Today")
        return date_format(local, "j M" if local.year == today.year else "j M Y")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some lines and where to go on."""

    lines: list[Line]
    earlier: Mark | None
    month: str  #: of the last line


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A part of a week's column in the drawing of a year."""

    channel: str
    x: float
    y: float
    height: float


def stretch(whose: Scope, shown: Shown, *, slug: str, before: Mark | None = None, month: str = "") -> Stretch:
    """The newest lines, or those before a place; ``month`` is the heading that stands above them already."""
    page = moments.page(whose, shown.filters, before=before)
    since = page.earlier.at if page.earlier else EVER
    until = before.at if before else NEVER
    others = list(besides(whose, shown, page.moments, slug=slug, since=since, until=until))
    return laid_out(page.moments, others, earlier=page.earlier, month=month)


def laid_out(
    said: Sequence[Moment], others: Iterable[Line] = (), *, earlier: Mark | None = None, month: str = ""
) -> Stretch:
    """By month; what was said in one conversation in one month is one line that unfolds."""
    talks: dict[tuple[Any, ...], Line] = {}
    for one in said:
        key = (one.conversation_id, _month(one.at)) if not one.is_note else (one.key,)
        if key in talks:
            talks[key].earlier.append(one)
        else:
            talks[key] = Line(what="talk", at=one.at, moment=one)
    lines: list[Line] = []
    for line in sorted([*talks.values(), *others], key=lambda one: one.at, reverse=True):
        if _month(line.at) != month:
            month = _month(line.at)
            lines.append(Line(what="month", at=line.at))
        lines.append(line)
    return Stretch(lines=lines, earlier=earlier, month=month)


def besides(
    whose: Scope,
    shown: Shown,
    said: Sequence[Moment],
    *,
    slug: str,
    since: datetime = EVER,
    until: datetime = NEVER,
    only: Collection[UUID] | None = None,
    is_whole: bool = False,
) -> Iterator[Line]:
    """What happened in between; nothing of it when only some of what was said is asked for.

    A page shows so many of a kind; ``is_whole`` leaves none out.
    """
    filters = shown.filters
    if filters.is_narrow or filters.person or filters.work_item:
        return
    since, until = max(since, filters.since or EVER), min(until, filters.until or NEVER)
    most = None if is_whole else around.MOST
    found: list[Happened] = []
    if shown.kinds & {PROMISES, RATINGS}:
        bound = around.commitments(whose, since=since, until=until, only=only, most=most)
        found += [one for one in bound if (RATINGS if one.kind == "survey" else PROMISES) in shown.kinds]
    if WORK in shown.kinds:
        found += around.work(whose, since=since, until=until, only=only, most=most)
    for one in found:
        yield Line(what="happened", at=one.at, happened=one)
    if EVENTS in shown.kinds:
        talks = {one.conversation_id for one in said}
        told = (
            around.every_event(whose, timeline_words.TOLD, since=since, until=until)
            if is_whole
            else around.events(whose, talks, timeline_words.TOLD, since=since, until=until, only=only)
        )
        for event in timeline_words.told(told, slug=slug):
            yield Line(what="event", at=event.at, event=event)


def year_of(story: Story, *, now: datetime) -> dict[str, Any]:
    """The drawing: columns of weeks, the names of months, and the same in words."""
    end = timezone.localtime(now).date()
    first = end - timedelta(days=end.weekday()) - YEAR
    weeks = [first + timedelta(weeks=number) for number in range(53)]
    step = WIDTH / len(weeks)
    totals = [sum(story.weeks.get(week, {}).values()) for week in weeks]
    piece = min(PIECE, TALLEST / max([*totals, 1]))
    return {
        "bars": list(_bars(story, weeks, step, piece)),
        "months": list(_months(weeks, step)),
        "channels": sorted({channel for week in story.weeks.values() for channel in week}),
        "table": list(_table(story)),
        "label": ngettext(
            "%(count)s contact in twelve months", "%(count)s contacts in twelve months", story.contacts
        )
        % {"count": story.contacts},
    }


def _bars(story: Story, weeks: Sequence[date], step: float, piece: float) -> Iterator[Bar]:
    for number, week in enumerate(weeks):
        top = 70.0
        for channel, count in sorted(story.weeks.get(week, {}).items()):
            height = count * piece
            top -= height
            gap = min(1.5, height / 4)
            yield Bar(
                channel=channel, x=round(number * step + 2, 1), y=round(top, 1), height=round(height - gap, 1)
            )


def _months(weeks: Sequence[date], step: float) -> Iterator[dict[str, Any]]:
    for number, week in enumerate(weeks):
        if week.day <= 7 and number < len(weeks) - 2:
            x = round(number * step, 1)
            yield {"x": x, "text_x": x + 4, "name": date_format(week, "M")}


def _table(story: Story) -> Iterator[dict[str, Any]]:
    months: dict[tuple[int, int], dict[str, int]] = {}
    for week, counts in sorted(story.weeks.items()):
        month = months.setdefault((week.year, week.month), {})
        for channel, count in counts.items():
            month[channel] = month.get(channel, 0) + count
    for (year, number), counts in months.items():
        said = ", ".join(f"{channel_name(channel)} {count}" for channel, count in sorted(counts.items()))
        yield {"month": date_format(date(year, number, 1), "F Y"), "said": said}


def _month(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m}"


def marked(at: str, key: str) -> Mark | None:
    """A place as an address names it; nothing for rubbish."""
    try:
        moment = datetime.fromisoformat(at)
        return Mark(at=moment if moment.tzinfo else moment.replace(tzinfo=UTC), key=UUID(key))
    except ValueError:
        return None


def counted(work: Mapping[str, int]) -> str:
    """ "3 orders, 1 claim", in the words of the workspace."""
    return ", ".join(f"{count} × {name}" for name, count in sorted(work.items()))
