"""Timeline rows: the story of a customer or of work as rows of a table, all that its page would show.

In:    a Scope, what of it shall be seen
Out:   a header; rows, the newest first
Touch: nothing
"""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from django.utils.translation import gettext as _

from threadwell.interfaces.web.timeline_lines import EVER, NEVER, Line, Shown, besides
from threadwell.kit.tables import XLSX_CHARACTERS
from threadwell.record.timeline import moments
from threadwell.record.timeline.around import Happened
from threadwell.record.timeline.moments import Moment
from threadwell.record.timeline.scope import Scope

AT_ONCE = 1000  #: messages of a stretch

type Row = list[Any]


def header() -> list[str]:
    return [
        *(_("When"), _("Entry"), _("Channel"), _("Direction"), _("Type"), _("Customer"), _("Colleague")),
        *(_("Minutes"), _("Number"), _("Subject"), _("Words"), _("Status"), _("Due"), _("Rating")),
    ]


def rows(whose: Scope, shown: Shown, *, slug: str) -> Iterator[Row]:
    """Stretch by stretch: what was said in it, and between that what happened."""
    before = None
    while True:
        page = moments.page(whose, shown.filters, before=before, size=AT_ONCE, gist=XLSX_CHARACTERS)
        since = page.earlier.at if page.earlier else EVER
        until = before.at if before else NEVER
        others = besides(whose, shown, page.moments, slug=slug, since=since, until=until, is_whole=True)
        told = [*map(_said, page.moments), *map(_besides, others)]
        yield from sorted(told, key=itemgetter(0), reverse=True)
        before = page.earlier
        if before is None:
            return


def _said(one: Moment) -> Row:
    return [
        *(one.at, _("Note") if one.is_note else _("Message"), one.channel, one.direction, one.type),
        *(one.contact or one.from_name, one.agent or "", one.minutes, f"C-{one.number}", one.title),
        *(one.text, one.state, None, None),
    ]


def _besides(line: Line) -> Row:
    if line.happened:
        return _happened(line.happened)
    told = line.event
    because = "; ".join(one.text for one in told.because) if told else ""
    text = (f"{told.text} ({because})" if because else told.text) if told else ""
    return [line.at, _("Event"), *[""] * 5, None, "", text, "", "", None, None]


def _happened(one: Happened) -> Row:
    names = {
        "task": _("Task"),
        "promise": _("Promise"),
        "decision": _("Decision"),
        "survey": _("Rating"),
        "work": _("Work"),
    }
    is_theirs, score = one.kind == "survey", one.score
    if score is not None and one.is_thumbs:
        rating: Any = _("good") if score > 3 else _("not good")
    else:
        rating = score
    subject, words = ("", one.words) if is_theirs else (one.words, "")
    who = (one.who, "") if is_theirs else ("", one.who)
    return [
        *(one.at, names[one.kind], "", "", "", *who, None, one.number, subject, words),
        *(one.state, one.due_at, rating),
    ]
