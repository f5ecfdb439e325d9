"""Work types: the kinds of work a firm does, how they are numbered and whether they carry amounts.

In:    a name, a number format, an icon
Out:   the settings pages of kinds of work
Touch: nothing but through the verbs of a work item type
"""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.inbox_forms import PLAIN_TEXT
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.errors import Invalid
from threadwell.record.work import numbering
from threadwell.record.work.models import WorkItem, WorkItemType, WorkStatus
from threadwell.record.workplace.roles import May

PLACE = {"here": "settings", "section": "work_types"}
ICONS = (
    ("package", _("package")),
    ("life-buoy", _("lifebuoy")),
    ("shield-alert", _("shield")),
    ("layers", _("layers")),
    ("map-pin", _("place")),
    ("handshake", _("handshake")),
    ("truck", _("truck")),
    ("wrench", _("wrench")),
    ("file-text", _("paper")),
    ("calendar-clock", _("appointment")),
    ("star", _("star")),
    ("flag", _("flag")),
)


class WorkTypeForm(forms.Form):
    """A kind of work."""

    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("In the singular, such as Order."))
    number_format = forms.CharField(
        label=_("Numbers"),
        max_length=60,
        initial="{number:05}",
        help_text=_("ORD-{number:05} makes ORD-00042; {year} stands for the year. Numbers that exist stay."),
        widget=forms.TextInput(attrs=PLAIN_TEXT),
    )
    icon = forms.ChoiceField(label=_("Picture"), choices=ICONS)
    currency = forms.RegexField(
        r"^[A-Za-z]{3}$",
        label=_("Currency"),
        initial="EUR",
        help_text=_("What new ones begin with."),
        error_messages={"invalid": _("Three letters, such as EUR.")},
    )
    is_deal = forms.BooleanField(
        label=_("It is a deal"),
        required=False,
        help_text=_("Each carries an amount, and the columns of its board are added up."),
    )

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean_number_format(self) -> str:
        try:
            return numbering.checked(self.cleaned_data["number_format"])
        except Invalid as wrong:
            raise forms.ValidationError(str(wrong.sentence)) from wrong


@allowed(May.MANAGE)
def index(request: Request) -> HttpResponse:
    """GET .../settings/work-types/"""
    kinds = WorkItemType.objects.of(request.workspace).order_by("archived_at", "position", "pk")
    statuses: dict[UUID, list[WorkStatus]] = {}
    for one in WorkStatus.objects.of(request.workspace).order_by("position", "pk"):
        statuses.setdefault(one.type_id, []).append(one)
    shown = [{"kind": kind, "statuses": statuses.get(kind.pk, [])} for kind in kinds]
    return page(request, "work/types.html", {"kinds": shown, **PLACE})


@allowed(May.MANAGE)
def new(request: Request) -> HttpResponse:
    """GET .../settings/work-types/new/"""
    return _form(request, WorkTypeForm())


@allowed(May.MANAGE)
def create(request: Request) -> HttpResponse:
    """POST .../settings/work-types/"""
    form = WorkTypeForm(request.POST)
    if not form.is_valid():
        return _form(request, form, status=422)
    try:
        kind = WorkItemType.make(
            request.workspace.pk, **form.cleaned_data, statuses=_beginning(), by=request.agent
        )
    except Invalid as refused:
        form.add_error("name", str(refused.sentence))
        return _form(request, form, status=422)
    toast(request, gettext("“%(name)s” is there. These are its statuses.") % {"name": kind})
    return page(request, "work/type.html", to=home_of(request, kind))


@allowed(May.MANAGE)
def show(request: Request, type_id: UUID) -> HttpResponse:
    """GET .../settings/work-types/<id>/"""
    kind = one(request, type_id)
    names = ("name", "number_format", "icon", "currency", "is_deal")
    return _form(request, WorkTypeForm(initial={name: getattr(kind, name) for name in names}), kind=kind)


@allowed(May.MANAGE)
def update(request: Request, type_id: UUID) -> HttpResponse:
    """POST .../settings/work-types/<id>/"""
    kind = one(request, type_id)
    form = WorkTypeForm(request.POST)
    if not form.is_valid():
        return _form(request, form, kind=kind, status=422)
    try:
        kind.change(by=request.agent, **form.cleaned_data)
    except Invalid as refused:
        form.add_error("name", str(refused.sentence))
        return _form(request, form, kind=one(request, type_id), status=422)
    toast(request, gettext("Saved."))
    return page(request, "work/type.html", to=home_of(request, kind))


@allowed(May.MANAGE)
def archive(request: Request, type_id: UUID) -> HttpResponse:
    """POST .../settings/work-types/<id>/archiving/"""
    kind = one(request, type_id)
    if kind.archive(by=request.agent):
        toast(request, gettext("No new ones of “%(name)s”; what is there goes on.") % {"name": kind})
    return page(request, "work/type.html", to=home_of(request, kind))


@allowed(May.MANAGE)
def bring_back(request: Request, type_id: UUID) -> HttpResponse:
    """DELETE .../settings/work-types/<id>/archiving/"""
    kind = one(request, type_id)
    if kind.bring_back(by=request.agent):
        toast(request, gettext("“%(name)s” can be begun again.") % {"name": kind})
    return page(request, "work/type.html", to=home_of(request, kind))


def one(request: Request, type_id: UUID) -> WorkItemType:
    """A kind of work of this workspace."""
    found: WorkItemType | None = WorkItemType.objects.of(request.workspace).filter(pk=type_id).first()
    if found is None:
        raise Http404
    return found


def home_of(request: Request, kind: WorkItemType) -> str:
    return reverse("web:work_type", args=[request.workspace.slug, kind.pk])


def _beginning() -> list[dict[str, Any]]:
    """The statuses of a new kind of work, until somebody changes them."""
    return [
        {"name": gettext("New"), "key": "new", "colour": WorkStatus.Colour.OURS},
        {"name": gettext("In progress"), "key": "in-progress"},
        {
            "name": gettext("Done"),
            "key": "done",
            "category": WorkStatus.Category.DONE,
            "colour": WorkStatus.Colour.GOOD,
        },
        {"name": gettext("Cancelled"), "key": "cancelled", "category": WorkStatus.Category.CANCELLED},
    ]


def _form(
    request: Request, form: WorkTypeForm, *, kind: WorkItemType | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "kind": kind, **PLACE}
    if kind:
        counted = WorkItem.objects.of(request.workspace).filter(type_id=kind.pk).order_by()
        counts = dict(counted.values_list("status_id").annotate(Count("pk")))
        context["statuses"] = [(one, counts.get(one.pk, 0)) for one in kind.statuses()]
        context["categories"] = WorkStatus.Category.choices
        context["colours"] = WorkStatus.Colour.choices
    return page(request, "work/type.html", context, status=status)
