"""Second factors: what we tell django-allauth about codes and passkeys.

In:    the seed of an authenticator app, recovery codes, as allauth keeps them
Out:   the same sealed, and opened again
Touch: what is noted of whoever gives a wrong code (turned_away)
"""

from typing import Any, override

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.core.exceptions import ValidationError

from threadwell.interfaces.web import turned_away
from threadwell.kit import secrets


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is not typed to the end
    """Whoever reads the database learns no seed."""

    @override
    def encrypt(self, text: str) -> str:
        return secrets.sealed(text).decode()

    @override
    def decrypt(self, encrypted_text: str) -> str:
        # Seeds from before they were sealed lie open until the next `threadwell secrets rotate`.
        return secrets.opened(encrypted_text.encode()) if secrets.is_box(encrypted_text) else encrypted_text


class _Noted:
    """Codes that are wrong, or too many, are written down."""

    def clean_code(self) -> str:
        form: Any = super()
        try:
            return str(form.clean_code())
        except ValidationError as refused:
            is_locked = refused.code == "too_many_login_attempts"
            turned_away.note(context.request, vars(self)["user"].email, is_locked=is_locked)
            raise


class Code(_Noted, AuthenticateForm):  # type: ignore[misc]  # allauth is not typed to the end
    """The second step of signing in."""


class CodeAgain(_Noted, ReauthenticateForm):  # type: ignore[misc]
    """The same once more, before something is changed."""
