"""Finding: search by a rare code, a common word and a part of a word.

In:    a filled firm
Out:   milliseconds of the page of results
Touch: a web process
"""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from bench import stage
from bench.figures import Figure, share
from bench.fill import CODE, Filled
from bench.pages import Asked, grown, took

ROUNDS = 120


def figures_of(filled: Sequence[Filled]) -> Iterator[Figure]:
    """The three kinds of question, in a small firm and in a large one."""
    first: dict[str, float] = {}
    with stage.process("web"):
        for one in filled:
            for figure in _of_one(one):
                yield figure
                yield from grown(figure, first)


def _of_one(filled: Filled) -> Iterator[Figure]:
    page = f"/w/{filled.firm.workspace.slug}/search/?q="
    codes = [CODE.format(one.number) for one in filled.conversations]
    asked = (
        Asked(name="rare code", paths=[page + quote(code) for code in codes], holds="<mark>", goal=15),
        Asked(name="common word", paths=[page + "warrantycare", page + "order"], holds="<mark>", goal=60),
        Asked(name="part of a word", paths=[page + "rrantyca", page + "phyrli"], holds="<mark>", goal=60),
    )
    for one in asked:
        took(filled.firm, one, clients=1, rounds=12)
        taken = took(filled.firm, one, clients=1, rounds=ROUNDS)
        yield Figure(
            name=f"search, {one.name}, p50, {filled.messages:,} messages",
            value=share(taken, 0.5),
            unit="ms",
            goal=one.goal,
            note=f"p95 {share(taken, 0.95):.1f} ms",
            operation=f"search, {one.name}",
            size=filled.messages,
        )
