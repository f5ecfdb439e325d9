"""Marking: the piece of a text in which a word was found, with the words marked.

In:    a text, folded words that were asked for
Out:   Pieces, in order, each marked or not; whoever shows them escapes them
Touch: nothing
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from threadwell.kit.words import folded

AROUND = 90  #: characters before the first word that was found
LENGTH = 260

_WORD = re.compile(r"\w+(?:[-./@_:'’&+#]\w+)*")


class Piece(NamedTuple):
    """A run of characters."""

    text: str
    is_marked: bool


def pieces(text: str, asked: Sequence[str]) -> list[Piece]:
    """The part of ``text`` around the first word that was asked for; its beginning when there is none."""
    text = " ".join(text.split())
    found = list(_found(text, asked))
    start = max(0, found[0][0] - AROUND) if found else 0
    end = min(len(text), start + LENGTH)
    shown = [Piece("…", is_marked=False)] if start else []
    reached = start
    for begin, stop in found:
        if begin >= end:
            break
        shown += [
            Piece(text[reached:begin], is_marked=False),
            Piece(text[begin : min(stop, end)], is_marked=True),
        ]
        reached = min(stop, end)
    shown.append(Piece(text[reached:end] + ("…" if end < len(text) else ""), is_marked=False))
    return [piece for piece in shown if piece.text]


def _found(text: str, asked: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where words stand that were asked for, as far as a piece reaches from the first of them."""
    end = len(text)
    for word in _likely(text, asked):
        if word.start() >= end:
            return
        if _is_asked(word.group(), asked):
            end = min(end, max(0, word.start() - AROUND) + LENGTH)
            yield word.span()


def _likely(text: str, asked: Sequence[str]) -> Iterator[re.Match[str]]:
    """The words that may be one: of a long letter not every word need be read."""
    if not text.isascii():
        yield from _WORD.finditer(text)  # folding moves letters
        return
    plain, sought, at = folded(text), re.compile("|".join(map(re.escape, asked)) or r"\Z."), 0
    while place := sought.search(plain, at):
        word = _WORD.search(text, max(at, text.rfind(" ", 0, place.start()) + 1))
        while word and word.end() <= place.start():
            word = _WORD.search(text, word.end())
        if word is None:
            return
        yield word
        at = word.end()


def _is_asked(word: str, asked: Sequence[str]) -> bool:
    plain = folded(word)
    return any(one in plain for one in asked)
