"""Teamwork: side conversations, hand-overs, followers and reactions, by a program in an agent's name.

In:    a conversation's number, words, recipients, whom to ask
Out:   side conversations, hand-overs, agents, messages
Touch: nothing but through `asides`, `handing_over` and `teamwork`
"""

from datetime import datetime
from io import BytesIO
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Field, Router, Schema, Status
from pydantic import AwareDatetime

from threadwell.channels.port import Address
from threadwell.flow import asides, handing_over, teamwork
from threadwell.flow.asides import Words
from threadwell.flow.handing_over import Packet
from threadwell.interfaces.api import conversations, talk
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.given import Given
from threadwell.interfaces.api.rows import named, one_of, paged
from threadwell.interfaces.api.shapes import Named
from threadwell.interfaces.api.texts import Cursor, Limit, Subject, Text, choice_of
from threadwell.interfaces.api.writing import Enclosures, People, To
from threadwell.kit.errors import NotFound
from threadwell.record.conversations import asides as kept
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.teamwork.follow import followers_of
from threadwell.record.teamwork.models import Handover, Reaction
from threadwell.record.workplace.models import Agent, Team
from threadwell.record.workplace.roles import May

router = Router(tags=["Teamwork"])

Kind = Annotated[Reaction.Kind, choice_of(Reaction.Kind)]
State = Annotated[Handover.State, choice_of(Handover.State)]
Reason = Annotated[Text, Field(max_length=handing_over.TEXT)]


class AsideShape(Schema):
    """A side conversation with a third party; its messages stand at /conversations/{number}/messages."""

    number: int
    subject: str
    contact: Named | None
    is_done: bool
    waits_for: Literal["them", "us"] = Field(description="who is to write next")
    message_count: int
    last_message_at: datetime
    made_at: datetime

    @staticmethod
    def resolve_waits_for(one: Conversation) -> str:
        return "them" if one.last_word == Conversation.Party.US else "us"


class Aside(Given):
    """The first letter to a third party; nothing of the conversation goes along by itself."""

    to: Annotated[list[To], Field(min_length=1, max_length=50)]
    cc: People = Field(default=[])
    subject: Annotated[Subject, Field(min_length=1)]
    text: Text = ""
    html: Text = ""
    is_signed: bool = True
    files: Enclosures = Field(default=[])


class AsideLetter(Given):
    """A further letter; without `to` it goes to whom the side conversation is with, never to the customer."""

    to: People | None = None
    cc: People | None = None
    text: Text = ""
    html: Text = ""
    is_signed: bool = True
    files: Enclosures = Field(default=[])


class HandoverShape(Schema):
    """A conversation that somebody is, or was, asked to take over."""

    id: UUID
    conversation: int = Field(description="its number")
    state: State
    giver: Named
    agent: Named | None = Field(description="who is asked, or")
    team: Named | None = Field(description="whose members are asked")
    reason: str
    summary: str
    next_step: str
    packet: dict[str, list[dict[str, Any]]] = Field(
        description="`promises` and `tasks` that were open: `id`, `words`, `due_at`"
    )
    answer: str = Field(description="why it was returned")
    made_at: datetime
    answer_by: datetime
    escalated_at: datetime | None
    settled_at: datetime | None
    settled_by: Named | None

    @staticmethod
    def resolve_conversation(one: Handover) -> int:
        return one.conversation.number


class Handovers(Schema):
    """A page of hand-overs."""

    items: list[HandoverShape]
    next: str | None


class NewHandover(Given):
    """Who is asked, and what they need to know."""

    agent: UUID | None = None
    team: UUID | None = Field(default=None, description="instead of an agent")
    reason: Reason
    summary: Reason = Field(default="", description="the last words said, when absent")
    next_step: Reason = Field(default="", description="the next step as it is known, when absent")
    answer_by: AwareDatetime | None = Field(default=None, description="in four hours, when absent")


class Returned(Given):
    """Why somebody does not take it."""

    because: Reason


@router.get("/conversations/{int:number}/asides", response=list[AsideShape], auth=Scope(May.READ))
def list_asides(request: Call, number: int) -> Any:
    """Its side conversations, the oldest first."""
    return kept.of(conversations.plain(request, number)).select_related("contact")[:200]


@router.post("/conversations/{int:number}/asides", response={201: talk.MessageShape}, auth=Scope(May.REPLY))
def ask_aside(request: Call, number: int, given: Aside) -> Status[Message]:
    """Ask a third party beside the conversation with the customer, who can never be written to there."""
    message = asides.begin(
        conversations.plain(request, number),
        by=request.agent,
        to=_people(given.to),
        cc=_people(given.cc),
        subject=given.subject,
        words=_words(given),
    )
    return Status(201, one_of(conversations.messages(request), pk=message.pk))


@router.post("/asides/{int:number}/letters", response={201: talk.MessageShape}, auth=Scope(May.REPLY))
def write_aside(request: Call, number: int, given: AsideLetter) -> Status[Message]:
    """Write on in a side conversation."""
    message = asides.answer(
        _aside(request, number),
        by=request.agent,
        words=_words(given),
        to=None if given.to is None else _people(given.to),
        cc=None if given.cc is None else _people(given.cc),
    )
    return Status(201, one_of(conversations.messages(request), pk=message.pk))


@router.put("/asides/{int:number}/finishing", response=AsideShape, auth=Scope(May.REPLY))
def finish_aside(request: Call, number: int) -> Any:
    """Nothing more is expected of the third party."""
    asides.finish(_aside(request, number), by=request.agent)
    return _aside(request, number)


@router.delete("/asides/{int:number}/finishing", response=AsideShape, auth=Scope(May.REPLY))
def resume_aside(request: Call, number: int) -> Any:
    """Something is, after all."""
    asides.resume(_aside(request, number), by=request.agent)
    return _aside(request, number)


