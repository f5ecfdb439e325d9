"""Likenesses: merge proposals in plain words.

In:    proposals
Out:   who is meant, how likely it is, what speaks for it and what against it
Touch: nothing
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from threadwell.flow import merging
from threadwell.interfaces.web.entrance import Request
from threadwell.interfaces.web.registers import home_of
from threadwell.kit.questions_of_many import QuestionOfMany
from threadwell.record.fields import seen, values
from threadwell.record.people.merging import Kind
from threadwell.record.people.models import Account, Contact, Merge, MergeProposal
from threadwell.record.people.one import root_of
from threadwell.record.people.resembling import CUSTOM
from threadwell.record.workplace.models import Workspace

WHAT: dict[str, Promise] = {
    "name": _("Name"),
    "called": _("Name"),
    "organisation": _("Organisation"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "handle": _("Handle"),
    "domain": _("Domain"),
}
HOW: dict[str, Promise] = {
    "same": _("the same"),
    "nearly": _("nearly the same"),
    "alike": _("somewhat alike"),
    "swapped": _("the same, in another line"),
    "different": _("different"),
}
#: From this weight on, what it says; the first that fits.
STRENGTHS: tuple[tuple[float, Promise], ...] = (
    (6.0, _("speaks strongly for it")),
    (2.0, _("speaks for it")),
    (0.0, _("speaks a little for it")),
    (-2.0, _("speaks a little against it")),
    (-1000.0, _("speaks against it")),
)
#: From this likelihood on, how sure that is.
SURE: tuple[tuple[float, Promise], ...] = (
    (0.99, _("almost certainly")),
    (0.9, _("very likely")),
    (0.75, _("likely")),
    (0.0, _("perhaps")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One piece of evidence."""

    what: str | Promise
    how: Promise
    left: str
    right: str
    strength: Promise
    is_for: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two."""

    key: UUID
    name: str
    more: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """A proposal as a page shows it."""

    proposal: MergeProposal
    sides: tuple[Side, Side]
    percent: int
    sure: Promise
    said: list[Said]

    @property
    def keys(self) -> str:
        """The part of an address that names both."""
        return "&".join(f"chosen={side.key}" for side in self.sides)


def told(request: Request, proposals: Iterable[MergeProposal]) -> list[Likeness]:
    """Proposals in words; those of whom one is gone are left out."""
    every = list(proposals)
    if not every:
        return []
    rows: dict[UUID, Account] = {}
    for kind, model in merging.MODELS.items():
        keys = {key for one in every if one.kind == kind for key in (one.first, one.second)}
        if keys:
            related = ("organisation", "one_with__organisation") if model is Contact else ("one_with",)
            found = model.objects.of(request.workspace).filter(pk__in=keys).select_related(*related)
            rows |= {row.pk: root_of(row) for row in found}
    labels = labels_of(request.workspace)
    return [
        Likeness(
            proposal=one,
            sides=(_side(request, one.kind, rows[one.first]), _side(request, one.kind, rows[one.second])),
            percent=min(99, round(one.score * 100)),
            sure=next(word for least, word in SURE if one.score >= least),
            said=[_said(piece, labels) for piece in seen.told(one.evidence)],
        )
        for one in every
        if one.first in rows and one.second in rows
    ]


def beside(request: Request, record: Account, members: Sequence[UUID]) -> dict[str, Any]:
    """What a customer's page shows of all this: whom it may be one with, and who was merged into it.

    The context of customers/proposals.html, as ``likeness``.
    """
    return {
        "proposals": told(request, PROPOSALS(members, request.workspace.pk)),
        "merged": list(MERGED(members, request.workspace.pk)),
        "kind": Kind.CONTACT if isinstance(record, Contact) else Kind.ORGANISATION,
        "record": record,
    }


def labels_of(workspace: Workspace) -> Mapping[str, str | Promise]:
    """What to call what is compared."""
    fields = {
        CUSTOM + one.key: one.label
        for about in Kind.values
        for one in values.fields_of(workspace, about, archived=True)
    }
    return {**WHAT, **fields}


def _side(request: Request, kind: str, row: Any) -> Side:
    more = str(row.organisation or "") if kind == Kind.CONTACT else ", ".join(row.domains[:3])
    url = home_of(request.workspace.slug, kind, row.pk)
    return Side(key=row.pk, name=row.name, more=more, url=url)


def _said(piece: Mapping[str, Any], labels: Mapping[str, str | Promise]) -> Said:
    weight = float(piece["weight"])
    return Said(
        what=labels.get(piece["what"], piece["what"].removeprefix(CUSTOM)),
        how=HOW[piece["how"]],
        left=piece["left"],
        right=piece["right"],
        strength=next(word for least, word in STRENGTHS if weight >= least),
        is_for=weight >= 0,
    )


def _proposals(members: Sequence[UUID], workspace_id: UUID) -> QuerySet[MergeProposal]:
    rows = MergeProposal.objects.of(workspace_id).filter(state=MergeProposal.State.OPEN)
    theirs: QuerySet[MergeProposal] = rows.filter(Q(first__in=members) | Q(second__in=members))
    return theirs.order_by("-score", "-id")[:3]


def _merged(members: Sequence[UUID], workspace_id: UUID) -> QuerySet[Merge]:
    rows: QuerySet[Merge] = Merge.objects.of(workspace_id).filter(absorbed__in=members, undone_at=None)
    return rows.select_related("by").order_by("-at")


PROPOSALS: QuestionOfMany[MergeProposal] = QuestionOfMany(_proposals)
MERGED: QuestionOfMany[Merge] = QuestionOfMany(_merged)
