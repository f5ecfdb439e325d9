"""Data quality: what is wrong or missing in the records, with the way to mend each.

In:    the name of a fault
Out:   counts of all faults; the records that have the chosen one
Touch: nothing
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.interfaces.web.registers import home_of
from threadwell.kit import clock, paging, replica
from threadwell.record.conversations.models import Message
from threadwell.record.people.models import Contact, Identity, MergeProposal, Organisation
from threadwell.record.people.one import standing
from threadwell.record.workplace.models import Workspace
from threadwell.record.workplace.roles import May

SIZE = 50
COUNTED = 1000  #: counting stops there
STALE = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that records suffer from."""

    name: Promise
    told: Promise  #: what it is, and what to do
    one: str  #: "contact", "organisation"
    rows: Callable[[Workspace], Any]
    mend: Promise
    part: str = ""  #: of the form in which it is mended


def _unreachable(workspace: Workspace) -> Any:
    dead = Identity.objects.of(OuterRef("workspace_id")).exclude(unreachable_since=None)
    mine = Q(contact_id=OuterRef("pk")) | Q(contact__one_with_id=OuterRef("pk"))
    return _contacts(workspace).filter(Exists(dead.filter(mine)))


def _stale(model: Any, about: str) -> Callable[[Workspace], Any]:
    def rows(workspace: Workspace) -> Any:
        since = clock.now() - STALE
        said = Message.objects.of(OuterRef("workspace_id")).filter(at__gt=since)
        mine = said.filter(**{f"{about}_id": OuterRef("pk")})
        quiet = model.objects.of(workspace).filter(standing(), changed_at__lt=since, made_at__lt=since)
        return quiet.filter(~Exists(mine))

    return rows


def _contacts(workspace: Workspace) -> Any:
    return Contact.objects.of(workspace).filter(standing())


def _organisations(workspace: Workspace) -> Any:
    return Organisation.objects.of(workspace).filter(standing())


FAULTS: dict[str, Fault] = {
    "unreachable": Fault(
        name=_("Unreachable"),
        told=_(
            "Our letters to one of their addresses came back. Enter a new address, or remove the old one."
        ),
        one="contact",
        rows=_unreachable,
        mend=_("Mend the address"),
        part="#identities",
    ),
    "nameless": Fault(
        name=_("No name"),
        told=_("Nobody has said what they are called."),
        one="contact",
        rows=lambda workspace: _contacts(workspace).filter(name=""),
        mend=_("Enter a name"),
    ),
    "unknown": Fault(
        name=_("Nothing to reach them by"),
        told=_("They have no address, no number and no handle: nobody can write to them or call them."),
        one="contact",
        rows=lambda workspace: _contacts(workspace).filter(
            ~Exists(Identity.objects.of(OuterRef("workspace_id")).filter(contact_id=OuterRef("pk")))
        ),
        mend=_("Enter an address"),
        part="#identities",
    ),
    "unowned": Fault(
        name=_("No owner"),
        told=_(
            "Nobody here is responsible for them. In the list of customers many are given an owner at once."
        ),
        one="contact",
        rows=lambda workspace: _contacts(workspace).filter(owner=None),
        mend=_("Choose an owner"),
    ),
    "alone": Fault(
        name=_("No organisation"),
        told=_("They belong to no organisation that we know of. For private people that is as it should be."),
        one="contact",
        rows=lambda workspace: _contacts(workspace).filter(organisation=None),
        mend=_("Choose an organisation"),
    ),
    "stale": Fault(
        name=_("Stale"),
        told=_("Nothing was said and nothing was changed for a year. Ask whether it is still right."),
        one="contact",
        rows=_stale(Contact, "contact"),
        mend=_("Look it through"),
    ),
    "organisations-unowned": Fault(
        name=_("Organisations without an owner"),
        told=_("Nobody here is responsible for them."),
        one="organisation",
        rows=lambda workspace: _organisations(workspace).filter(owner=None),
        mend=_("Choose an owner"),
    ),
    "organisations-unknown": Fault(
        name=_("Organisations without a domain"),
        told=_("Without a domain, nobody who writes from there is known to belong to them."),
        one="organisation",
        rows=lambda workspace: _organisations(workspace).filter(domains=[]),
        mend=_("Enter a domain"),
    ),
    "organisations-stale": Fault(
        name=_("Stale organisations"),
        told=_("Nothing was said and nothing was changed for a year. Ask whether it is still right."),
        one="organisation",
        rows=_stale(Organisation, "organisation"),
        mend=_("Look it through"),
    ),
}


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    """GET .../data-quality/?fault="""
    return page(request, "merging/quality.html", replica.read(lambda: _found(request)))


def _found(request: Request) -> dict[str, Any]:
    counts = {key: _count(fault.rows(request.workspace)) for key, fault in FAULTS.items()}
    chosen = request.GET.get("fault") or next((key for key, count in counts.items() if count), "unreachable")
    if chosen not in FAULTS:
        raise Http404
    fault = FAULTS[chosen]
    rows = paging.page(
        fault.rows(request.workspace), by="pk", size=SIZE, cursor=request.GET.get("cursor", "")
    )
    base = reverse("web:data_quality", args=[request.workspace.slug])
    opened = MergeProposal.objects.of(request.workspace).filter(state=MergeProposal.State.OPEN)
    return {
        "faults": [(key, one, _told(counts[key])) for key, one in FAULTS.items()],
        "duplicates": _told(_count(opened)),
        "chosen": chosen,
        "fault": fault,
        "rows": [_row(request, fault, row) for row in rows.rows],
        "older_url": f"{base}?fault={chosen}&cursor={rows.next}" if rows.next else "",
        "here": "contacts",
    }


def _count(rows: Any) -> int:
    return int(rows.order_by()[:COUNTED].count())


def _told(count: int) -> str:
    return str(count) if count < COUNTED else f"{COUNTED - 1}+"


def _row(request: Request, fault: Fault, row: Any) -> dict[str, Any]:
    edit = reverse(f"web:edit_{fault.one}", args=[request.workspace.slug, row.pk])
    return {
        "name": row.name,
        "url": home_of(request.workspace.slug, fault.one, row.pk),
        "mend_url": edit + fault.part,
        "changed_at": row.changed_at,
    }
