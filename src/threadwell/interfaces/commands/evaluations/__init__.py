"""Evaluations: how well the product does on sets of real cases; one module per set.

In:    a folder in the form that the set's README tells.
Out:   a Score: figures, aims, and every miss by name.
Touch: nothing but files.

Each module is named like its set and has `def evaluate(folder: Path) -> Score`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """One case that did not come out as expected."""

    case: str
    metric: str
    expected: str
    got: str
    because: str = ""  #: why we keep our answer, where we do


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The figures of one set, beside what they should be."""

    set: str
    cases: int
    metrics: Mapping[str, float]
    at_least: Mapping[str, float] = field(default_factory=dict)  #: aims by metric
    at_most: Mapping[str, float] = field(default_factory=dict)  #: such as crashes: 0
    misses: tuple[Miss, ...] = ()

    def shortfalls(self) -> tuple[str, ...]:
        """The metrics that do not reach their aim, in words."""
        low = [
            f"{name} is {self.metrics[name]:.4g}, aim {aim:.4g}"
            for name, aim in self.at_least.items()
            if self.metrics[name] < aim
        ]
        high = [
            f"{name} is {self.metrics[name]:.4g}, at most {limit:.4g}"
            for name, limit in self.at_most.items()
            if self.metrics[name] > limit
        ]
        return (*low, *high)


def lines_of(file: Path) -> list[dict[str, Any]]:
    """The cases of a .jsonl file."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def rate(hits: Iterable[bool]) -> float:
    """The share of hits; of nothing asked, all are hits."""
    found = list(hits)
    return round(sum(found) / len(found), 4) if found else 1.0


def squeezed(text: object) -> str:
    """Text with its white space made even, as most sets compare it."""
    return " ".join(str(text if text is not None else "").split())
