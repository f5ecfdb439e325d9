"""Timed: what is owed in a conversation, as a pill in words.

In:    a conversation with what it owes next
Out:   words for a row and for its head; never by colour alone
Touch: the clock and the active time zone
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils.translation import gettext as _

from threadwell.interfaces.web.templatetags.threadwell import duration
from threadwell.kit import clock
from threadwell.kit.moments import moment
from threadwell.record.clocks.policy import Target

register = template.Library()
register.filter("moment", moment)

SOON = timedelta(minutes=30)
NAMES = dict(Target.choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A deadline in words."""

    short: str  #: "in 1 h 12 m", "overdue 12 m"
    text: str  #: "first answer due 16:00, in 1 h 12 m"
    level: str  #: "", "soon" or "late"
    at: datetime
    label: str  #: "first answer due 16:00"
    short_before: str  #: `short` with {} for the span, for pages that stay open
    short_after: str


@register.filter
def owed(conversation: Any) -> Owed | None:
    """What is owed next, or nothing."""
    due_at: datetime | None = conversation.due_at
    return owed_by(due_at, conversation.due_for) if due_at else None


def owed_by(due_at: datetime, target: str) -> Owed:
    """A deadline of a kind, in words."""
    left = due_at - clock.now()
    facts = {"what": NAMES.get(target, _("answer")), "when": moment(due_at), "span": "{}"}
    before = _("%(what)s due %(when)s, in %(span)s") % facts
    after = _("%(what)s overdue since %(when)s, %(span)s") % facts
    short_before, short_after = _("due in %(span)s") % facts, _("overdue %(span)s") % facts
    is_late = left < timedelta(0)
    span = duration(abs(left))
    return Owed(
        short=(short_after if is_late else short_before).replace("{}", span),
        text=(after if is_late else before).replace("{}", span),
        level="late" if is_late else "soon" if left < SOON else "",
        at=due_at,
        label=_("%(what)s due %(when)s") % facts,
        short_before=short_before,
        short_after=short_after,
    )
