"""Bonds: what binds the firm and its customers: tasks, promises, decisions, calls and visits.

In:    the firm as it was told
Out:   some of each, the same in every demo of that day
Touch: through the journeys that pages use

It is laid out around the moment the demo is made, so that some of it is overdue and some is to come.
"""

import random
from datetime import datetime, timedelta

from threadwell.flow import committing, logging_talks
from threadwell.flow.committing import About
from threadwell.flow.logging_talks import Points, Talked, Whom
from threadwell.interfaces.commands.demo_firm.firm import Staffed
from threadwell.kit import clock
from threadwell.record.commitments.models import Task
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.workplace.models import Agent

SEED = 20937
CALLS, TASKS, PROMISES, DECISIONS = 60, 24, 30, 14
ZONE = "Europe/Lisbon"

SAID = (
    ("Wednesday morning suits both, the caretaker will be on site.", "", "Book the crew for Wednesday"),
    ("She asks for a text half an hour before the crew comes.", "A text 30 minutes before each visit", ""),
    ("He found the missing parcel behind the gate.", "", ""),
    (
        "The bill names two visits, there was one.",
        "One visit is taken off the bill",
        "Send the corrected bill",
    ),
    ("They move in spring and want an offer for the new site.", "", "Write the offer for the new site"),
    ("Two meters show nothing since the swap.", "The meters are swapped free of charge", "Order two meters"),
    ("All went well; she would like the same crew again.", "", ""),
)
VISITED = (
    ("Frames delivered and stacked in the yard, signed by the caretaker.", "", ""),
    ("Gate code refused, the driver waited 25 minutes.", "", "Ask for the new gate code"),
    (
        "Walked the site for the installation; the wall needs longer bolts.",
        "Longer bolts, at our cost",
        "Order M12 bolts",
    ),
)
TO_DO = (
    "Ask the depot for the photos",
    "Check the crew's hours with the plan",
    "Send the signed delivery note",
    "Ring back about the second visit",
    "Have the claim assessed",
    "Confirm the new address with the driver",
)
PROMISED = (
    "We bring the wall frames on the next tour.",
    "You have the corrected bill by the end of the week.",
    "The crew comes before ten.",
    "We answer the claim within five days.",
)
THEIRS = (
    "We send the photos of the damage.",
    "The new gate code comes by mail.",
    "We sign the offer next week.",
)
DECIDED = (
    "Deliveries before nine only, because of the school.",
    "No deposit for repeat orders.",
    "Reminders go to accounts payable.",
)


def tell(staffed: Staffed, *, now: datetime) -> None:
    """Some of each; inside the firm's workspace."""
    dice = random.Random(SEED)  # noqa: S311 - a story, no secret
    recent = Conversation.objects.of(staffed.workspace).exclude(contact=None).filter(joined_into=None)
    talks = list(
        recent.select_related("contact__organisation", "organisation", "inbox").order_by(
            "-last_message_at", "pk"
        )[:240]
    )
    agents = [staffed.agents[key] for key in sorted(staffed.agents)]
    if not talks:
        return
    for _number in range(CALLS):
        _call(dice, dice.choice(talks), by=dice.choice(agents), now=now)
    for _number in range(TASKS):
        _task(dice, dice.choice(talks), by=dice.choice(agents), now=now)
    for _number in range(PROMISES):
        _promise(dice, dice.choice(talks), by=dice.choice(agents), now=now)
    for _number in range(DECISIONS):
        _decision(dice, dice.choice(talks), by=dice.choice(agents), now=now)


def _call(dice: random.Random, about: Conversation, *, by: Agent, now: datetime) -> None:
    is_visit = dice.random() < 0.25
    said, decided, step = dice.choice(VISITED if is_visit else SAID)
    at = now - timedelta(hours=dice.randrange(3, 24 * 50))
    due_at = at + timedelta(days=dice.randrange(1, 9))
    with clock.stopped_at(at):
        logging_talks.log(
            Talked(
                kind="visit" if is_visit else "call",
                direction=dice.choice(("in", "out")),
                minutes=dice.randrange(2, 40),
                at=at,
                points=Points(
                    discussed=said,
                    decided=decided,
                    next_step=step,
                    due_at=due_at if step else None,
                    zone=ZONE,
                ),
            ),
            Whom(contact=about.contact),
            by=by,
        )
    if step and due_at < now and dice.random() < 0.8:
        _finish_last(by, at=due_at)


def _finish_last(by: Agent, *, at: datetime) -> None:
    last: Task | None = Task.objects.of(by.workspace_id).open().filter(made_by=by).order_by("-pk").first()
    if last:
        with clock.stopped_at(at):
            last.finish(by=by)


def _task(dice: random.Random, about: Conversation, *, by: Agent, now: datetime) -> None:
    made_at = now - timedelta(hours=dice.randrange(2, 24 * 10))
    with clock.stopped_at(made_at):
        task = committing.add_task(
            About(conversation=about),
            by=by,
            title=dice.choice(TO_DO),
            due_at=now + timedelta(hours=dice.randrange(-30, 24 * 12)),
            zone=ZONE,
        )
    if dice.random() < 0.3:
        with clock.stopped_at(made_at + timedelta(hours=2)):
            task.finish(by=by, note="Done on the phone.")


def _promise(dice: random.Random, about: Conversation, *, by: Agent, now: datetime) -> None:
    side = dice.choice(("us", "us", "customer"))
    message = _last_of(about, "out" if side == "us" else "in")
    if message is None:
        return
    due_at = message.at + timedelta(days=dice.randrange(1, 12))
    with clock.stopped_at(message.at + timedelta(minutes=5)):
        promise = committing.mark_promise(
            About(message=message),
            by=by,
            text=dice.choice(PROMISED if side == "us" else THEIRS),
            side=side,
            due_at=due_at,
            zone=ZONE,
        )
    if due_at < now:
        with clock.stopped_at(due_at - timedelta(hours=1)):
            match dice.randrange(10):
                case 0:
                    promise.break_(by=by, note="The parts came too late.")
                case 1:
                    pass  # nobody has said yet
                case _:
                    promise.keep(by=by)


def _decision(dice: random.Random, about: Conversation, *, by: Agent, now: datetime) -> None:
    message = _last_of(about, "in")
    if message:
        with clock.stopped_at(min(message.at + timedelta(minutes=9), now)):
            committing.mark_decision(
                About(message=message), by=by, text=dice.choice(DECIDED), side="us", agent=by
            )


def _last_of(about: Conversation, direction: str) -> Message | None:
    said: Message | None = (
        about.messages.filter(direction=direction, kind="message", channel="email")
        .select_related(
            "agent", "contact__organisation", "conversation__contact", "conversation__organisation"
        )
        .order_by("-at")
        .first()
    )
    return said
