"""Writing: answers, first letters and notes, by a program in an agent's name.

In:    words, recipients, when
Out:   the message as it stands in its conversation
Touch: nothing but through `outbound`
"""

from io import BytesIO
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Field, Router, Status
from pydantic import AwareDatetime, Base64Bytes

from threadwell.channels.port import Address
from threadwell.flow import outbound
from threadwell.interfaces.api import conversations, talk
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.given import Given
from threadwell.interfaces.api.rows import one_of
from threadwell.interfaces.api.texts import Address as AddressText
from threadwell.interfaces.api.texts import Subject, Text, Word
from threadwell.kit.errors import DomainError, Invalid
from threadwell.record.conversations.models import Attachment, Conversation, Draft, Message
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import May

router = Router(tags=["Writing"])


class DraftThere(DomainError):
    """The agent is writing there."""

    code = "draft-there"


class To(Given):
    """Somebody to write to."""

    email: AddressText
    name: Word = ""


People = Annotated[list[To], Field(max_length=500)]


class Enclosure(Given):
    """A file that goes along."""

    filename: Annotated[str, Field(min_length=1, max_length=255)]
    content: Annotated[Base64Bytes, Field(description="its bytes in Base64")]


Enclosures = Annotated[
    list[Enclosure],
    Field(
        max_length=100,
        description="files; a call carries what `THREADWELL_UPLOAD_LIMIT` allows, Base64 and all",
    ),
]


class Letter(Given):
    """Words that leave the house."""

    text: Text = Field(default="", description="what is said; not needed beside `html`")
    html: Text = Field(default="", description="the same as rich text; it is sanitised")
    is_signed: bool = Field(default=True, description="the agent's signature, or the inbox's, stands below")
    files: Enclosures = Field(default=[])
    then: Literal["close", "snooze"] | None = Field(default=None, description="what becomes of it afterwards")
    snooze_until: AwareDatetime | None = None
    send_at: AwareDatetime | None = Field(default=None, description="later than now; at once when absent")
    cancel_on_reply: bool = Field(default=False, description="not sent when the customer writes before")


class Answer(Letter):
    """An answer in a conversation."""

    kind: Literal["reply", "reply_all", "forward"] = "reply"
    answers: UUID | None = Field(default=None, description="a message; the customer's last one when absent")
    to: People | None = Field(default=None, description="instead of whom the answer would go to by itself")
    cc: People | None = None
    bcc: People | None = None
    subject: Subject | None = None
    is_quoting: bool = Field(default=True, description="the answered message stands below")
    seen: UUID | None = Field(
        default=None, description="the newest message you know; refused (something-new) when there is a newer"
    )


class FirstLetter(Letter):
    """A letter that opens a conversation."""

    inbox: UUID
    to: Annotated[list[To], Field(min_length=1, max_length=500)]
    cc: People = Field(default=[])
    bcc: People = Field(default=[])
    subject: Subject


class Jotting(Given):
    """What only the team sees."""

    text: Text = Field(default="", description="`@Name` calls a colleague")
    html: Text = ""
    mentions: Annotated[list[UUID], Field(max_length=50)] = Field(default=[], description="agents to call")
    files: Enclosures = Field(default=[])


@router.post("/conversations/{int:number}/replies", response={201: talk.MessageShape}, auth=Scope(May.REPLY))
def reply(request: Call, number: int, given: Answer) -> Status[Message]:
    """Answer, answer all, or pass on. It leaves after the seconds in which it can be taken back."""
    conversation = conversations.plain(request, number)
    kind = Draft.Kind.FORWARD if given.kind == "forward" else Draft.Kind.REPLY
    _refuse_over_words_of(request, conversation, kind)
    said = Message.objects.of(request.workspace_id).filter(conversation=conversation)
    answers = _known(said, given.answers, "answers")
    draft = outbound.begin(conversation, given.kind, by=request.agent, answers=answers)
    fields: dict[str, Any] = {"is_quoting": given.is_quoting}
    for part in ("to", "cc", "bcc"):
        if (people := getattr(given, part)) is not None:
            fields[part] = _people(people)
    if given.subject is not None:
        fields["subject"] = given.subject
    outbound.save(draft, **fields, **_words(request, given, outbound.inbox_for(conversation)))
    if seen := _known(said, given.seen, "seen"):
        draft.begun_at = seen.at
        draft.save(update_fields=["begun_at"])
    return _sent(request, draft, given, despite=given.seen)


