"""Whatever a letter looks like, it is read: nothing raised, nothing that tables refuse, not for seconds."""

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.fuzz import mails
from tests.fuzz.conftest import FINDS, Budget
from tests.house.tree import ROOT

type Records = Callable[[str, Any], None]
HEADERS = st.sampled_from(
    [
        *("From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Content-Type"),
        *(
            "Content-Transfer-Encoding",
            "Content-Disposition",
            "Thread-Index",
            "Auto-Submitted",
            "X-Spam-Flag",
        ),
        *("Authentication-Results", "List-Id", "Reply-To", "Sender", "DKIM-Signature", "MIME-Version"),
    ]
)
VALUES = st.one_of(
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=60),
    st.lists(st.sampled_from(mails.WORDS), max_size=6).map(b"".join),
)
LETTERS = st.builds(
    lambda head, body: (
        b"".join(name.encode() + b": " + value + b"\r\n" for name, value in head) + b"\r\n" + b"".join(body)
    ),
    st.lists(st.tuples(HEADERS, VALUES), max_size=10),
    st.lists(VALUES, max_size=8),
)


@pytest.mark.parametrize("find", mails.kept(FINDS / "mails"), ids=lambda find: find.stem)
def test_what_was_found_once_is_read_now(find: Path) -> None:
    assert mails.problem(find.read_bytes()) == ""


def test_harmed_letters_are_read(budget: Budget, record_property: Records) -> None:
    parents = mails.seeds(budget.folder)
    assert len(parents) > 50
    chance = Random(budget.seed)
    count, found = 0, dict[str, bytes]()
    for raw in mails.mutants(parents, chance):
        count += 1
        told = mails.problem(raw)
        kind = told.split(":")[0].split(" s")[0][:40]
        if told and kind not in found:
            found[kind] = budget.keep(
                "mails", mails.smallest(raw, lambda less, t=told: mails.problem(less) == t)
            )
        if budget.is_over():
            break
    record_property("letters that had come to harm", count)
    assert found == {}, f"in {count} letters"


def test_letters_that_nobody_wrote_are_read(budget: Budget, record_property: Records) -> None:
    count = 0

    def read(raw: bytes) -> None:
        nonlocal count
        count += 1
        if told := mails.problem(raw):
            budget.keep("mails", mails.smallest(raw, lambda less: mails.problem(less) == told))
            pytest.fail(f"{told}: {raw!r}")

    budget.spend(LETTERS, read)
    record_property("letters by hypothesis", count)
    assert count > 10


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not on this machine")
def test_letters_by_coverage_are_read(budget: Budget, tmp_path: Path, record_property: Records) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, raw in enumerate(mails.seeds(budget.folder)):
        (corpus / f"{number:05}").write_bytes(raw)
    began = time.monotonic()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.fuzz.mails_by_coverage", f"-max_total_time={budget.seconds:.0f}"),
            *(
                f"-seed={budget.seed}",
                "-max_len=20000",
                f"-timeout={mails.SLOW * 4:.0f}",
                "-rss_limit_mb=4000",
            ),
            *(f"-artifact_prefix={tmp_path}/find-", "-print_final_stats=1", str(corpus)),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=budget.seconds * 4 + 240,
    )
    stats = [line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line]
    record_property("letters by coverage", int(stats[0]) if stats else 0)
    finds = [budget.keep("mails", one.read_bytes()) for one in tmp_path.glob("find-*")]
    assert (finds, done.returncode) == ([], 0), done.stderr[-3000:]
    assert stats, f"nothing was run in {time.monotonic() - began:.0f} s: {done.stderr[-3000:]}"
