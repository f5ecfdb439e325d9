"""OAuth: sign in to mail servers with a provider's tokens instead of a password (RFC 6749, 7636; XOAUTH2).

In:    an inbox's settings and secrets; what the provider sends back to our address
Out:   the address to send the person to; tokens; an access token that is good right now
Touch: the provider's token address; `Inbox.sealed_secrets` and `credentials_expire_at` when tokens change
"""

import base64
import hashlib
import json
import secrets as randomness
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext as _

from threadwell.channels.email import reach
from threadwell.kit import clock, outside, tenancy
from threadwell.kit.errors import DomainError
from threadwell.record.inboxes.models import Inbox

__all__ = ["Authorisation", "Provider", "Refused", "Tokens", "Unreachable"]

STATE_LIFE = timedelta(minutes=30)
SPARE = timedelta(minutes=2)  #: a token that ends within this is not worth using
LONGEST = 1_000_000  #: bytes of an answer
PATIENCE = 20.0  #: seconds for all of it
_SALT = "inbox-oauth"


class Refused(DomainError):
    """The provider will not give a token until a person signs in again."""

    code = "sign-in-refused"


class Unreachable(DomainError):
    """The provider could not be asked, or answered nothing useful; later it may."""

    code = "provider-unreachable"
    status = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Whom we ask for tokens, and as which application."""

    name: str  #: for people
    authorize_url: str
    token_url: str
    scope: str
    client_id: str
    client_secret: str
    more: Mapping[str, str]  #: what this provider wants to hear besides


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """The way to the provider's page: keep ``verifier`` in the person's session until they come back."""

    url: str
    state: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the provider gave us."""

    access_token: str
    access_until: datetime
    refresh_token: str  #: empty when the old one stays good
    refresh_until: datetime | None  #: None when the provider does not tell


_PRESETS: dict[str, dict[str, Any]] = {
    "google": {
        "name": "Google",
        "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
        "token_url": "https://oauth2.googleapis.com/token",
        "scope": "https://mail.google.com/",
        # Without these two Google gives no refresh token the second time.
        "more": {"access_type": "offline", "prompt": "consent"},
    },
    "microsoft": {
        "name": "Microsoft",
        "authorize_url": "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        "token_url": "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        "scope": "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send "
        "offline_access",
        "more": {"prompt": "select_account"},
    },
}


def provider_of(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Provider:
    """The provider that an inbox's settings name; what they say goes before what we know of it."""
    said = dict(settings.get("oauth") or {})
    known = _PRESETS.get(said.get("provider", ""), {})
    return Provider(
        name=known.get("name") or said.get("name") or _("the provider"),
        authorize_url=said.get("authorize_url") or known.get("authorize_url", ""),
        token_url=said.get("token_url") or known.get("token_url", ""),
        scope=said.get("scope") or known.get("scope", ""),
        client_id=said.get("client_id", ""),
        client_secret=secrets.get("client_secret", ""),
        more=known.get("more", {}),
    )


def begin(inbox: Inbox, *, redirect_uri: str) -> Authorisation:
    """Where to send the person who wants to connect (or reconnect) this inbox."""
    provider = provider_of(inbox.settings, inbox.secrets)
    verifier = randomness.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    state = signing.dumps({"workspace": str(inbox.workspace_id), "inbox": str(inbox.pk)}, salt=_SALT)
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": provider.scope,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "login_hint": inbox.address,
        **provider.more,
    }
    return Authorisation(url=f"{provider.authorize_url}?{urlencode(asked)}", state=state, verifier=verifier)


def inbox_in(state: str) -> tuple[UUID, UUID]:
    """The workspace and the inbox that a state speaks of; raises `Refused` unless we made it lately."""
    try:
        facts = signing.loads(state, salt=_SALT, max_age=STATE_LIFE)
    except signing.BadSignature:
        raise Refused(_("This way back from the provider is too old or not ours. Connect again.")) from None
    return UUID(facts["workspace"]), UUID(facts["inbox"])


def complete(inbox: Inbox, *, code: str, verifier: str, redirect_uri: str) -> None:
    """Exchange the code that the person brought back, and keep the tokens with the inbox."""
    provider = provider_of(inbox.settings, inbox.secrets)
    tokens = _ask(
        provider,
        grant_type="authorization_code",
        code=code,
        code_verifier=verifier,
        redirect_uri=redirect_uri,
    )
    if not tokens.refresh_token:
        raise Refused(
            _("%(provider)s gave no lasting permission. Remove our access there, then connect again.")
            % {"provider": provider.name}
        )
    _keep(inbox, tokens)


