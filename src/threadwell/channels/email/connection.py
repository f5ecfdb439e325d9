"""Connection: does this mailbox work, and if not, what is wrong and how is it mended?

In:    the incoming or outgoing part of an inbox's settings, and its secret (a password or an access token)
Out:   Findings: step by step, in plain words
Touch: the mail server. Nothing is fetched, changed or sent.
"""

import contextlib
import smtplib
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, NoReturn

from django.utils.translation import gettext as _
from imapclient import IMAPClient

from threadwell.channels.email import imap, reach
from threadwell.channels.email.connection_words import Trouble, explained
from threadwell.channels.email.imap import Access, Mailbox

PATIENCE = 15  #: seconds for each step


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was tried."""

    name: str
    is_good: bool
    what: str  #: what was found, or what failed
    mend: str  #: what helps; empty when all is well
    seconds: float  #: how long it took


@dataclass(slots=True)
class Findings:
    """What the test found, in the order it was tried; it ends at the first step that fails."""

    steps: list[Step] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    sent_folder: str = ""
    trying: str = ""  #: the step that is being tried now

    @property
    def are_good(self) -> bool:
        return bool(self.steps) and all(step.is_good for step in self.steps)

    @property
    def trouble(self) -> Step | None:
        return next((step for step in self.steps if not step.is_good), None)


class _Stopped(Exception):
    """A step failed; the findings say which."""


type Tell = Callable[[Findings], None]


def _nobody(_findings: Findings) -> None:
    """Nobody watches."""


@dataclass(slots=True)
class _Test:
    access: Access
    tell: Tell
    findings: Findings = field(default_factory=Findings)
    begun: float = 0.0

    def step[T](self, name: str, attempt: Callable[[], T], told: Callable[[T], str] | str) -> T:
        access = self.access
        self.begun, self.findings.trying = monotonic(), name
        self.tell(self.findings)
        try:
            result = attempt()
        except Exception as problem:
            trouble = explained(problem, host=access.host, port=access.port, tls=access.tls)
            self.fail(name, trouble)
        words = told if isinstance(told, str) else told(result)
        self._note(name, words)
        return result

    def fail(self, name: str, trouble: Trouble) -> NoReturn:
        self._note(name, trouble.what, mend=trouble.mend, is_good=False)
        raise _Stopped

    def _note(self, name: str, what: str, *, mend: str = "", is_good: bool = True) -> None:
        took = monotonic() - self.begun if self.findings.trying == name else 0.0
        self.findings.trying = ""
        self.findings.steps.append(Step(name=name, is_good=is_good, what=what, mend=mend, seconds=took))
        self.tell(self.findings)

    def reach(self) -> None:
        """The steps that every server takes first."""
        access = self.access
        if not access.host:
            self.fail(_("Name"), Trouble(what=_("No host name was given."), mend=_("Enter the mail server.")))
        self.step(
            _("Name"),
            lambda: socket.getaddrinfo(access.host, access.port, type=socket.SOCK_STREAM),
            lambda found: _("%(host)s is %(place)s.") % {"host": access.host, "place": found[0][4][0]},
        )
        self.step(
            _("Port"),
            lambda: _knock(access),
            _("Port %(port)s is open.") % {"port": access.port},
        )


def _knock(access: Access) -> None:
    with reach.only_allowed():
        socket.create_connection((access.host, access.port), timeout=PATIENCE).close()


def try_incoming(settings: Mapping[str, Any], *, secret: str, tell: Tell = _nobody) -> Findings:
    """Test `settings["incoming"]` with the password or access token; ``tell`` hears of each step."""
    test = _Test(imap.access(settings, secret=secret), tell)
    with contextlib.suppress(_Stopped):
        _try_imap(test, settings)
    return test.findings


def _try_imap(test: _Test, settings: Mapping[str, Any]) -> None:
    access, findings = test.access, test.findings
    test.reach()
    client = test.step(_("Encryption"), lambda: Mailbox.connect(access), lambda _client: _encrypted(access))
    _refuse_bare_password(test, client)
    mailbox = test.step(
        _("Signing in"),
        lambda: Mailbox.sign_in(client, access),
        _("%(user)s may come in.") % {"user": access.user},
    )
    try:
        folders = test.step(
            _("Folders"), mailbox.folders, lambda found: _("%(count)s folders.") % {"count": len(found)}
        )
        findings.folders = [folder.name for folder in folders]
        findings.sent_folder = next((folder.name for folder in folders if folder.is_sent), "")
        for name in settings.get("folders") or ["INBOX"]:
            test.step(
                _("Folder %(name)s") % {"name": name},
                lambda name=name: mailbox.look(name),  # type: ignore[misc]
                lambda look: _("%(count)s messages.") % {"count": look.count},
            )
    finally:
        mailbox.close()


def _refuse_bare_password(test: _Test, client: IMAPClient) -> None:
    if client.has_capability("LOGINDISABLED"):
        client.shutdown()
        words = {"host": test.access.host}
        test.fail(
            _("Signing in"),
            Trouble(
                what=_("%(host)s takes no password on an unencrypted line.") % words,
                mend=_("Choose TLS or STARTTLS."),
            ),
        )


def _encrypted(access: Access) -> str:
    if access.tls == "none":
        return _("The line is not encrypted: passwords and letters can be read on the way.")
    if not access.is_checked:
        return _("The line is encrypted, but the certificate is not checked.")
    return _("The line is encrypted, and the certificate is right.")


def try_outgoing(settings: Mapping[str, Any], *, secret: str, sender: str, tell: Tell = _nobody) -> Findings:
    """Test `settings["outgoing"]`: would the server send a letter of ``sender``? No letter is sent."""
    tls = settings.get("tls") or "tls"
    usual = {"tls": 465, "starttls": 587}.get(tls, 25)
    access = imap.access({**settings, "tls": tls, "port": settings.get("port") or usual}, secret=secret)
    test = _Test(access, tell)
    with contextlib.suppress(_Stopped):
        _try_smtp(test, sender)
    return test.findings


def _try_smtp(test: _Test, sender: str) -> None:
    access = test.access
    test.reach()
    client = test.step(_("Encryption"), lambda: _smtp(access), lambda _client: _encrypted(access))
    try:
        if access.user:
            test.step(
                _("Signing in"),
                lambda: _sign_in(client, access),
                _("%(user)s may come in.") % {"user": access.user},
            )
        test.step(
            _("Sending"),
            lambda: _would_send(client, sender),
            _("Letters of %(sender)s are taken.") % {"sender": sender},
        )
    finally:
        client.close()


def _smtp(access: Access) -> smtplib.SMTP:
    context = imap.trust(is_checked=access.is_checked)
    with reach.only_allowed():
        if access.tls == "tls":
            return smtplib.SMTP_SSL(access.host, access.port, timeout=PATIENCE, context=context)
        client = smtplib.SMTP(access.host, access.port, timeout=PATIENCE)
    if access.tls == "starttls":
        try:
            client.starttls(context=context)
        except BaseException:
            client.close()
            raise
    return client


def _sign_in(client: smtplib.SMTP, access: Access) -> None:
    client.ehlo_or_helo_if_needed()
    if access.auth == "oauth":
        words = f"user={access.user}\1auth=Bearer {access.secret}\1\1"
        client.auth("XOAUTH2", lambda challenge=None: "" if challenge else words)
    else:
        client.login(access.user, access.secret)


def _would_send(client: smtplib.SMTP, sender: str) -> None:
    client.ehlo_or_helo_if_needed()
    for code, answer in (client.mail(sender), client.rcpt(sender)):
        if code >= 300:
            client.rset()
            raise smtplib.SMTPResponseException(code, answer)
    client.rset()
