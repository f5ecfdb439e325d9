"""Merges: records that are one, records that may be, and the search for more of them.

In:    the keys of records; what was decided about a proposal
Out:   merges, merge proposals, how far a search is
Touch: nothing but through `merging` and `duplicates`
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Router, Schema, Status

from threadwell.flow import duplicates, merging
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.given import Given
from threadwell.interfaces.api.rows import one_of, paged
from threadwell.interfaces.api.shapes import Named
from threadwell.interfaces.api.texts import Cursor, Limit, choice_of
from threadwell.record.fields.seen import told
from threadwell.record.people.merging import Kind
from threadwell.record.people.models import DuplicateSearch, Merge, MergeProposal
from threadwell.record.workplace.roles import May

router = Router(tags=["Merges"])

MergeKind = Annotated[Kind, choice_of(Kind)]
ProposalState = Annotated[MergeProposal.State, choice_of(MergeProposal.State)]


class NewMerge(Given):
    """Records that are one."""

    kind: MergeKind
    records: Annotated[list[UUID], Field(min_length=1, max_length=100)]
    into: UUID = Field(description="the one that stands for all of them")


class MergeShape(Schema):
    """One record was merged into another."""

    id: UUID
    kind: MergeKind
    survivor: UUID
    absorbed: UUID
    absorbed_name: str = Field(description="as it was called then")
    batch: UUID = Field(description="merged in one go")
    by: Named | None
    at: datetime
    undone_by: Named | None
    undone_at: datetime | None


class Merges(Schema):
    """A page of merges, the newest first."""

    items: list[MergeShape]
    next: str | None


class PieceShape(Schema):
    """One thing that speaks for two records being one, or against it."""

    what: str = Field(description="`name`, `organisation`, `email`, `phone`, `domain`, `custom-` and a key")
    how: str = Field(description="`same`, `nearly`, `alike`, `swapped` or `different`")
    left: str
    right: str
    weight: float = Field(description="logarithm of how much more often it is so among records that are one")


class ProposalShape(Schema):
    """Two records may be one."""

    id: UUID
    kind: MergeKind
    first: UUID
    second: UUID
    score: float = Field(description="how likely it is, 0 to 1")
    evidence: list[PieceShape]
    state: ProposalState
    made_at: datetime
    decided_by: Named | None
    decided_at: datetime | None

    @staticmethod
    def resolve_evidence(proposal: MergeProposal) -> Any:
        return told(proposal.evidence)


class Proposals(Schema):
    """A page of merge proposals, the likeliest first."""

    items: list[ProposalShape]
    next: str | None


class Decision(Given):
    """What somebody thinks of a proposal."""

    decision: Literal["accept", "reject", "never", "ask_again"]
    into: UUID | None = Field(default=None, description="accepted: which of the two stands for both")


class SearchShape(Schema):
    """A search of the whole base for duplicates."""

    id: UUID
    begun_at: datetime
    done_at: datetime | None
    step: str
    records: int
    pairs: int = Field(description="compared so far")
    proposed: int
    failed_because: str


@router.get("/merges", response=Merges, auth=Scope(May.READ))
def list_merges(
    request: Call, record: UUID | None = None, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """What was merged, those that were undone too; `record` narrows it to what was merged into that one."""
    rows = _merges(request)
    return paged(rows.filter(survivor=record) if record else rows, by="-at", cursor=cursor, limit=limit)


@router.post("/merges", response={201: Merges}, auth=Scope(May.HANDLE))
def merge_records(request: Call, given: NewMerge) -> Status[dict[str, Any]]:
    """They are one from now on. Nothing is moved: each merge can be undone at any time."""
    batch = merging.merge(given.kind, given.records, into=given.into, by=request.agent)
    return Status(201, {"items": list(_merges(request).filter(batch=batch)), "next": None})


@router.delete("/merges/{uuid:merge_id}", response=MergeShape, auth=Scope(May.HANDLE))
def undo_merge(request: Call, merge_id: UUID) -> Any:
    """The absorbed record stands for itself again, with what had been merged into it before."""
    merging.unmerge(one_of(_merges(request), pk=merge_id), by=request.agent)
    return one_of(_merges(request), pk=merge_id)


@router.get("/merge-proposals", response=Proposals, auth=Scope(May.READ))
def list_merge_proposals(
    request: Call,
    state: ProposalState = MergeProposal.State.OPEN,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Records that may be one, with what speaks for it."""
    return paged(_proposals(request).filter(state=state), by="-score", cursor=cursor, limit=limit)


@router.put("/merge-proposals/{uuid:proposal_id}/decision", response=ProposalShape, auth=Scope(May.HANDLE))
def decide_merge_proposal(request: Call, proposal_id: UUID, given: Decision) -> Any:
    """Accept it (they are merged), reject it, or reject it for good; or ask again."""
    proposal = one_of(_proposals(request), pk=proposal_id)
    match given.decision:
        case "accept":
            merging.accept(proposal, by=request.agent, into=given.into)
        case "ask_again":
            merging.ask_again(proposal, by=request.agent)
        case "reject" | "never":
            merging.reject(proposal, by=request.agent, for_ever=given.decision == "never")
    return one_of(_proposals(request), pk=proposal_id)


@router.post("/duplicate-searches", response={201: SearchShape}, auth=Scope(May.HANDLE))
def search_duplicates(request: Call) -> Status[DuplicateSearch]:
    """Search the whole base, in the background; refused (already-searching) while one is under way."""
    return Status(201, duplicates.search(by=request.agent))


@router.get("/duplicate-searches/{uuid:search_id}", response=SearchShape, auth=Scope(May.READ))
def get_duplicate_search(request: Call, search_id: UUID) -> Any:
    """How far a search is."""
    return one_of(DuplicateSearch.objects.of(request.workspace_id), pk=search_id)


def _merges(request: Call) -> Any:
    return Merge.objects.of(request.workspace_id).select_related("by", "undone_by").order_by("-at", "-pk")


def _proposals(request: Call) -> Any:
    return MergeProposal.objects.of(request.workspace_id).select_related("decided_by")
