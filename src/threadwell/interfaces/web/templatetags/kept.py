"""Kept: pieces of pages that are drawn once and kept for as long as nothing in them changes.

In:    a piece of a template, and every value on which it depends
Out:   its markup; drawn anew for each new combination of values, reader's language, zone and day
Touch: this process's memory, within a bound

``{% kept "row" conversation|look view.url %} ... {% endkept %}``. There is nothing to invalidate: the
values are the key. Whoever shows another value in a piece adds it to its key. The token of forms, which each
page has anew, may stand in a piece: it is cut out before the piece is kept and put in wherever it is used.

``{% keptfor one in rows by rows|looks:opened "row" view.url %} ... {% endkeptfor %}`` is the same for each of
many rows, without asking about each what is the same for all; `Bare` ones are made when they are drawn.
"""

import secrets
from collections.abc import Hashable, Sequence
from datetime import timedelta
from hashlib import blake2b
from threading import Lock
from typing import Any, override

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from threadwell.interfaces.web.templatetags.timed import SOON
from threadwell.kit import clock, veils
from threadwell.kit.bare import Bare

register = template.Library()

MOST = 16_000_000  #: characters that are kept at most
#: What has been told already: its text, marked, and its files.
_NOT_ITS_FACE = frozenset({"_state", "files", "marked_text"})
_HOLE = f"token-of-forms-{secrets.token_hex(16)}"


