"""Threading: letters of public lists must end in the conversations that their headers tell of.

In:    a folder with `<corpus>.mbox.gz`, `<corpus>.hard.mbox.gz` and `<corpus>.truth.jsonl`.
Out:   Score: pairwise precision, recall and F1 per corpus, parents, and whether order matters.
Touch: nothing but files.

The letters go through the product's own decision, with keys and traces kept in memory as the journey keeps
them in tables.
"""

import gzip
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from threadwell.channels.email import read
from threadwell.channels.email.clues import Clues, clues_of, keys_of, own_key
from threadwell.flow.arrive.signals import Held, Trace, decide, trace_of
from threadwell.interfaces.commands.evaluations import Miss, Score

AIM = 0.98
SHUFFLES = 5
MISSES_AT_MOST = 40


def evaluate(folder: Path) -> Score:
    """Score each corpus of the folder, whole and with its headers thinned out."""
    metrics: dict[str, float] = {}
    aims: dict[str, float] = {}
    misses: list[Miss] = []
    cases = 0
    for truth_file in sorted(folder.glob("*.truth.jsonl")):
        corpus = truth_file.name.removesuffix(".truth.jsonl")
        truth = [json.loads(line) for line in truth_file.read_text(encoding="utf-8").splitlines()]
        threads = [row["thread"] for row in truth]
        for variety in ("", ".hard"):
            name = corpus + variety
            letters = [_clues(raw) for raw in _letters(folder / f"{name}.mbox.gz")]
            found = _place(letters, range(len(letters)))
            metrics |= {f"{name} {what}": value for what, value in _pairwise(found, threads).items()}
            metrics[f"{name} order independence"] = _order_independence(letters, found)
            aims |= {f"{name} f1": AIM, f"{name} order independence": 1.0}
            misses += _misses(name, found, truth)
            cases += len(letters)
            if not variety:
                metrics[f"{name} parent accuracy"], wrong = _parents(letters, truth)
                aims[f"{name} parent accuracy"] = AIM
                misses += wrong
    return Score(set="threading", cases=cases, metrics=metrics, at_least=aims, misses=tuple(misses))


_FROM_LINE = re.compile(rb"(?:\A|(?<=\n))From [^\n]*\n")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


def _letters(mbox: Path) -> Iterator[bytes]:
    for raw in _FROM_LINE.split(gzip.decompress(mbox.read_bytes()))[1:]:
        yield _QUOTED_FROM.sub(rb"\1", raw)


def _clues(raw: bytes) -> Clues:
    return clues_of(read.letter(raw), ours=(), arrived_at=datetime.max.replace(tzinfo=UTC))


@dataclass(slots=True)
class Conversation:
    """What a decision needs to know of a conversation."""

    id: UUID
    subject_base: str
    last_at: datetime
    is_closed: bool = False
    is_apart: bool = False
    taken_in_by: UUID | None = None


@dataclass(slots=True)
class Shelf:
    """What the product's tables hold, in memory."""

    keys: dict[str, tuple[UUID, str]] = field(default_factory=dict)
    traces: dict[str, list[Trace]] = field(default_factory=lambda: defaultdict(list))
    conversations: dict[UUID, Conversation] = field(default_factory=dict)

    def by_keys(self, keys: Sequence[str]) -> Mapping[str, Held]:
        """As Known says."""
        return {key: self._held(*self.keys[key]) for key in keys if key in self.keys}

    def by_subject(self, base: str, *, since: datetime, until: datetime, limit: int) -> Sequence[Trace]:
        """As Known says."""
        within = [trace for trace in self.traces[base] if since <= trace.at <= until]
        within.sort(key=lambda trace: trace.at, reverse=True)
        return [replace(trace, conversation=self.now(trace.conversation)) for trace in within[:limit]]

    def take(self, clues: Clues) -> UUID:
        """Place a letter and write down what follows, as the journey does."""
        verdict = decide(clues, self)
        conversation = verdict.conversation or self._open(clues, is_apart=verdict.follows is not None)
        for tie in verdict.also:
            if tie.is_certain:
                conversation = self._join(conversation, tie.conversation)
        for key in keys_of(clues):
            is_own = key == own_key(clues)
            known = self.keys.setdefault(key, (conversation, clues.sender if is_own else ""))
            if is_own and not known[1]:
                self.keys[key] = (known[0], clues.sender)
        self.traces[clues.subject.base].append(trace_of(clues, conversation=conversation))
        self.conversations[conversation].last_at = max(self.conversations[conversation].last_at, clues.at)
        return conversation

    def now(self, conversation: UUID) -> UUID:
        """Where a conversation is now that others may have taken it in."""
        while heir := self.conversations[conversation].taken_in_by:
            conversation = heir
        return conversation

    def _held(self, conversation: UUID, sender: str) -> Held:
        at = self.conversations[self.now(conversation)]
        return Held(
            conversation=at.id,
            sender=sender,
            subject_base=at.subject_base,
            last_at=at.last_at,
            is_closed=at.is_closed,
            is_apart=at.is_apart,
        )

    def _open(self, clues: Clues, *, is_apart: bool) -> UUID:
        new = UUID(int=len(self.conversations) + 1)
        self.conversations[new] = Conversation(
            id=new, subject_base=clues.subject.base, last_at=clues.at, is_apart=is_apart
        )
        return new

    def _join(self, one: UUID, other: UUID) -> UUID:
        keeps, *goes = sorted({self.now(one), self.now(other)})
        for gone in goes:
            self.conversations[gone].taken_in_by = keeps
        return keeps