@conversations.router.post(  # where the address is known already
    "/conversations", response={201: talk.MessageShape}, auth=Scope(May.REPLY), tags=["Writing"]
)
def write_first(request: Call, given: FirstLetter) -> Status[Message]:
    """Write to somebody first; that opens a conversation."""
    inbox = _known(Inbox.objects.of(request.workspace_id).filter(closed_at=None), given.inbox, "inbox")
    draft = outbound.new_conversation(inbox, by=request.agent, to=_people(given.to), subject=given.subject)
    outbound.save(draft, cc=_people(given.cc), bcc=_people(given.bcc), **_words(request, given, inbox))
    return _sent(request, draft, given)


@router.post("/conversations/{int:number}/notes", response={201: talk.MessageShape}, auth=Scope(May.NOTE))
def note(request: Call, number: int, given: Jotting) -> Status[Message]:
    """Write down what only the team sees."""
    conversation = conversations.plain(request, number)
    _refuse_over_words_of(request, conversation, Draft.Kind.NOTE)
    seats = Agent.objects.of(request.workspace_id).filter(left_at=None)
    called = list(seats.filter(pk__in=given.mentions))
    if len(called) != len(set(given.mentions)):
        raise Invalid(_("“%(field)s” names nobody here.") % {"field": "mentions"})
    files: list[Attachment] = []
    if given.files:
        draft = outbound.begin(conversation, Draft.Kind.NOTE, by=request.agent)
        files = _enclosed(draft, given.files)
    jotted = outbound.note(
        conversation, by=request.agent, text=given.text, html=given.html, mentions=called, files=files
    )
    return _made(request, jotted)


def _sent(request: Call, draft: Draft, given: Letter, *, despite: UUID | None = None) -> Status[Message]:
    _enclosed(draft, given.files)
    message = outbound.send(
        draft,
        by=request.agent,
        then=given.then,
        until=given.snooze_until,
        at=given.send_at,
        cancel_on_reply=given.cancel_on_reply,
        despite=despite,
    )
    return _made(request, message)


def _enclosed(draft: Draft, files: list[Enclosure]) -> list[Attachment]:
    return [outbound.enclose_file(draft, BytesIO(file.content), name=file.filename) for file in files]


def _made(request: Call, message: Message) -> Status[Message]:
    return Status(201, one_of(conversations.messages(request), pk=message.pk))


def _refuse_over_words_of(request: Call, conversation: Conversation, kind: str) -> None:
    """The agent has one draft of a kind there; what a person is writing must not be written over."""
    mine = Draft.objects.of(request.workspace_id).filter(agent=request.agent, kind=kind)
    begun = mine.filter(conversation=conversation).first()
    if begun and begun.is_begun:
        raise DraftThere(_("The agent of this token has begun to write here: send or discard that first."))


def _words(request: Call, given: Letter, inbox: Inbox) -> dict[str, str]:
    signature = outbound.signature(request.agent, inbox) if given.is_signed else ""
    if not given.html:
        return {"text": f"{given.text.rstrip()}{signature}" if given.text.strip() else "", "html": ""}
    below = "".join(f"<br>{_escaped(line)}" for line in signature.split("\n")[1:])
    return {"text": given.text, "html": given.html + below}


def _escaped(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _people(given: list[To]) -> list[Address]:
    return [Address(name=one.name, email=one.email) for one in given]


def _known(rows: Any, key: UUID | None, field: str) -> Any:
    if key is None:
        return None
    found = rows.filter(pk=key).first()
    if found is None:
        raise Invalid(_("“%(field)s” names nothing here.") % {"field": field})
    return found
