"""Lines: messages and happenings of a conversation in the order of time, dressed for reading.

In:    a conversation, how far back
Out:   Lines, the oldest first, each message with all that its card shows
Touch: nothing
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from threadwell.interfaces.web import dressing
from threadwell.interfaces.web.happenings import TOLD, Happening, happenings
from threadwell.kit.questions import Question
from threadwell.record.commitments.marks import marks_of
from threadwell.record.conversations.models import Attachment, Conversation, Home, Message, Outgoing
from threadwell.record.journal.models import Event

SIZE = 30
EVENTS = 200
EVER = datetime(1, 1, 2, tzinfo=UTC)
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
#: The order in which lines of one instant stand: a message before what was done because of it.
_RANK = {"message": 0, "event": 1}
_WAITING = (Message.State.HELD, Message.State.QUEUED, Message.State.DELAYED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a thread: a day, the mark of what is new, a message or an event."""

    what: str
    at: datetime
    message: Message | None = None
    event: Happening | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some lines, and the message from which to go further back."""

    lines: list[Line]
    messages: list[Message]
    earlier: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How the reader wants to see messages."""

    with_images: Collection[str] = ()  #: messages whose remote pictures may be loaded
    as_html: str = ""  #: the key of one message that shall be shown as it was sent
    as_text: str = ""  #: and of one that shall be shown as plain text


def stretch(
    conversation: Conversation,
    *,
    before: Message | None = None,
    read_at: datetime | None,
    wish: Wish,
    without: Collection[str] = (),
) -> Stretch:
    """The newest lines, or those before a message; ``without`` what is known not to be there (`beside`)."""
    where = (conversation.workspace_id, conversation.pk)
    found = list(BEFORE(*where, before.at, before.pk) if before else NEWEST(*where))
    more, messages = len(found) > SIZE, found[:SIZE][::-1]
    dress(messages, conversation, wish=wish, without=without)
    since = messages[0].at if more else None
    events = _events(conversation, since=since, until=before.at if before else None)
    told = happenings(events, slug=conversation.workspace.slug)
    return Stretch(
        lines=list(_laid_out(messages, told, read_at=read_at)),
        messages=messages,
        earlier=messages[0].pk if more else None,
    )


def story(conversation: Conversation) -> list[Line]:
    """Everything that happened, without what was said."""
    events = _events(conversation, since=None, until=None)
    return list(_laid_out([], happenings(events, slug=conversation.workspace.slug), read_at=None))


def dress(
    messages: Iterable[Message], conversation: Conversation, *, wish: Wish, without: Collection[str] = ()
) -> None:
    """Put on each message what its card shows beside its fields."""
    by_key = {message.pk: message for message in messages}
    files: dict[UUID, list[Attachment]] = {key: [] for key in by_key}
    if by_key and "files" not in without:
        for file in _files_of(len(by_key))(conversation.workspace_id, *by_key):
            if file.message_id:
                files[file.message_id].append(file)
    marks = {} if "marks" in without else marks_of(conversation.workspace_id, list(by_key))
    came_from = _came_from(conversation, by_key)
    waiting = [key for key, message in by_key.items() if message.state in _WAITING]
    due: dict[UUID, datetime] = {}
    if waiting:
        ways = Outgoing.objects.of(conversation.workspace_id).filter(message_id__in=waiting)
        due = dict(ways.values_list("message_id", "due_at"))
    for key, message in by_key.items():
        message.conversation = conversation
        message.came_from = came_from.get(key)  # type: ignore[attr-defined]  # for the card
        dressing.put_on(
            message,
            files=files[key],
            marks=marks.get(key, ()),
            due_at=due.get(key),
            shows_images=str(key) in wish.with_images,
            wanted={wish.as_html: "html", wish.as_text: "text"}.get(str(key), ""),
        )


def _came_from(conversation: Conversation, messages: Collection[UUID]) -> dict[UUID, int]:
    """The numbers of the conversations that these belong to, in one that others were merged into."""
    if conversation.alone is None:
        return {}
    homes = Home.objects.of(conversation.workspace_id).filter(thing__in=messages)
    return dict(homes.values_list("thing", "home__number"))


def _events(conversation: Conversation, *, since: datetime | None, until: datetime | None) -> list[Event]:
    where = (conversation.workspace_id, conversation.pk)
    return list(HAPPENED(*where, since or EVER, until or NEVER))[::-1]


def _told(workspace_id: UUID, about: UUID, since: datetime, until: datetime) -> Any:
    rows = Event.objects.of(workspace_id).filter(about=about, name__in=TOLD, at__gte=since, at__lt=until)
    return rows.select_related("by").order_by("-at", "-pk")[:EVENTS]


def _newest(workspace_id: UUID, conversation_id: UUID) -> Any:
    return _said(workspace_id, conversation_id)[: SIZE + 1]


def _before(workspace_id: UUID, conversation_id: UUID, at: datetime, key: UUID) -> Any:
    # The first condition alone bounds the index scan; the second breaks ties.
    rows = _said(workspace_id, conversation_id).filter(at__lte=at)
    return rows.filter(Q(at__lt=at) | Q(pk__lt=key))[: SIZE + 1]


def _said(workspace_id: UUID, conversation_id: UUID) -> Any:
    rows = Message.objects.of(workspace_id).filter(conversation_id=conversation_id)
    return rows.defer("words", "people").order_by("-at", "-pk")


@cache
def _files_of(messages: int) -> Question[Attachment]:
    def ask(workspace_id: UUID, *keys: UUID) -> Any:
        attached = Attachment.objects.of(workspace_id).filter(message_id__in=keys[:messages])
        return attached.order_by("message_id", "position", "pk")

    return Question(ask)


HAPPENED: Question[Event] = Question(_told)
NEWEST: Question[Message] = Question(_newest)
BEFORE: Question[Message] = Question(_before)


def _laid_out(
    messages: list[Message], events: Iterable[Happening], *, read_at: datetime | None
) -> Iterator[Line]:
    merged = [Line(what="message", at=one.at, message=one) for one in messages]
    merged += [Line(what="event", at=one.at, event=one) for one in events]
    merged.sort(key=lambda line: (line.at, _RANK[line.what]))
    day = None
    is_marked = read_at is None
    for line in merged:
        today = timezone.localtime(line.at).date()
        if today != day:
            day = today
            yield Line(what="day", at=line.at)
        if not is_marked and read_at and line.message and _is_news(line.message, read_at):
            is_marked = True
            yield Line(what="new", at=line.at)
        yield line


def _is_news(message: Message, read_at: datetime) -> bool:
    # A mail may be dated a little earlier than the moment it was read at.
    return message.direction == Message.Direction.IN and message.at > read_at - timedelta(seconds=1)
