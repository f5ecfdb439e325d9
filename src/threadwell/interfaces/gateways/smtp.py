"""SMTP and LMTP: a mail server that takes in what is for our inboxes, and nothing else.

In:    sessions of other mail servers, on the ports of the settings
Out:   answers; 250 after DATA is said only when the mail is held durably
Touch: inboxes.Door, and through capture inboxes.Delivery
Never: changes a byte of the mail. What the envelope said stands in the delivery's facts, not in a header.
"""

import asyncio
import hashlib
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, override

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings

from threadwell.flow.arrive.capture import Arrival
from threadwell.interfaces.gateways import certificate
from threadwell.interfaces.gateways.doors import Doors
from threadwell.interfaces.gateways.gathering import Gathering
from threadwell.interfaces.gateways.guests import Guests
from threadwell.kit import disk, handed, ids
from threadwell.record.inboxes.models import Delivery, Door

MOST_CONNECTIONS = 500
MOST_RECIPIENTS = 10_000
MOST_STRANGERS = 100  #: unknown recipients in one session; who asks for more is collecting addresses
IN_FLIGHT = 256 * 1024 * 1024  #: bytes of mails that are being received at the same time
PATIENCE = 300.0  #: seconds without a word (RFC 5321 section 4.5.3.2.7)
END = b"\r\n.\r\n"

LATER = "451 4.3.0 The mail could not be kept right now. Please try again later."
TOO_OFTEN = "421 4.7.0 You come too often. Please try again later."
FULL = "452 4.3.1 There is no room for more mail right now. Please try again later."
TOO_LARGE = "552 5.3.4 The mail is larger than {} MiB, the most this server takes."

_log = structlog.get_logger(__name__)
_USUAL_ADDRESS = re.compile(r"<([a-zA-Z0-9._+=-]{1,64}@[a-zA-Z0-9.-]{1,255})>((?: .*)?)")
#: What tells one mail from another with the same words: an id, or the stamp of a server that queued it.
_IS_ONE_OF_ITS_KIND = re.compile(rb"^(?:message-id|received)[ \t]*:", re.IGNORECASE | re.MULTILINE)


def serve(until: threading.Event) -> None:
    """Take mail in until the event is set; what is being received then is finished or put off."""
    asyncio.run(_serve(until))


async def _serve(until: threading.Event) -> None:
    gateway = Gateway(tls=certificate.context())
    servers = []
    for name, port, kind in (("smtp", settings.SMTP_PORT, Talk), ("lmtp", settings.LMTP_PORT, LocalTalk)):
        if port:
            if doors := handed.sockets(name):
                servers += [await gateway.take(door, kind) for door in doors]
            else:
                servers.append(await gateway.listen(settings.GATEWAY_HOST, port, kind))
            _log.info("mail gateway listens", protocol=name, host=settings.GATEWAY_HOST, port=port)
    await asyncio.to_thread(until.wait)
    for server in servers:
        server.close()
    await gateway.close()


@dataclass(eq=False)
class Gateway:
    """What all sessions share."""

    tls: ssl.SSLContext | None
    doors: Doors = field(default_factory=Doors)
    gathering: Gathering = field(default_factory=Gathering)
    guests: Guests = field(default_factory=Guests)
    sessions: "set[Talk]" = field(default_factory=set)
    in_flight: int = 0
    _room: tuple[float, bool] = (0.0, True)

    async def listen(self, host: str, port: int, kind: "Callable[[Gateway], Talk]") -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: self._welcome(kind), host, port, backlog=512)

    async def take(self, door: Any, kind: "Callable[[Gateway], Talk]") -> asyncio.Server:
        """Listen at a door that is open already."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: self._welcome(kind), sock=door, backlog=1024)

    def _welcome(self, kind: "Callable[[Gateway], Talk]") -> asyncio.Protocol:
        return kind(self) if len(self.sessions) < MOST_CONNECTIONS else Busy()

    def has_room(self) -> bool:
        """Asked for each mail, looked up once a second."""
        since, has_room = self._room
        if monotonic() - since > 1:
            has_room = not disk.is_full()
            self._room = (monotonic(), has_room)
        return has_room

    async def close(self) -> None:
        """Let what is being received come to its end, for a while; then say good-bye."""
        deadline = monotonic() + 10
        while self.in_flight and monotonic() < deadline:
            await asyncio.sleep(0.05)
        for talk in list(self.sessions):
            talk.say_goodbye()
        await asyncio.to_thread(self.gathering.close)
        await asyncio.to_thread(self.doors.close)
        await asyncio.to_thread(self.guests.close)


class Busy(asyncio.Protocol):
    """One caller too many."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(b"421 4.3.2 Too many connections. Please try again later.\r\n")
        transport.close()


