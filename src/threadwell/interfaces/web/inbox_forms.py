"""Inbox forms: what a person is asked about an inbox and the servers behind it.

In:    what was typed
Out:   checked values; the settings of a way in or out (docs/reference/inboxes.md)
Touch: nothing
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, override

from django import forms
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import Team

TLS = (("tls", _("TLS from the start")), ("starttls", _("STARTTLS")), ("none", _("not encrypted")))
PLAIN_TEXT = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false", "autocomplete": "off"}
HOST_NAME = 253  #: characters at most


class InboxForm(forms.Form):
    """What an inbox is called, and who gets what arrives there."""

    address = forms.EmailField(
        label=_("Address that customers write to"),
        max_length=254,
        widget=forms.EmailInput(attrs={**PLAIN_TEXT, "placeholder": "support@firm.example"}),
    )
    name = forms.CharField(
        label=_("Name of the sender"), max_length=80, help_text=_("Customers see it beside the address.")
    )
    team = forms.ChoiceField(
        label=_("Team that gets the new mail"), required=False, help_text=_("Without a team: everybody.")
    )

    def __init__(self, *args: Any, teams: list[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {str(team.pk): team for team in teams}
        choices = [("", _("none")), *((key, team.name) for key, team in self.by_id.items())]
        self.fields["team"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        _as_wide(self, name="w3", team="w3")

    @property
    def chosen_team(self) -> Team | None:
        return self.by_id.get(self.cleaned_data["team"])


class InboxDetailsForm(InboxForm):
    """The same for an inbox that is there, with what stands under its answers."""

    signature = forms.CharField(
        label=_("Signature"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "input"}),
        help_text=_("Under answers of people who have none of their own."),
    )
    only_owner = forms.BooleanField(
        label=_("Only the owner of a conversation answers"),
        required=False,
        help_text=_("Others take it first, with one click. Notes can be written by everybody."),
    )


class _ServerForm(forms.Form):
    """A mail server, and how to sign in there. Stored passwords are never shown."""

    kept_as: str  #: which secret of the inbox the password is

    host = forms.CharField(label=_("Server"), max_length=HOST_NAME, widget=forms.TextInput(attrs=PLAIN_TEXT))
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65_535)
    tls = forms.ChoiceField(label=_("Encryption"), choices=TLS)
    user = forms.CharField(label=_("User name"), max_length=320, widget=forms.TextInput(attrs=PLAIN_TEXT))
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, given: Any = None, *, inbox: Inbox, known: Mapping[str, Any]) -> None:
        super().__init__(given, initial={**known})
        self.inbox, self.known = inbox, known
        self.has_password = bool(inbox.secrets.get(self.kept_as))
        _as_wide(self, host="w4", port="w2", tls="w2", user="w4")

    def _is_elsewhere(self, given: Mapping[str, Any]) -> bool:
        """A stored password is not sent to a server or for a name that it was not entered for."""
        return any(str(given.get(key)) != str(self.known.get(key)) for key in ("host", "user"))

    @property
    def secrets(self) -> dict[str, str]:
        password = self.cleaned_data["password"]
        return {self.kept_as: password} if password else {}


class MailboxForm(_ServerForm):
    """How to reach the mailbox by IMAP."""

    kept_as = "incoming_password"

    folders = forms.CharField(
        label=_("Folders to follow"),
        required=False,
        max_length=2000,
        help_text=_("With commas between them. When empty: the inbox alone."),
        widget=forms.TextInput(attrs=PLAIN_TEXT),
    )
    follow_sent = forms.BooleanField(
        label=_("Also take in what is sent from other mail programs"), required=False, initial=True
    )
    trusts_any = forms.BooleanField(
        label=_("Accept any certificate"),
        required=False,
        help_text=_("Only for a server in your own house: nobody then notices a false server."),
    )

    def __init__(self, given: Any = None, *, inbox: Inbox, known: Mapping[str, Any]) -> None:
        shown = {
            **known,
            "folders": ", ".join(known.get("folders") or ()),
            "follow_sent": known.get("follow_sent", True),
            "trusts_any": known.get("check_certificate") is False,
        }
        super().__init__(given, inbox=inbox, known=shown)
        # The word "optional" is for those who need not enter it.
        self.fields["password"].required = not self.has_password
        if self.has_password:
            self.fields["password"].help_text = _("Leave it empty to keep the one that is stored.")

    @override
    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        if self.has_password and not given.get("password") and self._is_elsewhere(given):
            self.add_error("password", _("Enter the password again: the server or the name has changed."))
        return given

    @property
    def way(self) -> dict[str, Any]:
        given = self.cleaned_data
        folders = [name.strip() for name in given["folders"].split(",") if name.strip()]
        return {
            "kind": "imap",
            "auth": "password",
            **{key: given[key] for key in ("host", "port", "tls", "user", "follow_sent")},
            **({"folders": folders} if folders else {}),
            **({"check_certificate": False} if given["trusts_any"] else {}),
        }


class SubmissionForm(_ServerForm):
    """How to send by the provider's SMTP server."""

    kept_as = "outgoing_password"

    save_sent = forms.BooleanField(
        label=_("Lay a copy of each answer into the mailbox's folder of sent mail"),
        required=False,
        help_text=_("Some providers do so by themselves; then it would be there twice."),
    )
    trusts_any = forms.BooleanField(label=_("Accept any certificate"), required=False)

    def __init__(self, given: Any = None, *, inbox: Inbox, known: Mapping[str, Any]) -> None:
        shown = {**known, "trusts_any": known.get("check_certificate") is False}
        super().__init__(given, inbox=inbox, known=shown)
        self.fields["user"].required = False
        self.shared = inbox.secrets.get("incoming_password", "")
        if self.has_password:
            self.fields["password"].help_text = _("Leave it empty to keep the one that is stored.")
        elif self.shared:
            self.fields["password"].help_text = _("Leave it empty if it is the one for receiving.")

    @override
    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        is_missing = bool(given.get("user")) and not given.get("password")
        # The proposal names the provider's own servers: there the password for receiving is at home.
        if is_missing and not (self.has_password or self.shared):
            self.add_error("password", _("Enter the password for this server."))
        elif is_missing and self._is_elsewhere(given):
            self.add_error("password", _("Enter the password again: the server or the name has changed."))
        return given

    @property
    def way(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "auth": "password",
            **{key: given[key] for key in ("host", "port", "tls", "user", "save_sent")},
            **({"check_certificate": False} if given["trusts_any"] else {}),
        }

    @property
    @override
    def secrets(self) -> dict[str, str]:
        if not self.cleaned_data["user"]:
            return {}
        given = super().secrets
        return given if given or self.has_password else {self.kept_as: self.shared}


