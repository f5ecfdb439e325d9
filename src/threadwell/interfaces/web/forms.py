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


class NewcomerForm(forms.Form):
    """Name and password of somebody who has no account yet."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("You sign in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
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
        if {"name", "email", "password"} <= given.keys():
            try:
                validate_password(given["password"], User(name=given["name"], email=given["email"]))
            except forms.ValidationError as weak:
                self.add_error("password", weak)
        return given

    @property
    def newcomer(self) -> Newcomer:
        return Newcomer(
            email=self.cleaned_data["email"].lower(),
            name=self.cleaned_data["name"],
            password=self.cleaned_data["password"],
        )