class Pieces:
    """The pieces at hand, in two halves: what is asked for moves to the newer one, the older is let go."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._newer: dict[Hashable, SafeString] = {}
        self._older: dict[Hashable, SafeString] = {}
        self._newer_size = self._older_size = 0
        self._alone = Lock()

    @property
    def size(self) -> int:
        return self._newer_size + self._older_size

    def get(self, key: Hashable) -> SafeString | None:
        found = self._newer.get(key)
        if found is None and (found := self._older.get(key)) is not None:
            self.put(key, found)
        return found

    def put(self, key: Hashable, html: SafeString) -> None:
        with self._alone:
            if 2 * (self._newer_size + len(html)) > self.most:
                self._older, self._older_size = self._newer, self._newer_size
                self._newer, self._newer_size = {}, 0
            if key not in self._newer:
                self._newer_size += len(html)
                self._newer[key] = html


pieces = Pieces(MOST)


class Kept(Node):
    """A piece of a template with what it depends on."""

    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList, name: str, depends: list[FilterExpression]) -> None:
        self.nodelist = nodelist
        self.name = name
        self.depends = depends

    @override
    def render(self, context: Context) -> SafeString:
        reader = _reader(context)
        key = (self.name, reader, *(value.resolve(context, ignore_failures=True) for value in self.depends))
        html = pieces.get(key)
        if html is None:
            html = _drawn(self.nodelist, context, key)
        return _with_token(html, context)


class KeptFor(Node):
    """A piece for each of many rows."""

    child_nodelists = ("nodelist",)

    def __init__(
        self,
        nodelist: NodeList,
        variable: str,
        rows: FilterExpression,
        looks: FilterExpression,
        depends: list[FilterExpression],
    ) -> None:
        self.nodelist = nodelist
        self.variable = variable
        self.rows = rows
        self.looks = looks
        self.depends = depends

    @override
    def render(self, context: Context) -> SafeString:
        rows: Sequence[Any] = self.rows.resolve(context)
        depends = tuple(value.resolve(context, ignore_failures=True) for value in self.depends)
        around = (depends, _reader(context))
        keys = [(around, look) for look in self.looks.resolve(context)]
        found = [pieces.get(key) for key in keys]
        missing = [place for place, html in enumerate(found) if html is None]
        if missing:
            made = _made(rows, missing)
            with context.push():
                for place, row in zip(missing, made, strict=True):
                    context[self.variable] = row
                    found[place] = _drawn(self.nodelist, context, keys[place])
        html = "".join(found)  # type: ignore[arg-type]  # what was missing is drawn
        return _with_token(mark_safe(html), context)  # noqa: S308 (templates drew all of it)


def _made(rows: Sequence[Any], places: Sequence[int]) -> Sequence[Any]:
    if isinstance(rows, Bare):
        return rows.made([rows.values[place] for place in places])
    return [rows[place] for place in places]


def _drawn(nodelist: NodeList, context: Context, key: Hashable) -> SafeString:
    """The piece drawn and kept, with a hole for the token of forms."""
    html = nodelist.render(context)
    if (token := context.get("csrf_token")) is not None:
        html = mark_safe(html.replace(str(token), _HOLE))  # noqa: S308 (a template drew it)
    pieces.put(key, html)
    return html


def _with_token(html: SafeString, context: Context) -> SafeString:
    if _HOLE not in html:
        return html
    return mark_safe(html.replace(_HOLE, str(context["csrf_token"])))  # noqa: S308 (likewise)


def _reader(context: Any) -> tuple[Any, ...]:
    """What divides readers of the same: language, zone, day, hidden fields, whether they can send forms."""
    known = getattr(context, "reader", None)
    if known is None:
        today = timezone.localtime(clock.now()).date()
        has_forms = context.get("csrf_token") is not None
        zone, hidden = timezone.get_current_timezone_name(), veils.worn().fields
        known = (get_language(), zone, today, hidden, has_forms)
        # It stays the same until the page is drawn, and a page asks a hundred times.
        context.reader = known
    return known


@register.tag
def kept(parser: Parser, token: Token) -> Kept:
    """``{% kept "name" value ... %}``"""
    _tag, name, *values = token.split_contents()
    depends = [parser.compile_filter(value) for value in values]
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(nodelist, name, depends)


@register.tag
def keptfor(parser: Parser, token: Token) -> KeptFor:
    """``{% keptfor variable in rows by looks value ... %}``"""
    _tag, variable, _in, rows, _by, looks, *values = token.split_contents()
    compiled = [parser.compile_filter(value) for value in (rows, looks, *values)]
    nodelist = parser.parse(("endkeptfor",))
    parser.delete_first_token()
    return KeptFor(nodelist, variable, compiled[0], compiled[1], compiled[2:])


@register.filter
def looks(conversations: Bare[Any], opened: Any) -> list[Hashable]:
    """Of each row of a list all that it shows."""
    opened_key, now = opened.pk if opened else None, clock.now()
    key, waits, due, *lists = conversations.places("id", "waiting_since", "due_at", "labels", "participants")
    found: list[Hashable] = []
    for values in conversations.values:
        told = list(values)
        for place in lists:
            told[place] = tuple(told[place])
        if values[waits]:
            told[waits] = (values[waits], _spell(now - values[waits]))
        if values[due]:
            told[due] = (values[due], _urgency(values[due] - now))
        found.append((values[key] == opened_key, *told))
    return found


def _urgency(left: timedelta) -> Hashable:
    return (left < timedelta(0), left < SOON, _spell(abs(left)))


def _spell(span: timedelta) -> Hashable:
    """What a span is called: the same as long as `duration` says the same."""
    days, seconds = abs(span).days, abs(span).seconds
    return (days, 0, 0) if days else (0, seconds // 60, seconds if seconds < 60 else 0)


@register.filter
def faces(lines: Sequence[Any]) -> list[Hashable]:
    """Of each line of a thread all that it shows."""
    return [(line.what, _face(line.message) if line.message else line.event or line.at) for line in lines]


def _face(message: Any) -> bytes:
    """All that the card of a message shows, once it is dressed; short, for messages are long."""
    told = {name: value for name, value in vars(message).items() if name not in _NOT_ITS_FACE}
    told["files"] = [{**vars(file), "_state": None} for file in message.files]
    return blake2b(repr(told).encode()).digest()
