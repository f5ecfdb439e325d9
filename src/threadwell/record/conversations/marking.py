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
    for match in _WORD.finditer(text, _start_of_first(text, asked)):
        if match.start() >= end:
            return
        if _is_asked(match.group(), asked):
            end = min(end, max(0, match.start() - AROUND) + LENGTH)
            yield match.span()


def _start_of_first(text: str, asked: Sequence[str]) -> int:
    """Before this no word can be one: long letters need not be read word by word."""
    if not text.isascii():
        return 0  # folding moves letters
    plain = folded(text)
    places = [place for one in asked if (place := plain.find(one)) >= 0]
    return text.rfind(" ", 0, min(places)) + 1 if places else len(text)


def _is_asked(word: str, asked: Sequence[str]) -> bool:
    plain = folded(word)
    return any(one in plain for one in asked)
