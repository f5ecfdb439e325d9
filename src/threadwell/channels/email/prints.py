"""Prints: what a letter says and what it quotes, as small numbers that can be compared without the text.

In:    the whole text of a letter, and its visible part.
Out:   Prints: a sample of the four-word runs of each side.
Touch: nothing.

A quote comes back wrapped, cut and marked anew, but its words keep their order: two runs of four words in
common under one subject are no accident.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from zlib import crc32

RUN = 4  #: words in a run
READ = 600  #: words that are looked at
KEPT = 24  #: runs of one's own words that are kept: the smallest, so that two samples agree on which

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prints:
    """Numbers of 32 bits; sorted, so that the same letter always gives the same ones."""

    said: tuple[int, ...]
    quoted: tuple[int, ...]


def of(text: str, *, visible: str) -> Prints:
    """Prints of a letter whose new part is `visible`; what stands in `text` beside it is quoted."""
    new = {line.strip() for line in visible.splitlines()}
    said, quoted = [], []
    for line in text.splitlines():
        stripped = line.strip()
        # Answers between the quoted lines keep these in the visible part, so the mark decides first.
        if stripped.startswith(">") or stripped not in new:
            quoted.append(stripped.lstrip("> |"))
        else:
            said.append(stripped)
    return Prints(said=_runs(said, kept=KEPT), quoted=_runs(quoted, kept=READ))


def _runs(lines: list[str], *, kept: int) -> tuple[int, ...]:
    text = "\n".join(lines).casefold()
    words = [match.group() for match in islice(_WORD.finditer(text), READ)]
    return tuple(sorted(set(_numbers(words)))[:kept])


def _numbers(words: list[str]) -> Iterable[int]:
    return (crc32(" ".join(words[at : at + RUN]).encode()) for at in range(len(words) - RUN + 1))
