"""How long, from which seed, over which folder; where finds are laid."""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.house.tree import ROOT

FINDS = Path(__file__).parent / "finds"
SECONDS = 4.0  #: for each test of bin/test
LAID = ROOT / "var" / "finds"  #: not among the cases yet: made from other people's letters, perhaps


@dataclass(kw_only=True)
class Budget:
    """What one test may spend."""

    seconds: float
    seed: int
    folder: Path | None
    began: float = field(default_factory=time.monotonic)

    def is_over(self) -> bool:
        return time.monotonic() - self.began > self.seconds

    def spend[T](self, some: SearchStrategy[T], test: Callable[[T], None], *, examples: int = 100) -> None:
        """A test of hypothesis with one seed after another, until the time is over."""
        turn = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        for number in count():

            def once(one: T) -> None:
                if not self.is_over():
                    test(one)

            seed(self.seed * 1_000_000 + number)(turn(given(some)(once)))()
            if self.is_over():
                return

    def keep(self, part: str, raw: bytes) -> bytes:
        """Lay a find aside, for somebody to look at and to make a case of."""
        place = LAID / part / hashlib.sha256(raw).hexdigest()[:12]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(raw)
        return raw[:2000]


@pytest.fixture
def budget() -> Budget:
    folder = os.environ.get("FUZZ_FOLDER", "")
    return Budget(
        seconds=float(os.environ.get("FUZZ_SECONDS", SECONDS)),
        seed=int(os.environ.get("FUZZ_SEED", "1")),
        folder=Path(folder) if folder else None,
    )
