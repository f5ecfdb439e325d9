"""Real cases of other people's test suites: the figures reached may only rise."""

from pathlib import Path

import pytest

from threadwell.interfaces.commands.evaluate import score_of

DATA = Path(__file__).parents[4] / "shared" / "data"

REACHED = [
    ("email_robustness", "kept_and_readable", 1.0),
    ("email_parse_zammad", "fields", 0.98),
    ("email_parse_stalwart", "fields", 0.968),
    ("header_vectors", "fields", 0.96),
]


@pytest.mark.parametrize(("name", "metric", "reached"), REACHED, ids=[row[0] for row in REACHED])
def test_figure_does_not_drop(name: str, metric: str, reached: float) -> None:
    if not (DATA / name).is_dir():
        pytest.skip("the set is not on this machine")
    score = score_of(name, DATA / name)
    assert score.metrics[metric] >= reached, score.misses
