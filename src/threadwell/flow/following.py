"""Following: from a mailbox elsewhere to deliveries that we hold, and a count that proves it.

In:    an inbox that is fed by IMAP
Out:   its new letters as deliveries; its folders' books; its health, told truthfully
Touch: the mailbox (read-only), inboxes.Inbox, inboxes.Folder, and through capture inboxes.Delivery

Letters are found by their number, never by the unread flag: whoever reads mail in another program hides
nothing from us. The mark up to which a folder is read moves in the transaction that keeps what was read.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from threadwell.channels.email import connection_words, imap, oauth
from threadwell.channels.email.imap import Fetched, Mailbox
from threadwell.flow.arrive import capture, follow
from threadwell.flow.arrive.capture import Arrival
from threadwell.kit import clock, disk, tenancy
from threadwell.kit.errors import DomainError
from threadwell.record.inboxes.models import Delivery, Folder, Inbox, settings_of
from threadwell.record.journal import telling
from threadwell.record.workplace.models import Workspace

TOGETHER, BYTES_TOGETHER = 50, 8 * 1024 * 1024  #: messages fetched and kept at a time
RECOUNT = 3600.0  #: seconds between two counts, number by number, on one connection
WARN_BEFORE = timedelta(days=7)
OLD = timedelta(days=2)


class NoRoom(DomainError):
    """The disk is nearly full; letters stay where they are."""

    code = "disk-full"
    status = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Which inbox, as it is set up now."""

    workspace_id: UUID
    inbox_id: UUID
    connected_at: str = ""  #: when a person last set up how it is reached: then we do not wait to try again


def inboxes() -> Iterator[Key]:
    """Every inbox that is fed by IMAP."""
    for workspace_id in Workspace.objects.values_list("pk", flat=True):
        with tenancy.entered(workspace_id):
            fed = Inbox.objects.of(workspace_id).filter(
                kind=Inbox.Kind.EMAIL, closed_at=None, settings__incoming__kind="imap"
            )
            keys = list(fed.order_by("made_at").values_list("pk", "settings__connected_at"))
        yield from (Key(workspace_id=workspace_id, inbox_id=key, connected_at=at or "") for key, at in keys)


