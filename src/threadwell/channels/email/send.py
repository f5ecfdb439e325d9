"""Send: hand a mail to a server by SMTP, and bring home what it said of each recipient.

In:    the mail's bytes, its envelope, the server
Out:   an Answer for each recipient; `NotReached` when the server could not be spoken to at all
Touch: the network; the inbox's tokens, when it signs in with them
"""

import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import override

from django.conf import settings
from django.utils.translation import gettext as _

from threadwell.channels.email import oauth, reach, write
from threadwell.kit.errors import DomainError
from threadwell.record.inboxes.models import Inbox, settings_of

PATIENCE = 30.0  #: seconds for each word of the talk
PATIENCE_AT_END = 300.0  #: for the answer to the whole mail, which servers filter before they answer
_BROKEN = (OSError, smtplib.SMTPServerDisconnected)


class NotReached(Exception):
    """Nothing was handed over; later it may work. The sentence says what was the matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where our mail goes first."""

    host: str
    port: int
    tls: str  #: "tls", "starttls" or "none"
    user: str = ""
    password: str = ""
    token: str = ""  #: an OAuth access token, instead of the password
    checks_certificate: bool = True
    name: str = ""  #: how we greet
    is_systems: bool = False  #: whoever runs Threadwell named it; it may stand anywhere


#: Where a demo's letters go, whatever its inboxes say: they are taken, and stay here.
NOWHERE = Server(host="", port=0, tls="none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server said of one recipient."""

    code: int  #: SMTP's reply code; 0 when the line broke before it answered
    text: str

    @property
    def is_taken(self) -> bool:
        return 200 <= self.code < 300

    @property
    def is_refused(self) -> bool:
        return self.code >= 500

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.text}" if self.code else self.text


def server_of(inbox: Inbox) -> Server:
    """The inbox's own server, or the system's; raises `NotReached` without one or a way to sign in."""
    if inbox.workspace.is_demo:
        return NOWHERE
    told = settings_of(inbox, "outgoing")
    if not told.get("host"):
        return _system_server()
    token = ""
    if told.get("auth") == "oauth":
        try:
            token = oauth.access_token(inbox)
        except DomainError as problem:
            raise NotReached(str(problem.sentence)) from problem
    return Server(
        host=told["host"],
        port=int(told.get("port") or 587),
        tls=told.get("tls") or "starttls",
        user=told.get("user") or "",
        password=inbox.secrets.get("outgoing_password", ""),
        token=token,
        checks_certificate=told.get("check_certificate", True),
        name=settings.GATEWAY_NAME,
    )


def hand_over(
    raw: bytes, *, sender: str, recipients: Sequence[str], server: Server, before_data: Callable[[], None]
) -> dict[str, Answer]:
    """Offer the mail; an answer for each recipient.

    ``before_data`` is called once, when the server has agreed to take the mail for somebody and before it
    gets it: from there until its answer nobody but the server knows whether it has the mail.
    """
    if server is NOWHERE:
        before_data()
        return dict.fromkeys(recipients, Answer(code=250, text=_("kept here: a demo writes to nobody")))
    with _connected(server) as line:
        try:
            answers = _envelope(line, raw, sender, recipients)
        except _BROKEN as broken:
            raise NotReached(_("%(host)s broke off: %(why)s") % _told(server, broken)) from broken
        taken = [recipient for recipient, answer in answers.items() if answer.is_taken]
        if taken:
            before_data()
            answers |= dict.fromkeys(taken, _data(line, raw, server))
        return answers


def _system_server() -> Server:
    relay = settings.OPTIONS["THREADWELL_SYSTEM_MAIL"]
    if not relay:
        raise NotReached(_("No server to send by is set: neither for this inbox nor for the system."))
    return Server(
        host=relay.host,
        port=relay.port,
        tls="tls" if relay.use_tls else "starttls" if relay.use_starttls else "none",
        user=relay.user,
        password=relay.password,
        name=settings.GATEWAY_NAME,
        is_systems=True,
    )


