"""Connection presets: where the mailboxes of an address are, as far as its domain tells.

In:    an address
Out:   settings for an inbox, and a word for the person who fills them in
Touch: nothing
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A proposal that the person may change."""

    provider: str  #: for people; empty when we only guess
    incoming: Mapping[str, Any]
    outgoing: Mapping[str, Any]
    oauth: str  #: the provider to sign in with, or empty: by password
    hint: str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class _Provider:
    name: str
    imap: str
    smtp: str
    smtp_port: int
    oauth: str
    hint: str | Promise


_APP_PASSWORD = _("An app password is needed: switch on two-step sign-in there, then make one for “mail”.")
_SWITCH_ON = _("IMAP must be switched on in the settings of the mailbox there.")
_PLAIN: str | Promise = ""

_GOOGLE = _Provider(
    name="Google",
    imap="imap.gmail.com",
    smtp="smtp.gmail.com",
    smtp_port=465,
    oauth="google",
    hint=_("Sign in with Google, or use an app password."),
)
_MICROSOFT = _Provider(
    name="Microsoft",
    imap="outlook.office365.com",
    smtp="smtp.office365.com",
    smtp_port=587,
    oauth="microsoft",
    hint=_("Sign in with Microsoft; passwords are no longer accepted there."),
)


def _plain(
    name: str, imap: str, smtp: str, hint: str | Promise = _PLAIN, *, smtp_port: int = 465
) -> _Provider:
    return _Provider(name=name, imap=imap, smtp=smtp, smtp_port=smtp_port, oauth="", hint=hint)


_YAHOO = _plain("Yahoo", "imap.mail.yahoo.com", "smtp.mail.yahoo.com", _APP_PASSWORD)
_APPLE = _plain("iCloud", "imap.mail.me.com", "smtp.mail.me.com", _APP_PASSWORD, smtp_port=587)
_GMX = _plain("GMX", "imap.gmx.net", "mail.gmx.net", _SWITCH_ON)
_WEB_DE = _plain("WEB.DE", "imap.web.de", "smtp.web.de", _SWITCH_ON)
_FASTMAIL = _plain("Fastmail", "imap.fastmail.com", "smtp.fastmail.com", _APP_PASSWORD)
_MAILBOX_ORG = _plain("mailbox.org", "imap.mailbox.org", "smtp.mailbox.org")
_POSTEO = _plain("Posteo", "posteo.de", "posteo.de")
_AOL = _plain("AOL", "imap.aol.com", "smtp.aol.com", _APP_PASSWORD)
_ZOHO = _plain("Zoho", "imap.zoho.com", "smtp.zoho.com", _SWITCH_ON)
_IONOS = _plain("IONOS", "imap.ionos.com", "smtp.ionos.com")
_T_ONLINE = _plain("Telekom", "secureimap.t-online.de", "securesmtp.t-online.de")
_FREENET = _plain("freenet", "mx.freenet.de", "mx.freenet.de")
_ORANGE = _plain("Orange", "imap.orange.fr", "smtp.orange.fr")
_FREE = _plain("Free", "imap.free.fr", "smtp.free.fr")
_LIBERO = _plain("Libero", "imapmail.libero.it", "smtp.libero.it")
_YANDEX = _plain("Yandex", "imap.yandex.com", "smtp.yandex.com", _APP_PASSWORD)
_SEZNAM = _plain("Seznam", "imap.seznam.cz", "smtp.seznam.cz")
_WP = _plain("WP", "imap.wp.pl", "smtp.wp.pl", _SWITCH_ON)

_BY_DOMAIN = {
    domain: provider
    for provider, domains in (
        (_GOOGLE, "gmail.com googlemail.com"),
        (
            _MICROSOFT,
            "outlook.com hotmail.com live.com msn.com outlook.de hotmail.de hotmail.fr office365.com",
        ),
        (_YAHOO, "yahoo.com yahoo.de yahoo.fr yahoo.co.uk ymail.com rocketmail.com"),
        (_APPLE, "icloud.com me.com mac.com"),
        (_GMX, "gmx.de gmx.net gmx.at gmx.ch gmx.com"),
        (_WEB_DE, "web.de"),
        (_FASTMAIL, "fastmail.com fastmail.fm"),
        (_MAILBOX_ORG, "mailbox.org"),
        (_POSTEO, "posteo.de posteo.net"),
        (_AOL, "aol.com"),
        (_ZOHO, "zoho.com zohomail.com"),
        (_IONOS, "ionos.com"),
        (_T_ONLINE, "t-online.de magenta.de"),
        (_FREENET, "freenet.de"),
        (_ORANGE, "orange.fr wanadoo.fr"),
        (_FREE, "free.fr"),
        (_LIBERO, "libero.it"),
        (_YANDEX, "yandex.com yandex.ru"),
        (_SEZNAM, "seznam.cz"),
        (_WP, "wp.pl"),
    )
    for domain in domains.split()
}


def preset_for(address: str) -> Preset:
    """The best proposal for an address; for a domain of one's own, the usual names."""
    domain = address.rpartition("@")[2].lower()
    provider = _BY_DOMAIN.get(domain)
    if provider:
        return _proposal(provider, address)
    guess = _plain(
        "", f"imap.{domain}", f"smtp.{domain}", _("We guessed the usual names; please check them.")
    )
    return _proposal(guess, address)


def google_for(address: str) -> Preset:
    """A domain of one's own whose mail is at Google."""
    return _proposal(_GOOGLE, address)


def microsoft_for(address: str) -> Preset:
    """A domain of one's own whose mail is at Microsoft 365."""
    return _proposal(_MICROSOFT, address)


def _proposal(provider: _Provider, address: str) -> Preset:
    auth = "oauth" if provider.oauth else "password"
    smtp_tls = "tls" if provider.smtp_port == 465 else "starttls"
    return Preset(
        provider=provider.name,
        incoming={
            "kind": "imap", "host": provider.imap, "port": 993, "tls": "tls", "user": address, "auth": auth
        },
        outgoing={
            "host": provider.smtp, "port": provider.smtp_port, "tls": smtp_tls, "user": address, "auth": auth
        },
        oauth=provider.oauth,
        hint=provider.hint,
    )  # fmt: skip
