"""Story: one conversation of the plot as it is being drawn, step by step.

In:    a customer, a topic, a source of chance
Out:   Step; the sentences of a topic with their gaps filled
Touch: nothing
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from threadwell.interfaces.commands.demo_firm import files, firm, wordbook
from threadwell.interfaces.commands.demo_firm.customers import Customer
from threadwell.interfaces.commands.demo_firm.files import File
from threadwell.interfaces.commands.demo_firm.wordbook import Language, Topic

HERE = ZoneInfo(firm.ZONE)
TEAMS = {
    "gate": "Deliveries",
    "reschedule": "Deliveries",
    "where": "Deliveries",
    "partial": "Deliveries",
    "quote": "Deliveries",
    "damaged": "Claims",
    "claimstatus": "Claims",
    "zero": "Installations",
    "noshow": "Installations",
    "appointment": "Installations",
    "readings": "Installations",
    "invoice": "Billing",
    "copy": "Billing",
    "reminder": "Billing",
}


class StepKind(StrEnum):
    """What happens: the first six are mails that come in, the others are done on the desk."""

    MAIL = "mail"
    AWAY = "away"
    BOUNCE = "bounce"
    INVITATION = "invitation"
    SPAM = "spam"
    SENT = "sent"  #: one of the firm's people answers from their own mail program
    ANSWER = "answer"
    ASSIGN = "assign"
    PASS = "pass"  # noqa: S105
    LABEL = "label"
    WEIGH = "weigh"
    NOTE = "note"
    CLOSE = "close"
    SNOOZE = "snooze"
    DRAFT = "draft"

    @property
    def comes_in(self) -> bool:
        return self in {self.MAIL, self.AWAY, self.BOUNCE, self.INVITATION, self.SPAM, self.SENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that happens in a story."""

    kind: StepKind
    at: datetime
    by: str = ""  #: which of the firm's people; empty for the customer
    text: str = ""
    files: tuple[File, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Story:
    """One conversation, from its first mail until now."""

    number: int
    customer: Customer
    inbox: str
    topic: str
    subject: str
    gaps: dict[str, str]
    by: str  #: who answers
    program: str
    chance: Random
    desk_since: datetime  #: before, the firm answered from its own mail programs
    also_to: str = ""  #: a second inbox that gets the first mail too
    steps: list[Step] = field(default_factory=list)

    @property
    def language(self) -> Language:
        return wordbook.language(self.customer.language)

    @property
    def words(self) -> Topic:
        return self.language.topics[self.topic]

    @property
    def team(self) -> str:
        return TEAMS[self.topic]

    @property
    def last_at(self) -> datetime:
        return self.steps[-1].at

    def filled(self, sentence: str) -> str:
        """The sentence with its gaps filled; days and hours anew each time."""
        day = self.chance.choice(self.language.days[:5])
        time = f"{self.chance.randint(8, 16):02}:{self.chance.choice(['00', '15', '30'])}"
        said = sentence.format_map({**self.gaps, "day": day, "time": time})
        # Some languages write the days of the week small, but no sentence begins so.
        return re.sub(r"(?<=[.?!] )[a-zà-ž]", lambda letter: letter[0].upper(), said)

    def customer_says(self, at: datetime, sentence: str, *, is_first: bool = False) -> None:
        lines = [self.filled(sentence)]
        if is_first and self.chance.random() < 0.45:
            lines.append(self.chance.choice(self.language.details))
        hello = f"{self.chance.choice(self.language.greetings)}\n\n" if is_first or len(lines[0]) > 70 else ""
        bye = f"\n\n{self.chance.choice(self.language.partings)}\n{self.customer.name}" if hello else ""
        text = f"{hello}{chr(10).join(lines)}{bye}" if hello else f"{lines[0]}\n\n{self.customer.first}"
        along = self._files() if is_first else ()
        self.steps.append(Step(kind=StepKind.MAIL, at=at, text=text, files=along))

    def we_answer(self, at: datetime, sentence: str) -> None:
        dear = self.chance.choice(self.language.dear)
        greeting = dear.format(first=self.customer.first, last=self.customer.last)
        text = f"{greeting}\n\n{self.filled(sentence)}\n\n{self.language.farewell}"
        kind = StepKind.SENT if at < self.desk_since else StepKind.ANSWER
        self.steps.append(Step(kind=kind, at=at, by=self.by, text=text))

    def happens(self, kind: StepKind, at: datetime, *, by: str = "", text: str = "", **facts: Any) -> None:
        self.steps.append(Step(kind=kind, at=at, by=by or self.by, text=text, facts=facts))

    def _files(self) -> tuple[File, ...]:
        seed, gaps = self.number % 24, self.gaps
        match self.topic:
            case "damaged" | "partial":
                count = self.chance.randint(1, 4)
                return tuple(files.photo(f"IMG_{2040 + seed + n}.png", seed + n) for n in range(count))
            case "readings":
                return (files.table(f"readings-{seed:02}.csv", seed),)
            case "reminder":
                return (files.paper(f"statement-{seed:02}.pdf", "Bank statement", f"Page {seed + 1} of 31"),)
            case "claimstatus" | "invoice" if self.chance.random() < 0.5:
                name = f"{gaps['invoice']}.pdf"
                return (
                    files.paper(name, "Nordhavn Logistics & Installations", f"Invoice {gaps['invoice']}"),
                )
            case "gate" if self.chance.random() < 0.3:
                return (files.photo("gate-panel.png", seed),)
        return ()


def working(moment: datetime, chance: Random) -> datetime:
    """That moment, or the next one at which somebody of the firm works."""
    local = moment.astimezone(HERE)
    if local.hour >= 18:
        local = (local + timedelta(days=1)).replace(hour=0)
    while local.weekday() >= 5:
        local = (local + timedelta(days=1)).replace(hour=0)
    if local.hour < 8:
        local = local.replace(hour=8, minute=chance.randint(0, 59), second=chance.randint(0, 59))
    return local.astimezone(moment.tzinfo)
