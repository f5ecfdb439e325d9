"""Acknowledging: who writes for the first time hears that it has come in, where an inbox wants that.

In:    a Letter that opened a conversation, its Inbox
Out:   the Message that says so, or nothing
Touch: AutoReply, Message, Outgoing

What no machine, list or forger may bring about is looked at first and costs nothing (RFC 3834 §2). Then one
reply an address and window, and the cap of the thread.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from threadwell.channels.port import Address, Kind, Letter
from threadwell.flow.reply import answer, unattended
from threadwell.flow.timed import hours
from threadwell.kit import clock
from threadwell.kit.errors import Invalid
from threadwell.kit.opening_hours import NeverOpen
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.followups.models import AutoReply
from threadwell.record.inboxes.models import Inbox, settings_of
from threadwell.record.journal.telling import tell
from threadwell.record.workplace.models import Agent

PART = "acknowledge"  #: of an inbox's settings (docs/reference/inboxes.md)
EACH = timedelta(hours=24)
LATE = timedelta(hours=24)  #: who wrote longer ago is not told any more
LONGEST = 5000
_NOT_OF_NOW = ("imported", "is_sent", "released_by")


class When(StrEnum):
    """When an inbox acknowledges."""

    NEVER = "never"
    ALWAYS = "always"
    OPEN = "open"
    CLOSED = "closed"


def choose(inbox: Inbox, *, by: Agent, when: str, text: str, text_closed: str) -> bool:
    """What an inbox says by itself; ``text_closed`` outside of business hours, when it differs."""
    if when not in set(When):
        raise Invalid(_("There is no such choice."))
    text, text_closed = text.strip(), text_closed.strip()
    if when != When.NEVER and not (text or (when == When.CLOSED and text_closed)):
        raise Invalid(_("Say what the reply shall say."))
    if max(len(text), len(text_closed)) > LONGEST:
        raise Invalid(_("A text has %(most)s letters at most.") % {"most": LONGEST})
    chosen = {"when": str(when), "text": text, "text_closed": text_closed}
    if settings_of(inbox, PART) == chosen:
        return False
    inbox.settings = {**inbox.settings, PART: chosen}
    inbox.save(update_fields=["settings"])
    tell(inbox, "inbox.acknowledges", by=by, when=str(when))
    return True


def is_wanted(letter: Letter, facts: Mapping[str, Any], inbox: Inbox) -> bool:
    """Whether a letter may be acknowledged at all, by what it says itself."""
    if settings_of(inbox, PART).get("when", When.NEVER) == When.NEVER:
        return False
    if any(facts.get(name) for name in _NOT_OF_NOW) or facts.get("mail_from", "?") == "":
        return False
    is_of_a_person = letter.kind is Kind.MESSAGE and letter.auto_submitted.strip().lower() in ("", "no")
    if not is_of_a_person or letter.list_id or letter.bounces or len(letter.from_) != 1:
        return False
    if letter.authentication.dmarc == "fail" or (letter.spam and letter.spam.is_spam):
        return False
    ours = {inbox.address.casefold()}
    return any(answer.is_ours(who.email, ours) for who in (*letter.to, *letter.cc))


def acknowledge(message: Message, inbox: Inbox, arrived_at: datetime) -> Message | None:
    """Say that it has come in, unless it must not be said."""
    now = clock.now()
    if now - arrived_at > LATE:
        return None
    text = _text_of(inbox, now)
    address = message.from_address.strip().casefold()
    conversation: Conversation = Conversation.objects.of(message.workspace_id).get(pk=message.conversation_id)
    if not text or conversation.is_aside or unattended.why_not(conversation, address, now=now):
        return None
    if not AutoReply.claim(inbox, address, at=now, each=EACH):
        return None
    return unattended.say(
        conversation,
        inbox=inbox,
        to=Address(name=message.from_name, email=message.from_address),
        text=unattended.filled(text, conversation),
        answers=message,
        by=None,
        because=unattended.REPLIED,
        now=now,
    )


def _text_of(inbox: Inbox, now: datetime) -> str:
    """What it says now; empty when it says nothing now."""
    chosen = settings_of(inbox, PART)
    when, text = chosen.get("when"), str(chosen.get("text", ""))
    text_closed = str(chosen.get("text_closed", "")) or text
    if when == When.ALWAYS and text == text_closed:
        return text
    try:
        is_open = hours.of_team(inbox.workspace_id, inbox.team_id, now=now).is_open(now)
    except NeverOpen:
        is_open = False
    if is_open:
        return text if when in (When.ALWAYS, When.OPEN) else ""
    return text_closed if when in (When.ALWAYS, When.CLOSED) else ""