class Addressed(Envelope):
    """An envelope that remembers whose door each recipient is."""

    def __init__(self) -> None:
        super().__init__()
        self.doors: list[Door] = []


class Doorkeeper:
    """Answers what aiosmtpd asks us on the way to DATA."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._strangers = 0
        self._is_counted = False

    async def handle_EHLO(
        self, talk: "Talk", session: Session, _envelope: Addressed, name: str, offers: list[str]
    ) -> list[str]:
        session.host_name = name
        return [*offers[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", *offers[-1:]]

    async def handle_MAIL(
        self, talk: "Talk", session: Session, envelope: Addressed, address: str, options: list[str]
    ) -> str:
        if not self._is_counted:
            self._is_counted = True
            if await self._gateway.guests.comes_too_often(_peer_of(session)):
                talk.say_goodbye()
                return TOO_OFTEN
        if not self._gateway.has_room():
            return FULL
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, talk: "Talk", session: Session, envelope: Addressed, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients. Please send the rest separately."
        try:
            door = await self._gateway.doors.of(address)
        except Exception:
            _log.exception("doors could not be looked up")
            return "451 4.3.0 Addresses cannot be looked up right now. Please try again later."
        if door is None:
            self._strangers += 1
            if self._strangers > MOST_STRANGERS or await self._gateway.guests.guesses_too_often(
                _peer_of(session)
            ):
                talk.say_goodbye()
            return "550 5.1.1 There is no such address here."
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        envelope.doors.append(door)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        _log.error("mail session failed", exc_info=error)
        return LATER


class Talk(SMTP):
    """One session of SMTP."""

    protocol = "smtp"
    line_length_limit = 64 * 1024  #: what is read at once; our lines may be of any length

    def __init__(self, gateway: Gateway) -> None:
        super().__init__(
            Doorkeeper(gateway),
            data_size_limit=settings.MAIL_LIMIT,
            enable_SMTPUTF8=True,
            hostname=settings.GATEWAY_NAME,
            ident="Threadwell",
            tls_context=gateway.tls,
            timeout=PATIENCE,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            loop=asyncio.get_running_loop(),
        )
        self._gateway = gateway

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._gateway.sessions.add(self)
        super().connection_made(transport)

    @override
    def connection_lost(self, error: Exception | None) -> None:
        self._gateway.sessions.discard(self)
        super().connection_lost(error)

    @override
    def _create_envelope(self) -> Addressed:
        return Addressed()

    @override
    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        # Parsing the usual form takes a third of a mail's time in aiosmtpd.
        usual = _USUAL_ADDRESS.fullmatch(arg)
        return (usual[1], usual[2]) if usual else super()._getaddr(arg)

    def letterhead(self) -> Addressed:
        assert isinstance(self.envelope, Addressed)
        return self.envelope

    def say_goodbye(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.write(b"421 4.3.2 This server must go. Please try again later.\r\n")
            self.transport.close()

    @override
    async def smtp_DATA(self, arg: str | None) -> None:
        if await self.check_helo_needed():
            return
        if not self.letterhead().rcpt_tos:
            await self.push("503 5.5.1 Name a recipient first.")
        elif arg:
            await self.push("501 5.5.4 DATA takes no arguments.")
        else:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._take_in()

    async def _take_in(self) -> None:
        received = 0
        pieces: list[bytes] = []
        refusal = ""
        # The mark of the end begins with the line end before it, which for an empty mail is DATA's own.
        self._reader._buffer[:0] = END[:2]  # type: ignore[attr-defined]  # there is no public way to put back
        try:
            is_whole = False
            while not is_whole:
                piece, is_whole = await self._piece()
                received += len(piece)
                self._gateway.in_flight += len(piece)
                pieces.append(piece)
                refusal = refusal or self._refusal(received)
                if refusal:
                    pieces.clear()
            answers = [refusal] if refusal else await self._kept(b"".join(pieces))
        finally:
            self._gateway.in_flight -= received
        recipients = len(self.letterhead().rcpt_tos)
        self.envelope = self._create_envelope()
        await self.push("\r\n".join(self._told(answers, recipients)))

    async def _piece(self) -> tuple[bytes, bool]:
        """Some of the mail, and whether it ends there."""
        try:
            return await self._reader.readuntil(END), True
        except asyncio.LimitOverrunError as more:
            self._reset_timeout()
            return await self._reader.readexactly(more.consumed), False

    def _refusal(self, received: int) -> str:
        if received > settings.MAIL_LIMIT:
            return TOO_LARGE.format(settings.MAIL_LIMIT // 1024 // 1024)
        return FULL if self._gateway.in_flight > IN_FLIGHT or not self._gateway.has_room() else ""

    async def _kept(self, stuffed: bytes) -> list[str]:
        """One answer for the whole mail: it is held at each of its inboxes, or the sender tries again."""
        raw = _unstuffed(stuffed)
        return [await self._answer(list(self._arrivals(raw)))]

    async def _answer(self, arrivals: list[Arrival]) -> str:
        try:
            await self._gateway.gathering.keep(arrivals)
        except Exception as problem:
            _log.error("mail put off", problem=str(problem), **self._facts())
            return LATER
        return "250 2.0.0 Held."

    def _told(self, answers: list[str], _recipients: int) -> list[str]:
        return answers

    def _arrivals(self, raw: bytes) -> Iterator[Arrival]:
        """One for each inbox, however many recipients it has."""
        source_id = _source_id(raw)
        by_inbox: dict[Any, list[str]] = {}
        doors: dict[Any, Door] = {}
        for door, address in zip(self.letterhead().doors, self.letterhead().rcpt_tos, strict=True):
            doors[door.inbox_id] = door
            by_inbox.setdefault(door.inbox_id, []).append(_plain(address))
        for inbox_id, recipients in by_inbox.items():
            yield Arrival(
                workspace_id=doors[inbox_id].workspace_id,
                inbox_id=inbox_id,
                source=Delivery.Source.SMTP,
                source_id=source_id,
                raw=raw,
                facts={**self._facts(), "rcpt": recipients},
            )

    def _facts(self) -> dict[str, str]:
        session = self.session
        assert session is not None
        sender = _plain(self.letterhead().mail_from or "")
        tls = session.ssl.get("ssl_object") if session.ssl else None
        return {
            "protocol": self.protocol,
            "peer": _peer_of(session),
            "helo": _plain(session.host_name or ""),
            "mail_from": "" if sender == "<>" else sender,
            "tls": (tls.version() or "") if tls else "",
        }


class LocalTalk(Talk, LMTP):
    """One session of LMTP (RFC 2033): after DATA each recipient gets an answer of its own."""

    protocol = "lmtp"

    @override
    async def _kept(self, stuffed: bytes) -> list[str]:
        arrivals = list(self._arrivals(_unstuffed(stuffed)))
        answers = await asyncio.gather(*(self._answer([arrival]) for arrival in arrivals))
        by_inbox = dict(zip((arrival.inbox_id for arrival in arrivals), answers, strict=True))
        return [by_inbox[door.inbox_id] for door in self.letterhead().doors]

    @override
    def _told(self, answers: list[str], recipients: int) -> list[str]:
        return answers if len(answers) == recipients else answers * recipients


def _unstuffed(stuffed: bytes) -> bytes:
    """The mail without the dots that SMTP adds (RFC 5321 section 4.5.2); it came with the mark before it."""
    return stuffed[: -len(END) + 2].replace(b"\r\n.", b"\r\n")[2:]


def _source_id(raw: bytes) -> str:
    """The same for a mail that is sent again because our answer was lost; never the same for two mails.

    Two alarms of a machine may be equal to the byte, so bytes without an id or a stamp prove nothing.
    """
    end = raw.find(b"\r\n\r\n")
    if _IS_ONE_OF_ITS_KIND.search(raw[: end if end >= 0 else len(raw)]):
        return f"smtp:{hashlib.sha256(raw).hexdigest()}"
    return f"smtp:once:{ids.new()}"


def _peer_of(session: Session) -> str:
    return str(session.peer[0]) if session.peer else ""


def _plain(text: str) -> str:
    """Text that a JSON column takes: without NUL and half characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")[:320]
