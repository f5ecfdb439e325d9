"""Merges: records side by side, which of them stands for all, and taking them apart again.

In:    the keys of records of one kind
Out:   the page that compares them; the record that stands for them
Touch: nothing but through `merging`
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from threadwell.flow import merging
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.places import house_of
from threadwell.interfaces.web.registers import home_of
from threadwell.kit.errors import Invalid
from threadwell.record.conversations.models import Conversation
from threadwell.record.fields import values
from threadwell.record.people import by_parts, lists, provenance
from threadwell.record.people.facts import CUSTOM
from threadwell.record.people.merging import Kind
from threadwell.record.people.models import Account, Contact, Identity, Merge, Statement
from threadwell.record.people.one import root_of
from threadwell.record.workplace.roles import May

COMPARED = 8  #: records side by side; more nobody can compare
OFFERED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One field of all that are compared."""

    label: str | Promise
    cells: list[tuple[str, Statement | None]]  #: what each says, and who said so

    @property
    def differs(self) -> bool:
        return len({value for value, _said in self.cells if value}) > 1


@allowed(May.READ, changes=May.HANDLE)
def compare(request: Request, kind: str) -> HttpResponse:
    """GET .../merges/<kind>/?chosen=&chosen=&q="""
    model = _model(kind)
    rows = _chosen(request, model, request.GET.getlist("chosen"))
    asked = request.GET.get("q", "").strip()[:100]
    keys = {row.pk for row in rows}
    sources = provenance.sources_of_many(rows)
    found = [row for row in _found(request, model, asked) if row.pk not in keys]
    facts = {
        "kind": kind,
        "rows": rows,
        "heads": [
            (row, home_of(request.workspace.slug, kind, row.pk), sources[row.pk].get("name")) for row in rows
        ],
        "lines": _lines(request, kind, rows, sources),
        "survivor": min(rows, key=lambda row: (not row.name, row.pk)).pk if rows else None,
        "together": _together(request, kind, keys),
        "merged": Merge.objects.of(request.workspace)
        .filter(survivor__in=keys, undone_at=None)
        .select_related("by")
        .order_by("-at"),
        "q": asked,
        "found": found[:OFFERED],
        "is_full": len(rows) >= COMPARED,
        "here": "contacts",
    }
    return page(request, "merging/compare.html", facts)


@allowed(May.HANDLE)
def choose(request: Request, kind: str) -> HttpResponse:
    """POST .../merges/<kind>/choice/: what was ticked in a list, to be compared."""
    _model(kind)
    chosen = [("chosen", str(key)) for key in _keys(request.POST.getlist("chosen"))]
    base = reverse("web:merging", args=[request.workspace.slug, kind])
    return page(request, "merging/compare.html", to=f"{base}?{urlencode(chosen)}")


@allowed(May.HANDLE)
def create(request: Request, kind: str) -> HttpResponse:
    """POST .../merges/<kind>/: ``chosen`` become one, which ``into`` stands for."""
    _model(kind)
    keys = _keys(request.POST.getlist("chosen"))
    into = _keys([request.POST.get("into", "")])[0]
    batch = merging.merge(kind, keys, into=into, by=request.agent)
    count = len({*keys, into}) - 1
    told = ngettext("%(count)s record was merged.", "%(count)s records were merged.", count)
    undo = reverse("web:merge_batch_undoing", args=[request.workspace.slug, batch])
    toast(request, told % {"count": count}, undo=undo)
    return page(request, "merging/compare.html", to=home_of(request.workspace.slug, kind, into))


@allowed(May.HANDLE)
def undo(request: Request, merge_id: UUID) -> HttpResponse:
    """POST .../merges/<id>/undoing/: the absorbed one stands for itself again."""
    merge = Merge.objects.of(request.workspace).filter(pk=merge_id).first()
    if merge is None:
        raise Http404
    merging.unmerge(merge, by=request.agent)
    name = merge.absorbed_name or gettext("(no name)")
    toast(request, gettext("%(name)s stands for itself again.") % {"name": name})
    return page(request, "merging/compare.html", to=_home(request, merge))


@allowed(May.HANDLE)
def undo_batch(request: Request, batch: UUID) -> HttpResponse:
    """POST .../merges/batches/<id>/undoing/: all that was merged in one go."""
    merge = Merge.objects.of(request.workspace).filter(batch=batch).first()
    if merge is None:
        raise Http404
    count = merging.take_apart(batch, by=request.agent)
    toast(request, gettext("Taken back.") if count else gettext("It was taken back before."))
    return page(request, "merging/compare.html", to=_home(request, merge))


