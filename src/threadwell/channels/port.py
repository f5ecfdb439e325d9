"""The port: the slips that every channel hands to the flow.

In:    nothing; plain values only.
Out:   Letter and its pieces, as a channel has read them.
Touch: nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What sort of letter this is: a person's word, or a machine's."""

    MESSAGE = "message"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    FEEDBACK = "feedback"
    DELIVERY_REPORT = "delivery_report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Somebody as a header names them; `email` may be empty where only a name was written."""

    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file that came along, shown inside the text (`inline`) or beside it."""

    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    content_id: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """One recipient whom our letter did not reach (or reached, in a report of success)."""

    recipient: str
    status: str  #: enhanced status code such as "5.1.1", or empty
    reason: str  #: a word such as "userunknown" or "mailboxfull"
    hard: bool  #: trying again will not help
    original_message_id: str  #: of the letter that bounced, without <>; empty when not told
    is_trying: bool = False  #: not there yet, and whoever reports it goes on trying


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """What our own mail server found out about the sender; None where it did not say."""

    spf: str | None
    dkim: str | None
    dmarc: str | None
    server: str  #: who says so (the authserv-id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpamMark:
    """The verdict of a filter that the letter passed on its way."""

    is_spam: bool
    score: float | None
    filter: str  #: which filter said so, such as "SpamAssassin"
    because: str  #: the header that carried the verdict, shortened


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A meeting offered, changed, answered or called off in a calendar part."""

    method: str  #: REQUEST, REPLY, CANCEL, ... in capitals
    uid: str
    summary: str
    location: str
    starts_at: datetime | None
    ends_at: datetime | None
    is_all_day: bool
    organizer: Address | None
    attendees: tuple[Address, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail as read: everything that it says, and nothing of it lost."""

    from_: tuple[Address, ...]
    sender: Address | None
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    subject: str
    date: datetime | None  #: with its zone
    message_id: str  #: without <>; empty when absent
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    thread_index: str
    list_id: str
    auto_submitted: str
    text: str  #: the whole readable text
    visible_text: str  #: without quoted history
    html: str | None  #: sanitised; remote images wait in data-remote-src
    parts: tuple[Part, ...]
    kind: Kind
    kind_because: str
    bounces: tuple[Bounce, ...]
    invitation: Invitation | None
    signed: str  #: "", "smime" or "pgp"
    encrypted: str  #: "", "smime" or "pgp"
    authentication: Authentication
    spam: SpamMark | None
    warnings: tuple[str, ...]
    headers: str  #: the header block as text
