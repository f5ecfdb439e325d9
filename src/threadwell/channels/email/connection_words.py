"""Connection words: what went wrong between us and a mail server, and how to mend it, for people.

In:    an exception, and where we wanted to go
Out:   Trouble (what failed, what to do)
Touch: nothing
"""

import re
import smtplib
import socket
import ssl
from dataclasses import dataclass
from imaplib import IMAP4

from django.utils.translation import gettext as _
from imapclient.exceptions import LoginError

from threadwell.kit.errors import DomainError

_SHELL = re.compile(r"\bb(['\"])(.*)\1", re.DOTALL)  # imaplib shows bytes as Python writes them
_APP_PASSWORDS = {
    "gmail": "Google",
    "google": "Google",
    "yahoo": "Yahoo",
    "icloud": "Apple",
    "me.com": "Apple",
    "aol": "AOL",
    "fastmail": "Fastmail",
    "gmx": "GMX",
    "web.de": "WEB.DE",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A sentence for what failed, and one for what helps."""

    what: str
    mend: str

    @property
    def sentence(self) -> str:
        return f"{self.what} {self.mend}".strip()


def explained(problem: BaseException, *, host: str, port: int, tls: str) -> Trouble:
    """In plain words; never empty."""
    place = {"host": host, "port": port, "problem": _said(problem)}
    match problem:
        case DomainError():
            trouble = Trouble(what=str(problem.sentence), mend="")
        case socket.gaierror():
            trouble = Trouble(
                what=_("There is no server named %(host)s.") % place,
                mend=_("Check the spelling of the host name."),
            )
        case ssl.SSLCertVerificationError():
            trouble = _certificate(problem, place)
        case ssl.SSLError():
            trouble = _not_tls(place, tls)
        case TimeoutError():
            trouble = _silence(place, tls)
        case PermissionError():
            trouble = Trouble(
                what=_("%(host)s stands in a private network where no mail server may be.") % place,
                mend=_("Whoever runs Threadwell can allow it with THREADWELL_MAIL_NETWORKS."),
            )
        case ConnectionRefusedError():
            trouble = Trouble(
                what=_("Nothing listens at port %(port)s of %(host)s.") % place,
                mend=_("Usual ports are 993 (IMAP) and 465 (SMTP) with TLS, 143 and 587 with STARTTLS."),
            )
        case LoginError() | smtplib.SMTPAuthenticationError():
            trouble = _login(place)
        case IMAP4.abort() | ConnectionError() | EOFError() | smtplib.SMTPServerDisconnected():
            trouble = _hung_up(place, tls)
        case IMAP4.error() | smtplib.SMTPException():
            trouble = Trouble(what=_("%(host)s refused: %(problem)s.") % place, mend="")
        case OSError():
            trouble = Trouble(
                what=_("%(host)s cannot be reached: %(problem)s.") % place,
                mend=_("Check the host name and this machine's network."),
            )
        case _:
            trouble = Trouble(
                what=_("Talking to %(host)s failed: %(problem)s.") % place,
                mend=_("We try again by ourselves."),
            )
    return trouble


def _said(problem: BaseException) -> str:
    """The server's own words, out of the shells that the libraries put round them."""
    if isinstance(problem, smtplib.SMTPResponseException):
        answer = problem.smtp_error
        words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
        told = f"{problem.smtp_code} {' '.join(words.split())}"
    else:
        told = _SHELL.sub(r"\2", str(problem).strip())
    return told.strip().removesuffix(".") or type(problem).__name__


def _certificate(problem: ssl.SSLCertVerificationError, place: dict[str, object]) -> Trouble:
    place = {**place, "problem": problem.verify_message}
    return Trouble(
        what=_("The certificate of %(host)s is not right: %(problem)s.") % place,
        mend=_(
            "Use the host name that stands in the certificate. Only for a server in your own house may the "
            "certificate go unchecked."
        ),
    )


def _silence(place: dict[str, object], tls: str) -> Trouble:
    what = _("%(host)s does not answer at port %(port)s.") % place
    if tls == "tls":
        return Trouble(what=what, mend=_("Check the port, and whether a firewall stands between."))
    return Trouble(what=what, mend=_("It may want TLS from the start: choose TLS. Or check the port."))


def _not_tls(place: dict[str, object], tls: str) -> Trouble:
    what = _("Port %(port)s of %(host)s does not speak TLS the way we tried.") % place
    if tls == "tls":
        return Trouble(what=what, mend=_("Choose STARTTLS for this port, or port 993 (IMAP) or 465 (SMTP)."))
    return Trouble(what=what, mend=_("Choose TLS from the start, with port 993 (IMAP) or 465 (SMTP)."))


def _hung_up(place: dict[str, object], tls: str) -> Trouble:
    what = _("%(host)s hung up.") % place
    if tls == "tls":
        return Trouble(what=what, mend=_("Port and encryption may not fit together. We try again."))
    return Trouble(
        what=what, mend=_("If it goes on: port %(port)s may want TLS from the first byte.") % place
    )


def _login(place: dict[str, object]) -> Trouble:
    host, told = str(place["host"]).lower(), str(place["problem"]).lower()
    what = _("%(host)s does not accept the name or the password: %(problem)s.") % place
    if "privacyrequired" in told or "logindisabled" in told or "plaintext" in told or "cleartext" in told:
        return Trouble(
            what=_("%(host)s takes no password on an unencrypted line.") % place,
            mend=_("Choose TLS or STARTTLS."),
        )
    if "outlook" in host or "office365" in host or "hotmail" in host:
        return Trouble(
            what=what,
            mend=_("Microsoft no longer takes passwords here. Choose “Sign in with Microsoft” instead."),
        )
    provider = next((name for mark, name in _APP_PASSWORDS.items() if mark in host), "")
    if provider:
        return Trouble(
            what=what,
            mend=_(
                "%(provider)s wants an app password: switch on two-step sign-in there, make a password for "
                "“mail”, and enter it here. IMAP must be switched on, too."
            )
            % {"provider": provider},
        )
    return Trouble(
        what=what,
        mend=_("Check both; many servers want the whole address as the name, and some an app password."),
    )
