"""A workspace with two inboxes, and a gateway of our own that runs beside the test."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from threadwell.interfaces.gateways import certificate
from threadwell.interfaces.gateways.smtp import Gateway, LocalTalk, Talk
from threadwell.kit import tenancy
from threadwell.record.inboxes.models import Delivery, Door, Inbox
from threadwell.record.workplace.models import Workspace


@dataclass(kw_only=True)
class House:
    """A firm and its inboxes by the first part of their addresses."""

    workspace: Workspace
    inboxes: dict[str, Inbox] = field(default_factory=dict)

    def add(self, name: str) -> Inbox:
        address = f"{name}@firm.example"
        with tenancy.entered(self.workspace.pk):
            inbox = Inbox.objects.create(workspace=self.workspace, name=name, address=address)
        Door.objects.create(address=address, workspace=self.workspace, inbox_id=inbox.pk)
        self.inboxes[name] = inbox
        return inbox

    def held(self, name: str = "") -> list[Delivery]:
        with tenancy.entered(self.workspace.pk):
            held = Delivery.objects.of(self.workspace).order_by("id")
            return list(held.filter(inbox=self.inboxes[name]) if name else held)


@pytest.fixture
def house(transactional_db: None) -> House:
    made = House(workspace=Workspace.objects.create(name="Firm", slug="firm"))
    made.add("help")
    made.add("sales")
    return made


@dataclass(frozen=True, kw_only=True)
class Running:
    """A gateway at work."""

    gateway: Gateway
    smtp: int
    lmtp: int


@pytest.fixture
def running(house: House) -> Iterator[Running]:
    ready: list[Running] = []
    is_ready, stop = threading.Event(), threading.Event()

    async def serve() -> None:
        gateway = Gateway(tls=certificate.context())
        servers = [await gateway.listen("127.0.0.1", 0, kind) for kind in (Talk, LocalTalk)]
        smtp, lmtp = (server.sockets[0].getsockname()[1] for server in servers)
        ready.append(Running(gateway=gateway, smtp=smtp, lmtp=lmtp))
        is_ready.set()
        await asyncio.to_thread(stop.wait)
        for server in servers:
            server.close()
        await gateway.close()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert is_ready.wait(10)
    yield ready[0]
    stop.set()
    thread.join(20)


@pytest.fixture
def letter() -> Callable[..., bytes]:
    """A small mail; each with a Message-ID of its own."""

    def made(number: int = 1, text: str = "Where is my parcel?") -> bytes:
        return (
            f"From: Ada <ada@customer.example>\r\nTo: help@firm.example\r\nSubject: Parcel {number}\r\n"
            f"Message-ID: <{number}@customer.example>\r\n\r\n{text}\r\n"
        ).encode()

    return made
