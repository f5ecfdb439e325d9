"""Search: all history, by words, parts of words, phrases, people, places and times.

In:    what somebody typed, read into `Asked`
Out:   Hits, those with whole words first, the newest first among them, and where to go on
Touch: nothing

Documented for people in docs/reference/search.md. The two database functions are in migrations 0007 and 0010.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import cast
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from threadwell.kit import paging, words
from threadwell.kit.folding import begins
from threadwell.kit.questions import Question
from threadwell.kit.questions_of_many import QuestionOfMany
from threadwell.record.conversations.conversation import Conversation
from threadwell.record.conversations.message import Message
from threadwell.record.conversations.threads import Word
from threadwell.record.inboxes.models import Inbox
from threadwell.record.people.one import addresses_of_merged
from threadwell.record.workplace import at_home
from threadwell.record.workplace.models import Agent, Team

EXPANDED = 60  #: words that a part of a word may stand for
SHORTEST_PART = 3  #: letters; fewer are in too many words, so they only begin one
LONGEST = 400  #: characters of what is typed that count

#: Who types the whole of one does not look for what it is a part of; and among millions that are alike,
#: those that it is a part of take long to find.
_CODE = re.compile(r"(?=\D*\d).{6,}")
_PIECE = re.compile(r'(-?)(?:([a-z]+):)?("[^"]*"?|[^\s"]+)', re.IGNORECASE)


#: What a minus makes of what is asked for; of the rest there are lists of what must not be.
_OPPOSITE = {"unowned": "owned", "attachment": "unattached", "since": "until", "until": "since"}


@dataclass(slots=True)
class Asked:
    """What was typed, as the database can answer it."""

    query: str = ""  #: a tsquery in PostgreSQL's notation; "" for none
    whole: str = ""  #: the same without parts of words; "" when that asks for nothing else
    wanted: dict[str, str | bool | list[str]] = field(default_factory=dict)
    marked: list[str] = field(default_factory=list)  #: folded words to mark in what is found
    not_understood: list[str | Promise] = field(default_factory=list)

    def narrow(self, narrowing: tuple[str, str | bool], *, is_not: bool) -> None:
        """Only where this is so, or only where it is not."""
        name, value = narrowing
        if not is_not:
            self.wanted[name] = value
        elif name in _OPPOSITE:
            self.wanted[_OPPOSITE[name]] = value
        else:
            unwanted = self.wanted.setdefault(f"not_{name}", [])
            cast("list[str]", unwanted).append(str(value))

    @property
    def is_empty(self) -> bool:
        return not self.query and not self.wanted

    @property
    def ranks(self) -> list[str]:
        """What to ask for, what fits best first: `ORD-9704` itself, then what it is a part of."""
        return [self.whole, f"({self.query}) & !({self.whole})"] if self.whole else [self.query]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Messages that fit, and where to go on."""

    messages: list[Message]
    next: str  #: "" when there are no more


def read(typed: str, *, by: Agent) -> Asked:
    """Understand what was typed; must run inside the workspace, for names are looked up there."""
    asked = Asked()
    terms: list[tuple[str, str]] = []
    for minus, key, value in _PIECE.findall(typed[:LONGEST].replace("“", '"').replace("”", '"')):
        bare = value.strip('"').strip()
        name = key.lower()
        if not bare:
            continue
        if name in _NARROWING:
            try:
                asked.narrow(_NARROWING[name](bare, by), is_not=bool(minus))
            except _NotUnderstood as wrong:
                asked.not_understood.append(wrong.sentence)
            continue
        if name in _SIDES:
            term = whole = _SIDES[name](bare, by)
        else:
            said = f"{key}:{bare}" if key else bare
            whole = words.in_a_row(said)
            term = whole if value.startswith('"') else _word(by.workspace_id, said)
        if minus and term:
            terms.append((f"!({term})", f"!({term})"))
        elif term:
            terms.append((f"({term})", f"({whole})"))
            asked.marked += words.folded(bare).split()
    asked.query, asked.whole = (" & ".join(side) for side in zip(*terms, strict=True)) if terms else ("", "")
    if asked.whole == asked.query:
        asked.whole = ""
    return asked


def messages(workspace_id: UUID, asked: Asked, *, most: int, cursor: str = "") -> Hits:
    """Messages that fit: by rank, then the newest first."""
    if asked.is_empty:
        return Hits(messages=[], next="")
    first, at, key = _opened(cursor)
    rows: list[tuple[UUID, datetime, int]] = []
    for rank, query in list(enumerate(asked.ranks))[first:]:
        given = [query or None, json.dumps(asked.wanted), at, key, most + 1 - len(rows)]
        find = "threadwell_find_messages(%s::tsquery, %s::jsonb, %s, %s, %s)"
        rows += [(*row, rank) for row in at_home.asked(workspace_id, "id, at", find, given)]
        if len(rows) > most:
            break
        at = key = None
    found = {one.pk: one for one in _of_keys([row[0] for row in rows[:most]], workspace_id)} if rows else {}
    last = rows[most - 1] if len(rows) > most else None
    return Hits(
        messages=[found[row[0]] for row in rows[:most] if row[0] in found],
        next=f"{last[2]}~{last[1].isoformat()}~{last[0]}" if last else "",
    )


def conversations_mentioning(workspace_id: UUID, text: str, *, most: int) -> set[UUID]:
    """The conversations of the newest messages with all these words or parts."""
    pieces = text[:LONGEST].split()
    query = " & ".join(f"({term})" for piece in pieces if (term := _word(workspace_id, piece)))
    if not query:
        return set()
    find = "threadwell_find_messages(%s::tsquery, '{}', NULL, NULL, %s)"
    return {key for (key,) in at_home.asked(workspace_id, "conversation_id", find, [query, most])}