@contextlib.contextmanager
def _connected(server: Server) -> Iterator[smtplib.SMTP]:
    try:
        with contextlib.nullcontext() if server.is_systems else reach.only_allowed():
            line = _opened(server)
    except smtplib.SMTPAuthenticationError as refused:
        why = _told(server, Answer(code=refused.smtp_code, text=_text(refused.smtp_error)))
        raise NotReached(_("%(host)s does not let us sign in: %(why)s") % why) from refused
    except ssl.SSLError as unsafe:
        raise NotReached(
            _("%(host)s cannot be spoken to safely: %(why)s") % _told(server, unsafe)
        ) from unsafe
    except (OSError, smtplib.SMTPException) as away:
        raise NotReached(_("%(host)s cannot be reached: %(why)s") % _told(server, away)) from away
    try:
        yield line
    finally:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            line.quit()
        line.close()


def _opened(server: Server) -> smtplib.SMTP:
    greeting = server.name or None
    line: smtplib.SMTP
    if server.tls == "tls":
        line = smtplib.SMTP_SSL(
            server.host,
            server.port,
            local_hostname=greeting,
            timeout=PATIENCE,
            context=_trust(is_checked=server.checks_certificate),
        )
    else:
        line = smtplib.SMTP(server.host, server.port, local_hostname=greeting, timeout=PATIENCE)
    try:
        line.ehlo_or_helo_if_needed()
        if server.tls == "starttls":
            # Raises when it is not offered: we do not fall back to plain.
            line.starttls(context=_trust(is_checked=server.checks_certificate))
            line.ehlo()
        if server.token:
            line.auth("XOAUTH2", lambda challenge=None: "" if challenge else _bearer(server))
        elif server.user:
            line.login(server.user, server.password)
    except BaseException:
        line.close()
        raise
    return line


@cache
def _trust(*, is_checked: bool) -> ssl.SSLContext:
    # Reading the system's certificates takes longer than sending a mail.
    context = ssl.create_default_context()
    if not is_checked:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _bearer(server: Server) -> str:
    return f"user={server.user}\x01auth=Bearer {server.token}\x01\x01"


def _envelope(line: smtplib.SMTP, raw: bytes, sender: str, recipients: Sequence[str]) -> dict[str, Answer]:
    wire = {recipient: write.wire_address(recipient) for recipient in recipients}
    options = [f"size={len(raw)}"] if line.has_extn("size") else []
    if not all(address.isascii() for address in wire.values()):
        if not line.has_extn("smtputf8"):
            # RFC 6531 §3.5: there is no way to say such an address to this server.
            said = Answer(code=550, text=_("the server takes no addresses in other scripts"))
            refused = {recipient: said for recipient, address in wire.items() if not address.isascii()}
            plain = [recipient for recipient in recipients if recipient not in refused]
            return refused | (_envelope(line, raw, sender, plain) if plain else {})
        options += ["SMTPUTF8", "BODY=8BITMIME"]
    agreed = _answer(line.mail(write.wire_address(sender), options))
    if not agreed.is_taken:
        return dict.fromkeys(recipients, agreed)
    answers: dict[str, Answer] = {}
    for recipient, address in wire.items():
        answers[recipient] = _answer(line.rcpt(address))
        if answers[recipient].code == 421:
            return dict.fromkeys(recipients, answers[recipient])
    return answers


def _data(line: smtplib.SMTP, raw: bytes, server: Server) -> Answer:
    if line.sock is not None:
        line.sock.settimeout(PATIENCE_AT_END)
    try:
        return _answer(line.data(raw))
    except smtplib.SMTPDataError as refused:
        return _answer((refused.smtp_code, refused.smtp_error))
    except _BROKEN as broken:
        return Answer(
            code=0, text=_("%(host)s broke off before it answered: %(why)s") % _told(server, broken)
        )


def _answer(reply: tuple[int, bytes | str]) -> Answer:
    code, text = reply
    if code < 200:  # smtplib says -1 where it understood nothing
        return Answer(code=451, text=_text(text) or _("an answer that is none"))
    return Answer(code=code, text=_text(text))


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()[:500]


def _told(server: Server, why: object) -> dict[str, str]:
    return {"host": f"{server.host}:{server.port}", "why": _text(str(why)) or type(why).__name__}
