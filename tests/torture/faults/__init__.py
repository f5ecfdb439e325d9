"""Faults: each a function that lets something go wrong under load, and counts afterwards what is left.

In:    a Siege, how much is sent, how often the fault strikes, chance
Out:   a Tally
Touch: the siege's processes and data alone
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.torture.siege import Siege
from tests.torture.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How long a run is."""

    mails: int
    strikes: int
    seconds: float  #: for which something is away, deaf or slow


SHORT = Measure(mails=60, strikes=1, seconds=2)
LONG = Measure(mails=2000, strikes=4, seconds=60)

type Fault = Callable[[Siege, Measure, Random], Tally]
