"""Tally: what a fault did to what came in, in one line.

In:    counts, each taken on another side: the sender's, the tables', the front door's
Out:   a row for people, the same facts for machines; whether nothing was lost and nothing doubled
Touch: nothing
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

HEAD = ("fault", "injected", "in", "held", "shown", "doubled", "lost", "seconds", "holds", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One run of one fault."""

    fault: str
    injected: int  #: how often it struck
    came_in: int  #: acknowledged to whoever sent it
    held: int  #: rows in the tables
    shown: int  #: different ones, counted through the API
    doubled: int  #: shown, or handed over, more often than once
    seconds: float = 0.0
    may_double: int = 0  #: handed over before the line broke; see decision 0007
    note: str = ""
    is_left_out: bool = False  #: what it needs is not on this machine; the note says what

    @property
    def lost(self) -> int:
        """Acknowledged, and nowhere to be seen."""
        return max(0, self.came_in - self.shown)

    @property
    def holds(self) -> bool:
        """Struck at least once, and everything is there as often as it came."""
        is_even = self.came_in == self.held == self.shown and self.doubled <= self.may_double
        return self.is_left_out or (self.injected > 0 and self.came_in > 0 and is_even)

    def row(self) -> tuple[str, ...]:
        if self.is_left_out:
            return (self.fault, *("" for _ in HEAD[1:-2]), "left out", self.note)
        counts = (self.injected, self.came_in, self.held, self.shown, self.doubled, self.lost)
        judged = "yes" if self.holds else "NO"
        return (self.fault, *map(str, counts), f"{self.seconds:.1f}", judged, self.note)

    def facts(self) -> dict[str, Any]:
        return {
            "fault": self.fault,
            "injected": self.injected,
            "in": self.came_in,
            "held": self.held,
            "shown": self.shown,
            "doubled": self.doubled,
            "may_double": self.may_double,
            "lost": self.lost,
            "seconds": round(self.seconds, 1),
            "holds": self.holds,
            "left_out": self.is_left_out,
            "note": self.note,
        }


def left_out(fault: str, because: str) -> Tally:
    """It cannot be done on this machine."""
    return Tally(
        fault=fault, injected=0, came_in=0, held=0, shown=0, doubled=0, note=because, is_left_out=True
    )


def table(tallies: Sequence[Tally]) -> str:
    """All rows, in Markdown."""
    rows = [HEAD, tuple("---" for _ in HEAD), *(tally.row() for tally in tallies)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
