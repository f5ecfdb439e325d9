"""Merging: several records become one for whoever looks, and can become several again.

In:    records of one kind, an agent; a proposal and what was decided about it
Out:   Merge rows, `one_with`, events; refusals with a sentence
Touch: Merge, MergeProposal, Contact.one_with, Organisation.one_with

Nothing but `one_with` changes on a record, so there is nothing to put back (docs/decisions/0012). Whoever
changes a family holds the row of its root, and roots are taken in the order of their keys: of two who merge
the same pair at once the second is told.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from threadwell.kit import clock, ids
from threadwell.kit.errors import DomainError, Invalid, NotFound
from threadwell.record.journal.telling import tell
from threadwell.record.people.merging import Kind
from threadwell.record.people.models import Account, Contact, Merge, MergeProposal, Organisation
from threadwell.record.people.one import root_of
from threadwell.record.workplace.models import Agent

MOST = 100  #: records merged in one go
TRIES = 5  #: to hold a root that others keep changing
DEEPEST = 50  #: organisations above each other

MODELS: dict[str, type[Account]] = {Kind.CONTACT: Contact, Kind.ORGANISATION: Organisation}
State = MergeProposal.State


class AlreadyMerged(DomainError):
    """One of them is part of another already."""

    code = "already-merged"


class AlreadyApart(DomainError):
    """The merge was undone before."""

    code = "already-apart"


class AlreadyDecided(DomainError):
    """Somebody has said what they think of a proposal."""

    code = "already-decided"


def merge(
    kind: str, keys: Iterable[UUID], *, into: UUID, by: Agent, proposal: MergeProposal | None = None
) -> UUID:
    """All of these become one, which ``into`` stands for; the key of the batch, to take it apart again."""
    model = MODELS[kind]
    wanted = {*keys, into}
    if not 2 <= len(wanted) <= MOST:
        raise Invalid(_("Choose 2 to %(most)s records to merge.") % {"most": MOST})
    with transaction.atomic():
        rows = _held(model, by.workspace_id, wanted)
        for row in rows.values():
            _refuse_merged(row)
        survivor = rows.pop(into)
        if kind == Kind.ORGANISATION:
            _refuse_circle(by.workspace_id, survivor, list(rows.values()))
        batch = ids.new()
        Merge.objects.bulk_create(
            [
                Merge(
                    workspace_id=by.workspace_id,
                    kind=kind,
                    survivor=survivor.pk,
                    absorbed=row.pk,
                    absorbed_name=_name(row),
                    batch=batch,
                    evidence=proposal.evidence if proposal else [],
                    score=proposal.score if proposal else None,
                    by=by,
                )
                for row in rows.values()
            ]
        )
        every = model.objects.of(by.workspace_id)
        every.filter(Q(pk__in=rows) | Q(one_with_id__in=rows)).update(one_with_id=survivor.pk)
        _settle_proposals(by, members=_family(model, by.workspace_id, survivor.pk))
        for row in rows.values():
            tell(survivor, f"{kind}.merged", by=by, absorbed=str(row.pk), name=_name(row), batch=str(batch))
    return batch


def unmerge(merge: Merge, *, by: Agent) -> None:
    """The absorbed record stands for itself again, with all that had been merged into it before."""
    with transaction.atomic():
        edges = Merge.objects.of(by.workspace_id)
        edge = edges.select_for_update(no_key=True).get(pk=merge.pk)
        if edge.undone_at:
            raise AlreadyApart(_("This merge was undone before."))
        model = MODELS[edge.kind]
        root = _root_held(model, by.workspace_id, edge)
        edge.undone_at, edge.undone_by = clock.now(), by
        edge.save(update_fields=["undone_at", "undone_by"])
        apart = _below(by.workspace_id, edge.absorbed)
        _stand(model, by.workspace_id, edge.absorbed)
        _reopen_proposals(by, apart)
        if root is not None:
            absorbed = str(edge.absorbed)
            tell(root, f"{edge.kind}.unmerged", by=by, absorbed=absorbed, name=edge.absorbed_name)


def take_apart(batch: UUID, *, by: Agent) -> int:
    """Undo what was merged in one go, as far as it is still merged; how many stand for themselves again."""
    with transaction.atomic():
        edges = list(Merge.objects.of(by.workspace_id).filter(batch=batch, undone_at=None).order_by("pk"))
        for edge in edges:
            unmerge(edge, by=by)
    return len(edges)


def accept(proposal: MergeProposal, *, by: Agent, into: UUID | None = None) -> UUID:
    """They are one. ``into`` is the one that stands for both; else the older one with a name."""
    with transaction.atomic():
        held = _open(proposal, by)
        one, other = pair_of(held)
        if one.pk == other.pk:
            raise AlreadyMerged(_("These two are one already."))
        if into not in (None, one.pk, other.pk):
            raise Invalid(_("One of the two must stand for both."))
        survivor = into or min((one, other), key=lambda row: (not _name(row), row.pk)).pk
        return merge(held.kind, [one.pk, other.pk], into=survivor, by=by, proposal=held)


def reject(proposal: MergeProposal, *, by: Agent, for_ever: bool = False) -> None:
    """They are two, as far as we know; or for certain, so that nobody is ever asked again."""
    with transaction.atomic():
        held = _open(proposal, by)
        _decide(held, State.NEVER if for_ever else State.REJECTED, by)
        told = {"other": str(held.second), "never": for_ever}
        tell(pair_of(held)[0], f"{held.kind}.told_apart", by=by, **told)


def ask_again(proposal: MergeProposal, *, by: Agent) -> None:
    """What was rejected is open again."""
    with transaction.atomic():
        held = _held_proposal(proposal, by)
        if held.state in (State.REJECTED, State.NEVER):
            _decide(held, State.OPEN, None)


def pair_of(proposal: MergeProposal) -> tuple[Account, Account]:
    """The records that stand for the two now."""
    rows = MODELS[proposal.kind].objects.of(proposal.workspace_id).select_related("one_with")
    found = {row.pk: root_of(row) for row in rows.filter(pk__in=[proposal.first, proposal.second])}
    if len(found) < 2:
        raise NotFound(_("One of the two is no longer there."))
    return found[proposal.first], found[proposal.second]


def _held(model: type[Account], workspace_id: UUID, keys: Collection[UUID]) -> dict[UUID, Account]:
    rows = model.objects.of(workspace_id).filter(pk__in=keys).order_by("pk")
    # No key of theirs changes: a mail that comes in meanwhile need not wait.
    held = {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True)}
    if len(held) < len(set(keys)):
        raise NotFound(_("One of them is no longer there."))
    return held


def _refuse_merged(row: Any) -> None:
    if row.one_with_id:
        raise AlreadyMerged(
            _("%(name)s is one with %(other)s already. Look again before you merge.")
            % {"name": _name(row) or _("(no name)"), "other": _name(row.one_with) or _("(no name)")}
        )


def _refuse_circle(workspace_id: UUID, survivor: Account, others: Sequence[Account]) -> None:
    """No organisation may end up above itself."""
    together = {survivor.pk, *(other.pk for other in others)}
    every = Organisation.objects.of(workspace_id)
    family = every.filter(Q(pk__in=together) | Q(one_with_id__in=together))
    above = set(family.exclude(parent=None).values_list("parent_id", flat=True))
    for _step in range(DEEPEST):
        found: Any = every.filter(pk__in=above).values_list("pk", "one_with_id", "parent_id")
        rows = [(one_with or key, parent) for key, one_with, parent in found]
        if any(key in together for key, _parent in rows):
            raise Invalid(_("One of them belongs to another of them. Change that before you merge them."))
        above = {parent for _key, parent in rows if parent}
        if not above:
            return


def _root_held(model: type[Account], workspace_id: UUID, edge: Merge) -> Account | None:
    """The root of the family, held, so that nobody else changes it meanwhile; nothing when it is gone."""
    every = model.objects.of(workspace_id)
    for _try in range(TRIES):
        top = _top(workspace_id, edge.survivor)
        root = every.filter(pk=top).select_for_update(of=("self",), no_key=True).first()
        if _top(workspace_id, edge.survivor) == top:
            return root
    raise AlreadyMerged(_("Somebody else is merging these right now. Look again, and try once more."))


def _top(workspace_id: UUID, key: UUID) -> UUID:
    """The record that nothing active was merged above."""
    upwards = Merge.objects.of(workspace_id).filter(undone_at=None)
    while (above := upwards.filter(absorbed=key).values_list("survivor", flat=True).first()) is not None:
        key = above
    return key


def _below(workspace_id: UUID, key: UUID) -> set[UUID]:
    """A record and all that was merged into it, and into those."""
    found, edge = {key}, {key}
    active = Merge.objects.of(workspace_id).filter(undone_at=None)
    while edge:
        edge = set(active.filter(survivor__in=edge).values_list("absorbed", flat=True)) - found
        found |= edge
    return found


def _stand(model: type[Account], workspace_id: UUID, key: UUID) -> None:
    """A record stands for itself and for all below it; when it is gone, each of those below does."""
    every = model.objects.of(workspace_id)
    if every.filter(pk=key).update(one_with_id=None):
        below = _below(workspace_id, key) - {key}
        every.filter(pk__in=below).update(one_with_id=key)
        return
    active = Merge.objects.of(workspace_id).filter(undone_at=None, survivor=key)
    for child in list(active.values_list("absorbed", flat=True)):
        _stand(model, workspace_id, child)


def _family(model: type[Account], workspace_id: UUID, root: UUID) -> set[UUID]:
    rows = model.objects.of(workspace_id).filter(one_with_id=root)
    return {root, *rows.values_list("pk", flat=True)}


def _settle_proposals(by: Agent, *, members: set[UUID]) -> None:
    within = MergeProposal.objects.of(by.workspace_id).filter(first__in=members, second__in=members)
    within.filter(state__in=(State.OPEN, State.REJECTED)).update(
        state=State.ACCEPTED, decided_by=by, decided_at=clock.now()
    )


def _reopen_proposals(by: Agent, apart: set[UUID]) -> None:
    rows = MergeProposal.objects.of(by.workspace_id).filter(state=State.ACCEPTED)
    across = (Q(first__in=apart) & ~Q(second__in=apart)) | (~Q(first__in=apart) & Q(second__in=apart))
    rows.filter(across).update(state=State.OPEN, decided_by=None, decided_at=None)


def _held_proposal(proposal: MergeProposal, by: Agent) -> MergeProposal:
    held: MergeProposal = (
        MergeProposal.objects.of(by.workspace_id).select_for_update(of=("self",)).get(pk=proposal.pk)
    )
    return held


def _open(proposal: MergeProposal, by: Agent) -> MergeProposal:
    held = _held_proposal(proposal, by)
    if held.state != State.OPEN:
        raise AlreadyDecided(
            _("Somebody has decided this already: %(state)s.") % {"state": held.get_state_display()}
        )
    return held


def _decide(proposal: MergeProposal, state: str, by: Agent | None) -> None:
    proposal.state, proposal.decided_by = state, by
    proposal.decided_at = clock.now() if by else None
    proposal.save(update_fields=["state", "decided_by", "decided_at"])


def _name(row: Any) -> str:
    return str(row.name)
