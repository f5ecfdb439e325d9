"""Intake: the whole journey of a mail, by two workers on two cores.

In:    the workload
Out:   mails a second beside the parse floor; whether all is held, joined, whole and found; bytes on disk
Touch: a firm of its own
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from bench import floors, stage
from bench.figures import Figure, Watch
from bench.mails import Mail, workload
from bench.stage import Firm
from threadwell.flow import intake
from threadwell.flow.arrive.capture import Arrival
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Attachment, Message
from threadwell.record.inboxes.models import Delivery

WORKERS = 2


def figures(_size: str) -> Iterator[Figure]:
    """Intake and disk."""
    mails = workload()
    floor = floors.parsing(mails)
    firm = stage.found("intake")
    stage.settle()
    before = stage.database_bytes() + stage.folder_bytes(Path(settings.BLOB_ROOT))
    with stage.process("worker", WORKERS) as workers:
        cpu = sum(sum(worker.cpu_times()[:2]) for worker in workers)
        watch = _arrive(firm, mails)
        while waiting(firm):
            time.sleep(0.05)
        seconds = watch.seconds
        cpu = sum(sum(worker.cpu_times()[:2]) for worker in workers) - cpu
    name = "intake, whole journey, two workers"
    rate = len(mails) / seconds
    note = f"workers' CPU {1000 * cpu / len(mails):.2f} ms a mail"
    yield Figure(
        name=name, value=rate, unit="mails/s", floor=floor, goal=0.8, is_ratio=True, more_is_better=True
    )
    yield Figure(name="intake at least", value=rate, unit="mails/s", goal=200, more_is_better=True, note=note)
    yield from _checked(firm, mails)
    stage.settle()
    after = stage.database_bytes() + stage.folder_bytes(Path(settings.BLOB_ROOT))
    size = sum(len(mail.raw) for mail in mails) / len(mails)
    yield Figure(
        name="disk for a mail, with all indexes",
        value=(after - before) / len(mails) / 1000,
        unit="kB",
        floor=size / 1000,
        goal=2.5,
        is_ratio=True,
        note="floor: the mail itself",
    )


def arrivals(firm: Firm, mails: Sequence[Mail]) -> list[Arrival]:
    return [
        Arrival(
            workspace_id=firm.workspace.pk,
            inbox_id=firm.inbox.pk,
            source=Delivery.Source.SMTP,
            source_id=f"bench:{number}",
            raw=mail.raw,
        )
        for number, mail in enumerate(mails)
    ]


def waiting(firm: Firm) -> bool:
    with tenancy.entered(firm.workspace.pk):
        return bool(Delivery.objects.of(firm.workspace).waiting().exists())


def _arrive(firm: Firm, mails: Sequence[Mail]) -> Watch:
    """All at one moment: the workers are warm, and nobody else needs a core meanwhile."""
    with transaction.atomic():
        intake.accept(arrivals(firm, mails))
        return Watch()


def _checked(firm: Firm, mails: Sequence[Mail]) -> Iterator[Figure]:
    with tenancy.entered(firm.workspace.pk):
        rows = Message.objects.of(firm.workspace).values_list("message_id", "pk", "conversation_id")
        held = {message_id.strip("<>"): (key, conversation) for message_id, key, conversation in rows}
        files = set(Attachment.objects.of(firm.workspace).values_list("sha256", flat=True))
        found = {probe: _found(probe) for probe in {probe for mail in mails for probe in mail.probes}}
    names = [mail.message_id.strip("<>") for mail in mails]
    threads: dict[int, set[UUID]] = defaultdict(set)
    conversations: dict[UUID, set[int]] = defaultdict(set)
    for mail, name in zip(mails, names, strict=True):
        if name in held:
            threads[mail.thread].add(held[name][1])
            conversations[held[name][1]].add(mail.thread)
    joined = sum(
        len(where) == 1 and conversations[next(iter(where))] == {key} for key, where in threads.items()
    )
    sent_files = [mail.attachment for mail in mails if mail.attachment]
    asked = [(mail, name, probe) for mail, name in zip(mails, names, strict=True) for probe in mail.probes]
    hits = sum(name in held and held[name][0] in found[probe] for _, name, probe in asked)
    yield _whole("mails held and read", sum(name in held for name in names), len(mails))
    yield _whole("threads joined exactly", joined, len({mail.thread for mail in mails}))
    yield _whole("attachments whole", sum(digest in files for digest in sent_files), len(sent_files))
    yield _whole("words found by search", hits, len(asked))


def _found(word: str) -> set[UUID]:
    with connection.cursor() as cursor:
        ask = "SELECT id FROM threadwell_find_messages(%s::tsquery, '{}'::jsonb, NULL, NULL, 100000)"
        cursor.execute(ask, [word])
        return {row[0] for row in cursor.fetchall()}


def _whole(name: str, count: int, of: int) -> Figure:
    return Figure(name=name, value=count, unit="", floor=of, goal=1.0, is_ratio=True, more_is_better=True)
