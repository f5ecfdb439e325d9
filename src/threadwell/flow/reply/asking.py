"""Asking: the letter that asks a customer how it was.

In:    the question and the scale; the message that asks, as it leaves
Out:   its words in the thread, without links; the letter as it is sent, with a link for each answer
Touch: nothing

The links stand in no message that we show: they are the customer's, and whoever follows one answers for them.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import override

from threadwell.channels.port import Address
from threadwell.kit import html
from threadwell.record.conversations.models import Message
from threadwell.record.surveys.links import address_of
from threadwell.record.surveys.models import Survey
from threadwell.record.surveys.survey import BEST, WORST, Scale

FACT = "survey"  #: of a message that asks: which survey, the question, the scale, the language


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What stands in it."""

    text: str
    html: str


def facts_of(survey: Survey, question: str, language: str) -> dict[str, Any]:
    """What a message remembers of what it asks."""
    told = {"key": str(survey.pk), "scale": survey.scale, "question": question, "language": language}
    return {FACT: told}


def words(question: str, scale: Scale) -> str:
    """What the thread shows."""
    return "\n".join([question, "", *(named for _score, named in reversed(choices(scale)))])


def as_sent(message: Message) -> Letter:
    """The letter as it leaves; that of any other message is what it says."""
    asked = message.facts.get(FACT)
    if not asked:
        return Letter(text=message.text, html=message.html)
    address = address_of(message.workspace_id, UUID(asked["key"]))
    with override(asked["language"]):
        return _with_links(asked["question"], Scale(asked["scale"]), address)


def choices(scale: Scale) -> list[tuple[int, str]]:
    """Each score with its name, the worst first."""
    if scale is Scale.THUMBS:
        return [(WORST, _("👎 Not good")), (BEST, _("👍 Good"))]
    names = (_("very bad"), _("bad"), _("middling"), _("good"), _("very good"))
    return [(score, f"{score} – {name}") for score, name in zip(scale.scores, names, strict=True)]


def reader_of(heard: Message) -> Address:
    """To whom it goes: whoever wrote last."""
    return Address(name=heard.from_name, email=heard.from_address)


def _with_links(question: str, scale: Scale, address: str) -> Letter:
    links = [(named, f"{address}?score={score}") for score, named in reversed(choices(scale))]
    after = _("A click opens a page where you can add a word and send it. Nothing is kept before that.")
    text = "\n".join([question, "", *(f"{named}: {link}" for named, link in links), "", after])
    rows = "".join(f'<li><a href="{escape(link)}">{escape(named)}</a></li>' for named, link in links)
    page = f"<p>{escape(question)}</p><ul>{rows}</ul><p>{escape(after)}</p>"
    return Letter(text=text, html=html.sanitise(page))
