"""Workspaces: the way to one's own, and what a workspace is called.

In:    a person who is signed in, or nobody
Out:   the desk last used, a choice, the sign-in, or how to set up
Touch: Workspace; events
"""

from typing import Any

from django import forms
from django.contrib.auth.views import redirect_to_login
from django.core.validators import validate_slug
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web.entrance import LAST_USED, Request, allowed
from threadwell.interfaces.web.forms import ZoneField
from threadwell.interfaces.web.page import page, toast
from threadwell.kit import tenancy
from threadwell.record.journal.telling import tell
from threadwell.record.people import known_as
from threadwell.record.workplace import removal
from threadwell.record.workplace.models import Agent, User, Workspace
from threadwell.record.workplace.roles import May

PLACE = {"section": "workspace", "here": "settings"}


class WorkspaceForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic while running
    """Name, address and zone of a workspace."""

    zone = ZoneField(help_text=_("For everybody who has not chosen their own."))

    class Meta:
        model = Workspace
        fields = ("name", "slug", "zone", "region", "is_owner_required")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"] = forms.ChoiceField(
            label=_("Country"),
            required=False,
            choices=[("", "–"), *((code, code) for code in known_as.regions())],
            help_text=_("Telephone numbers without a country code are read as numbers of this country."),
        )
        self.fields["is_owner_required"].help_text = _("A customer without one is shown as a fault.")
        self.fields["slug"].label = _("Short name in addresses")
        self.fields["slug"].help_text = _("Addresses of pages change with it; old bookmarks stop working.")

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).lower()
        validate_slug(slug)
        return slug


def home(request: HttpRequest) -> HttpResponse:
    """Where ``/`` leads."""
    user = request.user
    if not isinstance(user, User):
        if Workspace.objects.exists():
            return redirect_to_login("/")
        return page(request, "auth/not_set_up.html")
    seats = seats_of(user)
    last = request.session.get(LAST_USED)
    chosen = [seat for seat in seats if seat.workspace.slug == last] or (seats if len(seats) == 1 else [])
    if chosen:
        return HttpResponseRedirect(desk_of(chosen[0]))
    return _choice(request, seats)


def choose(request: HttpRequest) -> HttpResponse:
    """All workspaces one has a seat in, also when one of them was used last."""
    user = request.user
    if not isinstance(user, User):
        return redirect_to_login(request.get_full_path())
    return _choice(request, seats_of(user))


def _choice(request: HttpRequest, seats: list[Agent]) -> HttpResponse:
    return page(request, "auth/workspaces.html", {"seats": [(seat, desk_of(seat)) for seat in seats]})


def desk_of(seat: Agent) -> str:
    return reverse("web:desk", args=[seat.workspace.slug])


def seats_of(user: User) -> list[Agent]:
    with tenancy.known_as(user.pk):
        mine = Agent.objects.everywhere(because="a person looks for their own seats")
        return list(
            mine.filter(user_id=user.pk, left_at=None).select_related("workspace").order_by("workspace__name")
        )


@allowed(May.MANAGE)
def show(request: Request) -> HttpResponse:
    return page(
        request,
        "settings/workspace.html",
        {"form": WorkspaceForm(instance=request.workspace), **PLACE},
    )


@allowed(May.MANAGE)
def update(request: Request) -> HttpResponse:
    before = Workspace.objects.get(pk=request.workspace.pk)
    form = WorkspaceForm(request.POST, instance=Workspace.objects.get(pk=request.workspace.pk))
    if not form.is_valid():
        return page(
            request,
            "settings/workspace.html",
            {"form": form, **PLACE},
            status=422,
        )
    workspace = form.save()
    changes = {name: getattr(before, name) for name in form.changed_data}
    if changes:
        tell(request.agent, "workspace.changed", by=request.agent, before=changes)
        toast(request, gettext("Saved."))
    return page(request, "settings/workspace.html", to=reverse("web:workspace", args=[workspace.slug]))


@allowed(May.OWN)
def remove_demo(request: Request) -> HttpResponse:
    """An owner has seen enough: the demo goes, with everybody who was invented for it."""
    if not request.workspace.is_demo:
        raise Http404
    removal.remove(request.workspace)
    request.session.flush()
    return page(request, "settings/workspace.html", to="/")
