"""Slips: what the rooms of arriving hand each other.

In:    nothing
Out:   frozen values
Touch: nothing
"""

from dataclasses import dataclass
from uuid import UUID

from threadwell.channels.email.clues import Signal
from threadwell.record.conversations.models import Message
from threadwell.record.conversations.wording import Wording
from threadwell.record.people.models import Contact, Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who wrote, as far as we can tell."""

    address: str  #: folded; empty when the letter does not say
    name: str
    contact_id: UUID | None = None
    organisation_id: UUID | None = None  #: the contact's
    agent_id: UUID | None = None  #: one of us wrote it
    new: tuple[Contact | Identity, ...] = ()  #: rows to write


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where the letter belongs, how we know, and the message it becomes."""

    conversation_id: UUID
    is_new: bool
    signal: Signal
    message: Message
    said: Wording
    joins: tuple[UUID, ...] = ()  #: other conversations that turned out to be this one
    resembles: tuple[UUID, ...] = ()  #: others that may be
    is_watched: bool = False  #: somebody wants to be told of what comes here; or that is not known