@dataclass(slots=True)
class Following:
    """A mailbox that is open, and what we know of its inbox."""

    inbox: Inbox
    mailbox: Mailbox
    folders: list[Folder]
    one_by_one: int  #: so many messages are fetched singly: the last time failed, and one may be to blame
    _counted: dict[UUID, float] = field(default_factory=dict)

    def catch_up(self) -> int:
        """Take in everything new from every folder; returns how many letters were new to us."""
        taken = sum(self._catch_up(folder) for folder in self.folders)
        feels_well(self.inbox, self.folders)
        return taken

    def is_current(self) -> bool:
        """Nobody has changed how this inbox is reached, or closed it."""
        with tenancy.entered(self.inbox.workspace_id):
            fresh = Inbox.objects.of(self.inbox.workspace_id).filter(pk=self.inbox.pk, closed_at=None).first()
        return (
            fresh is not None and fresh.settings == self.inbox.settings and _same_secrets(fresh, self.inbox)
        )

    def wait(self, seconds: float, *, is_over: Callable[[], bool]) -> bool:
        """Listen for news in the first folder; True when there is some."""
        return self.mailbox.wait(seconds, is_over=is_over)

    @property
    def can_listen(self) -> bool:
        return self.mailbox.can_idle

    def close(self) -> None:
        self.mailbox.close()

    def _catch_up(self, folder: Folder) -> int:
        look = self.mailbox.look(folder.name)
        if folder.uid_validity != look.uid_validity:
            with tenancy.entered(folder.workspace_id):
                follow.begin(
                    folder,
                    uid_validity=look.uid_validity,
                    first=self._first(folder, look),
                    uid_next=look.uid_next,
                )
        taken = self._take_new(folder, look)
        if monotonic() - self._counted.get(folder.pk, -RECOUNT) >= RECOUNT:
            taken += self._recount(folder)
            self._counted[folder.pk] = monotonic()
        # IDLE tells news of the folder that is open, and that shall be the inbox.
        if folder is self.folders[-1] and len(self.folders) > 1:
            self.mailbox.look(self.folders[0].name)
        return taken

    def _first(self, folder: Folder, look: imap.Look) -> int:
        history = settings_of(self.inbox, "incoming").get("history") or "all"
        if history == "all":
            return 1
        if history == "new":
            if folder.uid_validity is None:
                return look.uid_next
            history = self.inbox.made_at.date().isoformat()
        return self.mailbox.first_since(date.fromisoformat(history)) or look.uid_next

    def _take_new(self, folder: Folder, look: imap.Look) -> int:
        taken = 0
        is_history = folder.uid_reached + 1 < folder.uid_began
        with tenancy.entered(folder.workspace_id):
            prints = follow.Prints.of(folder) if is_history else None
        for uids in self.mailbox.uids(folder.uid_reached + 1, look.uid_next - 1):
            for chunk in self._chunks(folder, uids):
                if prints:
                    chunk = self._unknown(folder, chunk, prints)  # noqa: PLW2901 - what is left of it
                taken += self._take(folder, chunk, prints)
        return taken

    def _chunks(self, folder: Folder, uids: Sequence[int]) -> Iterator[list[int]]:
        """Lists that are neither long nor heavy; what is too heavy by itself is noted and left out."""
        for start in range(0, len(uids), TOGETHER):
            chunk: list[int] = []
            weight = 0
            for uid, size in sorted(self.mailbox.sizes(uids[start : start + TOGETHER]).items()):
                if self.one_by_one and chunk:
                    yield chunk
                    chunk, weight = [], 0
                if size > settings.MAIL_LIMIT:
                    follow.skip(folder, uid, _too_large(size))
                    continue
                if chunk and weight + size > BYTES_TOGETHER:
                    yield chunk
                    chunk, weight = [], 0
                chunk.append(uid)
                weight += size
            if chunk:
                yield chunk

    def _unknown(self, folder: Folder, uids: list[int], prints: follow.Prints) -> list[int]:
        """Those that we do not hold yet under an old number, as far as their headers tell."""
        if prints.are_none:
            return uids
        marks = {fetched.uid: imap.print_of(fetched.raw) for fetched in self.mailbox.headers(uids)}
        with tenancy.entered(folder.workspace_id):
            known = [uid for uid in uids if marks.get(uid) and prints.renumber(marks[uid], uid)]
            follow.reached(folder, 0, seen=len(known), held=len(known))
        return [uid for uid in uids if uid not in set(known)]

    def _take(self, folder: Folder, uids: list[int], prints: follow.Prints | None) -> int:
        if disk.is_full():
            raise NoRoom(_("The disk is nearly full, so letters stay in the mailbox for now. Make room."))
        fetched = list(self._fetch(folder, uids))
        self.one_by_one = max(0, self.one_by_one - len(uids))
        missing = set(uids) - {message.uid for message in fetched}
        for uid in missing:
            follow.skip(folder, uid, _("The server did not hand it out."))
        with tenancy.entered(folder.workspace_id):
            new = [
                message
                for message in fetched
                if not (prints and prints.renumber(imap.whole_print_of(message.raw), message.uid))
            ]
            kept = capture.keep([self._arrival(folder, message) for message in new]) if new else []
            follow.forget_skipped(folder, [message.uid for message in fetched])
            follow.reached(folder, max(uids, default=0), seen=len(uids), held=len(fetched))
        return sum(one.is_new for one in kept)

    def _fetch(self, folder: Folder, uids: list[int]) -> Iterator[Fetched]:
        try:
            yield from self.mailbox.messages(uids)
        except IMAPClientAbortError as problem:
            if len(uids) == 1:
                # It may be this message that makes the server hang up: go round it the next time.
                follow.skip(folder, uids[0], str(problem))
                with tenancy.entered(folder.workspace_id):
                    follow.reached(folder, uids[0], seen=1, held=0)
            raise
        except IMAPClientError as problem:
            if len(uids) == 1:
                follow.skip(folder, uids[0], str(problem))
                return
            # One that the server chokes on must not keep its neighbours: ask for each by itself.
            for uid in uids:
                yield from self._fetch(folder, [uid])

    def _recount(self, folder: Folder) -> int:
        """Compare the server's numbers with ours, and fetch what is missing."""
        seen, missing = 0, list[int]()
        for uids in self.mailbox.uids(folder.uid_from, folder.uid_reached):
            seen += len(uids)
            for start in range(0, len(uids), 1000):
                with tenancy.entered(folder.workspace_id):
                    missing += follow.not_held(folder, uids[start : start + 1000])
        follow.forget_skipped_but(folder, missing)
        with tenancy.entered(folder.workspace_id):
            follow.counted(folder, seen=seen, held=seen - len(missing))
        due = follow.due_again(folder, missing)
        taken = sum(self._take(folder, chunk, None) for chunk in self._chunks(folder, due))
        with tenancy.entered(folder.workspace_id):
            follow.counted(folder, seen=seen, held=seen - len(missing) + taken)
        return taken

    def _arrival(self, folder: Folder, message: Fetched) -> Arrival:
        received = message.received_at.astimezone(UTC) if message.received_at else None
        is_old = message.uid < folder.uid_began and (received is None or clock.now() - received > OLD)
        return Arrival(
            workspace_id=folder.workspace_id,
            inbox_id=folder.inbox_id,
            source=Delivery.Source.IMAP,
            source_id=follow.source_id(folder, message.uid),
            raw=message.raw,
            facts={
                "folder": folder.name,
                "uid": message.uid,
                "uid_validity": folder.uid_validity,
                "is_sent": folder.is_sent,
                "print": imap.whole_print_of(message.raw),
                **({"imported": True} if is_old else {}),
            },
            arrived_at=_sensible(received),
        )


