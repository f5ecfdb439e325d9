"""Entity resolution, Febrl's sets: people held several times, with slips of the pen and missing fields.

In:    a folder with <name>.csv and <name>.links.csv; of two lists to be linked, <name>a.csv and <name>b.csv
Out:   Score: precision, recall and F1 over pairs, with all columns, and with those a contact has
Touch: nothing but files

The comparison is the product's own (`record/people/likeness`); no pair is shown to it beforehand.
"""

import csv
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from threadwell.interfaces.commands.evaluations import Miss, Score
from threadwell.record.people.likeness import finding
from threadwell.record.people.likeness.records import Columns, Record, base_of

TEXTS = ("address_1", "address_2", "suburb")
CODES = ("street_number", "postcode", "state")
PRIVATE = ("date_of_birth", "soc_sec_id")
WAYS = {
    "all columns": Columns(texts=TEXTS, codes=CODES + PRIVATE),
    "contact profile": Columns(texts=TEXTS, codes=CODES),
}
AIMS = {"all columns": 0.97, "contact profile": 0.99}
SHOWN = 50  #: misses of each set and way

type Row = dict[str, str]
type Two = tuple[str, str]


def evaluate(folder: Path) -> Score:
    metrics: dict[str, float] = {}
    misses: list[Miss] = []
    cases = 0
    for links in _links_in(folder):
        name = links.name.removesuffix(".links.csv")
        rows = dict(_rows(folder, name))
        truth = {_two(link["id_a"], link["id_b"]) for link in _read(links)}
        cases += len(truth)
        for way, columns in WAYS.items():
            begun = time.perf_counter()
            got = _found(rows, columns)
            metrics |= _figures(f"{name}, {way}", got, truth)
            metrics[f"{name}, {way}: seconds"] = round(time.perf_counter() - begun, 2)
            misses += _misses(f"{name}, {way}", got, truth, rows)
    aims = {name: AIMS[way] for name in metrics for way in WAYS if name.endswith(f"{way}: F1")}
    return Score(
        set="entity_resolution_febrl", cases=cases, metrics=metrics, at_least=aims, misses=tuple(misses)
    )


def _links_in(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.links.csv"))
    if not found:
        raise FileNotFoundError(2, "no list of links", str(folder / "*.links.csv"))
    return found


def _rows(folder: Path, name: str) -> Iterator[tuple[str, Row]]:
    """The records of a set, each with the list it stands in when there are several."""
    whole = folder / f"{name}.csv"
    parts = [whole] if whole.exists() else sorted(folder.glob(f"{name}[-_a-z]*.csv"))
    parts = [part for part in parts if not part.name.endswith((".links.csv", ".clusters.csv"))]
    if not parts:
        raise FileNotFoundError(2, "no records", str(whole))
    for part in parts:
        for row in _read(part):
            yield row["id"], {**row, "source": part.name if len(parts) > 1 else ""}


def _read(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as opened:
        return [{key: (value or "").strip() for key, value in row.items()} for row in csv.DictReader(opened)]


def _found(rows: dict[str, Row], columns: Columns) -> set[Two]:
    records = (
        Record(
            key=key,
            name=f"{row['given_name']} {row['surname']}",
            texts=[row[column] for column in columns.texts],
            codes=[row[column] for column in columns.codes],
            source=row["source"],
        )
        for key, row in rows.items()
    )
    groups = finding.duplicates(base_of(columns, records)).families
    return {
        _two(one, other)
        for group in groups
        for one, other in combinations(group, 2)
        if not rows[one]["source"] or rows[one]["source"] != rows[other]["source"]
    }


def _figures(name: str, got: set[Two], truth: set[Two]) -> dict[str, float]:
    hits = len(got & truth)
    precision, recall = hits / len(got) if got else 1.0, hits / len(truth) if truth else 1.0
    both = 2 * precision * recall / (precision + recall) if hits else 0.0
    return {
        f"{name}: precision": round(precision, 4),
        f"{name}: recall": round(recall, 4),
        f"{name}: F1": round(both, 4),
    }


def _misses(name: str, got: set[Two], truth: set[Two], rows: dict[str, Row]) -> Iterator[Miss]:
    for one, other in sorted(got ^ truth)[:SHOWN]:
        is_one = (one, other) in truth
        told = " / ".join(", ".join(value for value in rows[key].values() if value) for key in (one, other))
        said = ("one", "two") if is_one else ("two", "one")
        yield Miss(case=told, metric=name, expected=said[0], got=said[1])


def _two(one: str, other: str) -> Two:
    return (one, other) if one < other else (other, one)
