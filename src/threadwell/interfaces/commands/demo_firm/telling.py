"""Telling: the plot told again through the doors of real mail, in the order in which it happened.

In:    the firm as it was made, stories
Out:   the workspace's history
Touch: through intake, outbound and the verbs of a conversation; the books that an earlier system left

Each day is one transaction, with the clock held at the moment of the step: a worker that runs meanwhile
neither reads nor sends any of the old letters. It does write what follows from them, so a day may lose a
deadlock to it; then it is told again. Nothing leaves: a demo's letters stay here (channels/email/send.py).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError

from threadwell.flow import intake, learning, outbound
from threadwell.flow.arrive.capture import Arrival
from threadwell.flow.reply import compose, deliver
from threadwell.interfaces.commands.demo_firm import bonds, books, firm, mails, ratings, works
from threadwell.interfaces.commands.demo_firm.firm import Staffed
from threadwell.interfaces.commands.demo_firm.mails import Before
from threadwell.interfaces.commands.demo_firm.story import Step, StepKind, Story
from threadwell.kit import clock, tenancy
from threadwell.record.conversations import queues
from threadwell.record.conversations.models import Conversation, Dispatch, Message
from threadwell.record.inboxes.models import Delivery

AT_ONCE = timedelta(days=1)  #: steps of a day are told in waves: mails that arrive, then what was done
TRIES = 6

_log = structlog.get_logger(__name__)

type Show = Callable[[int, int], None]


@dataclass(slots=True, kw_only=True)
class Thread:
    """A story, and where it stands in the record."""

    story: Story
    left: list[Step]
    conversation_id: UUID | None = None
    said: list[Before] = field(default_factory=list)  #: our letters, and those of the customer


def tell(staffed: Staffed, stories: Sequence[Story], *, now: datetime, show: Show) -> None:
    """Tell them all."""
    workspace_id = staffed.workspace.pk
    with tenancy.entered(workspace_id):
        books.write(staffed, {story.customer.address: story.customer for story in stories}.values())
    threads = [Thread(story=story, left=list(story.steps)) for story in stories]
    every = list(threads)
    total, telling = sum(len(story.steps) for story in stories), _Telling(staffed)
    begins = min(thread.left[0].at for thread in threads)
    while threads:
        begins += AT_ONCE
        telling.day(begins, threads)
        threads = [thread for thread in threads if thread.left]
        show(telling.count, total)

    def end() -> None:
        telling.finish(now)
        bonds.tell(staffed, now=now)
        ratings.tell(staffed, now=now)
        works.tell(staffed, ((one.story, one.conversation_id) for one in every), now=now)

    _kept(workspace_id, end)
    learning.learn_lately(
        str(workspace_id), back=(now - every[0].story.steps[0].at + AT_ONCE).total_seconds()
    )


def _kept(workspace_id: UUID, deed: Callable[[], None]) -> None:
    """Do it in one transaction, again when another's was in the way."""
    for left in reversed(range(TRIES)):
        try:
            with tenancy.entered(workspace_id):
                deed()
        except DatabaseError as lost:
            if not left:
                raise
            _log.info("the demo's story is told again from the same morning", error=str(lost))
        else:
            return


