"""Parcels: what goes to one place at one time, in words.

In:    notices of one agent
Out:   subject, lines, link; how much of it a locked screen may show
Touch: the active language and time zone
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threadwell.record.notices.models import Notice, NoticeTrip, NoticeWishes
from threadwell.record.notices.saying import said
from threadwell.record.workplace.models import Agent

MOST = 50  #: lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One notice."""

    text: str
    about: str  #: the subject of its conversation; it may be empty
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What goes together."""

    id: UUID
    agent: Agent
    title: str
    lines: tuple[Line, ...]
    more: int  #: that have no line
    link: str
    discreet: str  #: for a screen that others may see

    @property
    def summary(self) -> str:
        """The whole in plain text."""
        told = [f"{one.text}: {one.about}" if one.about else one.text for one in self.lines]
        return "\n".join([*told, self.link])


def packed(trips: Sequence[NoticeTrip], agent: Agent, slug: str) -> Parcel:
    """Trips of one place as one parcel."""
    notices = [one.notice for one in trips]
    lines = tuple(_line(one, slug) for one in notices[:MOST])
    count = len(notices)
    many = ngettext("%(count)d notice", "%(count)d notices", count) % {"count": count}
    return Parcel(
        id=cast("UUID", trips[0].parcel),
        agent=agent,
        title=lines[0].text if count == 1 else many,
        lines=lines,
        more=count - len(lines),
        link=lines[0].link if count == 1 else _at(slug, "notices/"),
        discreet=_discreet(notices[0]) if count == 1 else many,
    )


def shown(parcel: Parcel, wishes: NoticeWishes) -> dict[str, Any]:
    """What a browser shows of it."""
    if not wishes.shows_words:
        return {"title": parcel.discreet, "body": "", "link": parcel.link, "tag": str(parcel.id)}
    body = (
        parcel.lines[0].about if len(parcel.lines) == 1 else "\n".join(one.text for one in parcel.lines[:5])
    )
    return {"title": parcel.title[:200], "body": body[:500], "link": parcel.link, "tag": str(parcel.id)}


def _line(notice: Notice, slug: str) -> Line:
    conversation = notice.conversation
    if conversation is None:
        return Line(text=said(notice), about="", link=_at(slug, "notices/"))
    link = _at(slug, f"conversations/{conversation.number}/")
    return Line(text=said(notice), about=conversation.subject or _("(no subject)"), link=link)


def _discreet(notice: Notice) -> str:
    if notice.conversation is None:
        return str(notice.get_kind_display())
    return _("%(what)s in #%(number)s") % {
        "what": notice.get_kind_display(),
        "number": notice.conversation.number,
    }


def _at(slug: str, place: str) -> str:
    return f"{settings.PUBLIC_URL}/w/{slug}/{place}"
