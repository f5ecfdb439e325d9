"""Type owners: which team looks after which type of interaction.

In:    a team for each type
Out:   the page
Touch: TypeOwner
"""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.interfaces.web.deeds import team_of
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.places import house_of
from threadwell.record.conversations.models import Conversation, TypeOwner
from threadwell.record.conversations.type_owner import look_after
from threadwell.record.journal.telling import tell
from threadwell.record.workplace.roles import May


class OwnersForm(forms.Form):
    """One team for each type, or none."""

    def __init__(self, *args: Any, request: Request, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = [("", gettext("nobody in particular"))]
        teams += [(str(one.pk), one.name) for one in house_of(request).teams]
        for value, name in Conversation.Type.choices:
            self.fields[value] = forms.ChoiceField(label=name, choices=teams, required=False)


@allowed(May.READ, changes=May.MANAGE)
def show(request: Request) -> HttpResponse:
    """GET .../settings/types/"""
    rows = TypeOwner.objects.of(request.workspace).values_list("type", "team_id")
    form = OwnersForm(request=request, initial={type_: str(team) for type_, team in rows})
    return _page(request, form)


@allowed(May.MANAGE)
def update(request: Request) -> HttpResponse:
    """POST .../settings/types/"""
    form = OwnersForm(request.POST, request=request)
    if not form.is_valid():
        return _page(request, form, status=422)
    teams = {type_: team_of(request, key) for type_, key in form.cleaned_data.items()}
    if look_after(request.workspace.pk, teams):
        told = {type_: team.name for type_, team in teams.items() if team}
        tell(request.agent, "workspace.types_owned", by=request.agent, teams=told)
        toast(request, gettext("Saved."))
    to = reverse("web:type_owners", args=[request.workspace.slug])
    return page(request, "settings/form.html", to=to)


def _page(request: Request, form: OwnersForm, *, status: int = 200) -> HttpResponse:
    facts = {
        "title": gettext("Types of interaction"),
        "text": gettext(
            "Every conversation is of one of six types. One that becomes of a type goes to the team that"
            " looks after it, unless somebody owns it already. All of them stand in one history."
        ),
        "form": form,
        "back_url": reverse("web:teams", args=[request.workspace.slug]),
        "here": "settings",
        "section": "teams",
    }
    return page(request, "settings/form.html", facts, status=status)
