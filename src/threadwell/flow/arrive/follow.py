"""Follow: how far a folder of a mailbox has been read, and what of it is held.

In:    what the server says about a folder; what was kept of it
Out:   the numbers to fetch next; the folder's books
Touch: inboxes.Folder; of inboxes.Delivery the ``source_id`` when a server numbers its folder anew
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models
from django.db.models import F
from django.db.models.functions import Greatest

from threadwell.kit import clock
from threadwell.record.inboxes.models import Delivery, Folder, Inbox

SHOWN = 500  #: messages that could not be fetched; more are not listed one by one
PAUSE = timedelta(hours=6)  #: before one of them is asked for again


def source_id(folder: Folder, uid: int) -> str:
    """What a delivery from this folder is called."""
    return f"{_place(folder)}{folder.uid_validity}:{uid}"


def books_of(inbox: Inbox, names: Sequence[tuple[str, bool]]) -> list[Folder]:
    """A Folder for each name (and whether sent mail stands there), made where it is missing."""
    return [
        Folder.objects.of(inbox.workspace_id).get_or_create(
            workspace_id=inbox.workspace_id, inbox=inbox, name=name[:255], defaults={"is_sent": is_sent}
        )[0]
        for name, is_sent in names
    ]


def begin(folder: Folder, *, uid_validity: int, first: int, uid_next: int) -> None:
    """The first look, or the first after the server numbered its messages anew: what we promise to hold.

    Letters that are held already under old numbers are then known by their prints.
    """
    folder.uid_validity = uid_validity
    folder.uid_from, folder.uid_began, folder.uid_reached = first, uid_next, first - 1
    folder.held = folder.seen_at_source = 0
    folder.uids_skipped = []
    folder.save()


def reached(folder: Folder, uid: int, *, seen: int, held: int) -> None:
    """Everything up to ``uid`` is held or noted; called in the transaction that keeps it."""
    _row(folder).update(
        uid_reached=Greatest(F("uid_reached"), uid),
        seen_at_source=F("seen_at_source") + seen,
        held=F("held") + held,
        uids_skipped=folder.uids_skipped,
        looked_at=clock.now(),
    )
    folder.uid_reached = max(folder.uid_reached, uid)


def counted(folder: Folder, *, seen: int, held: int) -> None:
    """The server's count and ours, compared number by number."""
    folder.seen_at_source, folder.held, folder.looked_at = seen, held, clock.now()
    _row(folder).update(
        seen_at_source=seen, held=held, looked_at=folder.looked_at, uids_skipped=folder.uids_skipped
    )


def skip(folder: Folder, uid: int, why: str) -> None:
    """Note that a message could not be fetched; it is tried again, and shown until then."""
    others = [note for note in folder.uids_skipped if note["uid"] != uid]
    note = {"uid": uid, "why": why[:300], "at": clock.now().isoformat()}
    folder.uids_skipped = [*others, note][-SHOWN:]


def forget_skipped(folder: Folder, uids: Sequence[int]) -> None:
    """These are held now."""
    gone = set(uids)
    folder.uids_skipped = [note for note in folder.uids_skipped if note["uid"] not in gone]


def forget_skipped_but(folder: Folder, missing: Sequence[int]) -> None:
    """Only these are still missing; the others are held now, or gone at the source."""
    still = set(missing)
    folder.uids_skipped = [note for note in folder.uids_skipped if note["uid"] in still]


def due_again(folder: Folder, missing: Sequence[int]) -> list[int]:
    """What to ask for once more: all that is missing but what failed a short while ago."""
    lately = clock.now() - PAUSE
    resting = {note["uid"] for note in folder.uids_skipped if datetime.fromisoformat(note["at"]) > lately}
    return [uid for uid in missing if uid not in resting]


def not_held(folder: Folder, uids: Sequence[int]) -> list[int]:
    """Which of these messages no delivery stands for."""
    names = {source_id(folder, uid): uid for uid in uids}
    held = set(
        Delivery.objects.of(folder.workspace_id)
        .filter(inbox_id=folder.inbox_id, source_id__in=list(names))
        .values_list("source_id", flat=True)
    )
    return [uid for name, uid in names.items() if name not in held]


@dataclass(slots=True)
class Prints:
    """The letters held from a folder under its old numbers, by their prints."""

    folder: Folder
    _held: dict[str, list[UUID]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, folder: Folder) -> "Prints":
        prints = cls(folder)
        for key, mark in _old_numbers(folder):
            prints._held[mark].append(key)
        return prints

    @property
    def are_none(self) -> bool:
        return not self._held

    def renumber(self, mark: str, uid: int) -> bool:
        """The letter with this print is now number ``uid``; False when there is none, or no other one."""
        keys = self._held.get(mark)
        if not keys:
            return False
        Delivery.objects.of(self.folder.workspace_id).filter(pk=keys.pop()).update(
            source_id=source_id(self.folder, uid)
        )
        return True


def _old_numbers(folder: Folder) -> Iterator[tuple[UUID, str]]:
    return (
        Delivery.objects.of(folder.workspace_id)
        .filter(inbox_id=folder.inbox_id, source=Delivery.Source.IMAP, source_id__startswith=_place(folder))
        .exclude(source_id__startswith=f"{_place(folder)}{folder.uid_validity}:")
        .order_by("-id")
        .values_list("pk", "source_facts__print")
        .iterator()
    )


def _place(folder: Folder) -> str:
    # A name may be longer than the column is, and its row may be made anew.
    return f"imap:{hashlib.sha256(folder.name.encode()).hexdigest()[:12]}:"


def _row(folder: Folder) -> "models.QuerySet[Folder]":
    return Folder.objects.of(folder.workspace_id).filter(pk=folder.pk)