class _Telling:
    """How far we are."""

    def __init__(self, staffed: Staffed) -> None:
        self.firm = staffed
        self.workspace_id = staffed.workspace.pk
        self.count = 0

    def day(self, end: datetime, threads: Sequence[Thread]) -> None:
        """What happened until its end, or nothing of it."""
        count, morning = self.count, [replace(one, left=[*one.left], said=[*one.said]) for one in threads]

        def told() -> None:
            self.count = count
            for thread, one in zip(threads, morning, strict=True):
                thread.left, thread.said = [*one.left], [*one.said]
                thread.conversation_id = one.conversation_id
            self._until(end, threads)

        _kept(self.workspace_id, told)

    def _until(self, end: datetime, threads: Sequence[Thread]) -> None:
        while True:
            arriving = sorted(_next(threads, end), key=lambda pair: pair[1].at)
            if arriving:
                self._arrive(arriving)
            done = sorted(_runs(threads, end), key=lambda pair: pair[1][0].at)
            for thread, steps in done:
                self._do(thread, steps)
            if not arriving and not done:
                return

    def finish(self, now: datetime) -> None:
        """The organisation of a contact is that of the conversation; agents have seen what is old."""
        every = Conversation.objects.of(self.workspace_id)
        rows = list(every.select_related("contact"))
        for row in rows:
            row.organisation_id = row.contact.organisation_id if row.contact else None
        every.bulk_update(rows, ["organisation"], batch_size=500)
        for agent in self.firm.agents.values():
            seen = [one for one in rows if one.last_message_at < now - timedelta(hours=3)]
            queues.mark_read(agent, [one for one in seen if one.status != "closed"], now=now)

    def _arrive(self, arriving: list[tuple[Thread, Step]]) -> None:
        arrivals = [
            arrival
            for offset, (thread, step) in enumerate(arriving)
            for arrival in self._arrivals(thread, step, number=self.count + offset)
        ]
        with clock.stopped_at(arriving[-1][1].at + timedelta(seconds=2)):
            kept = intake.accept(arrivals)
            while intake.read_waiting(self.workspace_id):
                pass
        owners = [thread for thread, step in arriving for _ in self._doors(thread, step)]
        self._learn({one.delivery_id: thread for one, thread in zip(kept, owners, strict=True)})
        self.count += len(arriving)

    def _doors(self, thread: Thread, step: Step) -> list[str]:
        second = thread.story.also_to if step.kind is StepKind.MAIL else ""
        return [key for key in (thread.story.inbox, second) if key]

    def _arrivals(self, thread: Thread, step: Step, *, number: int) -> Iterator[Arrival]:
        raw = mails.written(thread.story, step, _answered(thread, step), number=number)
        for key in self._doors(thread, step):
            yield Arrival(
                workspace_id=self.workspace_id,
                inbox_id=self.firm.inboxes[key].pk,
                source=Delivery.Source.IMAP if step.kind is StepKind.SENT else Delivery.Source.SMTP,
                source_id=f"demo:{number}",
                raw=raw,
                facts=_facts(thread.story, step, f"{key}@{firm.HOST}"),
                arrived_at=step.at,
            )

    def _learn(self, threads: dict[UUID, Thread]) -> None:
        """Where the letters came to stand."""
        messages = Message.objects.of(self.workspace_id).filter(delivery_id__in=threads)
        for message in messages.only("conversation_id", "delivery_id", *_TOLD).order_by("at"):
            assert message.delivery_id is not None
            thread = threads[message.delivery_id]
            thread.conversation_id = message.conversation_id
            if message.kind == Message.Kind.MESSAGE:
                thread.said.append(before_of(message))

    def _do(self, thread: Thread, steps: list[Step]) -> None:
        self.count += len(steps)
        if thread.conversation_id is None:
            return
        every = Conversation.objects.of(self.workspace_id).select_related("inbox", "contact")
        conversation = every.get(pk=thread.conversation_id)
        for step in steps:
            with clock.stopped_at(step.at):
                self._one(conversation, step, thread)
            if step.kind is StepKind.ANSWER:
                conversation = every.get(pk=thread.conversation_id)

    def _one(self, conversation: Conversation, step: Step, thread: Thread) -> None:
        by, facts = self.firm.agents[step.by], step.facts
        match step.kind:
            case StepKind.ANSWER:
                thread.said.append(before_of(self._answer(conversation, step)))
            case StepKind.DRAFT:
                draft = outbound.begin(conversation, "reply", by=by)
                outbound.save(draft, text=f"{step.text}{draft.text}")
            case StepKind.NOTE:
                outbound.note(conversation, by=by, text=step.text)
            case StepKind.ASSIGN:
                conversation.assign(by, by=by)
            case StepKind.PASS:
                conversation.pass_to(self.firm.teams[facts["team"]], by=by)
            case StepKind.LABEL:
                conversation.label(facts["labels"], by=by)
            case StepKind.WEIGH:
                conversation.weigh(facts["priority"], by=by)
            case StepKind.SNOOZE:
                conversation.snooze(until=facts["until"], by=by)
            case _:
                conversation.close(by=by)

    def _answer(self, conversation: Conversation, step: Step) -> Message:
        draft = outbound.begin(conversation, "reply", by=self.firm.agents[step.by])
        outbound.save(draft, text=f"{step.text}{draft.text}")
        stop = outbound.check(draft)
        message = outbound.send(draft, by=self.firm.agents[step.by], despite=stop.newest if stop else None)
        way = Dispatch.objects.get(workspace_id=self.workspace_id, conversation_id=conversation.pk)
        with clock.stopped_at(step.at + timedelta(seconds=12)):
            deliver.deliver(way, build=compose.mail_of, leave=lambda _: None)
        return message


_TOLD = ("kind", "message_id", "facts", "from_name", "from_address", "at", "text")


def _facts(story: Story, step: Step, address: str) -> dict[str, Any]:
    if step.kind is StepKind.SENT:
        return {"folder": "Sent", "is_sent": True}
    sender = "" if step.kind is StepKind.BOUNCE else story.customer.address
    return {"protocol": "smtp", "mail_from": sender, "rcpt": [address]}


def before_of(message: Message) -> Before:
    """A letter we hold, as somebody who answers it has it before them."""
    return Before(
        message_id=message.message_id,
        references=tuple(message.facts.get("references", ())),
        name=message.from_name,
        address=message.from_address,
        at=message.at,
        text=message.text,
    )


def _answered(thread: Thread, step: Step) -> Before | None:
    """What a mail answers: the last letter of the other side, else the last of all."""
    if step.kind is StepKind.SPAM or not thread.said:
        return None
    is_ours = step.kind is StepKind.SENT
    others = [one for one in thread.said if one.address.endswith(f"@{firm.HOST}") is not is_ours]
    return (others or thread.said)[-1]


def _next(threads: Sequence[Thread], end: datetime) -> Iterator[tuple[Thread, Step]]:
    for thread in threads:
        if thread.left and thread.left[0].at < end and thread.left[0].kind.comes_in:
            yield thread, thread.left.pop(0)


def _runs(threads: Sequence[Thread], end: datetime) -> Iterator[tuple[Thread, list[Step]]]:
    """What was done in each until the customer writes again."""
    for thread in threads:
        steps: list[Step] = []
        while thread.left and thread.left[0].at < end and not thread.left[0].kind.comes_in:
            steps.append(thread.left.pop(0))
        if steps:
            yield thread, steps