def opened(key: Key, *, is_careful: bool = False) -> Following | None:
    """Sign in to an inbox's mailbox; None when there is no such inbox any more."""
    with tenancy.entered(key.workspace_id):
        inbox = Inbox.objects.of(key.workspace_id).filter(pk=key.inbox_id, closed_at=None).first()
    if inbox is None:
        return None
    incoming = settings_of(inbox, "incoming")
    is_oauth = incoming.get("auth") == "oauth"
    secret = oauth.access_token(inbox) if is_oauth else inbox.secrets.get("incoming_password", "")
    mailbox = Mailbox.open(imap.access(incoming, secret=secret))
    with tenancy.entered(key.workspace_id):
        folders = follow.books_of(inbox, list(_followed(incoming, mailbox)))
    return Following(
        inbox=inbox, mailbox=mailbox, folders=folders, one_by_one=2 * TOGETHER if is_careful else 0
    )


def _followed(incoming: dict[str, object], mailbox: Mailbox) -> Iterator[tuple[str, bool]]:
    """The folders to follow, and whether our own letters stand there; the inbox first."""
    named = incoming.get("folders")
    names = [str(name) for name in named] if isinstance(named, list) and named else ["INBOX"]
    yield from ((name, False) for name in names)
    if incoming.get("follow_sent", True):
        chosen = incoming.get("sent_folder")
        sent = str(chosen) if chosen else next((f.name for f in mailbox.folders() if f.is_sent), "")
        if sent and sent not in names:
            yield sent, True


def feels_well(inbox: Inbox, folders: Sequence[Folder]) -> None:
    """The last look went well; warn of what will not go well for long."""
    skipped = sum(len(folder.uids_skipped) for folder in folders)
    because = ""
    if skipped:
        because = _("%(count)s messages could not be fetched; the ledger names them.") % {"count": skipped}
    if inbox.credentials_expire_at and inbox.credentials_expire_at - clock.now() < WARN_BEFORE:
        because = _("Signing in will end on %(day)s. Press Reconnect before then.") % {
            "day": inbox.credentials_expire_at.date().isoformat()
        }
    _change_health(inbox, Inbox.Health.WARNING if because else Inbox.Health.GOOD, because)


def feels_broken(key: Key, problem: BaseException) -> str:
    """The last look failed: say so at once, in plain words; returns them."""
    with tenancy.entered(key.workspace_id):
        inbox = Inbox.objects.of(key.workspace_id).filter(pk=key.inbox_id).first()
    if inbox is None:
        return ""
    access = imap.access(settings_of(inbox, "incoming"), secret="")
    trouble = connection_words.explained(problem, host=access.host, port=access.port, tls=access.tls)
    _change_health(inbox, Inbox.Health.BROKEN, trouble.sentence)
    return trouble.sentence


_TOLD = {
    Inbox.Health.BROKEN: "inbox.broken",
    Inbox.Health.WARNING: "inbox.warned",
    Inbox.Health.GOOD: "inbox.mended",
}


def _change_health(inbox: Inbox, health: Inbox.Health, because: str) -> None:
    now = clock.now()
    with tenancy.entered(inbox.workspace_id):
        held = Inbox.objects.of(inbox.workspace_id).select_for_update().filter(pk=inbox.pk).first()
        if held is None:
            return
        is_new = held.health != health and not (
            held.health == Inbox.Health.NEW and health == Inbox.Health.GOOD
        )
        held.health, held.health_because = health, because
        held.healthy_at = held.healthy_at if health == Inbox.Health.BROKEN else now
        held.save(update_fields=["health", "health_because", "healthy_at"])
        if is_new:
            telling.tell(held, _TOLD[health], because=because)
    inbox.health, inbox.health_because, inbox.healthy_at = held.health, held.health_because, held.healthy_at


def _same_secrets(one: Inbox, other: Inbox) -> bool:
    # Tokens change by themselves; only what a person enters counts.
    return one.secrets.get("incoming_password") == other.secrets.get("incoming_password")


def _too_large(size: int) -> str:
    return _("It is %(size)s MiB, more than the %(limit)s MiB that THREADWELL_MAIL_LIMIT allows.") % {
        "size": size // 1024 // 1024,
        "limit": settings.MAIL_LIMIT // 1024 // 1024,
    }


def _sensible(received: datetime | None) -> datetime | None:
    """A time that can have been: servers tell of the year 1 and of tomorrow."""
    if received is None or received.year < 1980 or received > clock.now() + timedelta(minutes=5):
        return None
    return received
