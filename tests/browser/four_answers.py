"""Four answers: from a fragment that somebody types to the four answers about a customer, on the clock.

In:    a page of somebody who is signed in, the desk's address, fragments with the names they stand for
Out:   seconds of each, from the first letter to the moment all four are seen; what they say
Touch: nothing
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from time import perf_counter

from playwright.sync_api import Page

LETTER = 60  #: milliseconds between two letters of somebody who types fast
ANSWERS = ("answer-last", "answer-who", "answer-next", "answer-story")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A customer that was found and opened."""

    name: str
    seconds: float
    answers: dict[str, str]  #: by the name of the part of the page


def walk(page: Page, desk: str, wanted: Iterable[tuple[str, str]]) -> Iterator[Opened]:
    """Each from the desk, through the one search box, by its fragment."""
    for typed, name in wanted:
        page.goto(desk)
        page.keyboard.press("Control+k")
        box = page.locator("#goto-q")
        box.wait_for()
        began = perf_counter()
        box.press_sequentially(typed, delay=LETTER)
        found = page.locator("#goto a[href*='/customers/']", has_text=name).first
        found.click()
        for part in ANSWERS:
            page.locator(f"#{part}").wait_for()
        seconds = perf_counter() - began
        said = {part: page.locator(f"#{part}").inner_text() for part in ANSWERS}
        yield Opened(name=name, seconds=seconds, answers=said)


def fragments(names: Iterable[str], *, seed: int, count: int = 10) -> list[tuple[str, str]]:
    """Customers by chance, each with a part of a word of their name that is theirs alone."""
    chance = Random(seed)
    every = sorted(set(names))
    wanted: list[tuple[str, str]] = []
    for name in chance.sample(every, len(every)):
        words = [word for word in name.split() if len(word) >= 5]
        if not words:
            continue
        word = chance.choice(words)
        first = chance.randrange(len(word) - 4)
        part = word[first : first + 5].lower()
        if sum(part in other.lower() for other in every) == 1:
            wanted.append((part, name))
        if len(wanted) == count:
            break
    return wanted
