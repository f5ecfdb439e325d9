"""Accounts: what we tell django-allauth about our people.

In:    allauth's questions; somebody who has just got an account
Out:   answers; a signed-in session
Touch: allauth's table of addresses, the session
"""

from typing import Any, cast, override

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from threadwell.record.workplace.models import User

SIGN_IN = "allauth.account.auth_backends.AuthenticationBackend"


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is not typed to the end
    """Nobody signs up; links lead to the address people know, whatever the request's Host said."""

    @override
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    @override
    def get_reset_password_from_key_url(self, key: str) -> str:
        return settings.PUBLIC_URL + self._path_of(super().get_reset_password_from_key_url(key))

    @override
    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")

    @override
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        super().send_mail(template_prefix, email, {**context, "address": settings.PUBLIC_URL})

    @staticmethod
    def _path_of(url: str) -> str:
        return "/" + url.split("://", 1)[-1].partition("/")[2]


def sign_in(request: HttpRequest, user: User, *, is_address_proven: bool) -> None:
    """Begin a session for somebody whose account was made this moment."""
    EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"primary": True, "verified": is_address_proven}
    )
    cast("Any", user).backend = SIGN_IN
    Accounts(request).login(request, user)
