"""Mail servers of other people: each answers as it was told to, and keeps what it took."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

type Said = Callable[[str], str]


@dataclass(slots=True)
class Peer:
    """A server that says ``rcpt`` to each recipient and ``data`` to each mail."""

    rcpt: Said = field(default=lambda _: "250 OK")
    data: Callable[[Envelope], str] = field(default=lambda _: "250 OK queued as 1")
    port: int = 0
    taken: list[Envelope] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        said = self.rcpt(address)
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        said = self.data(envelope)
        if said.startswith("250"):
            self.taken.append(envelope)
        return said


@contextlib.contextmanager
def a_peer(peer: Peer | None = None, **options: Any) -> Iterator[Peer]:
    """A server on the peer's port, or a free one of this machine, for as long as the block lasts."""
    peer = peer or Peer()
    peer.port = peer.port or free_port()
    controller = Controller(peer, hostname="127.0.0.1", port=peer.port, **options)
    controller.start()
    try:
        yield peer
    finally:
        controller.stop()


@contextlib.contextmanager
def a_peer_that_hangs_up_after_data() -> Iterator[tuple[int, list[bytes]]]:
    """It takes the whole mail and closes the line without a word."""
    taken: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_talk_until_the_end, args=(listener, taken))
    thread.start()
    try:
        yield listener.getsockname()[1], taken
    finally:
        listener.close()
        thread.join(timeout=5)


def knows(name: str, password: str) -> Callable[..., AuthResult]:
    """Who may sign in."""

    def ask(
        server: object, session: object, envelope: object, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        return AuthResult(
            success=(data.login, data.password) == (name.encode(), password.encode()), handled=False
        )

    return ask


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _talk_until_the_end(listener: socket.socket, taken: list[bytes]) -> None:
    with contextlib.suppress(OSError):
        line, _ = listener.accept()
        with line, line.makefile("rwb") as talk:
            for said in (b"220 here", b"250 me", b"250 OK", b"250 OK", b"354 go on"):
                talk.write(said + b"\r\n")
                talk.flush()
                if said != b"354 go on":
                    talk.readline()
            while (read := talk.readline()) != b".\r\n" and read:
                taken.append(read)
