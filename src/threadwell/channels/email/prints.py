"""Prints: what a letter says and what it quotes, as small numbers that can be compared without the text.

In:    the whole text of a letter, its visible part, and the name of its sender.
Out:   Prints: a sample of the four-word runs of each side, and the name of who wrote and who is quoted.
Touch: nothing.

A quote comes back wrapped, cut and marked anew, but its words keep their order: two runs of four words in
common under one subject are no accident.
"""

import re
from dataclasses import dataclass
from itertools import islice, pairwise
from zlib import crc32

from threadwell.channels.email import quotes, quotes_words

RUN = 4  #: words in a run
READ = 600  #: words that are looked at
KEPT = 24  #: runs of one's own words that are kept: the smallest, so that two samples agree on which
KEPT_QUOTED = 200
CITED_WITHIN = 6  #: lines at the head of what is quoted, where "Ada Ardent wrote:" may stand

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prints:
    """Numbers of 32 bits; the same letter always gives the same ones."""

    said: tuple[int, ...]
    quoted: tuple[int, ...]


def of(text: str, *, visible: str, name: str) -> Prints:
    """Prints of a letter by somebody of this name, whose new part is `visible`."""
    said = [line for line in visible.splitlines() if not line.lstrip().startswith(">")]
    quoted = [line for line in quotes.history(text) if line.strip("> ")]
    announced = [line for line in text.splitlines() if "@" in line and quotes_words.may_end_attribution(line)]
    return Prints(
        said=(*_runs(said, kept=KEPT), *_weighed(_names(name))),
        quoted=(*_runs(quoted, kept=KEPT_QUOTED), *_weighed(_cited([*announced, *quoted]))),
    )


def _runs(lines: list[str], *, kept: int) -> tuple[int, ...]:
    words = _words("\n".join(lines))
    runs = (" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1))
    return tuple(sorted({crc32(run.encode()) for run in runs})[:kept])


def _words(text: str) -> list[str]:
    return [match.group() for match in islice(_WORD.finditer(text.casefold()), READ)]


def _names(name: str) -> list[str]:
    """A first and a last name; one word alone may be anything."""
    words = _words(name)[:2]
    return [" ".join(words)] if len(words) == 2 else []


def _cited(lines: list[str]) -> list[str]:
    """Pairs of words at the head of what is quoted: one of them may be the name of who is quoted."""
    return [
        pair for line in lines[:CITED_WITHIN] for pair in map(" ".join, pairwise(_words(line[:300])[:30]))
    ]


def _weighed(names: list[str]) -> tuple[int, ...]:
    """Two numbers for each name: it proves as much as two runs of words."""
    return tuple({crc32(f"{salt}:{name}".encode()) for name in names for salt in ("by", "from")})
