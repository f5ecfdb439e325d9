"""Finding: search by a rare code, a common word and a part of a word.

In:    a filled firm
Out:   milliseconds of the page of results
Touch: a web process
"""

from collections.abc import Iterator
from urllib.parse import quote

from bench import stage
from bench.figures import Figure, share
from bench.fill import CODE, Filled
from bench.pages import Asked, took

ROUNDS = 120


def figures_of(filled: Filled) -> Iterator[Figure]:
    """The three kinds of question."""
    page = f"/w/{filled.firm.workspace.slug}/search/?q="
    codes = [CODE.format(one.number) for one in filled.conversations]
    asked = (
        Asked(name="rare code", paths=[page + quote(code) for code in codes], holds="<mark>", goal=15),
        Asked(name="common word", paths=[page + "warrantycare", page + "order"], holds="<mark>", goal=60),
        Asked(name="part of a word", paths=[page + "rrantyca", page + "phyrli"], holds="<mark>", goal=60),
    )
    with stage.process("web"):
        for one in asked:
            took(filled.firm, one, clients=1, rounds=12)
            taken = took(filled.firm, one, clients=1, rounds=ROUNDS)
            yield Figure(
                name=f"search, {one.name}, p50, {filled.messages:,} messages",
                value=share(taken, 0.5),
                unit="ms",
                goal=one.goal,
                note=f"p95 {share(taken, 0.95):.1f} ms",
            )
