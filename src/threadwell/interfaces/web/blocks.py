"""Blocks: whose mail goes to quarantine, why, and until when.

In:    an address or a domain, a reason, an end
Out:   the list of blocks
Touch: nothing but through `releasing`
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator, validate_email
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.flow import releasing
from threadwell.interfaces.web import deliveries
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.inbox_forms import PLAIN_TEXT
from threadwell.interfaces.web.page import page, toast
from threadwell.kit import clock
from threadwell.record.inboxes.models import Block
from threadwell.record.workplace.roles import May

PLACE = {"here": "settings", "section": "blocks"}
DAYS = (
    ("", _("until it is lifted")),
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("one year")),
)


class BlockForm(forms.Form):
    """Whom to block."""

    pattern = forms.CharField(
        label=_("Address or domain"),
        max_length=320,
        help_text=_("An address such as spam@example.com, or a whole domain such as @example.com."),
        widget=forms.TextInput(attrs=PLAIN_TEXT),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)
    days = forms.ChoiceField(label=_("It lasts"), choices=DAYS, required=False)

    def clean_pattern(self) -> str:
        given = str(self.cleaned_data["pattern"]).strip().lower()
        name, _at, host = given.rpartition("@")
        try:
            if name:
                validate_email(given)
            else:
                DomainNameValidator()(host)
        except ValidationError:
            raise ValidationError(_("This is neither an address nor a domain.")) from None
        return given if name else f"@{host}"

    @property
    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["days"]
        return clock.now() + timedelta(days=int(days)) if days else None


@allowed(May.MANAGE)
def index(request: Request) -> HttpResponse:
    """GET .../settings/blocks/?pattern="""
    asked = request.GET.get("pattern", "")[:320]
    return _page(request, BlockForm(initial={"pattern": asked}))


@allowed(May.MANAGE)
def create(request: Request) -> HttpResponse:
    """POST .../settings/blocks/"""
    form = BlockForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    given = form.cleaned_data
    try:
        releasing.block(
            given["pattern"], reason=given["reason"], expires_at=form.expires_at, by=request.agent
        )
    except releasing.Blocked as refused:
        form.add_error("pattern", str(refused.sentence))
        return _page(request, form, status=422)
    return _done(request, given["pattern"])


@allowed(May.MANAGE)
def create_for(request: Request, delivery_id: UUID) -> HttpResponse:
    """POST .../deliveries/<id>/block/: its sender, or with ``what=domain`` everybody there."""
    sender = deliveries.one(request, delivery_id).sender
    if "@" not in sender:
        raise releasing.Blocked(gettext("It does not say who sent it."))
    pattern = "@" + sender.rpartition("@")[2] if request.POST.get("what") == "domain" else sender
    releasing.block(pattern, reason=gettext("from the quarantine"), by=request.agent)
    toast(request, gettext("Mail from %(pattern)s goes to quarantine.") % {"pattern": pattern})
    address = reverse("web:quarantine", args=[request.workspace.slug])
    return page(request, "quarantine/list.html", to=address)


@allowed(May.MANAGE)
def lift(request: Request, block_id: UUID) -> HttpResponse:
    """DELETE .../settings/blocks/<id>/"""
    block = Block.objects.of(request.workspace).filter(pk=block_id).first()
    if block is None:
        raise Http404
    releasing.lift(block, by=request.agent)
    toast(request, gettext("%(pattern)s may write again.") % {"pattern": block.pattern})
    return page(request, "blocks/list.html", to=_home(request))


def _done(request: Request, pattern: str) -> HttpResponse:
    toast(request, gettext("Mail from %(pattern)s goes to quarantine.") % {"pattern": pattern})
    return page(request, "blocks/list.html", to=_home(request))


def _home(request: Request) -> str:
    return reverse("web:blocks", args=[request.workspace.slug])


def _page(request: Request, form: BlockForm, *, status: int = 200) -> HttpResponse:
    blocks: Any = Block.objects.of(request.workspace).select_related("by").order_by("-made_at")
    facts = {"form": form, "blocks": list(blocks), "now": clock.now(), **PLACE}
    return page(request, "blocks/list.html", facts, status=status)
