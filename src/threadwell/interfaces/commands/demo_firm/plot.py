"""Plot: what happened at Nordhavn until now, as stories of steps with moments.

In:    the moment at which it is looked at, a seed
Out:   Story; the same ones for the same moment and seed
Touch: nothing
"""

from datetime import datetime, timedelta
from random import Random

from threadwell.interfaces.commands.demo_firm import customers, firm, wordbook
from threadwell.interfaces.commands.demo_firm.customers import Customer
from threadwell.interfaces.commands.demo_firm.story import HERE, TEAMS, Step, StepKind, Story, working
from threadwell.record.workplace.roles import Role

DAYS = 120
SPAN = timedelta(days=DAYS + 1)
ON_THE_DESK = timedelta(days=14)  #: so long the firm has answered from the desk
SEED = 48213
OLD, SLEEPING, SPAM = 840, 11, 34
#: Minutes since the customer last wrote, for what stands open on the desk.
AGES = (
    *(2, 6, 11, 17, 24, 31, 39, 48, 55, 68, 80, 97, 115, 140, 160, 185, 220, 260, 305),
    *(350, 420, 500, 610, 720, 860, 990, 1130, 1290, 1440, 1620, 1850, 2100, 2400, 2750),
    *(3100, 3600, 4200, 4900),
)
#: What happens once the customer has written, and how often of a hundred.
COURSES = {"answered": 16, "thanked": 32, "asked more": 28, "long": 10, "nothing": 6, "impatient": 8}
_LABELS = {
    "gate": "gate access",
    "noshow": "second visit",
    "zero": "second visit",
    "partial": "waiting for parts",
    "quote": "frame agreement",
    "claimstatus": "goodwill",
}
_NOTES = (
    "@{who} can you look at the board whether the van can take {order} along?",
    "Rang {customer}: they are fine with it, but want it in writing.",
    "@{who} dispatch still had the old code from the spring visit. I changed it on the site record.",
    "Depot says {order} is complete. The missing parts stand on the next pallet.",
    "Goodwill up to {amount} is all right, says Astrid.",
    "@{who} they have written to billing about the same thing, please see there.",
)
_MINUTES = timedelta(minutes=1)


def of(now: datetime, *, seed: int = SEED, old: int = OLD) -> list[Story]:
    """All stories, by their beginnings; none of their steps lies in the future."""
    drawing = Drawing(now, Random(seed))  # noqa: S311
    stories = [
        *(drawing.past() for _ in range(old)),
        *(drawing.fresh(age) for age in AGES),
        *(drawing.sleeping(number) for number in range(SLEEPING)),
        *(drawing.rubbish() for _ in range(SPAM)),
    ]
    for story in stories:
        story.steps = [step for step in story.steps if step.at <= now]
    return sorted((story for story in stories if story.steps), key=lambda story: story.steps[0].at)


