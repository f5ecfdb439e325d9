"""Forms: the fields that several pages ask for, asked the same way everywhere.

In:    what was typed
Out:   checked values
Touch: Django's password rules
"""

from functools import cache
from typing import Any, override
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import (
    validate_password,
)
from django.utils.translation import gettext_lazy as _

from threadwell.flow.joining import Newcomer
from threadwell.record.workplace.models import User


@cache
def zones() -> list[tuple[str, str]]:
    """Time zones by place; the outdated names stay out."""
    places = [
        zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/"))
    ]
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in sorted(places))]


class ZoneField(forms.ChoiceField):
    """A time zone."""

    def __init__(self, **more: Any) -> None:
        super().__init__(label=more.pop("label", _("Time zone")), choices=zones, **more)


class InvitedForm(forms.Form):
    """Name and password of somebody whose address is known, and who has no account yet."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least ten characters; a short sentence is easy to remember."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    @override
    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        if "password" in given:
            somebody = User(name=given.get("name", ""), email=given.get("email", ""))
            try:
                validate_password(given["password"], somebody)
            except forms.ValidationError as weak:
                self.add_error("password", weak)
        return given

    def newcomer(self, *, email: str = "") -> Newcomer:
        return Newcomer(
            email=(email or self.cleaned_data["email"]).lower(),
            name=self.cleaned_data["name"],
            password=self.cleaned_data["password"],
        )


class NewcomerForm(InvitedForm):
    """Name, address and password of somebody who has no account yet."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("You sign in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    field_order: tuple[str, ...] = ("name", "email", "password")
