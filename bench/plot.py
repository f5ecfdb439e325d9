"""Plot: how the cost of each operation grows with what stands in the database.

In:    the figures that were kept in a folder
Out:   one picture, growth.svg beside them
Touch: that picture

Of runs of the same size the newest counts. A line that lies flat is what we want.
"""

import json
from collections import defaultdict
from pathlib import Path

NAME = "growth.svg"
#: A red that colour-blind people tell from a blue, and so on: Okabe and Ito's eight, without the yellow.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
DASHES = ("-", "--", ":", "-.")


def draw(folder: Path) -> Path:
    """Draw it anew from all that is kept there."""
    # It takes a second to load, and only whoever keeps figures needs it.
    from matplotlib import pyplot
    from matplotlib.ticker import FuncFormatter, LogLocator

    pyplot.rcParams |= {"svg.hashsalt": "threadwell", "svg.fonttype": "none", "font.family": "sans-serif"}
    drawn, axes = pyplot.subplots(figsize=(10, 7))
    lines = sorted(_lines(folder).items(), key=lambda one: max(one[1].values()), reverse=True)
    for place, (operation, points) in enumerate(lines):
        style = {
            "color": COLOURS[place % len(COLOURS)],
            "linestyle": DASHES[place // len(COLOURS) % len(DASHES)],
        }
        axes.plot(*zip(*sorted(points.items()), strict=True), marker="o", label=operation, **style)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("messages or interactions in the database")
    axes.set_ylabel("milliseconds at the client, median, one client")
    axes.xaxis.set_major_locator(LogLocator())
    plain = FuncFormatter(lambda value, _place: f"{value:,.0f}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(plain)
    axes.yaxis.set_minor_formatter(plain)
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8, frameon=False)
    place = folder / NAME
    drawn.savefig(place, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(drawn)
    return place


def _lines(folder: Path) -> dict[str, dict[int, float]]:
    """Milliseconds by size, for each operation."""
    lines: dict[str, dict[int, float]] = defaultdict(dict)
    for kept in sorted(folder.glob("*.json")):
        for figure in json.loads(kept.read_text())["figures"]:
            if figure.get("operation") and figure["unit"] == "ms":
                lines[figure["operation"]][figure["size"]] = figure["value"]
    return dict(lines)
