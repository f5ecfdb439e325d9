"""Gateway: accepting mail by SMTP, durably, from eight senders at a time.

In:    the workload
Out:   mails acknowledged a second, beside as many bare durable transactions
Touch: a firm of its own; a gateway process
"""

import asyncio
from collections.abc import Iterator, Sequence

from django.conf import settings

from bench import floors, stage
from bench.figures import Figure, Watch
from bench.mails import Mail, workload
from threadwell.kit import tenancy
from threadwell.record.inboxes.models import Delivery

CLIENTS = 8


def figures(_size: str) -> Iterator[Figure]:
    """Mails a second at the door."""
    mails = workload()
    floor = floors.one_message(mails, clients=CLIENTS)
    address = "door@gateway.bench.example"
    firm = stage.found("gateway", address)
    with stage.process("gateway") as [gateway]:
        send(mails[:400], address)
        cpu = sum(gateway.cpu_times()[:2])
        watch = Watch()
        send(mails[400:], address)
        rate = (len(mails) - 400) / watch.seconds
        cpu = sum(gateway.cpu_times()[:2]) - cpu
    with tenancy.entered(firm.workspace.pk):
        held = Delivery.objects.of(firm.workspace).count()
    yield Figure(
        name=f"gateway, {CLIENTS} clients",
        value=rate,
        unit="mails/s",
        floor=floor,
        goal=0.5,
        is_ratio=True,
        more_is_better=True,
        note=f"gateway's CPU {1000 * cpu / (len(mails) - 400):.2f} ms a mail; the clients share the cores",
    )
    yield Figure(
        name="acknowledged and held",
        value=held,
        unit="",
        floor=len(mails),
        goal=1.0,
        is_ratio=True,
        more_is_better=True,
    )


def send(mails: Sequence[Mail], address: str, clients: int = CLIENTS) -> None:
    """By so many sessions at once, each mail acknowledged before the next."""
    asyncio.run(_send(mails, address, clients))


async def _send(mails: Sequence[Mail], address: str, clients: int) -> None:
    waiting = iter([stuffed(mail.raw) for mail in mails])
    await asyncio.gather(*(_session(waiting, address) for _ in range(clients)))


async def _session(waiting: Iterator[bytes], address: str) -> None:
    answers, way = await asyncio.open_connection("127.0.0.1", settings.SMTP_PORT)
    await _answer(answers, b"220")
    way.write(b"EHLO bench.example\r\n")
    await _answer(answers, b"250")
    envelope = f"MAIL FROM:<sender@bench.example>\r\nRCPT TO:<{address}>\r\nDATA\r\n".encode()
    for mail in waiting:
        way.write(envelope)
        for code in (b"250", b"250", b"354"):
            await _answer(answers, code)
        way.write(mail)
        await _answer(answers, b"250")
    way.write(b"QUIT\r\n")
    await _answer(answers, b"221")
    way.close()


async def _answer(answers: asyncio.StreamReader, code: bytes) -> None:
    line = await answers.readline()
    while line[3:4] == b"-":
        line = await answers.readline()
    if not line.startswith(code):
        raise ConnectionError(line.decode())


def stuffed(raw: bytes) -> bytes:
    """As it goes over the wire after DATA."""
    lines = raw.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n.\r\n"
