"""Live parts: what a change looks like on the screens of those who watch.

In:    what was told of a workspace, the screens that are open there
Out:   for each screen the piece of the stream that it gets
Touch: nothing

What does not depend on the reader is drawn once and shared: a row for each list it stands in, a line for each
role; zone and language divide readers too, for times are written in them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.utils import timezone, translation

from threadwell.interfaces.web import happenings, lines, listing, moments, places, viewings
from threadwell.interfaces.web.commitments_parts import of_conversation
from threadwell.interfaces.web.live_stories import Story
from threadwell.kit import clock, tenancy
from threadwell.kit.veils import NOTHING, Veil
from threadwell.record.commitments.models import Task
from threadwell.record.conversations import queues
from threadwell.record.conversations.models import Conversation, Draft, Mention, ReadMark, Viewing
from threadwell.record.conversations.queues import Order, Place
from threadwell.record.journal.models import Event
from threadwell.record.notices.models import Notice
from threadwell.record.teamwork.handover import waiting_for
from threadwell.record.workplace.models import Agent, Workspace

_BINDING = frozenset({"task", "promise", "decision"})
#: What changes the panel of who works on it together.
_TOGETHER = ("aside_", "hand", "follow", "unfollow")
_HEAD = ("head", "joined")  #: parts of a conversation that know their reader, or where it goes on
_BY_AGENT = frozenset({Place.MENTIONS, Place.DRAFTS})


@dataclass(frozen=True, slots=True)
class Look:
    """What divides readers who see the same."""

    zone: str
    language: str
    role: str


@dataclass(slots=True, kw_only=True, eq=False)
class Screen:
    """A page that is open somewhere: who reads it, and what it shows."""

    workspace: Workspace
    agent: Agent
    look: Look
    view: listing.View | None
    conversation_id: UUID | None
    veil: Veil = NOTHING
    request: Any  #: for what only a request knows: the names in menus, the mark of its forms
    story: Story | None = None
    is_overview: bool = False  #: it asks anew itself when anything has happened
    counted: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class News:
    """What was told about one conversation since the last look."""

    events: list[UUID] = field(default_factory=list)
    is_viewing: bool = False


type Sent = list[tuple[Screen, bytes]]


def parts(workspace: Workspace, told: Mapping[UUID, News], screens: Sequence[Screen]) -> Sent:
    """Rows, lines and who is there, for each of these screens; one on which nothing changes gets none."""
    sent: Sent = []
    with tenancy.entered(workspace.pk):
        for change in _changes(workspace, told, screens):
            sent += change.pieces()
        sent += _gone(workspace, told, screens)
        watched = [key for key, news in told.items() if news.is_viewing]
        if watched:
            sent += watchers(workspace, watched, screens)
    return sent


def heads(workspace: Workspace, told: Mapping[UUID, News], screens: Sequence[Screen]) -> Sent:
    """The heads of the conversations that are open: they know their reader, so they come after the rest."""
    about = {screen.conversation_id for screen in screens}
    known = {key: news for key, news in told.items() if key in about and news.events}
    if not known:
        return []
    with tenancy.entered(workspace.pk):
        around = {**listing.choices(screens[0].request), "snooze_choices": moments.choices()}
        vars(screens[0].request).pop("house", None)  # names change; the next look shall see it
        sent: Sent = []
        for change in _changes(workspace, known, screens):
            sent += change.heads(around)
    return sent


def _changes(
    workspace: Workspace, told: Mapping[UUID, News], screens: Sequence[Screen]
) -> Iterator["_Change"]:
    keys = [event for news in told.values() for event in news.events]
    if not keys:
        return
    events = Event.objects.of(workspace).filter(pk__in=keys).select_related("by").order_by("pk")
    by_subject: dict[UUID, list[Event]] = {}
    for event in events:
        by_subject.setdefault(event.about, []).append(event)
    rows = Conversation.objects.of(workspace).filter(pk__in=by_subject)
    for conversation in rows.select_related(*queues.SHOWN):
        conversation.workspace = workspace
        yield _Change(conversation, by_subject[conversation.pk], screens)


def _gone(workspace: Workspace, told: Mapping[UUID, News], screens: Sequence[Screen]) -> Sent:
    """Conversations that are no more leave every list."""
    keys = {key for key, news in told.items() if news.events}
    keys -= set(Conversation.objects.of(workspace).filter(pk__in=keys).values_list("pk", flat=True))
    drawn = [piece(f'<li id="row-{key}" data-gone></li>') for key in keys]
    return [(screen, one) for one in drawn for screen in screens if screen.view]


def watchers(workspace: Workspace, conversations: Iterable[UUID], screens: Sequence[Screen]) -> Sent:
    """Who has these conversations open, for their rows and for their threads."""
    sent: Sent = []
    for key, viewing in viewings.present(workspace.pk, conversations).items():
        names = {one.agent_id for one in viewing}
        drawn: dict[tuple[Look, UUID | None, bool], bytes] = {}
        for screen in screens:
            is_open = screen.conversation_id == key
            # Who is not there sees the same as everybody else who is not.
            own = screen.agent.pk if screen.agent.pk in names else None
            variant = (screen.look, own, is_open)
            if variant not in drawn:
                with _eyes(screen.look):
                    drawn[variant] = piece(_watch(key, viewing, screen, is_open=is_open))
            sent.append((screen, drawn[variant]))
    return sent


#: A draft that stayed in a conversation that was joined is found where that goes on.
_GOES_ON = Coalesce("conversation__joined_into_id", "conversation_id")


def counts(workspace: Workspace, screens: Sequence[Screen]) -> Sent:
    """How many stand where, for those for whom it has changed."""
    agents = {screen.agent.pk for screen in screens}
    if not agents:
        return []
    with tenancy.entered(workspace.pk):
        shared = _shared_counts(screens[0])
        own = {
            Place.MINE: _grouped(Conversation.objects.of(workspace).open(), "owner_id", "pk", agents),
            Place.MENTIONS: _grouped(
                Mention.objects.of(workspace).filter(seen_at=None), "agent_id", "conversation_id", agents
            ),
            Place.DRAFTS: _grouped(
                Draft.objects.of(workspace).exclude(conversation=None).annotate(stands_in=_GOES_ON),
                *("agent_id", "stands_in", agents),
            ),
            "tasks": _grouped(Task.objects.of(workspace).overdue(now=clock.now()), "owner_id", "pk", agents),
            "handovers": waiting_for(workspace.pk, agents),
            "notices": _grouped(Notice.objects.of(workspace).unseen(), "agent_id", "pk", agents),
        }
    sent: Sent = []
    for screen in screens:
        mine = {
            str(place): places.readable(min(found.get(screen.agent.pk, 0), queues.COUNTED))
            for place, found in own.items()
        }
        now = {**shared, **mine}
        if now != screen.counted:
            screen.counted = now
            sent.append((screen, f"event: count\ndata: {json.dumps(now)}\n\n".encode()))
    return sent


def stirs(_workspace: Workspace, screens: Sequence[Screen]) -> Sent:
    """A word to the boards of those who lead: something has happened, or time has passed."""
    return [(screen, b"event: stir\ndata: {}\n\n") for screen in screens if screen.is_overview]


def piece(html: str, *, key: UUID | None = None) -> bytes:
    """HTML as one event of a stream."""
    data = "\n".join(f"data: {line}" for line in html.splitlines() if line.strip())
    return f"{f'id: {key}\n' if key else ''}event: part\n{data}\n\n".encode()


class _Change:
    """One conversation that has changed, drawn for all who see it."""

    def __init__(self, conversation: Conversation, events: list[Event], screens: Sequence[Screen]) -> None:
        self.conversation, self.events, self.screens = conversation, events, screens
        self.newest = events[-1].pk
        self.read_by = self._readers()
        self.owners = self._owners()
        self.drawn: dict[Any, bytes] = {}
        self.known: dict[Any, Any] = {}

    def pieces(self) -> Iterator[tuple[Screen, bytes]]:
        for screen in self.screens:
            if screen.view and (row := self._row(screen, screen.view)):
                yield screen, row
            if screen.conversation_id == self.conversation.pk and (lines := self._thread(screen)):
                yield screen, lines

    def heads(self, around: dict[str, Any]) -> Iterator[tuple[Screen, bytes]]:
        """The head for each who has it open; one drawing for all pages of one reader."""
        for screen in self.screens:
            if screen.conversation_id == self.conversation.pk:
                url = screen.view.url if screen.view else ""
                variant = ("head", screen.look, screen.agent.pk, url)
                if variant not in self.drawn:
                    facts = {**around, "view": screen.view}
                    drawn = (self._rendered(f"desk/thread.html#{part}", screen, facts) for part in _HEAD)
                    self.drawn[variant] = piece("".join(drawn))
                yield screen, self.drawn[variant]

    def _readers(self) -> frozenset[UUID]:
        marks = ReadMark.objects.of(self.conversation.workspace_id).filter(
            conversation_id=self.conversation.pk, read_at__gte=self.conversation.last_message_at
        )
        return frozenset(marks.values_list("agent_id", flat=True))

    def _owners(self) -> frozenset[str]:
        """Who may have it in their own list: its owner, and who was until now."""
        before = {event.facts.get("before") for event in self.events if "assigned" in event.name}
        return frozenset({str(self.conversation.owner_id), *(one for one in before if isinstance(one, str))})

    def _row(self, screen: Screen, view: listing.View) -> bytes | None:
        if view.place == Place.MINE and not view.is_filtered and str(screen.agent.pk) not in self.owners:
            return None
        is_open = screen.conversation_id == self.conversation.pk
        if not self._stands_in(screen, view):
            variant: tuple[Any, ...] = ("gone", is_open and screen.look, is_open and view.key)
            into = ""
        else:
            into = self._place_in(screen, view)
            variant = (screen.look, view.url, view.suffix, into, self._is_unread(screen))
        if variant not in self.drawn:
            facts = {"view": view, "into": into, "is_gone": variant[0] == "gone" and not is_open}
            self.drawn[variant] = piece(self._rendered("desk/list.html#row", screen, facts), key=self.newest)
        return self.drawn[variant]

    def _thread(self, screen: Screen) -> bytes:
        """The lines that are new or have changed."""
        variant = ("lines", screen.look)
        if variant not in self.drawn:
            lines = "".join(self._lines(screen))
            self.drawn[variant] = piece(lines, key=self.newest) if lines else b""
        return self.drawn[variant]

    def _lines(self, screen: Screen) -> Iterator[str]:
        told = happenings.happenings(self.events, slug=screen.workspace.slug)
        by_event = {one.pk: one for one in told}
        named = {key for event in self.events if (key := event.facts.get("message"))}
        messages = {
            str(one.pk): one
            for one in self.conversation.messages.filter(pk__in=named).defer("words", "people")
        }
        lines.dress(messages.values(), self.conversation, wish=lines.Wish())
        drawn: set[str] = set()
        for event in self.events:
            key = str(event.facts.get("message", ""))
            if key in messages and key not in drawn:
                drawn.add(key)
                yield self._rendered("desk/line.html#message", screen, {"message": messages[key]})
            elif key and key not in messages and event.name == "message.taken_back":
                yield f'<li id="message-{UUID(key)}" data-gone></li>'
            if event.name.partition(".")[0] in _BINDING:
                yield self._bonds(screen)
            if event.name.partition(".")[2].startswith(_TOGETHER):
                into = 'data-into="customer" data-at="end" data-name="together-changed"'
                yield f'<told-event id="told-{event.pk}" {into}></told-event>'
            if event.pk in by_event:
                yield self._rendered("desk/line.html#event", screen, {"event": by_event[event.pk]})

    def _bonds(self, screen: Screen) -> str:
        """What binds us and the customer, beside the thread."""
        if "bonds" not in self.known:
            self.known["bonds"] = of_conversation(self.conversation)
        facts = {"commitments": self.known["bonds"]}
        return self._rendered("commitments/of_conversation.html#panel", screen, facts)

    def _stands_in(self, screen: Screen, view: listing.View) -> bool:
        if view.is_filtered or view.saved or view.place in _BY_AGENT:
            key = ("stands", view.key, view.query, screen.agent.pk)
            if key not in self.known:
                self.known[key] = view.rows.filter(pk=self.conversation.pk).exists()
            return bool(self.known[key])
        return _is_at(view.place, self.conversation, screen.agent.pk)

    def _place_in(self, screen: Screen, view: listing.View) -> str:
        """Where in the list it goes when it is new there; nowhere, when its place is on a later page."""
        if view.sort is Order.NEWEST:
            return "start"
        if view.sort is Order.DUE:
            return "end"  # it says its place itself
        key = ("short", view.key, view.query, screen.agent.pk if view.place == Place.MINE else "")
        if key not in self.known:
            shown = view.rows.order_by().values_list("pk")[: listing.SIZE + 1]
            self.known[key] = len(shown) <= listing.SIZE
        return "end" if self.known[key] else ""

    def _is_unread(self, screen: Screen) -> bool:
        return (
            self.conversation.last_word == Conversation.Party.CONTACT
            and self.conversation.status != Conversation.Status.CLOSED
            and screen.agent.pk not in self.read_by
            and screen.conversation_id != self.conversation.pk
        )

    def _rendered(self, template: str, screen: Screen, facts: dict[str, Any]) -> str:
        shown: Any = self.conversation
        shown.is_unread = self._is_unread(screen)
        with _eyes(screen.look):
            around = {"workspace": screen.workspace, "agent": screen.agent, "live": True}
            return str(render_to_string(template, {"conversation": shown, **around, **facts}))


def _is_at(place: str, conversation: Conversation, agent_id: UUID) -> bool:
    """The same as `queues.at`, for one conversation that is at hand."""
    is_open = conversation.status == Conversation.Status.OPEN
    match place:
        case Place.MINE:
            return is_open and conversation.owner_id == agent_id
        case Place.UNASSIGNED:
            return is_open and conversation.owner_id is None
        case Place.OPEN | Place.SNOOZED:
            return conversation.status == place
        case Place.DUE:
            return conversation.due_at is not None and conversation.due_at <= clock.now() + queues.SOON
        case Place.CLOSED:
            return conversation.status == Conversation.Status.CLOSED and conversation.joined_into_id is None
        case _:
            return is_open and place == f"{places.TEAM}{conversation.team_id}"


def _watch(key: UUID, viewing: list[Viewing], screen: Screen, *, is_open: bool) -> str:
    seen = viewings.seen_by(screen.agent.pk, viewing)
    facts = {"conversation": Conversation(pk=key), "viewers": seen, "workspace": screen.workspace}
    drawn = str(render_to_string("desk/thread.html#watch", facts))
    if not is_open:
        return drawn
    beside = ("desk/thread.html#viewers", "desk/thread.html#claim")
    return drawn + "".join(str(render_to_string(part, facts)) for part in beside)


def _shared_counts(screen: Screen) -> dict[str, str]:
    agent = screen.agent
    teams = [team.pk for team in places.house_of(screen.request).teams]
    vars(screen.request).pop("house", None)
    waiting = {
        str(place): queues.at(place, agent)
        for place in (Place.UNASSIGNED, Place.OPEN, Place.DUE, Place.SNOOZED)
    }
    waiting |= {f"{places.TEAM}{key}": queues.of_team(key, agent) for key in teams}
    return {key: places.readable(count) for key, count in queues.counts(agent, waiting).items()}


def _grouped(rows: Any, by: str, what: str, agents: set[UUID]) -> dict[UUID, int]:
    found = rows.filter(**{f"{by}__in": agents}).order_by().values_list(by)
    return dict(found.annotate(Count(what, distinct=what != "pk")))


def _eyes(look: Look) -> Any:
    """Times and words as that reader sees them."""
    return _Eyes(look)


class _Eyes:
    def __init__(self, look: Look) -> None:
        self.zone = timezone.override(look.zone or None)
        self.language = translation.override(look.language or None)

    def __enter__(self) -> None:
        self.zone.__enter__()
        self.language.__enter__()

    def __exit__(self, *error: object) -> None:
        self.language.__exit__(*error)  # type: ignore[arg-type]
        self.zone.__exit__(*error)  # type: ignore[arg-type]
