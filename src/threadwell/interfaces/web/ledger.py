"""Ledger: every source, reconciled by count: what it has, what we hold, and what became of it.

In:    inboxes, open and closed
Out:   the sums of each source; the deliveries of one inbox
Touch: nothing but through `releasing`
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import Greatest
from django.http import HttpResponse
from django.utils.translation import gettext, ngettext

from threadwell.flow import releasing
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.inbox_parts import one, place
from threadwell.interfaces.web.page import page, toast
from threadwell.kit import paging
from threadwell.record.inboxes.models import Delivery, Folder, Inbox, MailImport, settings_of
from threadwell.record.workplace.roles import May

SIZE = 50
State = Delivery.State
type Sum_ = dict[str, Any]


@allowed(May.SEE_LEDGER)
def index(request: Request) -> HttpResponse:
    """GET .../ledger/"""
    inboxes = Inbox.objects.of(request.workspace).of_mail().order_by("closed_at", "name")
    counted = _counted(request)
    folders, imports = _seen_in_folders(request), _seen_in_imports(request)
    sums = [
        sum_
        for inbox in inboxes
        for sum_ in _sums(inbox, counted[inbox.pk], folders.get(inbox.pk), imports.get(inbox.pk))
    ]
    return page(request, "ledger/ledger.html", {"sums": sums, "here": "ledger"})


@allowed(May.SEE_LEDGER)
def show(request: Request, inbox_id: UUID) -> HttpResponse:
    """GET .../ledger/<inbox>/?state=&source=&q=&after="""
    inbox = one(request, inbox_id)
    counts = dict(_of(request, inbox).values_list("state").annotate(Count("pk")))
    state = request.GET.get("state", "")
    if state not in State.values:
        state = State.FAILED if counts.get(State.FAILED) else State.READ
    source, asked = request.GET.get("source", ""), request.GET.get("q", "").strip()[:200]
    rows = _of(request, inbox).filter(state=state)
    if source in Delivery.Source.values:
        rows = rows.filter(source=source)
    if asked:
        rows = rows.filter(Q(sender__icontains=asked) | Q(subject__icontains=asked))
    shown = paging.page(rows.defer("raw"), by="-pk", size=SIZE, cursor=request.GET.get("after", ""))
    base = place(request, "ledger_inbox", inbox)
    kept = {key: value for key, value in (("source", source), ("q", asked)) if value}
    facts = {
        "inbox": inbox,
        "state": state,
        "states": [
            {
                "key": str(key),
                "name": name,
                "count": counts.get(key, 0),
                "url": f"{base}?{urlencode({'state': key, **kept})}",
            }
            for key, name in State.choices
        ],
        "sources": Delivery.Source.choices,
        "source": source,
        "q": asked,
        "deliveries": shown.rows,
        "folders": _folders(request, inbox),
        "older_url": f"{base}?{urlencode({'state': state, **kept, 'after': shown.next})}"
        if shown.next
        else "",
        "here": "ledger",
    }
    return page(request, "ledger/inbox.html", facts)


@allowed(May.SUPERVISE)
def retry(request: Request, inbox_id: UUID) -> HttpResponse:
    """POST .../ledger/<inbox>/retry/: all that failed."""
    inbox = one(request, inbox_id)
    count = releasing.retry_failed(inbox, by=request.agent)
    told = ngettext("%(count)s delivery is read again.", "%(count)s deliveries are read again.", count)
    toast(request, told % {"count": count})
    return page(request, "ledger/inbox.html", to=place(request, "ledger_inbox", inbox))


def _of(request: Request, inbox: Inbox) -> Any:
    return Delivery.objects.of(request.workspace).filter(inbox=inbox)


def _counted(request: Request) -> dict[UUID, dict[str, dict[str, int]]]:
    """How many deliveries, by inbox, source and state."""
    counted: dict[UUID, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    every = Delivery.objects.of(request.workspace).order_by()
    for inbox_id, source, state, count in every.values_list("inbox_id", "source", "state").annotate(
        Count("pk")
    ):
        counted[inbox_id][source][state] = count
    return counted


def _seen_in_folders(request: Request) -> dict[UUID, Sum_]:
    every = Folder.objects.of(request.workspace).order_by()
    rows = every.values("inbox_id").annotate(
        seen=Sum("seen_at_source"),
        missing=Sum(Greatest(F("seen_at_source") - F("held"), 0)),
        looked_at=Max("looked_at"),
    )
    return {row["inbox_id"]: {**row} for row in rows}


def _seen_in_imports(request: Request) -> dict[UUID, Sum_]:
    """Of imports that are over; one that runs is not missing anything yet."""
    done = MailImport.objects.of(request.workspace).exclude(done_at=None).order_by()
    rows = done.values("inbox_id").annotate(
        seen=Sum(F("total") - F("already_held")),
        missing=Sum(F("total") - F("held") - F("already_held")),
        looked_at=Max("done_at"),
    )
    return {row["inbox_id"]: {**row} for row in rows}


def _sums(
    inbox: Inbox, counted: dict[str, dict[str, int]], folders: Sum_ | None, imports: Sum_ | None
) -> Iterator[Sum_]:
    """A line for each source that has brought something, or should."""
    seen: dict[str, Sum_] = {Delivery.Source.IMAP: folders or {}, Delivery.Source.IMPORT: imports or {}}
    expected = {"imap": Delivery.Source.IMAP, "gateway": Delivery.Source.SMTP}.get(
        settings_of(inbox, "incoming").get("kind", "")
    )
    for source in Delivery.Source:
        states, known = counted.get(source, {}), seen.get(source) or {}
        if states or known or source == expected:
            yield _sum(inbox, source, states, known)


def _sum(inbox: Inbox, source: Delivery.Source, states: dict[str, int], known: Sum_) -> Sum_:
    looked_at: datetime | None = known.get("looked_at")
    missing: int = known.get("missing") or 0
    refused = ngettext("%(count)s refused", "%(count)s refused", missing)
    lost = ngettext("%(count)s missing", "%(count)s missing", missing)
    return {
        "inbox": inbox,
        "source": source.label,
        "seen": known.get("seen"),
        "missing": missing,
        "gap": (refused if source == Delivery.Source.IMPORT else lost) % {"count": missing},
        "looked_at": looked_at,
        "held": sum(states.values()),
        **{str(state.value): states.get(state, 0) for state in State},
    }


def _folders(request: Request, inbox: Inbox) -> list[dict[str, Any]]:
    """What each folder has and what of it is held; what could not be fetched, by name."""
    rows = Folder.objects.of(request.workspace).filter(inbox=inbox).order_by("is_sent", "name")
    return [
        {
            "name": gettext("%(name)s (sent mail)") % {"name": folder.name}
            if folder.is_sent
            else folder.name,
            "seen": folder.seen_at_source,
            "held": folder.held,
            "missing": max(0, folder.seen_at_source - folder.held),
            "looked_at": folder.looked_at,
            "skipped": folder.uids_skipped,
        }
        for folder in rows
    ]
