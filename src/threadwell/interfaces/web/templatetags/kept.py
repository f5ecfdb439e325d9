"""Kept: pieces of pages that are drawn once and kept for as long as nothing in them changes.

In:    a piece of a template, and every value on which it depends
Out:   its markup; drawn anew for each new combination of values, reader's language, zone and day
Touch: this process's memory, within a bound

``{% kept "row" conversation|look view.url %} ... {% endkept %}``. There is nothing to invalidate: the
values are the key. Whoever shows another value in a piece adds it to its key. The token of forms, which each
page has anew, may stand in a piece: it is cut out before the piece is kept and put in wherever it is used.
"""

import secrets
from collections import OrderedDict
from collections.abc import Hashable
from hashlib import blake2b
from threading import Lock
from typing import Any, override

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from threadwell.interfaces.web.templatetags.threadwell import since
from threadwell.interfaces.web.templatetags.timed import owed
from threadwell.kit import clock

register = template.Library()

MOST = 16_000_000  #: characters that are kept at most
#: What has been told already: its text, marked, and its files.
_NOT_ITS_FACE = frozenset({"_state", "files", "marked_text"})
_HOLE = f"token-of-forms-{secrets.token_hex(16)}"


class Pieces:
    """The pieces at hand; those that were used longest ago go first when there are too many."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self._kept: OrderedDict[Hashable, SafeString] = OrderedDict()
        self._alone = Lock()

    def get(self, key: Hashable) -> SafeString | None:
        with self._alone:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: Hashable, html: SafeString) -> None:
        with self._alone:
            self.size += len(html) - len(self._kept.pop(key, ""))
            self._kept[key] = html
            while self._kept and self.size > self.most:
                self.size -= len(self._kept.popitem(last=False)[1])


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
        has_forms = reader[-1]
        key = (self.name, reader, *(value.resolve(context, ignore_failures=True) for value in self.depends))
        html = pieces.get(key)
        if html is None:
            drawn = self.nodelist.render(context)
            token = str(context["csrf_token"]) if has_forms else ""
            html = mark_safe(drawn.replace(token, _HOLE) if token else drawn)  # noqa: S308 (a template drew it)
            pieces.put(key, html)
        if has_forms and _HOLE in html:
            return mark_safe(html.replace(_HOLE, str(context["csrf_token"])))  # noqa: S308 (likewise)
        return html


def _reader(context: Any) -> tuple[Any, ...]:
    """What divides readers of the same: language, zone, day, and whether they can send forms."""
    known = getattr(context, "reader", None)
    if known is None:
        today = timezone.localtime(clock.now()).date()
        has_forms = context.get("csrf_token") is not None
        known = (get_language(), timezone.get_current_timezone_name(), today, has_forms)
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


@register.filter
def look(conversation: Any) -> Hashable:
    """All that the row of a conversation shows, while it is not the opened one."""
    facts = tuple(
        (name, repr(value) if isinstance(value, list | dict) else value)
        for name, value in vars(conversation).items()
        if name != "_state"
    )
    return (
        facts,
        conversation.with_whom,
        str(conversation.firm or ""),
        conversation.owner.name if conversation.owner else None,
        conversation.inbox.kind,
        since(conversation.waiting_since),
        (due.short, due.level) if (due := owed(conversation)) else None,
    )


@register.filter
def face(message: Any) -> bytes:
    """All that the card of a message shows, once it is dressed; short, for messages are long."""
    told = blake2b(repr([{**vars(file), "_state": None} for file in message.files]).encode())
    for name, value in vars(message).items():
        if name not in _NOT_ITS_FACE:
            said = f'"{value}' if isinstance(value, str) else repr(value)
            told.update(f"{name}={said}\0".encode(errors="replace"))
    return told.digest()