def access_token(inbox: Inbox) -> str:
    """A token to sign in with right now; asks the provider for a new one when the last has run out.

    Raises `Refused` when a person must reconnect, `Unreachable` when later may do. Not to be called inside
    another transaction: what is rolled back there would take a rotated refresh token along.
    """
    held = _good_token(inbox.secrets)
    if held:
        return held
    with tenancy.entered(inbox.workspace_id):
        # Refresh tokens may rotate: two who use the same one at once would lock us out.
        fresh = Inbox.objects.of(inbox.workspace_id).select_for_update().get(pk=inbox.pk)
        held = _good_token(fresh.secrets)
        if not held:
            provider = provider_of(fresh.settings, fresh.secrets)
            tokens = _ask(
                provider, grant_type="refresh_token", refresh_token=fresh.secrets.get("refresh_token", "")
            )
            _keep(fresh, tokens)
            held = tokens.access_token
    inbox.sealed_secrets, inbox.credentials_expire_at = fresh.sealed_secrets, fresh.credentials_expire_at
    return held


def _good_token(secrets: Mapping[str, str]) -> str:
    until = secrets.get("access_until", "")
    if until and datetime.fromisoformat(until) > clock.now() + SPARE:
        return secrets.get("access_token", "")
    return ""


def _ask(provider: Provider, **question: str) -> Tokens:
    if question.get("refresh_token") == "" or not provider.token_url:
        raise Refused(_("This inbox is not connected yet. Connect it with its provider first."))
    form = {"client_id": provider.client_id, "client_secret": provider.client_secret, **question}
    try:
        status, answer = outside.post(
            provider.token_url,
            urlencode(form).encode(),
            {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
            limit=LONGEST,
            seconds=PATIENCE,
            may_reach=reach.may_reach,
            ports=_ports(provider.token_url),
        )
        told = json.loads(answer)
    except (outside.NotFetched, ValueError) as problem:
        raise Unreachable(
            _("%(provider)s could not be asked for a new token (%(problem)s). We try again.")
            % {"provider": provider.name, "problem": problem}
        ) from problem
    return _read(provider, status, told if isinstance(told, dict) else {})


def _ports(url: str) -> frozenset[int] | None:
    """Providers of one's own house answer at ports of their own."""
    port = urlsplit(url).port
    return frozenset({port}) if port else None


def _read(provider: Provider, status: int, told: dict[str, Any]) -> Tokens:
    if status >= 500 or status == 429 or told.get("error") == "temporarily_unavailable":
        raise Unreachable(
            _("%(provider)s cannot give a token right now (%(status)s). We try again.")
            % {"provider": provider.name, "status": status}
        )
    if not told.get("access_token"):
        raise Refused(_refusal(provider, told))
    now = clock.now()
    refresh_life = told.get("refresh_token_expires_in")
    return Tokens(
        access_token=told["access_token"],
        access_until=now + timedelta(seconds=int(told.get("expires_in") or 3600)),
        refresh_token=told.get("refresh_token") or "",
        refresh_until=now + timedelta(seconds=int(refresh_life)) if refresh_life else None,
    )


def _refusal(provider: Provider, told: dict[str, Any]) -> str:
    names = {"provider": provider.name, "error": told.get("error_description") or told.get("error") or "?"}
    match told.get("error"):
        case "invalid_grant":
            return _("%(provider)s no longer accepts our permission. Press Reconnect and sign in.") % names
        case "invalid_client" | "unauthorized_client":
            return (
                _("%(provider)s does not know our application, or its secret has run out: %(error)s") % names
            )
        case _:
            return _("%(provider)s refused: %(error)s") % names


def _keep(inbox: Inbox, tokens: Tokens) -> None:
    facts = inbox.secrets
    facts |= {"access_token": tokens.access_token, "access_until": tokens.access_until.isoformat()}
    if tokens.refresh_token:
        facts["refresh_token"] = tokens.refresh_token
        inbox.credentials_expire_at = tokens.refresh_until
    inbox.secrets = facts
    inbox.save(update_fields=["sealed_secrets", "credentials_expire_at"])
