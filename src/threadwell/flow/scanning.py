"""Scanning: ClamAV looks at the files that come in and at those that somebody puts into a draft.

    ask      soon, after the transaction that keeps them
    scan     take what waits > let clamd look at it > write down what it said > tell of what was found
    each minute: what waits still, because clamd was away

In:    Attachments that wait to be scanned
Out:   the same, with what clamd said of them
Touch: Attachment, Event; clamd; blobs, read
Never: holds mail up; throws anything away; holds a transaction open while clamd looks

A file that harms is kept and withheld: nobody is shown it, and it leaves with no letter. A letter waits until
its files have been scanned (flow/reply/screen.py).
"""

from uuid import UUID

import structlog

from threadwell.flow.timed import striking
from threadwell.kit import blobs, scanner, tenancy
from threadwell.kit.later import every, job, later
from threadwell.record.conversations import sending
from threadwell.record.conversations.models import Attachment

Scan = Attachment.Scan

AT_A_TIME = 50

_log = structlog.get_logger(__name__)


def ask(workspace_id: UUID) -> None:
    """Let what was just kept be scanned as soon as it stands."""
    if scanner.is_on():
        later(scan_files, after=f"scan:{workspace_id}", workspace_id=workspace_id)


@job("scanning.scan_files")
def scan_files(workspace_id: str) -> None:
    """All that waits in a workspace."""
    if not scanner.is_on():
        return
    try:
        while _some(UUID(workspace_id)):
            pass
    except (scanner.Away, blobs.Unreachable) as away:
        _log.warning("files wait to be scanned", workspace=workspace_id, error=str(away))


@every("* * * * *", "scanning.each_minute")
def each_minute(timestamp: int) -> None:
    """What waits still, in every workspace."""
    if scanner.is_on():
        striking.in_every(lambda key: scan_files(str(key)), "scanning")


@every("23 * * * *", "scanning.each_hour")
def each_hour(timestamp: int) -> None:
    """Where nothing is scanned any more, nothing waits for it."""
    if not scanner.is_on():
        striking.in_every(_give_up_waiting, "scanning")


def _give_up_waiting(workspace_id: UUID) -> None:
    with tenancy.entered(workspace_id):
        Attachment.objects.of(workspace_id).filter(scan=Scan.WAITING).update(scan=Scan.NONE)


def _some(workspace_id: UUID) -> int:
    """The first of what waits; how many different files that were."""
    with tenancy.entered(workspace_id):
        waiting = Attachment.objects.of(workspace_id).filter(scan=Scan.WAITING).order_by("pk")
        names = list(dict.fromkeys(waiting.values_list("sha256", flat=True)[:AT_A_TIME]))
    for name in names:
        scan, found = _looked_at(workspace_id, name)
        with tenancy.entered(workspace_id):
            _write_down(workspace_id, name, scan, found)
    return len(names)


def _looked_at(workspace_id: UUID, name: str) -> tuple[Scan, str]:
    try:
        found = _found_in(blobs.read(workspace_id, name))
    except (scanner.Unread, blobs.Missing) as passed_over:
        # One that cannot be scanned must not keep all that come after it waiting.
        _log.warning("a file was not scanned", workspace=str(workspace_id), file=name, why=str(passed_over))
        return Scan.UNREAD, ""
    return (Scan.WITHHELD, found[:200]) if found else (Scan.CLEAN, "")


def _found_in(content: bytes) -> str:
    try:
        return scanner.look(content)
    except scanner.Away as silent:
        scanner.version()  # when it is away, this says so; when it is there, these bytes were too much for it
        raise scanner.Unread(str(silent)) from silent


def _write_down(workspace_id: UUID, name: str, scan: Scan, found: str) -> None:
    """All that carry these bytes; of what was found everybody may know who sees the conversation."""
    rows = Attachment.objects.of(workspace_id).filter(scan=Scan.WAITING, sha256=name)
    files = list(rows.select_related("message__conversation").select_for_update(of=("self",)).order_by("pk"))
    rows.filter(pk__in=[file.pk for file in files]).update(scan=scan, found=found)
    for file in files:
        if found and file.message:
            sending.tell_of(file.message, "file_withheld", because=found, file=file.filename)