@router.get("/handovers", response=Handovers, auth=Scope(May.READ))
def list_handovers(
    request: Call,
    *,
    show: Literal["mine", "given", "all", "settled"] = "mine",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Those that wait for this agent and their teams, those they gave, all that wait, or all settled ones."""
    rows = _handovers(request)
    if show == "settled":
        return paged(rows.exclude(state=Handover.State.PENDING), by="-made_at", cursor=cursor, limit=limit)
    rows = rows.pending()
    if show == "mine":
        rows = rows.for_agent(request.agent)
    elif show == "given":
        rows = rows.given_by(request.agent)
    return paged(rows, by="answer_by", cursor=cursor, limit=limit)


@router.post("/conversations/{int:number}/handovers", response={201: HandoverShape}, auth=Scope(May.HANDLE))
def hand_over(request: Call, number: int, given: NewHandover) -> Status[Any]:
    """Ask a colleague or a team to take it; it stays its owner's until they accept."""
    conversation = conversations.plain(request, number)
    known = handing_over.suggested(conversation)
    handover = handing_over.hand_over(
        conversation,
        Packet(
            reason=given.reason,
            summary=given.summary or known.summary,
            next_step=given.next_step or known.next_step,
        ),
        by=request.agent,
        agent=named(Agent.objects.of(request.workspace_id).filter(left_at=None), given.agent, "agent"),
        team=named(Team.objects.of(request.workspace_id), given.team, "team"),
        answer_by=given.answer_by,
    )
    return Status(201, one_of(_handovers(request), pk=handover.pk))


@router.get("/handovers/{uuid:handover_id}", response=HandoverShape, auth=Scope(May.READ))
def get_handover(request: Call, handover_id: UUID) -> Any:
    """One hand-over."""
    return one_of(_handovers(request), pk=handover_id)


@router.put("/handovers/{uuid:handover_id}/acceptance", response=HandoverShape, auth=Scope(May.HANDLE))
def accept_handover(request: Call, handover_id: UUID) -> Any:
    """It is the agent's from now on, with the giver's open tasks in it."""
    handing_over.accept(one_of(_handovers(request), pk=handover_id), by=request.agent)
    return one_of(_handovers(request), pk=handover_id)


@router.put("/handovers/{uuid:handover_id}/return", response=HandoverShape, auth=Scope(May.HANDLE))
def return_handover(request: Call, handover_id: UUID, given: Returned) -> Any:
    """They do not take it, and say why."""
    handover = one_of(_handovers(request), pk=handover_id)
    handing_over.give_back(handover, by=request.agent, because=given.because)
    return one_of(_handovers(request), pk=handover_id)


@router.put("/handovers/{uuid:handover_id}/withdrawal", response=HandoverShape, auth=Scope(May.HANDLE))
def withdraw_handover(request: Call, handover_id: UUID) -> Any:
    """The giver, or who supervises, takes the question back."""
    handing_over.withdraw(one_of(_handovers(request), pk=handover_id), by=request.agent)
    return one_of(_handovers(request), pk=handover_id)


@router.get("/conversations/{int:number}/followers", response=list[Named], auth=Scope(May.READ))
def list_followers(request: Call, number: int) -> list[Agent]:
    """Who is told what happens in it."""
    return followers_of(conversations.plain(request, number))


@router.put("/conversations/{int:number}/following", response=list[Named], auth=Scope(May.READ))
def follow(request: Call, number: int) -> list[Agent]:
    """The token's agent follows it; who follows now."""
    conversation = conversations.plain(request, number)
    teamwork.follow(conversation, by=request.agent)
    return followers_of(conversation)


@router.delete("/conversations/{int:number}/following", response=list[Named], auth=Scope(May.READ))
def unfollow(request: Call, number: int) -> list[Agent]:
    """The token's agent follows it no longer; who follows now."""
    conversation = conversations.plain(request, number)
    teamwork.unfollow(conversation, by=request.agent)
    return followers_of(conversation)


@router.put("/messages/{uuid:message_id}/reactions/{kind}", response={204: None}, auth=Scope(May.NOTE))
def react(request: Call, message_id: UUID, kind: Kind) -> Status[None]:
    """A word without words; only colleagues see it."""
    message = one_of(Message.objects.of(request.workspace_id), pk=message_id)
    teamwork.react(message, kind, by=request.agent)
    return Status(204, None)


@router.delete("/messages/{uuid:message_id}/reactions/{kind}", response={204: None}, auth=Scope(May.NOTE))
def take_reaction(request: Call, message_id: UUID, kind: Kind) -> Status[None]:
    """Not after all."""
    message = one_of(Message.objects.of(request.workspace_id), pk=message_id)
    teamwork.take_reaction(message, kind, by=request.agent)
    return Status(204, None)


def _aside(request: Call, number: int) -> Conversation:
    rows = Conversation.objects.of(request.workspace_id).exclude(aside_of=None).select_related("contact")
    found: Conversation | None = rows.filter(number=number).first()
    if found is None:
        raise NotFound(_("There is nothing here, or nothing that you may see."))
    return found


def _handovers(request: Call) -> Any:
    return Handover.objects.of(request.workspace_id).select_related(
        "conversation", "giver", "agent", "team", "settled_by"
    )


def _people(given: list[To]) -> list[Address]:
    return [Address(name=one.name, email=one.email) for one in given]


def _words(given: Aside | AsideLetter) -> Words:
    return Words(
        text=given.text,
        html=given.html,
        is_signed=given.is_signed,
        files=[(file.filename, BytesIO(file.content)) for file in given.files],
    )
