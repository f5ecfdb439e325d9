"""Setup: the first start. A link that works once makes the first workspace and its owner.

In:    the token of the link, what the workspace and its owner are called
Out:   a workspace; its owner, signed in, on the way to the first inbox
Touch: nothing but through `joining`
"""

from typing import Any, override

from django import forms
from django.conf import settings
from django.core.validators import validate_slug
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from threadwell.flow import joining
from threadwell.interfaces.web import accounts
from threadwell.interfaces.web.entrance import refusal
from threadwell.interfaces.web.forms import NewcomerForm, ZoneField
from threadwell.interfaces.web.page import page
from threadwell.kit.errors import DomainError
from threadwell.kit.setup_token import is_setup_token
from threadwell.record.workplace.models import Workspace

DONE = _("Threadwell is set up already. Sign in, or ask for an invitation.")


class SetupForm(NewcomerForm):
    """What the first workspace is called, and who owns it."""

    workspace = forms.CharField(
        label=_("Name of your firm or team"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    slug = forms.CharField(
        label=_("Short name in addresses"),
        max_length=60,
        required=False,
        help_text=_("Lower-case letters, digits and hyphens. When empty, it is made from the name."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    zone = ZoneField()
    field_order = ("workspace", "slug", "zone", "name", "email", "password")

    @override
    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        given["slug"] = slugify(given.get("slug") or given.get("workspace", ""))[:60] or "desk"
        validate_slug(given["slug"])
        return given


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def first_start(request: HttpRequest, token: str) -> HttpResponse:
    """The page of the link that the first start prints."""
    if not is_setup_token(token):
        raise Http404
    if Workspace.objects.filter(is_demo=False).exists():
        return page(request, "auth/link_gone.html", {"text": DONE}, status=410)
    form = SetupForm(request.POST or None, initial={"zone": settings.TIME_ZONE})
    if not form.is_valid():
        return page(request, "auth/first_start.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        owner = joining.found_first(
            name=form.cleaned_data["workspace"],
            slug=form.cleaned_data["slug"],
            zone=form.cleaned_data["zone"],
            owner=form.newcomer(),
        )
    except DomainError as error:
        return refusal(request, error)
    accounts.sign_in(request, owner.user)
    return page(request, "auth/first_start.html", to=reverse("web:inbox_new", args=[owner.workspace.slug]))
