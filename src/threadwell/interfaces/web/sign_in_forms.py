"""Sign-in forms: django-allauth's own, in the words of our other pages.

In:    what allauth gives its forms
Out:   the same fields, labelled as we label them
Touch: nothing
"""

from typing import Any

from allauth.account.forms import AddEmailForm, LoginForm, ResetPasswordForm
from django.utils.translation import gettext_lazy as _


class _OurWords:
    """An address is called the same everywhere."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        fields: Any = vars(self)["fields"]
        fields["login" if "login" in fields else "email"].label = _("E-mail address")


class SignIn(_OurWords, LoginForm):  # type: ignore[misc]  # allauth is not typed to the end
    """The door."""


class ResetPassword(_OurWords, ResetPasswordForm):  # type: ignore[misc]
    """Asking for a link."""


class AddEmail(_OurWords, AddEmailForm):  # type: ignore[misc]
    """Another address of one's own."""
