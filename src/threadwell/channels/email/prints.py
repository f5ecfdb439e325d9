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

RUN = 4  #: words in a run
READ = 600  #: words that are looked at
KEPT = 24  #: runs of one's own words that are kept: the smallest, so that two samples agree on which
KEPT_QUOTED = 200

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prints:
    """Numbers of 32 bits; the same letter always gives the same ones."""

    said: tuple[int, ...]
    quoted: tuple[int, ...]


def of(text: str, *, visible: str, name: str) -> Prints:
    """Prints of a letter whose new part is `visible`; what stands in `text` beside it is quoted."""
    new = {line.strip() for line in visible.splitlines()}
    said: list[str] = []
    quoted: list[str] = []
    before = ""
    attributions = []
    for line in text.splitlines():
        stripped = line.strip()
        # Answers between the quoted lines keep these in the visible part, so the mark decides first.
        if stripped.startswith(">") or stripped not in new:
            if before:
                attributions.append(before)
            before = ""
            quoted.append(stripped.lstrip("> |"))
            if len(quoted) < 4:
                attributions.append(quoted[-1])
        elif stripped:
            said.append(stripped)
            before = stripped
    return Prints(
        said=(*_runs(said, kept=KEPT), *_weighed(_names(name))),
        quoted=(*_runs(quoted, kept=KEPT_QUOTED), *_weighed(_cited(attributions))) if quoted else (),
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


def _cited(attributions: list[str]) -> list[str]:
    """Pairs of words on the lines before a quote: one of them may be the name of who is quoted."""
    return [pair for line in attributions[:12] for pair in map(" ".join, pairwise(_words(line[:300])[:30]))]


def _weighed(names: list[str]) -> tuple[int, ...]:
    """Two numbers for each name: it proves as much as two runs of words."""
    return tuple({crc32(f"{salt}:{name}".encode()) for name in names for salt in ("by", "from")})
