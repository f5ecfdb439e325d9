"""Figures: what was measured, beside its floor and its goal.

In:    numbers
Out:   one table for people, one JSON file for machines
Touch: the folder that was asked for
"""

import json
import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter

from threadwell import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number that was measured."""

    name: str
    value: float
    unit: str
    floor: float | None = None  #: the bare work, measured in the same run
    goal: float | None = None  #: of the value, or of its ratio to the floor
    is_ratio: bool = False  #: the goal is about the ratio
    more_is_better: bool = False
    note: str = ""
    operation: str = ""  #: what the plot calls it; "" for what does not grow
    size: int = 0  #: messages or interactions that stood there

    @property
    def ratio(self) -> float | None:
        return self.value / self.floor if self.floor else None

    @property
    def holds(self) -> bool | None:
        """None where there is no goal."""
        judged = self.ratio if self.is_ratio else self.value
        if self.goal is None or judged is None:
            return None
        return judged >= self.goal if self.more_is_better else judged <= self.goal


@dataclass(slots=True)
class Report:
    """All figures of a run."""

    size: str
    server: str = ""  #: how PostgreSQL is set up
    figures: list[Figure] = field(default_factory=list)

    def add(self, figures: Iterator[Figure]) -> None:
        """Take them in one by one, so that a long run shows where it is."""
        for figure in figures:
            self.figures.append(figure)
            print("  " + " | ".join(_row(figure)), flush=True)

    def table(self) -> str:
        head = ("figure", "measured", "floor", "ratio", "goal", "holds", "note")
        rows = [head, tuple("---" for _ in head), *(_row(figure) for figure in self.figures)]
        return "\n".join("| " + " | ".join(row) + " |" for row in rows)

    def keep(self, folder: Path, name: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        facts = {
            "threadwell": __version__,
            "size": self.size,
            "server": self.server,
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load_at_the_end": os.getloadavg(),
            "figures": [
                {**asdict(figure), "ratio": figure.ratio, "holds": figure.holds} for figure in self.figures
            ],
        }
        place = folder / f"{name}.json"
        place.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
        place.with_suffix(".md").write_text(self.table() + "\n")
        return place


def share(values: Sequence[float], part: float) -> float:
    """The value that this part of them stays below: 0.5 is the middle."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


class Watch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._began = perf_counter()

    @property
    def seconds(self) -> float:
        return perf_counter() - self._began


class Progress[T]:
    """Goes through something long, and says on one line how far it is."""

    STEP = 0.5  #: seconds between two words

    def __init__(self, rows: Iterable[T], *, name: str, count: int) -> None:
        self.rows, self.name, self.count = rows, name, count

    def __iter__(self) -> Iterator[T]:
        watch, told, done = Watch(), 0.0, 0
        for row in self.rows:
            yield row
            done += 1
            if done % 1000 == 0 and watch.seconds - told > self.STEP:
                told = watch.seconds
                left = told / done * (self.count - done)
                print(
                    f"\r  {self.name}: {done:,} of {self.count:,}, {left:.0f} s left   ", end="", flush=True
                )
        print(f"\r  {self.name}: {done:,} in {watch.seconds:.1f} s            ", flush=True)


def _row(figure: Figure) -> tuple[str, ...]:
    goal = ""
    if figure.goal is not None:
        sign = "≥" if figure.more_is_better else "≤"
        goal = f"{sign} {figure.goal:g}" + (" x floor" if figure.is_ratio else f" {figure.unit}")
    holds = {True: "yes", False: "NO", None: ""}[figure.holds]
    return (
        figure.name,
        f"{figure.value:,.2f} {figure.unit}" if figure.value < 100 else f"{figure.value:,.0f} {figure.unit}",
        f"{figure.floor:,.2f}" if figure.floor else "",
        f"{figure.ratio:.2f}" if figure.ratio else "",
        goal,
        holds,
        figure.note,
    )
