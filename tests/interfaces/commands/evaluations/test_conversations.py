"""The sets about conversations and their clocks keep the figures that were reached on the shared corpora."""

from pathlib import Path

import pytest

from threadwell.interfaces.commands.evaluations import business_hours, reply_stripping, threading

DATA = Path(__file__).resolve().parents[4].parent / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared corpora are not here")


def test_visible_replies_keep_their_figures() -> None:
    score = reply_stripping.evaluate(DATA / "reply_stripping")
    assert not score.shortfalls()
    assert score.metrics["pass rate"] >= 0.98
    assert score.metrics["text exact"] == 1.0


def test_threads_keep_their_figures() -> None:
    score = threading.evaluate(DATA / "threading")
    assert not score.shortfalls()
    assert min(value for name, value in score.metrics.items() if name.endswith(" f1")) >= 0.99


def test_every_case_of_business_hours_is_right() -> None:
    assert not business_hours.evaluate(DATA / "business_hours").misses
