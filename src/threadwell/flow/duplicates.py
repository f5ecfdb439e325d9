"""Duplicates: records that are likely one are found and proposed, never merged without a person.

In:    contacts and organisations that were made or changed; the wish to search the whole base
Out:   merge proposals with evidence; how far a search is
Touch: MergeProposal, DuplicateSearch, Bookmark; jobs
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import log
from typing import Any, Self
from uuid import UUID

import structlog
from django.db.models import Q
from django.utils.translation import gettext as _

from threadwell.flow.timed import striking
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import DomainError
from threadwell.kit.folding import begins, holds
from threadwell.kit.later import every, job, later
from threadwell.record.clocks.models import Bookmark
from threadwell.record.journal.models import Event
from threadwell.record.journal.telling import tell
from threadwell.record.people import by_parts, resembling
from threadwell.record.people.likeness import finding, weights
from threadwell.record.people.likeness.comparing import Pattern, compare
from threadwell.record.people.likeness.records import Base, Columns, Record, base_of, rarity
from threadwell.record.people.likeness.weights import Weights, chance
from threadwell.record.people.merging import Kind
from threadwell.record.people.models import Contact, DuplicateSearch, Identity, MergeProposal, Organisation
from threadwell.record.people.one import standing
from threadwell.record.workplace.models import Agent

READER = "duplicates"
AT_A_TIME = (
    300  #: changed contacts looked at in a minute; more came with an import, and are searched together
)
NEIGHBOURS = 60  #: that one contact is compared with
BACKDROP = 2000  #: organisations that one of them is compared with
COUNTED = 500  #: contacts of one name; it is common from there on
MORE = 3.0  #: what was rejected is asked again when so much more speaks for it
LATE = timedelta(hours=2)  #: a search that was not heard of for so long was killed
TOGETHER = 500  #: proposals kept in one transaction

State = MergeProposal.State
_log = structlog.get_logger(__name__)


class AlreadySearching(DomainError):
    """The whole base is being searched right now."""

    code = "already-searching"


def search(*, by: Agent) -> DuplicateSearch:
    """Begin to search the whole base, in the background."""
    running = DuplicateSearch.objects.of(by.workspace_id).filter(
        done_at=None, failed_because="", begun_at__gt=clock.now() - LATE
    )
    if running.exists():
        raise AlreadySearching(_("The base is being searched already."))
    state: DuplicateSearch = DuplicateSearch.objects.create(workspace_id=by.workspace_id, by=by)
    later(search_all, after=f"duplicates:{by.workspace_id}", workspace_id=by.workspace_id, search_id=state.pk)
    return state


@job("search-duplicates")
def search_all(workspace_id: str, search_id: str) -> None:
    """Compare everybody with everybody who may be meant; the slow part holds no transaction."""
    workspace, progress = UUID(workspace_id), _Progress(UUID(workspace_id), UUID(search_id))
    try:
        for kind in Kind.values:
            with tenancy.entered(workspace):
                columns = resembling.columns_of(workspace, kind)
                records = list(resembling.records_of(workspace, kind, columns))
            progress.read(len(records))
            found = finding.duplicates(base_of(columns, records), tell=progress.compared)
            progress.step("keeping")
            progress.kept(_keep_found(workspace, kind, columns, records, found), kind, columns, found)
        progress.done()
    except Exception as wrong:
        _log.exception("the search for duplicates stopped", workspace=workspace_id)
        progress.failed(wrong)


@every("* * * * *", "duplicates.each_minute")
def each_minute(timestamp: int) -> None:
    """Records that were made or changed since the last look, in every workspace."""
    striking.in_every(look_at_changed, "changed contacts")


def look_at_changed(workspace_id: UUID) -> int:
    """Compare those that changed since the last time; how many."""
    with tenancy.entered(workspace_id):
        mark, _is_new = Bookmark.objects.of(workspace_id).get_or_create(
            workspace_id=workspace_id, reader=READER, defaults={"read_to": clock.now() - timedelta(days=1)}
        )
        since, until = mark.read_to, clock.now()
        changed = Contact.objects.of(workspace_id).filter(standing(), changed_at__gt=since)
        reached = Event.objects.of(workspace_id).filter(name="contact.identity_added", at__gt=since)
        keys = list(changed.order_by("changed_at").values_list("pk", flat=True)[:AT_A_TIME])
        keys += reached.values_list("about", flat=True)[:AT_A_TIME]
        mark.read_to = until
        mark.save(update_fields=["read_to"])
        scale = _Scale.of(workspace_id) if keys else None
        firms = Organisation.objects.of(workspace_id).filter(standing(), changed_at__gt=since)
        others = list(firms.order_by("changed_at").values_list("pk", flat=True)[:AT_A_TIME])
        scale_of_firms = _Scale.of(workspace_id, Kind.ORGANISATION) if others else None
    for key in dict.fromkeys(keys):
        with tenancy.entered(workspace_id):
            look_at(workspace_id, key, scale)
    for key in others:
        with tenancy.entered(workspace_id):
            look_at(workspace_id, key, scale_of_firms)
    return len(keys) + len(others)


def look_at(workspace_id: UUID, key: UUID, known: "_Scale | None" = None) -> int:
    """Compare one record with those it may be one with; how many are likely. Others are forgotten."""
    known = known or _Scale.of(workspace_id)
    about = Q(first=key) | Q(second=key)
    opened = MergeProposal.objects.of(workspace_id).filter(about, state=State.OPEN)
    proposed = {one for pair in opened.values_list("first", "second") for one in pair}
    beside = _neighbours if known.kind == Kind.CONTACT else _firms_beside
    neighbours = beside(workspace_id, key) | proposed
    if not neighbours:
        return 0
    records = list(resembling.records_of(workspace_id, known.kind, known.columns, {key, *neighbours}))
    mine = next((record for record in records if record.key == str(key)), None)
    if mine is None:  # it is no more, or a machine
        opened.delete()
        return 0
    base = known.as_rare_as_here(base_of(known.columns, records))
    [me] = [profile for profile in base.profiles if profile.key == mine.key]
    found = []
    for record, profile in zip(records, base.profiles, strict=True):
        if record is not mine and known.weights.of(pattern := compare(me, profile)) > 0:
            two = (mine, record)
            found.append(_proposal(workspace_id, known.kind, known.columns, known.weights, pattern, two))
    if found or proposed:
        opened.exclude(pk__in=_keep(workspace_id, found)).delete()
    return len(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """What records of a workspace are weighed with; good for as many as are looked at together."""

    workspace_id: UUID
    kind: str
    columns: Columns
    count: int
    weights: Weights
    shares: dict[str, float] = field(default_factory=dict)  #: of the base is called so

    @classmethod
    def of(cls, workspace_id: UUID, kind: str = Kind.CONTACT) -> Self:
        columns = resembling.columns_of(workspace_id, kind)
        rows: Any = Contact if kind == Kind.CONTACT else Organisation
        count = rows.objects.of(workspace_id).filter(standing()).count()
        known = _weights(workspace_id, kind, columns, count)
        return cls(workspace_id=workspace_id, kind=kind, columns=columns, count=count, weights=known)

    def as_rare_as_here(self, base: Base) -> Base:
        """Names are as rare as they are in the whole base, not among those who are called alike."""
        told = Counter(name for profile in base.profiles for name in set(profile.names))
        shared = [name for name, times in told.items() if times > 1]
        rows = Contact.objects.of(self.workspace_id).filter(standing())
        for name in shared:
            if name not in self.shares:
                called = rows.filter(holds("name", name))[:COUNTED].count()
                self.shares[name] = called / max(self.count, 100)
        for profile in base.profiles:
            profile.name_rarity = tuple(
                rarity(self.shares[name] if told[name] > 1 else 0.0) for name in profile.names
            )
        return base


class _Progress:
    """How far a search is, written for whoever looks at the page."""

    def __init__(self, workspace_id: UUID, search_id: UUID) -> None:
        self.workspace_id, self.search_id = workspace_id, search_id
        self.records = self.pairs = self.before = self.proposed = 0
        self.learned: dict[str, Any] = {}

    def read(self, count: int) -> None:
        self.records += count
        self.before = self.pairs
        self.step("comparing")

    def compared(self, pairs: int) -> None:
        self.pairs = self.before + pairs
        self.step("comparing")

    def kept(self, proposed: int, kind: str, columns: Columns, found: finding.Found) -> None:
        self.proposed += proposed
        self.learned[kind] = {"names": list(columns.names), "weights": found.weights.as_facts()}

    def step(self, step: str) -> None:
        self._write(step=step, records=self.records, pairs=self.pairs)

    def done(self) -> None:
        with tenancy.entered(self.workspace_id):
            self._write(
                step="done",
                done_at=clock.now(),
                proposed=self.proposed,
                learned=self.learned,
                pairs=self.pairs,
            )
            state = DuplicateSearch.objects.of(self.workspace_id).get(pk=self.search_id)
            facts = {"records": self.records, "pairs": self.pairs, "proposed": self.proposed}
            tell(state, "duplicates.searched", by=state.by, **facts)

    def failed(self, wrong: Exception) -> None:
        self._write(failed_because=f"{type(wrong).__name__}: {wrong}"[:300], done_at=clock.now())

    def _write(self, **facts: Any) -> None:
        with tenancy.entered(self.workspace_id):
            DuplicateSearch.objects.of(self.workspace_id).filter(pk=self.search_id).update(**facts)


def _keep_found(
    workspace_id: UUID, kind: str, columns: Columns, records: Sequence[Record], found: finding.Found
) -> int:
    """Propose what was found; of a family of many, as many pairs as make them one."""
    by_key = {record.key: record for record in records}
    joined: dict[str, str] = {}

    def head(key: str) -> str:
        while key in joined:
            key = joined[key]
        return key

    proposals = []
    for pair in found.pairs:
        one, other = head(pair.one), head(pair.other)
        if one != other:
            joined[other] = one
            two = (by_key[pair.one], by_key[pair.other])
            proposals.append(_proposal(workspace_id, kind, columns, found.weights, pair.pattern, two))
    kept: list[UUID] = []
    for start in range(0, len(proposals), TOGETHER):
        with tenancy.entered(workspace_id):
            kept += _keep(workspace_id, proposals[start : start + TOGETHER])
    with tenancy.entered(workspace_id):
        opened = MergeProposal.objects.of(workspace_id).filter(kind=kind, state=State.OPEN)
        opened.exclude(pk__in=kept).delete()
    return len(kept)


def _proposal(
    workspace_id: UUID,
    kind: str,
    columns: Columns,
    known: Weights,
    pattern: Pattern,
    two: tuple[Record, Record],
) -> MergeProposal:
    left, right = sorted(two, key=lambda record: UUID(record.key))
    pieces = resembling.evidence(columns, pattern, known, left, right)
    return MergeProposal(
        workspace_id=workspace_id,
        kind=kind,
        first=UUID(left.key),
        second=UUID(right.key),
        score=chance(known.of(pattern)),
        evidence=[piece.as_facts() for piece in pieces],
    )


def _keep(workspace_id: UUID, found: Sequence[MergeProposal]) -> list[UUID]:
    """Keep new ones, renew those that are open, leave what was decided; the keys of the open ones."""
    keys = {key for one in found for key in (one.first, one.second)}
    decided = _told_apart(workspace_id, keys)
    rows = MergeProposal.objects.of(workspace_id).filter(first__in=keys, second__in=keys)
    before = {(row.first, row.second): row for row in rows.select_for_update()}
    fresh, kept = [], []
    for one in found:
        known = before.get((one.first, one.second))
        if known is None:
            if (one.first, one.second) not in decided:
                fresh.append(one)
        elif known.state == State.OPEN or _says_more(known, one):
            known.score, known.evidence, known.state = one.score, one.evidence, State.OPEN
            known.changed_at = clock.now()
            known.save(update_fields=["score", "evidence", "state", "changed_at"])
            kept.append(known.pk)
    MergeProposal.objects.bulk_create(fresh, ignore_conflicts=True)
    return [*kept, *(one.pk for one in fresh)]


def _says_more(known: MergeProposal, now: MergeProposal) -> bool:
    return known.state == State.REJECTED and _odds(now.score) > _odds(known.score) + MORE


def _odds(score: float) -> float:
    held = min(max(score, 1e-9), 1 - 1e-9)
    return log(held / (1 - held))


def _told_apart(workspace_id: UUID, keys: Iterable[UUID]) -> set[tuple[UUID, ...]]:
    """Pairs that somebody told apart, also when it was said of members of theirs."""
    root: dict[UUID, UUID] = {key: key for key in keys}
    for model in (Contact, Organisation):
        members: Any = model.objects.of(workspace_id).filter(one_with_id__in=list(root))
        root |= dict(members.values_list("pk", "one_with_id"))
    told = MergeProposal.objects.of(workspace_id).filter(state__in=(State.NEVER, State.REJECTED))
    pairs = told.filter(first__in=root, second__in=root).values_list("first", "second")
    return {tuple(sorted((root[one], root[other]))) for one, other in pairs}


def _neighbours(workspace_id: UUID, contact_id: UUID) -> set[UUID]:
    """Those who are called alike, or are reached by something alike."""
    every_contact = Contact.objects.of(workspace_id).filter(standing())
    me = every_contact.filter(pk=contact_id).first()
    if me is None:
        return set()
    found: set[UUID] = set()
    values = Identity.objects.of(workspace_id).filter(contact_id=contact_id).values_list("kind", "value")
    told = list(values[:20])
    name = me.name or next((value.partition("@")[0] for kind, value in told if kind == "email"), "")
    if name:
        found |= by_parts.alike(workspace_id, name, most=NEIGHBOURS)
    for kind, value in told:
        part = value.partition("@")[0].partition("+")[0] if kind == "email" else value
        if len(part) >= 5:
            same = Identity.objects.of(workspace_id).filter(kind=kind, value__startswith=part)
            owners = same.select_related("contact")[:NEIGHBOURS]
            found |= {one.contact.one_with_id or one.contact_id for one in owners}
    return found - {contact_id}


def _firms_beside(workspace_id: UUID, key: UUID) -> set[UUID]:
    """All organisations of most workspaces: so it is seen which words are common in names here."""
    rows = Organisation.objects.of(workspace_id).filter(standing())
    me = rows.filter(pk=key).first()
    if me is None:
        return set()
    alike = Q(domains__overlap=me.domains) | begins("name", me.name[:4])
    near = rows.filter(alike).order_by("pk").values_list("pk", flat=True)[:BACKDROP]
    return {*near, *rows.order_by("-pk").values_list("pk", flat=True)[:BACKDROP]} - {key}


def _weights(workspace_id: UUID, kind: str, columns: Columns, count: int) -> Weights:
    """What the last search of the whole base learned, else what we expect."""
    done = DuplicateSearch.objects.of(workspace_id).filter(failed_because="").exclude(done_at=None)
    learned = done.order_by("-begun_at").values_list("learned", flat=True).first() or {}
    told = learned.get(kind, {})
    if told.get("names") == list(columns.names):
        return Weights.from_facts(told["weights"])
    return weights.expected(len(columns.names), records=count)
