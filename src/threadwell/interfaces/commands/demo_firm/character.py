"""Character: the demo's customers go on writing while somebody looks.

In:    what the demo's people send from the desk; the passing of time
Out:   new questions every 20 to 60 seconds, and answers to answers after a while
Touch: the mail gateway of this installation, by SMTP, as any mail server would
Never: speaks to another host; writes without bound
"""

import smtplib
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from threadwell.interfaces.commands.demo_firm import firm, mails, telling
from threadwell.interfaces.commands.demo_firm.customers import Customer
from threadwell.interfaces.commands.demo_firm.plot import Drawing
from threadwell.interfaces.commands.demo_firm.story import Step, StepKind, Story
from threadwell.kit import clock, ids, tenancy
from threadwell.record.conversations.models import Conversation, Message, Outgoing
from threadwell.record.workplace.models import Workspace

BREATH = 2.0  #: seconds between looks
QUESTIONS = 400  #: new conversations while one process lives
WAITING = 70  #: so many wait for an answer: then nobody new writes
ANSWERS = 2  #: of a customer in one conversation

_log = structlog.get_logger(__name__)
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # we speak there, we do not listen


def serve(until: threading.Event) -> None:
    """Play the customers until told to stop."""
    play = Play(chance=Random())  # noqa: S311
    while not until.wait(BREATH):
        try:
            play.go_on()
        except (DatabaseError, OSError, smtplib.SMTPException) as away:
            _log.warning("the demo waits for the mail gateway or the database", problem=str(away))
            until.wait(5 * BREATH)
        finally:
            close_old_connections()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A mail that will be written at that moment."""

    at: datetime
    inbox: str
    customer: Customer
    raw: bytes


@dataclass(slots=True, kw_only=True)
class Play:
    """What has been said so far, and what is to come."""

    chance: Random
    next_at: datetime = field(default_factory=clock.now)
    seen_until: datetime = field(default_factory=clock.now)
    asked: int = 0
    planned: list[Planned] = field(default_factory=list)
    stories: dict[str, Story] = field(default_factory=dict)  #: by the Message-ID of their first mail
    answers: dict[UUID, int] = field(default_factory=dict)  #: of customers, by conversation

    def go_on(self) -> None:
        """See what was sent, ask something new, post what is due."""
        workspace = firm.found()
        if workspace is None:
            return
        with tenancy.entered(workspace.pk):
            self._hear(workspace)
            is_time = clock.now() >= self.next_at and self.asked < QUESTIONS
            if is_time and _waiting(workspace) < WAITING:
                self._ask()
        self._post()

    def _hear(self, workspace: Workspace) -> None:
        """Whoever got an answer may have something to say to it."""
        sent = Outgoing.objects.of(workspace).filter(done_at__gt=self.seen_until, message__state="sent")
        for way in sent.select_related("message__conversation__contact", "inbox").order_by("done_at"):
            self.seen_until = way.done_at or self.seen_until
            letter: Message = way.message
            told = self.answers.get(letter.conversation_id, 0)
            story = self._story_of(letter)
            if story and told < ANSWERS and self.chance.random() < (0.9, 0.5)[told]:
                self.answers[letter.conversation_id] = told + 1
                self._reply(story, letter, is_first=told == 0)

    def _ask(self) -> None:
        now = clock.now()
        self.next_at = now + timedelta(seconds=self.chance.uniform(20, 60))
        self.asked += 1
        drawing = Drawing(now, self.chance)
        story = drawing.begun()
        number = _number()
        raw = mails.written(story, story.steps[0], None, number=number)
        self.stories[f"{number:06}.{story.number}@{_host(story)}"] = story
        self.planned.append(Planned(at=now, inbox=story.inbox, customer=story.customer, raw=raw))

    def _reply(self, story: Story, letter: Message, *, is_first: bool) -> None:
        at = clock.now() + timedelta(seconds=self.chance.uniform(25, 90))
        sentences = story.words.more if is_first and story.topic else story.language.thanks
        story.customer_says(at, self.chance.choice(sentences))
        step = Step(kind=StepKind.MAIL, at=at, text=story.steps[-1].text)
        raw = mails.written(story, step, telling.before_of(letter), number=_number())
        inbox = letter.from_address.partition("@")[0]
        self.planned.append(Planned(at=at, inbox=inbox, customer=story.customer, raw=raw))

    def _story_of(self, letter: Message) -> Story | None:
        """The story that the letter belongs to: one we began, or one that we take up."""
        named = (*letter.facts.get("references", ()), *letter.facts.get("in_reply_to", ()))
        known = next((self.stories[one] for one in named if one in self.stories), None)
        if known:
            return known
        addressed = {one["email"].casefold() for one in letter.recipients.get("to", ())}
        drawing = Drawing(clock.now(), self.chance)
        customer = next((one for one in drawing.people if one.address in addressed), None)
        if customer is None:
            return None
        story = drawing.taken_up(customer, letter.subject)
        for one in named:
            self.stories[one] = story
        return story

    def _post(self) -> None:
        due = [one for one in self.planned if one.at <= clock.now()]
        if not due:
            return
        if not settings.SMTP_PORT:
            self.planned.clear()
            return
        host = _EVERYWHERE.get(settings.GATEWAY_HOST, settings.GATEWAY_HOST)
        with smtplib.SMTP(host, settings.SMTP_PORT, local_hostname="customers.example", timeout=20) as line:
            for one in due:
                line.sendmail(one.customer.address, [f"{one.inbox}@{firm.HOST}"], one.raw)
                self.planned.remove(one)


def _waiting(workspace: Workspace) -> int:
    every = Conversation.objects.of(workspace).open().exclude(waiting_since=None)
    return int(every.count())


def _number() -> int:
    return ids.new().int >> 64


def _host(story: Story) -> str:
    return story.customer.address.partition("@")[2]
