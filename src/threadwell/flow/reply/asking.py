"""Asking: the letter that asks a customer how it was.

In:    the question, the scale, the address of the page that takes the answer
Out:   its text, and the same as HTML: one link for each answer
Touch: nothing
"""

from dataclasses import dataclass

from django.utils.html import escape
from django.utils.translation import gettext as _

from threadwell.channels.port import Address
from threadwell.kit import html
from threadwell.record.conversations.models import Message
from threadwell.record.surveys.survey import BEST, WORST, Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What stands in it."""

    text: str
    html: str


def letter(question: str, *, scale: Scale, address: str) -> Letter:
    """In the language that is spoken now."""
    links = [(named, f"{address}?score={score}") for score, named in reversed(choices(scale))]
    after = _("A click opens a page where you can add a word and send it. Nothing is kept before that.")
    text = "\n".join([question, "", *(f"{named}: {link}" for named, link in links), "", after])
    rows = "".join(f'<li><a href="{escape(link)}">{escape(named)}</a></li>' for named, link in links)
    page = f"<p>{escape(question)}</p><ul>{rows}</ul><p>{escape(after)}</p>"
    return Letter(text=text, html=html.sanitise(page))


def choices(scale: Scale) -> list[tuple[int, str]]:
    """Each score with its name, the worst first."""
    if scale is Scale.THUMBS:
        return [(WORST, _("👎 Not good")), (BEST, _("👍 Good"))]
    names = (_("very bad"), _("bad"), _("middling"), _("good"), _("very good"))
    return [(score, f"{score} – {name}") for score, name in zip(scale.scores, names, strict=True)]


def reader_of(heard: Message) -> Address:
    """To whom it goes: whoever wrote last."""
    return Address(name=heard.from_name, email=heard.from_address)
