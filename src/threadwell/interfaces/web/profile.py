"""Profile: what a person is called here, how they sign, and how pages look to them.

In:    a name, a signature, zone, language, theme
Out:   the page of the profile
Touch: the reader's own Agent and User
"""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.forms import ZoneField, zones
from threadwell.interfaces.web.page import page, toast
from threadwell.record.workplace.models import User
from threadwell.record.workplace.roles import May

PLACE = {"section": "profile", "here": "settings"}

THEMES = cast("Any", User._meta.get_field("theme")).choices
CATALOGUE = "*/LC_MESSAGES/django.mo"


class ProfileForm(forms.Form):
    """One's own name and preferences."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("Customers and colleagues see it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    signature = forms.CharField(
        label=_("Signature"),
        required=False,
        max_length=4000,
        help_text=_("Stands under your answers from this workspace."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    zone = ZoneField(required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    theme = forms.ChoiceField(label=_("Look"), choices=THEMES, widget=forms.RadioSelect)

    def __init__(self, *args: Any, workspace_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        as_workspace = _("as the workspace (%(zone)s)") % {"zone": workspace_zone}
        self.fields["zone"].choices = [("", as_workspace), *zones()]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["language"].choices = [("", _("as the browser asks")), *languages()]  # type: ignore[attr-defined]


def languages() -> list[tuple[str, str]]:
    """The languages the pages speak, each by its own name."""
    spoken = {"en"} | {
        path.parent.parent.name for root in settings.LOCALE_PATHS for path in root.glob(CATALOGUE)
    }
    return [(code, translation.get_language_info(code)["name_local"]) for code in sorted(spoken)]


@allowed(May.READ)
def show(request: Request) -> HttpResponse:
    agent, user = request.agent, request.user
    now = {
        "name": agent.name,
        "signature": agent.signature,
        "zone": user.zone,
        "language": user.language,
        "theme": user.theme,
    }
    return _page(request, ProfileForm(initial=now, workspace_zone=request.workspace.zone))


@allowed(May.READ, changes=May.READ)
def update(request: Request) -> HttpResponse:
    form = ProfileForm(request.POST, workspace_zone=request.workspace.zone)
    if not form.is_valid():
        return _page(request, form, status=422)
    given, agent, user = form.cleaned_data, request.agent, request.user
    agent.name, agent.signature = given["name"], given["signature"].rstrip()
    agent.save(update_fields=["name", "signature"])
    user.name, user.zone, user.language, user.theme = (
        given[field] for field in ("name", "zone", "language", "theme")
    )
    user.save(update_fields=["name", "zone", "language", "theme"])
    if user.language:
        translation.activate(user.language)
    toast(request, gettext("Saved."))
    return page(request, "settings/profile.html", to=reverse("web:profile", args=[request.workspace.slug]))


def _page(request: Request, form: ProfileForm, *, status: int = 200) -> HttpResponse:
    return page(
        request,
        "settings/profile.html",
        {"form": form, **PLACE},
        status=status,
    )