def _place(letters: Sequence[Clues], order: Iterable[int]) -> list[UUID]:
    """The conversation of each letter, in the order of the corpus, after they came in `order`."""
    shelf = Shelf()
    placed = {at: shelf.take(letters[at]) for at in order}
    return [shelf.now(placed[at]) for at in range(len(letters))]


def _pairwise[Label](found: Sequence[UUID], threads: Sequence[Label]) -> dict[str, float]:
    both = _pairs(zip(found, threads, strict=True))
    claimed, true = _pairs(found), _pairs(threads)
    return {
        "precision": both / claimed if claimed else 1.0,
        "recall": both / true if true else 1.0,
        "f1": 2 * both / (claimed + true) if claimed + true else 1.0,
    }


def _pairs(labels: Iterable[object]) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(labels).values())


def _order_independence(letters: Sequence[Clues], found: Sequence[UUID]) -> float:
    """The mean F1 of what shuffled letters give against what the first order gave."""
    scores = []
    for seed in range(SHUFFLES):
        order = [*range(len(letters))]
        random.Random(seed).shuffle(order)  # noqa: S311 - the same shuffles each time
        scores.append(_pairwise(_place(letters, order), found)["f1"])
    order = [*reversed(range(len(letters)))]
    scores.append(_pairwise(_place(letters, order), found)["f1"])
    return sum(scores) / len(scores)


def _parents(letters: Sequence[Clues], truth: Sequence[Mapping[str, str]]) -> tuple[float, list[Miss]]:
    held = {clues.own_id for clues in letters}
    misses = []
    for clues, row in zip(letters, truth, strict=True):
        got = clues.parent_among(held)
        if got != (row["parent"] or ""):
            misses.append(Miss(case=row["message_id"], metric="parent", expected=str(row["parent"]), got=got))
    return 1 - len(misses) / len(letters), misses


def _misses(name: str, found: Sequence[UUID], truth: Sequence[Mapping[str, str]]) -> list[Miss]:
    """Threads that are torn, and conversations that mix threads; each once."""
    misses = []
    by_thread: dict[str, Counter[UUID]] = defaultdict(Counter)
    by_conversation: dict[UUID, Counter[str]] = defaultdict(Counter)
    for conversation, row in zip(found, truth, strict=True):
        by_thread[row["thread"]][conversation] += 1
        by_conversation[conversation][row["thread"]] += 1
    for thread, parts in by_thread.items():
        if len(parts) > 1:
            got = "+".join(str(count) for count in sorted(parts.values(), reverse=True))
            misses.append(
                Miss(case=f"{name} thread {thread}", metric="f1", expected="one conversation", got=got)
            )
    for mixed in by_conversation.values():
        if len(mixed) > 1:
            case = f"{name} threads {', '.join(str(thread) for thread in sorted(mixed))}"
            misses.append(
                Miss(case=case, metric="f1", expected="apart", got=f"one conversation of {mixed.total()}")
            )
    return misses[:MISSES_AT_MOST]
