"""IMAP: look into a mailbox and fetch what stands there, without leaving a trace (RFC 3501, 2177, 6154).

In:    Access (where, as whom); numbers of messages
Out:   folders, counts, bytes
Touch: the mailbox's server. Folders are opened read-only and read with PEEK: no flag ever changes.
"""

import hashlib
import re
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email import message_from_bytes
from time import monotonic
from typing import Any, Self

from imapclient import IMAPClient, SocketTimeout

from threadwell.channels.email import reach
from threadwell.channels.email.sent_names import is_sent_name

CONNECT_WITHIN, READ_WITHIN = 20, 90  #: seconds
LISTEN = 1.0  #: seconds in one go, so that a stop is soon heard
#: Numbers asked for in one search; the answer is one line, and Python takes no line over a million bytes.
WINDOW = 80_000
_NO_CHANGE = re.compile(rb"\s+")
_TELLING = ("message-id", "date", "from", "subject", "to")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where a mailbox is and how to get in."""

    host: str
    port: int
    tls: str  #: "tls", "starttls" or "none"
    user: str
    auth: str  #: "password" or "oauth"
    secret: str  #: the password, or an access token
    is_checked: bool  #: the certificate must be right


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderName:
    """A folder as the server lists it."""

    name: str
    is_sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A folder as it is now."""

    uid_validity: int
    uid_next: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A message, or its header alone."""

    uid: int
    raw: bytes
    received_at: datetime | None


def access(settings: Mapping[str, Any], *, secret: str) -> Access:
    """What `settings["incoming"]` of an inbox says (docs/reference/inboxes.md)."""
    tls = settings.get("tls") or "tls"
    return Access(
        host=str(settings.get("host") or ""),
        port=int(settings.get("port") or (993 if tls == "tls" else 143)),
        tls=tls,
        user=str(settings.get("user") or ""),
        auth=settings.get("auth") or "password",
        secret=secret,
        is_checked=settings.get("check_certificate") is not False,
    )


def trust(*, is_checked: bool) -> ssl.SSLContext:
    """How the server's certificate is looked at."""
    context = ssl.create_default_context()
    if not is_checked:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Mailbox:
    """A session with the server, signed in."""

    def __init__(self, client: IMAPClient) -> None:
        self._client = client
        self.can_idle: bool = client.has_capability("IDLE")

    @classmethod
    def connect(cls, access: Access) -> IMAPClient:
        """A session, not yet signed in; raises what the network or TLS raises."""
        context = trust(is_checked=access.is_checked)
        with reach.only_allowed():
            client = IMAPClient(
                access.host,
                port=access.port,
                ssl=access.tls == "tls",
                ssl_context=context if access.tls == "tls" else None,
                timeout=SocketTimeout(connect=CONNECT_WITHIN, read=READ_WITHIN),
            )
        client.normalise_times = False
        if access.tls == "starttls":
            try:
                client.starttls(context)
            except BaseException:
                client.shutdown()
                raise
        return client

    @classmethod
    def sign_in(cls, client: IMAPClient, access: Access) -> Self:
        """The mailbox behind a session; the session is ended when the server refuses."""
        try:
            if access.auth == "oauth":
                client.oauth2_login(access.user, access.secret)
            else:
                client.login(access.user, access.secret)
            return cls(client)
        except BaseException:
            client.shutdown()
            raise

    @classmethod
    def open(cls, access: Access) -> Self:
        return cls.sign_in(cls.connect(access), access)

    def close(self) -> None:
        """End the session, kindly if the server still listens."""
        try:
            self._client.logout()
        except Exception:
            self._client.shutdown()

    def folders(self) -> list[FolderName]:
        """Every folder that can be opened; the sent one is told by its mark, else by its name."""
        listed = [
            ({bytes(flag).lower() for flag in flags}, str(delimiter or b"", "ascii"), name)
            for flags, delimiter, name in map(_as_text, self._client.list_folders())
        ]
        openable = [entry for entry in listed if not entry[0] & {b"\\noselect", b"\\nonexistent"}]
        marked = {name for flags, _, name in openable if b"\\sent" in flags}
        named = marked or {name for _, delimiter, name in openable if _is_called_sent(name, delimiter)}
        return [FolderName(name=name, is_sent=name in named) for _, _, name in openable]

    def look(self, folder: str) -> Look:
        """Open a folder read-only."""
        told = self._client.select_folder(folder, readonly=True)
        count = int(told.get(b"EXISTS", 0))
        uid_next = told.get(b"UIDNEXT")
        if uid_next is None:
            last = self._client.fetch(str(count), ["UID"]) if count else {}
            uid_next = max(last, default=0) + 1
        return Look(uid_validity=int(told.get(b"UIDVALIDITY", 0)), uid_next=int(uid_next), count=count)

    def uids(self, first: int, last: int) -> Iterator[list[int]]:
        """The numbers that exist from ``first`` to ``last``, in order, in lists of a bearable length."""
        for start in range(first, last + 1, WINDOW):
            end = min(start + WINDOW - 1, last)
            found = self._client.search(["UID", f"{start}:{end}"])
            # Servers answer 7:9 with the last message even when that is number 5.
            yield sorted(uid for uid in found if start <= uid <= end)

    def first_since(self, day: date) -> int | None:
        """The lowest number of what came on that day or later."""
        found = self._client.search(["SINCE", day])
        return min(found, default=None)

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Bytes of each message, as the server counts them."""
        told = self._client.fetch(uids, ["RFC822.SIZE"])
        return {uid: int(facts.get(b"RFC822.SIZE", 0)) for uid, facts in told.items()}

    def messages(self, uids: Sequence[int]) -> list[Fetched]:
        """Whole messages; one that the server does not hand out is missing here."""
        return list(self._fetched(uids, "BODY.PEEK[]", b"BODY[]"))

    def headers(self, uids: Sequence[int]) -> list[Fetched]:
        """Only their headers."""
        return list(self._fetched(uids, "BODY.PEEK[HEADER]", b"BODY[HEADER]"))

    def wait(self, seconds: float, *, is_over: Callable[[], bool]) -> bool:
        """Listen for news of the open folder (IDLE) until the time or ``is_over`` ends it; True for news."""
        told: list[Any] = []
        deadline = monotonic() + seconds
        self._client.idle()
        while not told and not is_over() and monotonic() < deadline:
            since = monotonic()
            heard = self._client.idle_check(timeout=LISTEN)
            told = [word for word in heard if _is_news(word)]
            if not heard and monotonic() - since < LISTEN / 2:
                break  # the line is dead, which ending the wait will tell
        _text, last = self._client.idle_done()
        return bool(told) or any(_is_news(word) for word in last)

    def _fetched(self, uids: Iterable[int], asked: str, answered: bytes) -> Iterator[Fetched]:
        for uid, facts in sorted(self._client.fetch(list(uids), [asked, "INTERNALDATE"]).items()):
            raw = facts.get(answered)
            if raw is not None:
                received = facts.get(b"INTERNALDATE")
                yield Fetched(uid=uid, raw=bytes(raw), received_at=received)


def print_of(raw: bytes) -> str:
    """A mark by which a letter is known again, also from its header alone; empty when its bytes must do.

    Some servers write a message anew each time they hand it out, so the bytes are not enough to go by.
    """
    ends = [at for at in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if at >= 0]
    header = message_from_bytes(raw[: min(ends)] if ends else raw)
    told = [_NO_CHANGE.sub(b" ", str(header.get(name, "")).encode("utf-8", "replace")) for name in _TELLING]
    return hashlib.sha256(b"\n".join(told)).hexdigest()[:32] if told[0].strip() else ""


def whole_print_of(raw: bytes) -> str:
    """The same for a message that is at hand whole: without a Message-ID its bytes decide."""
    return print_of(raw) or hashlib.sha256(raw).hexdigest()[:32]


def _is_news(word: Any) -> bool:
    return isinstance(word, tuple) and len(word) > 1 and word[1] in {b"EXISTS", b"EXPUNGE"}


def _is_called_sent(name: str, delimiter: str) -> bool:
    last = name.rsplit(delimiter, 1)[-1] if delimiter else name
    return is_sent_name(last)


def _as_text(entry: tuple[Any, Any, Any]) -> tuple[Any, Any, str]:
    flags, delimiter, name = entry
    return flags, delimiter, name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