def _with_those(keys: Sequence[UUID], workspace_id: UUID) -> QuerySet[Message]:
    """Messages with what a line about them shows, and nothing more."""
    rows = Message.objects.of(workspace_id).filter(pk__in=keys).select_related("conversation")
    return rows.only(*_SHOWN).fetch_mode(models.FETCH_RAISE)


_SHOWN = (
    *("workspace_id", "direction", "from_name", "from_address", "subject", "text", "quoted", "at"),
    *("attachment_count", "conversation__workspace_id", "conversation__number", "conversation__subject"),
)
_of_keys = QuestionOfMany(_with_those)


def _opened(cursor: str) -> tuple[int, datetime | None, UUID | None]:
    if not cursor:
        return 0, None, None
    try:
        rank, at, key = cursor.split("~")
        return int(rank), datetime.fromisoformat(at), UUID(key)
    except ValueError as wrong:
        raise paging.BadCursor.of_strangers() from wrong


def _word(workspace_id: UUID, said: str) -> str:
    """A word, one that begins so, or one that it is a part of."""
    folded = words.folded(said)
    pieces = list(dict.fromkeys(word for word, _place in words.words_of(said)))
    if not pieces:
        return ""
    is_whole = bool(_CODE.fullmatch(folded)) and bool(list(_KNOWN(workspace_id, folded)))
    around = _words_around(workspace_id, folded) if len(folded) >= SHORTEST_PART and not is_whole else []
    # Whole words are estimated well, so that a rare one is looked up and a common one is met on the way; what
    # a word may begin with is guessed, and guessed wrong.
    alternatives = [words.any_of(around)] if 0 < len(around) < EXPANDED else [words.beginning(pieces[0])]
    if len(around) >= EXPANDED:
        alternatives.append(words.any_of(around))
    if len(pieces) > 1:
        alternatives.append(f"({words.in_a_row(' '.join(pieces[1:]))})")
    return " | ".join(alternatives)


def _with_word(workspace_id: UUID, word: str) -> QuerySet[Word]:
    return Word.objects.of(workspace_id).filter(word=word)


_KNOWN = Question(_with_word)


def _words_around(workspace_id: UUID, part: str) -> list[str]:
    rows = at_home.asked(workspace_id, "word", "threadwell_find_words(%s, %s)", [part, EXPANDED])
    return [word for (word,) in rows]


def _from(said: str, by: Agent) -> str:
    """By the sender, and by whoever is one with somebody of that name or address."""
    written = " & ".join(words.beginning(mark) for mark in words.marked("from", [said]))
    addresses = addresses_of_merged(by.workspace_id, said, most=EXPANDED) if written else []
    others = words.any_of(f"from:{words.folded(address)}" for address in addresses)
    return f"({written}) | {others}" if others else written


def _to(said: str, _by: Agent) -> str:
    return " & ".join(words.beginning(mark) for mark in words.marked("to", [said]))


def _subject(said: str, _by: Agent) -> str:
    return " & ".join(f"{words.beginning(word)}A" for word, _place in words.words_of(said))


_SIDES: dict[str, Callable[[str, Agent], str]] = {"from": _from, "to": _to, "subject": _subject}


type _Narrower = Callable[[str, Agent], tuple[str, str | bool]]


class _NotUnderstood(Exception):
    """A part of the question that is left out."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def _in(said: str, by: Agent) -> tuple[str, str | bool]:
    team = Team.objects.of(by.workspace_id).filter(begins("name", said)).first()
    if team:
        return "team", str(team.pk)
    called = begins("name", said) | Q(address__istartswith=said)
    inbox = Inbox.objects.of(by.workspace_id).filter(called).first()
    if inbox:
        return "inbox", str(inbox.pk)
    raise _NotUnderstood(_("No inbox or team is called “%(name)s”.") % {"name": said})


def _owner(said: str, by: Agent) -> tuple[str, str | bool]:
    if said.lower() in {"nobody", "none"}:
        return "unowned", True
    everybody = Agent.objects.of(by.workspace_id)
    owner = by if said.lower() == "me" else everybody.filter(begins("name", said)).first()
    if owner:
        return "owner", str(owner.pk)
    raise _NotUnderstood(_("Nobody here is called “%(name)s”.") % {"name": said})


def _is(said: str, by: Agent) -> tuple[str, str | bool]:
    state = said.lower()
    if state in Conversation.Status.values:
        return "status", state
    if state == "unassigned":
        return "unowned", True
    raise _NotUnderstood(_("“is:” knows open, snoozed, closed and unassigned."))


def _has(said: str, by: Agent) -> tuple[str, str | bool]:
    if words.folded(said).startswith(("attach", "file")):
        return "attachment", True
    raise _NotUnderstood(_("“has:” knows attachment."))


def _label(said: str, by: Agent) -> tuple[str, str | bool]:
    return "label", said


def _time(name: str, *, days: int) -> _Narrower:
    def narrow(said: str, by: Agent) -> tuple[str, str | bool]:
        try:
            day = date.fromisoformat(said)
        except ValueError:
            raise _NotUnderstood(
                _("“%(day)s” is no day; write it like 2026-11-30.") % {"day": said}
            ) from None
        start = timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min))
        return name, start.isoformat()

    return narrow


_NARROWING: dict[str, _Narrower] = {
    "in": _in,
    "owner": _owner,
    "is": _is,
    "has": _has,
    "label": _label,
    "before": _time("until", days=0),
    "after": _time("since", days=0),
}
