"""Work items told: events about work as lines that people read.

In:    events of the journal
Out:   Told: a sentence and its reason
Touch: nothing
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from threadwell.record.journal.models import Event

type Facts = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What happened to a piece of work."""

    text: str
    because: str = ""


def told(event: Event) -> Told | None:
    """The event in words, or nothing."""
    write = WORDS.get(event.name)
    if write is None:
        return None
    deed = write(event.facts)
    text = _("%(who)s: %(deed)s") % {"who": event.by.name, "deed": deed} if event.by else _capital(deed)
    because = event.facts.get("because", "")
    return Told(text=text, because=because if isinstance(because, str) else "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _opened(facts: Facts) -> str:
    return _("opened in “%(status)s”") % {"status": facts.get("status", "")}


def _moved(facts: Facts) -> str:
    both = {"before": facts.get("before_name", "?"), "status": facts.get("status_name", "?")}
    return _("moved from “%(before)s” to “%(status)s”") % both


def _assigned(facts: Facts) -> str:
    return _("gave it to %(name)s") % {"name": facts.get("owner_name") or _("a colleague")}


def _unassigned(_facts: Facts) -> str:
    return _("nobody owns it any more")


def _passed(facts: Facts) -> str:
    if not facts.get("team"):
        return _("took it from its team")
    return _("passed it to %(team)s") % {"team": facts.get("team_name", "")}


def _changed(facts: Facts) -> str:
    names = {
        "title": _("title"),
        "detail": _("description"),
        "due_at": _("due time"),
        "amount": _("amount"),
        "currency": _("currency"),
        "contact": _("contact"),
        "organisation": _("organisation"),
        "custom": _("own fields"),
        "link": _("link"),
    }
    changed = [str(names.get(name, name)) for name in facts.get("fields", ())]
    return _("changed %(fields)s") % {"fields": ", ".join(changed)}


def _linked(facts: Facts) -> str:
    return _("tied to conversation C-%(number)s") % {"number": facts.get("conversation", "?")}


def _unlinked(facts: Facts) -> str:
    return _("no longer tied to conversation C-%(number)s") % {"number": facts.get("conversation", "?")}


def _related(facts: Facts) -> str:
    return _relation(facts)


def _unrelated(facts: Facts) -> str:
    return _("no longer: %(relation)s") % {"relation": _relation(facts)}


def _relation(facts: Facts) -> str:
    both = {"item": facts.get("item", "?"), "other": facts.get("other", "?")}
    match facts.get("kind"):
        case "parent":
            return _("%(other)s is a part of %(item)s") % both
        case "blocks":
            return _("%(item)s blocks %(other)s") % both
        case _:
            return _("%(item)s relates to %(other)s") % both


WORDS: dict[str, Callable[[Facts], str]] = {
    "work_item.opened": _opened,
    "work_item.moved": _moved,
    "work_item.assigned": _assigned,
    "work_item.unassigned": _unassigned,
    "work_item.passed": _passed,
    "work_item.changed": _changed,
    "work_item.linked": _linked,
    "work_item.unlinked": _unlinked,
    "work_item.related": _related,
    "work_item.unrelated": _unrelated,
}
