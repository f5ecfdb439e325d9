"""Happenings: events of the journal as lines that people read: who did what, and why.

In:    Events about a conversation
Out:   Happening: a sentence, its reasons, the way to take it back
Touch: nothing
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threadwell.interfaces.web.templatetags.threadwell import FULL
from threadwell.record.conversations.models import Conversation
from threadwell.record.journal.models import Event

type Facts = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One of the facts that something was decided by."""

    text: str
    holds: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A line of a thread that is not a message."""

    pk: UUID
    at: datetime
    text: str
    because: tuple[Reason, ...]
    is_automatic: bool
    undo_url: str = ""


def happenings(events: Iterable[Event], *, slug: str) -> Iterator[Happening]:
    """Those that tell something; what a message itself shows is left out."""
    for event in events:
        text = said(event)
        if text:
            yield Happening(
                pk=event.pk,
                at=event.at,
                text=text,
                because=tuple(_reasons(event.facts)),
                is_automatic=event.by_id is None,
                undo_url=_way_back(event, slug),
            )


def said(event: Event) -> str:
    """The event in words, or nothing."""
    write = _WORDS.get(event.name)
    if write is None:
        return ""
    who = event.by.name if event.by else ""
    deed = write(event.facts, who, event)
    if not deed:
        return ""
    if not who:
        return deed[:1].upper() + deed[1:]
    return _("%(who)s: %(deed)s") % {"who": who, "deed": deed}


def _reasons(facts: Facts) -> Iterator[Reason]:
    because = facts.get("because", ())
    for one in [because] if isinstance(because, str) else because:
        if isinstance(one, str) and one:
            yield Reason(text=one)
        elif isinstance(one, dict):
            yield Reason(text=str(one.get("text", "")), holds=bool(one.get("holds", True)))


def _way_back(event: Event, slug: str) -> str:
    undo = event.facts.get("undo")
    return reverse("web:undoing", args=[slug, undo]) if undo and not event.name.endswith("-undone") else ""


def _opened(facts: Facts, who: str, _event: Event) -> str:
    return _("opened") if who or facts.get("because") else ""


def _assigned(facts: Facts, who: str, event: Event) -> str:
    if event.by_id and facts.get("owner") == str(event.by_id):
        return _("took it")
    return _("assigned to %(name)s") % {"name": facts.get("owner_name") or _("a colleague")}


def _unassigned(_facts: Facts, _who: str, _event: Event) -> str:
    return _("gave it back; nobody owns it")


def _passed(facts: Facts, _who: str, _event: Event) -> str:
    if not facts.get("team"):
        return _("took it out of its team's queue")
    return _("passed to %(team)s") % {"team": facts.get("team_name", "")}


def _closed(_facts: Facts, _who: str, _event: Event) -> str:
    return _("closed")


def _reopened(_facts: Facts, _who: str, _event: Event) -> str:
    return _("opened again")


def _snoozed(facts: Facts, _who: str, _event: Event) -> str:
    until = parse_datetime(facts.get("until", ""))
    shown = date_format(timezone.localtime(until), FULL) if until else "?"
    return _("snoozed until %(when)s") % {"when": shown}


def _followed_up(facts: Facts, _who: str, _event: Event) -> str:
    return _("follow-up “%(ladder)s” began") % {"ladder": facts.get("ladder", "")}


def _stepped(facts: Facts, _who: str, _event: Event) -> str:
    return _("follow-up “%(ladder)s”: %(outcome)s") % {
        "ladder": facts.get("ladder", ""),
        "outcome": facts.get("outcome", ""),
    }


def _followed(facts: Facts, _who: str, _event: Event) -> str:
    return _("follow-up “%(ladder)s” ended") % {"ladder": facts.get("ladder", "")}


def _weighed(facts: Facts, _who: str, _event: Event) -> str:
    names = {str(value): name for value, name in Conversation.Priority.choices}
    priority = str(facts.get("priority"))
    return _("priority %(name)s") % {"name": names.get(priority, priority)}


def _labelled(facts: Facts, _who: str, _event: Event) -> str:
    before, after = set(facts.get("before", ())), set(facts.get("labels", ()))
    added = _("added the label %(names)s") % {"names": _quoted(after - before)} if after - before else ""
    removed = _("removed the label %(names)s") % {"names": _quoted(before - after)} if before - after else ""
    return ", ".join(filter(None, (added, removed)))


def _quoted(names: set[str]) -> str:
    return ", ".join(f"“{name}”" for name in sorted(names))


def _retitled(facts: Facts, _who: str, _event: Event) -> str:
    return _("new subject: %(subject)s") % {"subject": facts.get("subject", "")}


def _sorted(facts: Facts, _who: str, _event: Event) -> str:
    names = dict(Conversation.Type.choices)
    return _("type %(name)s") % {"name": names.get(facts.get("type", ""), "?")}


def _filled_in(facts: Facts, _who: str, _event: Event) -> str:
    return _("filled in %(fields)s") % {"fields": ", ".join(facts.get("fields", ()))}


def _gone(facts: Facts, _who: str, _event: Event) -> str:
    number = f"C-{facts.get('to', '?')}"
    return _("messages went to %(number)s: %(count)s") % {
        "number": number,
        "count": facts.get("messages", ""),
    }


def _come(facts: Facts, _who: str, _event: Event) -> str:
    number = f"C-{facts.get('source', '?')}"
    return _("messages came from %(number)s: %(count)s") % {
        "number": number,
        "count": facts.get("messages", ""),
    }


def _joined(facts: Facts, _who: str, _event: Event) -> str:
    words = {"number": f"C-{facts.get('source', '?')}", "subject": facts.get("subject") or _("(no subject)")}
    return _("merged %(number)s “%(subject)s” into this") % words


def _put_back(_facts: Facts, _who: str, _event: Event) -> str:
    return _("put the messages back where they were")


def _taken_back(_facts: Facts, _who: str, _event: Event) -> str:
    return _("took an answer back before it left")


def _resent(_facts: Facts, _who: str, _event: Event) -> str:
    return _("a message was handed over a second time")


def _file_withheld(facts: Facts, _who: str, _event: Event) -> str:
    told = {"file": facts.get("file", ""), "found": facts.get("because", "")}
    return _("“%(file)s” is withheld, for ClamAV found %(found)s in it") % told


def _overdue(facts: Facts, _who: str, _event: Event) -> str:
    return _("overdue, says “%(policy)s”") % {"policy": facts.get("policy", "")}


def _escalated(facts: Facts, _who: str, _event: Event) -> str:
    return _("%(outcome)s, says “%(policy)s”") % {
        "outcome": facts.get("outcome", ""),
        "policy": facts.get("policy", ""),
    }


def _of(deed: Promise) -> Callable[[Facts, str, Event], str]:
    """A deed with what it was done to: "promised: the frames on Friday"."""

    def write(facts: Facts, _who: str, _event: Event) -> str:
        return f"{deed}: {facts.get('words', '')}"

    return write


def _reminded(facts: Facts, _who: str, _event: Event) -> str:
    return _("reminder: %(words)s") % {"words": facts.get("words", "")}


def _tied(facts: Facts, _who: str, _event: Event) -> str:
    return _("tied to %(number)s %(title)s") % {"number": facts.get("number"), "title": facts.get("title")}


def _untied(facts: Facts, _who: str, _event: Event) -> str:
    return _("no longer tied to %(number)s") % {"number": facts.get("number", "?")}


def _aside(deed: Promise) -> Callable[[Facts, str, Event], str]:
    """What happened in a side conversation, which its subject names."""

    def write(facts: Facts, _who: str, _event: Event) -> str:
        return f"{deed}: {facts.get('subject', '')}"

    return write


def _aside_answered(facts: Facts, _who: str, _event: Event) -> str:
    told = {"who": facts.get("who", "?"), "subject": facts.get("subject", "")}
    return _("%(who)s has answered aside: %(subject)s") % told


def _handed_over(facts: Facts, _who: str, _event: Event) -> str:
    return _("asked %(name)s to take it over") % {"name": facts.get("to", "?")}


def _handover_settled(sentence: Promise) -> Callable[[Facts, str, Event], str]:
    def write(facts: Facts, _who: str, _event: Event) -> str:
        return str(sentence) % {"giver": facts.get("giver", "?"), "name": facts.get("to", "?")}

    return write


def _rated(facts: Facts, _who: str, _event: Event) -> str:
    told = {"who": facts.get("who") or _("The customer"), "score": facts.get("score", "?")}
    if facts.get("scale") == "thumbs":
        good = (
            gettext_lazy("%(who)s: it was good")
            if facts.get("score") == 5
            else gettext_lazy("%(who)s: it was not good")
        )
        said = str(good) % told
    elif facts.get("before"):
        said = _("%(who)s now rates it %(score)s of 5") % told
    else:
        said = _("%(who)s rated it %(score)s of 5") % told
    words = facts.get("words", "")
    return f"{said}: “{words}”" if words else said


_WORDS: dict[str, Callable[[Facts, str, Event], str]] = {
    "conversation.opened": _opened,
    "conversation.assigned": _assigned,
    "conversation.unassigned": _unassigned,
    "conversation.passed": _passed,
    "conversation.closed": _closed,
    "conversation.reopened": _reopened,
    "conversation.snoozed": _snoozed,
    "conversation.follow_up_started": _followed_up,
    "conversation.follow_up_step": _stepped,
    "conversation.follow_up_ended": _followed,
    "conversation.weighed": _weighed,
    "conversation.labelled": _labelled,
    "conversation.retitled": _retitled,
    "conversation.sorted": _sorted,
    "conversation.filled_in": _filled_in,
    "conversation.rated": _rated,
    "conversation.overdue": _overdue,
    "conversation.escalated": _escalated,
    **{f"conversation.{deed}-away": _gone for deed in ("moved", "split", "joined")},
    **{f"conversation.{deed}-here": _come for deed in ("moved", "split")},
    "conversation.joined-here": _joined,
    **{f"conversation.{deed}-undone": _put_back for deed in ("move", "split", "join")},
    "task.made": _of(gettext_lazy("new task")),
    "task.done": _of(gettext_lazy("done")),
    "task.reopened": _of(gettext_lazy("not done after all")),
    "task.withdrawn": _of(gettext_lazy("task taken back")),
    "task.reminded": _reminded,
    "promise.made": _of(gettext_lazy("marked a promise")),
    "promise.kept": _of(gettext_lazy("promise kept")),
    "promise.broken": _of(gettext_lazy("promise broken")),
    "promise.put_off": _of(gettext_lazy("another date for the promise")),
    "promise.reopened": _of(gettext_lazy("promise still to be kept")),
    "promise.withdrawn": _of(gettext_lazy("no promise any more")),
    "decision.made": _of(gettext_lazy("marked a decision")),
    "decision.withdrawn": _of(gettext_lazy("no decision any more")),
    "conversation.work_linked": _tied,
    "conversation.work_unlinked": _untied,
    "conversation.aside_written": _aside(gettext_lazy("wrote aside")),
    "conversation.aside_answered": _aside_answered,
    "conversation.aside_failed": _aside(gettext_lazy("a letter aside did not arrive")),
    "conversation.aside_finished": _aside(gettext_lazy("done with the side conversation")),
    "conversation.aside_resumed": _aside(gettext_lazy("took the side conversation up again")),
    "conversation.handed_over": _handed_over,
    "conversation.handover_accepted": _handover_settled(gettext_lazy("took it over from %(giver)s")),
    "conversation.handover_returned": _handover_settled(gettext_lazy("returned the hand-over to %(giver)s")),
    "conversation.handover_withdrawn": _handover_settled(gettext_lazy("took the hand-over to %(name)s back")),
    "conversation.handover_late": _handover_settled(
        gettext_lazy("%(name)s has not answered the hand-over in time")
    ),
    "message.taken_back": _taken_back,
    "message.resent": _resent,
    "message.file_withheld": _file_withheld,
}

#: Events of these names are looked up for a thread.
TOLD = tuple(_WORDS)