class ApplicationForm(forms.Form):
    """The application that was registered with Google or Microsoft."""

    client_id = forms.CharField(
        label=_("Client ID"), max_length=300, widget=forms.TextInput(attrs=PLAIN_TEXT)
    )
    client_secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        strip=True,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    tenant = forms.RegexField(
        r"^[A-Za-z0-9.-]*$",
        label=_("Directory (tenant) ID"),
        required=False,
        max_length=100,
        help_text=_("For an application of your own firm alone; empty for all."),
        widget=forms.TextInput(attrs=PLAIN_TEXT),
    )

    def __init__(self, *args: Any, provider: str, stored: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.provider, self.stored = provider, stored
        if provider != "microsoft":
            del self.fields["tenant"]
        self.fields["client_secret"].required = not stored
        if stored:
            self.fields["client_secret"].help_text = _("Leave it empty to keep the one that is stored.")

    @override
    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        is_new = given.get("client_id") != self.initial.get("client_id")
        if self.stored and is_new and not given.get("client_secret"):
            self.add_error("client_secret", _("Enter the secret of the application."))
        return given

    @property
    def oauth(self) -> dict[str, str]:
        told = {"provider": self.provider, "client_id": self.cleaned_data["client_id"]}
        tenant = self.cleaned_data.get("tenant")
        if tenant:
            base = f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0"
            told |= {"tenant": tenant, "authorize_url": f"{base}/authorize", "token_url": f"{base}/token"}
        return told


class HistoryForm(forms.Form):
    """How much of the mail that is there already shall come along."""

    DAYS = (
        ("new", _("only new mail from now on")),
        ("30", _("the last 30 days")),
        ("365", _("the last year")),
        ("all", _("everything")),
    )
    history = forms.ChoiceField(
        label=_("Mail that is in the mailbox already"),
        choices=DAYS,
        initial="30",
        widget=forms.RadioSelect,
        help_text=_("Old mail becomes conversations that are closed, and is never answered automatically."),
    )

    @property
    def since(self) -> str:
        """As `settings["incoming"]["history"]` has it."""
        chosen = str(self.cleaned_data["history"])
        if not chosen.isdigit():
            return chosen
        return (clock.now() - timedelta(days=int(chosen))).date().isoformat()


def _as_wide(form: forms.Form, **widths: str) -> None:
    """How many of six columns a field takes; all, when it is not named."""
    for name, width in widths.items():
        form.fields[name].wide = width  # type: ignore[attr-defined]  # read by the template