class Drawing:
    """Stories drawn one after another from the same source of chance."""

    def __init__(self, now: datetime, chance: Random) -> None:
        self.now = now
        self.chance = chance
        self.people = customers.drawn(Random(SEED))  # noqa: S311  # always the same ones
        self.count = 0

    def begun(self) -> Story:
        """A customer writes in this moment, and nothing has come of it yet."""
        story = self._begun()
        story.customer_says(self.now, self.chance.choice(story.words.opening), is_first=True)
        return story

    def taken_up(self, customer: Customer, subject: str) -> Story:
        """A story of which we know only who it is with, and under which subject."""
        story = self._begun(customer)
        base = subject.partition(":")[2].strip() if ":" in subject[:5] else subject
        story.subject, story.topic = base, ""
        return story

    def past(self) -> Story:
        """A story that came to its end, mostly."""
        chance = self.chance
        story = self._begun()
        at = self._moment_of_the_past()
        story.customer_says(at, chance.choice(story.words.opening), is_first=True)
        course = chance.choices(list(COURSES), list(COURSES.values()))[0]
        if course == "impatient":
            story.customer_says(story.last_at + timedelta(hours=chance.randint(20, 50)), self._asking(story))
        self._taken_up(story)
        if course != "nothing":
            self._talk(story, course)
        self._put_away(story)
        return story

    def fresh(self, age: int) -> Story:
        """A story that stands open: the customer wrote so many minutes ago, and waits."""
        chance = self.chance
        story = self._begun()
        at = self.now - age * _MINUTES - timedelta(seconds=chance.randint(0, 59))
        if self.count % 3:
            story.customer_says(at, chance.choice(story.words.opening), is_first=True)
            if age > 35:
                self._taken_up(story, by=chance.choice(["maria.santos", story.by, story.by]))
            return story
        before = at - timedelta(hours=chance.randint(5, 44))
        story.customer_says(before, chance.choice(story.words.opening), is_first=True)
        self._taken_up(story)
        story.we_answer(before + (at - before) * 0.6, chance.choice(story.words.answer))
        story.customer_says(at, chance.choice(story.words.more))
        if age > 400 and self.count % 2:
            story.happens(StepKind.DRAFT, at + 9 * _MINUTES, text=story.filled(story.words.answer2[0]))
        return story

    def sleeping(self, number: int) -> Story:
        """A story that was put off until a moment to come."""
        story = self._begun()
        at = self.now - timedelta(hours=9 + 11 * number)
        story.customer_says(at, self.chance.choice(story.words.opening), is_first=True)
        self._taken_up(story)
        story.we_answer(at + timedelta(hours=3), self.chance.choice(story.words.answer))
        until = working(self.now + timedelta(hours=5 + 17 * number), self.chance)
        story.happens(StepKind.SNOOZE, story.last_at + _MINUTES, until=until)
        return story

    def rubbish(self) -> Story:
        """Somebody wants to sell something."""
        story = self._begun()
        story.steps.append(Step(kind=StepKind.SPAM, at=self.now - self.chance.random() * timedelta(days=30)))
        return story

    def _begun(self, customer: Customer | None = None) -> Story:
        chance = self.chance
        self.count += 1
        customer = customer or chance.choice(self.people)
        topic = chance.choice(list(wordbook.language(customer.language).topics))
        inbox = "support" if chance.random() < 0.4 else TEAMS[topic].lower()
        staff = [one.key for one in firm.PEOPLE if TEAMS[topic] in one.teams]
        story = Story(
            number=self.count,
            customer=customer,
            inbox=inbox,
            topic=topic,
            subject="",
            gaps=self._gaps(customer),
            by=chance.choices(staff, [3] + [2] * (len(staff) - 1))[0],
            program=customer.program,
            chance=chance,
            desk_since=self.now - ON_THE_DESK,
            also_to="support" if inbox != "support" and chance.random() < 0.02 else "",
        )
        story.subject = story.filled(chance.choice(story.words.subjects))
        return story

    def _gaps(self, customer: Customer) -> dict[str, str]:
        chance = self.chance
        amount = chance.choice([85, 120, 164, 240, 310, 486, 720, 1180, 2450, 4860]) + chance.choice(
            [0, 0, 0.5]
        )
        return {
            "order": f"ORD-{chance.randint(18500, 21400)}",
            "claim": f"CLM-{chance.randint(1020, 1240)}",
            "invoice": f"{chance.randint(18500, 21400)}-{chance.choice('AB')}",
            "site": chance.choice(customer.sites),
            "item": chance.choice(wordbook.language(customer.language).items),
            "count": str(chance.choice([2, 3, 4, 6, 8, 12])),
            "code": f"{chance.randint(1000, 9999)}#",
            "amount": f"€{amount:,.2f}" if customer.language == "en" else f"{amount:.2f} €".replace(".", ","),
        }

    def _moment_of_the_past(self) -> datetime:
        chance = self.chance
        while True:
            day = self.now - timedelta(days=chance.uniform(3.2, DAYS))
            hour = chance.triangular(6.5, 20, 9.5)
            local = day.astimezone(HERE).replace(hour=int(hour), minute=int(hour % 1 * 60))
            if local.weekday() < 5 or chance.random() < 0.12:
                return local.astimezone(self.now.tzinfo)

    def _later(self, story: Story, hours: float) -> datetime:
        """Some hours on, when somebody of ours works."""
        wait = min(hours * self.chance.lognormvariate(0, 0.7), 60)
        return working(story.last_at + timedelta(hours=wait), self.chance)

    def _asking(self, story: Story) -> str:
        return self.chance.choice(story.language.any_news)

    def _taken_up(self, story: Story, *, by: str = "") -> None:
        chance = self.chance
        at = min(story.last_at + chance.randint(1, 25) * _MINUTES, self.now)
        if story.inbox == "support":
            story.happens(StepKind.PASS, at, by="maria.santos", team=story.team)
        story.by = by or story.by
        story.happens(StepKind.ASSIGN, at + timedelta(seconds=20))
        if chance.random() < 0.2:
            priority = chance.choices([1, 3, 4], [3, 6, 2])[0]
            story.happens(StepKind.WEIGH, at + timedelta(seconds=40), priority=priority)
        if chance.random() < 0.3 and (label := _LABELS.get(story.topic)):
            story.happens(StepKind.LABEL, at + timedelta(seconds=50), labels=[label])
        if chance.random() < 0.16:
            self._note(story, at + 3 * _MINUTES)

    def _note(self, story: Story, at: datetime) -> None:
        others = [one for one in firm.PEOPLE if one.key != story.by and one.role != Role.AUDITOR]
        gaps = {**story.gaps, "customer": story.customer.first, "who": self.chance.choice(others).name}
        story.happens(StepKind.NOTE, at, text=self.chance.choice(_NOTES).format_map(gaps))

    def _talk(self, story: Story, course: str) -> None:
        chance, words = self.chance, story.words
        story.we_answer(self._later(story, 2.5), chance.choice(words.answer))
        if chance.random() < 0.03:
            story.happens(StepKind.BOUNCE, story.last_at + 2 * _MINUTES)
            return
        if chance.random() < 0.04:
            story.happens(
                StepKind.AWAY, story.last_at + _MINUTES, text=story.filled(chance.choice(story.language.away))
            )
        elif chance.random() < 0.02:
            story.happens(
                StepKind.INVITATION,
                story.last_at + timedelta(hours=4),
                text=story.filled(story.language.meeting),
            )
        if course in {"asked more", "long"}:
            story.customer_says(self._soon(story), chance.choice(words.more))
            story.we_answer(self._later(story, 2), chance.choice(words.answer2))
        if course in {"thanked", "long"}:
            story.customer_says(self._soon(story), chance.choice(story.language.thanks))

    def _soon(self, story: Story) -> datetime:
        moment = story.last_at + timedelta(hours=3 * self.chance.lognormvariate(0, 0.9))
        return working(moment, self.chance) + timedelta(minutes=self.chance.randint(-30, 50))

    def _put_away(self, story: Story) -> None:
        """Closed, but for a few of the last weeks that somebody forgot."""
        if self.now - story.last_at < timedelta(days=14) and self.chance.random() < 0.05:
            return
        at = working(story.last_at + self.chance.randint(2, 200) * _MINUTES, self.chance)
        story.happens(StepKind.CLOSE, at)
