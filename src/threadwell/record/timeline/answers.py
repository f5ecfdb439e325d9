"""Answers: the four questions about a customer, answered out of what is known.

In:    a contact or an organisation
Out:   Answers: the last talk, who is responsible and why, the next step; a gap is named, never left out
Touch: nothing

`answered` decides and asks nobody; `of_contact` and `of_organisation` look up what it needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from threadwell.record.commitments.next_step import (
    NextStep,
    next_step_of_contact,
    next_step_of_organisation,
)
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Account, Contact, Organisation
from threadwell.record.timeline import moments, scope
from threadwell.record.timeline.moments import Filters, Moment
from threadwell.record.timeline.scope import Scope

LOOKED_AT = 50  #: messages among which an open conversation is looked for
NEWEST = 6  #: of them, one of which a person wrote nearly always
TALKS = Filters(without_notes=True)
GIST = 220


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTalk:
    """What was said last, and whether somebody still waits."""

    moment: Moment
    gist: str
    is_waiting: bool  #: the customer wrote, and nobody answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsible:
    """Who looks after the customer now."""

    name: str
    agent_id: UUID | None  #: nobody by name: a team
    why: str  #: "account", "organisation", "conversation" or "team"
    since: datetime | None
    number: int = 0  #: of the conversation it follows from


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """All but the story. ``None`` is a fault, which a page shows as one."""

    last_talk: LastTalk | None
    responsible: Responsible | None
    next_step: NextStep | None


def of_contact(contact: Contact, whose: Scope) -> Answers:
    """``contact`` stands for itself, and comes with its owner, its organisation and that one's owner."""
    step = next_step_of_contact(contact.workspace_id, whose.keys)
    return _answers(whose, [("account", contact), ("organisation", contact.organisation)], step)


def of_organisation(organisation: Organisation, whose: Scope) -> Answers:
    """``organisation`` stands for itself, and comes with its owner."""
    step = next_step_of_organisation(organisation.workspace_id, whose.keys)
    return _answers(whose, [("account", organisation)], step)


def answered(owners: Sequence[Responsible], said: Sequence[Moment], next_step: NextStep | None) -> Answers:
    """``owners`` of accounts, the nearest first; ``said`` the newest first, without notes."""
    talk = next((one for one in said if one.kind == "message"), None)
    return Answers(
        last_talk=_last_talk(talk) if talk else None,
        responsible=owners[0] if owners else _by_conversation(said),
        next_step=next_step,
    )


def gist_of(text: str, most: int = GIST) -> str:
    """The beginning, whole words of it."""
    plain = " ".join(text.split())
    if len(plain) <= most:
        return plain
    return plain[:most].rpartition(" ")[0].rstrip(",;:-") + "…"


def _last_talk(talk: Moment) -> LastTalk:
    is_waiting = talk.direction == "in" and talk.waiting_since is not None and talk.status != "closed"
    return LastTalk(moment=talk, gist=gist_of(talk.text), is_waiting=is_waiting)


def _by_conversation(said: Sequence[Moment]) -> Responsible | None:
    """Whoever has the newest open conversation; else the team in whose queue one stands."""
    going_on = [one for one in said if one.status != "closed"]
    for one in going_on:
        if one.owner_id:
            return Responsible(
                name=one.owner or "", agent_id=one.owner_id, why="conversation", since=None, number=one.number
            )
    for one in going_on:
        if one.team_id:
            return Responsible(name=one.team or "", agent_id=None, why="team", since=None, number=one.number)
    return None


def _answers(
    whose: Scope, accounts: Sequence[tuple[str, Account | None]], next_step: NextStep | None
) -> Answers:
    owners = [
        Responsible(name=one.owner.name, agent_id=one.owner.pk, why=why, since=one.owner_since)
        for why, one in accounts
        if one is not None and one.owner is not None
    ]
    # Whoever has an owner needs no open conversation to be looked for; that is nearly everybody.
    said = moments.page(whose, TALKS, size=NEWEST if owners else LOOKED_AT).moments
    found = answered(owners, said, next_step)
    if found.last_talk is None and len(said) == NEWEST:
        said = moments.page(whose, TALKS, size=LOOKED_AT).moments
        found = answered(owners, said, next_step)
    return _with_since(found, whose, said) if found.responsible else found


def _with_since(found: Answers, whose: Scope, said: Sequence[Moment]) -> Answers:
    """Since when a conversation's owner has it: the journal knows."""
    who = found.responsible
    if who is None or who.since or not who.number:
        return found
    talk = next(one.conversation_id for one in said if one.number == who.number)
    told = Event.objects.of(whose.workspace_id).filter(
        about=talk, name="conversation.assigned" if who.agent_id else "conversation.passed"
    )
    at = told.order_by("-at").values_list("at", flat=True).first()
    if at is None:
        return found
    since = Responsible(name=who.name, agent_id=who.agent_id, why=who.why, since=at, number=who.number)
    return Answers(last_talk=found.last_talk, responsible=since, next_step=found.next_step)


def scope_of(account: Contact | Organisation) -> Scope:
    if isinstance(account, Contact):
        return scope.of_contact(account)
    return scope.of_organisation(account)
