"""Audit: who signed in or could not, changed who may do what, took lists out, looked at what is restricted.

In:    filters: words, who, what they did, which restriction, from when until when; a cursor
Out:   a page of entries, the newest first; all that the filters leave as CSV
Touch: nothing; entries are written where things are looked at (flow/guarding)
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threadwell.flow import guarding
from threadwell.interfaces.web.downloads import download
from threadwell.interfaces.web.entrance import Request, allowed, caller_of
from threadwell.interfaces.web.page import page
from threadwell.kit import clock, paging, replica, tables
from threadwell.record.journal.models import AuditEntry
from threadwell.record.sight.models import Restriction
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import May

SIZE = 50
AT_ONCE = 500
PLACE = {"here": "settings", "section": "audit"}
KINDS = {
    "session": gettext_lazy("at the desk"),
    "agent": gettext_lazy("agent"),
    "team": gettext_lazy("team"),
    "invitation": gettext_lazy("invitation"),
    "token": gettext_lazy("token"),
    "call": gettext_lazy("with a token that does not work"),
    "restriction": gettext_lazy("restriction"),
    "conversation": gettext_lazy("conversation"),
    "contact": gettext_lazy("contact"),
    "organisation": gettext_lazy("organisation"),
    "message": gettext_lazy("message"),
    "attachment": gettext_lazy("file"),
    "file": gettext_lazy("file"),
    "delivery": gettext_lazy("raw mail"),
    "inbox": gettext_lazy("inbox"),
    "item": gettext_lazy("piece of work"),
    "work_item": gettext_lazy("piece of work"),
    "task": gettext_lazy("task"),
    "promise": gettext_lazy("promise"),
    "decision": gettext_lazy("decision"),
}


class AuditForm(forms.Form):
    """What the list is narrowed to."""

    q = forms.CharField(
        label=gettext_lazy("Words"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Of a name, a page, a program or a network address."),
    )
    by = forms.ChoiceField(label=gettext_lazy("Who"), required=False)
    deed = forms.ChoiceField(label=gettext_lazy("What they did"), required=False)
    wall = forms.ChoiceField(label=gettext_lazy("Restriction"), required=False)
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, walls: dict[UUID, str], agents: list[Agent], **more: Any) -> None:
        super().__init__(*args, **more)
        fields: Any = self.fields
        fields["by"].choices = [("", _("Everybody")), *((str(one.pk), one.name) for one in agents)]
        fields["deed"].choices = [("", _("Everything")), *AuditEntry.Deed.choices]
        fields["wall"].choices = [("", _("All")), *((str(key), name) for key, name in walls.items())]


@allowed(May.AUDIT, changes=None)
def index(request: Request) -> HttpResponse:
    """GET .../settings/audit/?by=&deed=&wall=&since=&until="""
    walls, form = _asked(request)
    found = paging.page(_rows(request, form), by="-at", size=SIZE, cursor=request.GET.get("cursor", ""))
    asked = request.GET.copy()
    asked.pop("cursor", None)
    facts: dict[str, Any] = {
        "form": form,
        "entries": [{"entry": one, "what": _what(one), "walls": _names(one, walls)} for one in found.rows],
        "next": found.next,
        "query": asked.urlencode(),
        **PLACE,
    }
    return page(request, "sight/audit.html", facts)


@allowed(May.AUDIT, changes=None)
def export(request: Request) -> HttpResponseBase:
    """GET .../settings/audit.csv?filters of the list"""
    response = replica.read(lambda: _table(request))
    guarding.note_taken(caller_of(request), "audit")
    return response


def _table(request: Request) -> HttpResponseBase:
    walls, form = _asked(request)
    header = (
        _("When"), _("Who"), _("Program"), _("What they did"), _("Kind"), _("Key"), _("Restriction"),
        _("Address"), _("From where"), _("How often"),
    )  # fmt: skip
    lines = tables.csv_lines(header, _cells(request, form, walls), zone=timezone.get_current_timezone())
    return download(request, lines, f"audit-{clock.now():%Y-%m-%d}.csv", "text/csv; charset=utf-8")


def _cells(request: Request, form: AuditForm, walls: dict[UUID, str]) -> Iterator[tuple[Any, ...]]:
    rows = _rows(request, form).order_by("-at", "-pk")
    for one in rows.iterator(chunk_size=AT_ONCE):
        yield (
            one.at, one.by_name or _("a program"), one.token, one.get_deed_display(), one.kind,
            str(one.about or ""), ", ".join(_names(one, walls)), one.place, one.origin, one.times,
        )  # fmt: skip


def _asked(request: Request) -> tuple[dict[UUID, str], AuditForm]:
    rows = Restriction.objects.of(request.workspace).order_by("name")
    walls: dict[UUID, str] = dict(rows.values_list("pk", "name"))
    agents = list(Agent.objects.of(request.workspace).order_by("name"))
    return walls, AuditForm(request.GET, walls=walls, agents=agents)


def _rows(request: Request, form: AuditForm) -> Any:
    form.is_valid()
    given = form.cleaned_data
    exact = {
        "by_id": given.get("by"),
        "deed": given.get("deed"),
        "walls__contains": [given["wall"]] if given.get("wall") else None,
        "at__gte": _begin(given.get("since")),
        "at__lt": _begin(given.get("until"), days=1),
    }
    rows = AuditEntry.objects.of(request.workspace)
    for word in (given.get("q") or "").split():
        rows = rows.filter(
            Q(by_name__icontains=word)
            | Q(place__icontains=word)
            | Q(token__icontains=word)
            | Q(origin__startswith=word)
        )
    return rows.filter(**{name: value for name, value in exact.items() if value})


def _begin(day: date | None, *, days: int = 0) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) + timedelta(days=days) if day else None


def _what(entry: AuditEntry) -> str:
    return str(KINDS.get(entry.kind, entry.kind.replace("_", " ")))


def _names(entry: AuditEntry, walls: dict[UUID, str]) -> list[str]:
    return [walls[key] for key in entry.walls if key in walls]