def _model(kind: str) -> type[Account]:
    if kind not in merging.MODELS:
        raise Http404
    return merging.MODELS[kind]


def _keys(given: list[str]) -> list[UUID]:
    try:
        return [UUID(key) for key in given]
    except ValueError:
        raise Invalid(gettext("What was chosen is no longer there. Load the page again.")) from None


def _chosen(request: Request, model: type[Account], given: list[str]) -> list[Any]:
    """The roots of what was chosen, each once, in the order of choosing."""
    keys = _keys(given)[: merging.MOST]
    related = ("owner", "one_with__owner", *_above(model), *(f"one_with__{name}" for name in _above(model)))
    rows = model.objects.of(request.workspace).filter(pk__in=keys).select_related(*related)
    by_key = {row.pk: root_of(row) for row in rows}
    return list({by_key[key].pk: by_key[key] for key in keys if key in by_key}.values())[:COMPARED]


def _above(model: type[Account]) -> tuple[str]:
    return ("organisation",) if model is Contact else ("parent",)


def _found(request: Request, model: type[Account], asked: str) -> list[Any]:
    if not asked:
        return []
    if model is Contact:
        return list(by_parts.contacts(request.workspace.pk, asked, most=OFFERED + COMPARED))
    return list(by_parts.organisations(request.workspace.pk, asked, most=OFFERED + COMPARED))


def _lines(
    request: Request, kind: str, rows: list[Any], sources: Mapping[UUID, Mapping[str, Statement]]
) -> list[Line]:
    """Field by field, what each of them says."""
    told: list[tuple[str | Promise, str, list[str]]]
    if kind == Kind.CONTACT:
        known = lists.reached_by(rows)
        told = [
            (_("Known by"), "", [", ".join(one.shown for one in known.get(row.pk, [])) for row in rows]),
            (_("Organisation"), "organisation", [str(row.organisation or "") for row in rows]),
            (_("Language"), "language", [row.language for row in rows]),
            (_("Time zone"), "zone", [row.zone for row in rows]),
        ]
    else:
        told = [
            (_("Domains"), "domains", [", ".join(row.domains) for row in rows]),
            (_("Belongs to"), "parent", [str(row.parent or "") for row in rows]),
        ]
    told += [
        (_("Owner"), "owner", [row.owner.name if row.owner else "" for row in rows]),
        (_("Tier"), "tier", [row.tier for row in rows]),
    ]
    names = {str(one.pk): one.name for one in house_of(request).agents}
    told += [
        (
            field.label,
            f"{CUSTOM}{field.key}",
            [values.shown(field, row.custom.get(field.key), names) for row in rows],
        )
        for field in values.fields_of(request.workspace, kind)
    ]
    return [
        Line(
            label=label,
            cells=[
                (text, sources[row.pk].get(name) if text else None)
                for row, text in zip(rows, said, strict=True)
            ],
        )
        for label, name, said in told
        if any(said)
    ]


def _together(request: Request, kind: str, keys: set[UUID]) -> dict[str, int]:
    """What comes together on one page when they are merged."""
    mine, theirs = Q(**{f"{kind}_id__in": keys}), Q(**{f"{kind}__one_with_id__in": keys})
    talks = Conversation.objects.of(request.workspace).filter(joined_into=None)
    found = talks.filter(mine | theirs).aggregate(
        conversations=Count("pk"), opened=Count("pk", filter=~Q(status="closed"))
    )
    reached = 0
    if kind == Kind.CONTACT:
        identities = Identity.objects.of(request.workspace)
        reached = identities.filter(Q(contact_id__in=keys) | Q(contact__one_with_id__in=keys)).count()
    return {**found, "identities": reached}


def _home(request: Request, merge: Merge) -> str:
    rows = _model(merge.kind).objects.of(request.workspace)
    there = rows.filter(pk__in=[merge.survivor, merge.absorbed]).order_by("pk").values_list("pk", flat=True)
    keys = list(there)
    if not keys:
        return reverse("web:duplicates", args=[request.workspace.slug])
    return home_of(request.workspace.slug, merge.kind, merge.survivor if merge.survivor in keys else keys[0])
