"""Importing: old mail out of files, taken in like any other, only that it keeps its own time.

In:    an inbox, and paths of letters, Maildirs or mboxes
Out:   a MailImport that says how far it is, and at the end what was held, was held already, or was refused
Touch: inboxes.MailImport, and through capture inboxes.Delivery; uploaded files, in the data folder

It can be done again from the beginning at any time: a letter is known by its bytes and held once.
"""

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from threadwell.channels.email import dates, mailbox_files
from threadwell.channels.email.mailbox_files import Found
from threadwell.flow.arrive import capture
from threadwell.flow.arrive.capture import Arrival
from threadwell.kit import clock, disk, tenancy
from threadwell.kit.errors import DomainError
from threadwell.kit.later import job, later
from threadwell.kit.uploads import Upload
from threadwell.record.inboxes.models import Delivery, Inbox, MailImport
from threadwell.record.journal import telling
from threadwell.record.workplace.models import Agent

TOGETHER, BYTES_TOGETHER = 200, 8 * 1024 * 1024
REFUSED_LISTED = 1000
_DATE = re.compile(rb"^date[ \t]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.IGNORECASE | re.MULTILINE)


class NoRoom(DomainError):
    """The disk is nearly full; what was taken in so far is held, the rest waits."""

    code = "disk-full"
    status = 503


def begin(inbox: Inbox, name: str, *, by: Agent | None = None) -> MailImport:
    """A new import into an inbox; inside its workspace."""
    return MailImport.objects.create(workspace_id=inbox.workspace_id, inbox=inbox, name=name[:255], by=by)


def begin_with(inbox: Inbox, files: Sequence[Upload], *, by: Agent) -> MailImport:
    """Take uploaded files in, in the background; they are moved away from where they are."""
    if disk.is_full():
        raise NoRoom(_("The disk is nearly full. Make room, then import again: nothing is held twice."))
    state = begin(inbox, ", ".join(file.name for file in files), by=by)
    folder = _folder_of(state.pk)
    for number, file in enumerate(files):
        # Each in a folder of its own: two may have the same name, and all names are kept as they are.
        place = folder / f"{number:04}"
        file.lay(place / _file_name(file.name))
    telling.tell(state, "import.begun", by=by, import_name=state.name)
    # One after the other at an inbox: they would only wait for each other's rows.
    later(take, after=f"import:{inbox.pk}", workspace_id=state.workspace_id, import_id=state.pk)
    return state


@job("take-in-old-mail")
def take(workspace_id: str, import_id: str) -> None:
    """Take in what was uploaded, in the background; the files are removed when all is held."""
    folder = _folder_of(UUID(import_id))
    take_all(UUID(workspace_id), UUID(import_id), [folder])
    shutil.rmtree(folder, ignore_errors=True)


def take_all(
    workspace_id: UUID,
    import_id: UUID,
    paths: Sequence[Path],
    *,
    tell: Callable[[MailImport], None] = lambda _state: None,
) -> MailImport:
    """Take everything in, batch by batch, each with its count; ``tell`` hears of each batch."""
    with tenancy.entered(workspace_id):
        state = MailImport.objects.of(workspace_id).get(pk=import_id)
        # Begun again after a stop: what is held already is counted as such.
        state.held = state.already_held = 0
        state.refused, state.done_at = [], None
        state.total = sum(mailbox_files.count(path) for path in paths)
        state.save()
    tell(state)
    found = chain.from_iterable(mailbox_files.letters(path, limit=settings.MAIL_LIMIT) for path in paths)
    seen = 0
    for batch in _batches(found):
        seen += len(batch)
        if disk.is_full():
            raise NoRoom(_("The disk is nearly full. Make room, then import again: nothing is held twice."))
        with tenancy.entered(workspace_id):
            _keep(state, batch)
        tell(state)
    with tenancy.entered(workspace_id):
        state.done_at = clock.now()
        state.total = seen
        state.save()
        telling.tell(state, "import.done", held=state.held, already_held=state.already_held)
    return state


def _folder_of(import_id: UUID) -> Path:
    return settings.HOME / "imports" / str(import_id)


def _file_name(name: str) -> str:
    """A name that a folder takes, and that does not look like a program's own file."""
    plain = re.sub(r"[^\w .@+()-]", "_", name).lstrip(". ")[-120:]
    return plain if plain and plain != "tmp" else f"mail {plain}"


def _batches(found: Iterator[Found]) -> Iterator[list[Found]]:
    batch: list[Found] = []
    weight = 0
    for one in found:
        batch.append(one)
        weight += len(one.raw)
        if len(batch) >= TOGETHER or weight >= BYTES_TOGETHER:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def _keep(state: MailImport, batch: list[Found]) -> None:
    taken = {_source_id(one.raw): one for one in batch if not one.why}
    kept = capture.keep([_arrival(state, name, one) for name, one in taken.items()]) if taken else []
    new = sum(one.is_new for one in kept)
    good = sum(1 for one in batch if not one.why)
    state.held += new
    state.already_held += good - new
    refused = [{"name": one.name, "why": one.why} for one in batch if one.why]
    state.refused = [*state.refused, *refused][:REFUSED_LISTED]
    state.save(update_fields=["held", "already_held", "refused"])


def _source_id(raw: bytes) -> str:
    return f"import:{hashlib.sha256(raw).hexdigest()}"


def _arrival(state: MailImport, source_id: str, one: Found) -> Arrival:
    return Arrival(
        workspace_id=state.workspace_id,
        inbox_id=state.inbox_id,
        source=Delivery.Source.IMPORT,
        source_id=source_id,
        raw=one.raw,
        facts={"imported": True, "name": _plain(one.name), "is_sent": one.is_sent},
        arrived_at=_time_of(one),
    )


def _time_of(one: Found) -> datetime | None:
    """When the letter says it was written, if that can be; else what the file says."""
    said = _DATE.search(one.raw, 0, 65_536)
    moment = dates.moment(said[1]) if said else None
    if moment and moment.year >= 1980 and moment < clock.now() + timedelta(days=1):
        return moment
    return one.written_at


def _plain(name: str) -> str:
    """A file's name as JSON takes it: names need not be text."""
    return name.encode("utf-8", "replace").decode("utf-8")[:255]
