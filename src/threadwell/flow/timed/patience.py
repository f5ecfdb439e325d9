"""Patience: since when something has lasted too long, by the calendar that each thing keeps to.

In:    a workspace, how long is too long, the present moment
Out:   for each calendar in use the moment before which patience has ended; the rows it has ended for
Touch: Calendar, when a workspace has none yet

Whose calendar counts is said as for clocks (`hours.of_conversation`): the customer's, that of their tier, the
team's, the workspace's. It is said in the database's words, so that many rows are asked for at once.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from django.db.models import Case, DateTimeField, Q, Value, When

from threadwell.kit.opening_hours import NeverOpen
from threadwell.record.commitments.models import Task
from threadwell.record.conversations.models import Conversation
from threadwell.record.hours.models import Calendar, CalendarUse, Closure
from threadwell.record.hours.openings import put_together
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.workplace.models import Workspace

BACK = timedelta(days=60)  #: so far patience reaches at most, with holidays


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When it ended, counted back from now."""

    common: datetime
    by_organisation: dict[datetime, set[UUID]] = field(default_factory=dict)
    by_tier: dict[datetime, set[str]] = field(default_factory=dict)
    by_team: dict[datetime, set[UUID]] = field(default_factory=dict)

    @classmethod
    def of(cls, workspace: Workspace, much: timedelta, now: datetime, *, is_open_time: bool) -> Self:
        if not is_open_time:
            return cls(common=now - much)
        ends = _ends(workspace, much, now)
        found: dict[str, dict[datetime, set[Any]]] = defaultdict(lambda: defaultdict(set))
        for use in CalendarUse.objects.of(workspace):
            end = ends.get(use.calendar_id)
            for name in ("organisation_id", "tier", "team_id"):
                if end and (key := getattr(use, name)):
                    found[name][end].add(key)
        return cls(
            common=ends[Calendar.default_of(workspace).pk],
            by_organisation=found["organisation_id"],
            by_tier=found["tier"],
            by_team=found["team_id"],
        )

    @property
    def latest(self) -> datetime:
        """Nothing that is younger has lasted too long, whosever it is."""
        return max((self.common, *self.by_organisation, *self.by_tier, *self.by_team))

    def ended(self, noun: type[Any], workspace_id: UUID, since: Mapping[UUID, datetime]) -> set[UUID]:
        """Of these things those that have lasted too long. What is gone meanwhile is told with the others."""
        rows = noun.objects.of(workspace_id).filter(pk__in=list(since)).annotate(end=self.end_for(noun))
        ends = dict(rows.values_list("pk", "end"))
        return {key for key, at in since.items() if at <= ends.get(key, self.common)}

    def end_for(self, noun: type[Any]) -> Any:
        """The moment as an expression over rows of that noun."""
        cases = [When(one, then=Value(end)) for end, one in self._cases(noun)]
        return Case(*cases, default=Value(self.common), output_field=DateTimeField())

    def _cases(self, noun: type[Any]) -> Iterator[tuple[datetime, Q]]:
        # The first that fits counts, as with `choice_of`.
        for end, keys in self.by_organisation.items():
            yield end, _belongs(noun, keys)
        for end, tiers in self.by_tier.items():
            for tier in sorted(tiers):
                yield end, _is_of(noun, tier)
        if noun in (Conversation, Task):
            for end, keys in self.by_team.items():
                yield end, Q(team_id__in=keys)


def _ends(workspace: Workspace, much: timedelta, now: datetime) -> dict[UUID, datetime]:
    first, last = now.date() - BACK, now.date() + BACK
    default = Calendar.default_of(workspace)
    used = (
        Calendar.objects.of(workspace)
        .in_use()
        .filter(pk__in=CalendarUse.objects.of(workspace).values("calendar_id"))
    )
    calendars = {one.pk: one for one in (*used, default)}
    closures: dict[UUID, list[Closure]] = defaultdict(list)
    days = Closure.objects.of(workspace).filter(first_day__lte=last, last_day__gte=first)
    for one in days.filter(calendar_id__in=calendars).order_by("made_at", "pk"):
        closures[one.calendar_id].append(one)
    ends = {}
    for key, calendar in calendars.items():
        openings = put_together(calendar, closures[key], first, last, fallback=workspace.zone)
        try:
            ends[key] = openings.hours.after(now, -much)
        except NeverOpen:
            ends[key] = now - much
    return ends


def _belongs(noun: type[Any], keys: set[UUID]) -> Q:
    """It is about one of these organisations."""
    if noun is Organisation:
        return Q(pk__in=keys)
    return _of_firm(noun, {"pk__in": keys})


def _is_of(noun: type[Any], tier: str) -> Q:
    """It is about somebody of this tier: the contact's own, else that of their organisation."""
    named, nothing = {"tier__iexact": tier}, {"tier": ""}
    if noun is Organisation:
        return Q(**named)
    firm = _of_firm(noun, named)
    if noun is Contact:
        return Q(**named) | (Q(**nothing) & firm)
    return _root("contact", named) | ((Q(contact=None) | _root("contact", nothing)) & firm)


def _of_firm(noun: type[Any], what: dict[str, Any]) -> Q:
    """This is so of its organisation, or of that of its contact."""
    own = _root("organisation", what)
    if noun is Contact:
        return own
    first = Q(contact__one_with=None) & _root("contact__organisation", what)
    return own | (Q(organisation=None) & (first | _root("contact__one_with__organisation", what)))


def _root(path: str, what: dict[str, Any]) -> Q:
    """This is so of the record that stands for that one."""
    itself = Q(**{f"{path}__one_with": None}, **{f"{path}__{name}": value for name, value in what.items()})
    return itself | Q(**{f"{path}__one_with__{name}": value for name, value in what.items()})
