"""Statuses of a kind of work: added, ordered, changed, taken away without losing work.

In:    a kind of work, what a status shall be
Out:   the page of the kind, the page of a status
Touch: nothing but through `types` and `stations`
"""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web import work_types
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.errors import DomainError, Invalid
from threadwell.record.work import stations
from threadwell.record.work.models import WorkItemType, WorkStatus
from threadwell.record.workplace.roles import May

ANY, SOME = "any", "some"


class WorkStatusForm(forms.Form):
    """A station of a kind of work."""

    name = forms.CharField(label=_("Name"), max_length=60)
    category = forms.ChoiceField(
        label=_("Work in it is"),
        choices=WorkStatus.Category,
        help_text=_("Whatever is not open counts as closed, and leaves the lists of open work."),
    )
    colour = forms.ChoiceField(label=_("Colour"), choices=WorkStatus.Colour)
    follow = forms.ChoiceField(
        label=_("What may follow"),
        choices=[(ANY, _("any other status")), (SOME, _("only these:"))],
        widget=forms.RadioSelect,
    )
    leads_to = forms.MultipleChoiceField(
        label=_("Only these"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, status: WorkStatus, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [one for one in status.type.statuses() if one.pk != status.pk]
        self.fields["leads_to"].choices = [(str(one.pk), one.name) for one in others]  # type: ignore[attr-defined]  # a ChoiceField

    @property
    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        ways = [UUID(key) for key in given["leads_to"]] if given["follow"] == SOME else None
        return {**{name: given[name] for name in ("name", "category", "colour")}, "leads_to": ways}


@allowed(May.MANAGE)
def create(request: Request, type_id: UUID) -> HttpResponse:
    """POST .../statuses/: ``name``, ``category``, ``colour``"""
    kind = work_types.one(request, type_id)
    category, colour = request.POST.get("category", ""), request.POST.get("colour", "")
    if category not in WorkStatus.Category.values or colour not in WorkStatus.Colour.values:
        raise Invalid(gettext("What was chosen is no longer there. Load the page again."))
    added = kind.add_status(request.POST.get("name", ""), category=category, colour=colour, by=request.agent)
    toast(request, gettext("The status “%(name)s” is there.") % {"name": added})
    return _back(request, kind)


@allowed(May.MANAGE)
def order(request: Request, type_id: UUID) -> HttpResponse:
    """PUT .../statuses/: ``earlier`` or ``later`` names the status that goes one step."""
    kind = work_types.one(request, type_id)
    keys = [one.pk for one in kind.statuses()]
    for name, step in (("earlier", -1), ("later", 1)):
        moved = next((key for key in keys if str(key) == request.POST.get(name)), None)
        if moved:
            at = keys.index(moved)
            to = min(len(keys) - 1, max(0, at + step))
            keys.insert(to, keys.pop(at))
    kind.order_statuses(keys, by=request.agent)
    return _back(request, kind)


@allowed(May.MANAGE)
def show(request: Request, type_id: UUID, status_id: UUID) -> HttpResponse:
    """GET .../statuses/<id>/"""
    status = _one(request, type_id, status_id)
    initial = {
        "name": status.name,
        "category": status.category,
        "colour": status.colour,
        "follow": ANY if status.leads_to is None else SOME,
        "leads_to": [str(key) for key in status.leads_to or ()],
    }
    return _form(request, WorkStatusForm(status=status, initial=initial), status)


@allowed(May.MANAGE)
def update(request: Request, type_id: UUID, status_id: UUID) -> HttpResponse:
    """POST .../statuses/<id>/"""
    status = _one(request, type_id, status_id)
    form = WorkStatusForm(request.POST, status=status)
    if not form.is_valid():
        return _form(request, form, status, code=422)
    try:
        stations.change(status, by=request.agent, **form.facts)
    except DomainError as refused:
        form.add_error("category" if refused.code == "last-status" else "name", str(refused.sentence))
        return _form(request, form, _one(request, type_id, status_id), code=422)
    toast(request, gettext("Saved."))
    return _back(request, status.type)


@allowed(May.MANAGE)
def destroy(request: Request, type_id: UUID, status_id: UUID) -> HttpResponse:
    """DELETE .../statuses/<id>/: ``into`` is the status that its work goes to."""
    status = _one(request, type_id, status_id)
    into = next((one for one in status.type.statuses() if str(one.pk) == request.POST.get("into")), None)
    count = stations.remove(status, into=into, by=request.agent)
    said = gettext("The status “%(name)s” is gone.") % {"name": status}
    if count and into:
        moved = ngettext(
            "%(count)s piece of work went to “%(into)s”.",
            "%(count)s pieces of work went to “%(into)s”.",
            count,
        )
        said = f"{said} {moved % {'count': count, 'into': into}}"
    toast(request, said)
    return _back(request, status.type)


def _one(request: Request, type_id: UUID, status_id: UUID) -> WorkStatus:
    rows = WorkStatus.objects.of(request.workspace).select_related("type")
    found: WorkStatus | None = rows.filter(pk=status_id, type_id=type_id).first()
    if found is None:
        raise Http404
    return found


def _form(request: Request, form: WorkStatusForm, status: WorkStatus, *, code: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "status": status,
        "kind": status.type,
        "count": stations.count_in(status),
        "others": [one for one in status.type.statuses() if one.pk != status.pk],
        **work_types.PLACE,
    }
    return page(request, "work/status.html", context, status=code)


def _back(request: Request, kind: WorkItemType) -> HttpResponse:
    return page(request, "work/type.html", to=work_types.home_of(request, kind))
