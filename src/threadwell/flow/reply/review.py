"""Review: what a writer should know before a draft leaves.

In:    a draft
Out:   Stop, when something happened that they may not have seen; Warnings
Touch: nothing
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from threadwell.channels.email import write
from threadwell.flow.reply import answer, beside
from threadwell.kit.errors import DomainError, Invalid
from threadwell.record.conversations import asides
from threadwell.record.conversations.models import Conversation, Draft, Message

SHOWN_AT_MOST = 20

# The words by which people say that something goes along, in the languages our users write.
_SAYS_ATTACHED = re.compile(
    r"\b(?:attach(?:ed|ing|ments?)|enclosed|anbei|beigefügt\w*|angehängt\w*|im anhang|ci-joint\w*"
    r"|pièces? jointes?|adjunt[oa]s?|allegat[oi]|bijlagen?|bijgevoegd\w*|em anexo|w załączniku|załącz\w*"
    r"|bifog\w+|vedhæft\w+|vedlagt\w*|liitteenä|v příloze|přikládám|ekte|во вложении|прилагаю)\b"
    r"|添付|附件|첨부",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What came into the conversation since the draft was begun, the newest last."""

    messages: tuple[Message, ...]
    newest: UUID  #: to be named when sending in spite of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Warning:
    """Something to look at again; the hard ones keep the draft from being sent."""

    code: str
    sentence: str
    addresses: tuple[str, ...] = ()
    is_hard: bool = False


class SomethingNew(DomainError):
    """Something arrived or was sent since the draft was begun; ``stop`` says what."""

    code: ClassVar[str] = "something-new"

    def __init__(self, stop: Stop) -> None:
        super().__init__(_("Something happened in this conversation since you began to write."))
        self.stop = stop


def stop_of(draft: Draft) -> Stop | None:
    """What the writer may not have seen. Their own words are none of it."""
    if draft.conversation is None:
        return None
    # By the time of reading too: what arrived just before the draft may have been read just after.
    since = Q(at__gt=draft.begun_at) | Q(pk__gt=_first_key_after(draft.begun_at))
    said = draft.conversation.messages.filter(since).exclude(agent=draft.agent).order_by("-at", "-pk")
    newest = list(said.select_related("agent", "contact")[:SHOWN_AT_MOST])
    return Stop(messages=tuple(reversed(newest)), newest=newest[0].pk) if newest else None


def warnings_of(draft: Draft, *, said: str, ours: Iterable[str]) -> tuple[Warning, ...]:
    """All that is worth a second look; ``said`` is what the writer wrote, without the signature."""
    return (*_about_recipients(draft, frozenset(ours)), *_about_words(draft, said))


def refuse_hard(warnings: Iterable[Warning]) -> None:
    """Raise when one of them makes sending impossible."""
    if hard := [warning.sentence for warning in warnings if warning.is_hard]:
        raise Invalid(" ".join(hard))


def _first_key_after(moment: datetime) -> UUID:
    """Keys carry the millisecond in which they were made (RFC 9562 §5.7)."""
    return UUID(int=(int(moment.timestamp() * 1000) + 1) << 80)


def _about_recipients(draft: Draft, ours: frozenset[str]) -> list[Warning]:
    people = [one["email"] for part in ("to", "cc", "bcc") for one in getattr(draft, part)]
    if not people:
        return [Warning(code="no-recipient", sentence=_("Nobody is named to send it to."), is_hard=True)]
    found: list[Warning] = []
    if wrong := tuple(address for address in people if not write.is_address(address)):
        sentence = _("This is no address that can be written to: %(who)s.") % {"who": ", ".join(wrong)}
        found.append(Warning(code="address-invalid", sentence=sentence, addresses=wrong, is_hard=True))
    if draft.conversation is not None:
        found += _about_sides(draft.conversation, people)
        known = {address.casefold() for address in draft.conversation.participants}
        new = tuple(
            address
            for address in people
            if address.casefold() not in known and not answer.is_ours(address, ours) and address not in wrong
        )
        if new and draft.kind != Draft.Kind.FORWARD:
            sentence = _("New in this conversation: %(who)s.") % {"who": ", ".join(new)}
            found.append(Warning(code="outside", sentence=sentence, addresses=new))
    return found


def _about_sides(conversation: Conversation, people: list[str]) -> list[Warning]:
    """What is said to the customer and to a third party stays apart."""
    if conversation.aside_of_id:
        if wrong := beside.wrongly_reached(people, conversation):
            sentence = _("%(who)s belongs to the conversation with the customer and is not written to aside.")
            told = sentence % {"who": ", ".join(wrong)}
            return [Warning(code="aside-customer", sentence=told, addresses=wrong, is_hard=True)]
        return []
    if met := asides.reaches(people, asides.third_parties(conversation)):
        sentence = _("%(who)s is written to aside; here they read what the customer reads.")
        return [Warning(code="aside-party", sentence=sentence % {"who": ", ".join(met)}, addresses=met)]
    return []


def _about_words(draft: Draft, said: str) -> list[Warning]:
    files = draft.files.exists()
    found: list[Warning] = []
    if not said and not files:
        is_empty = draft.kind != Draft.Kind.FORWARD
        found.append(Warning(code="empty", sentence=_("Nothing is written yet."), is_hard=is_empty))
    if not draft.subject.strip():
        found.append(Warning(code="subject-missing", sentence=_("The subject is empty.")))
    if _SAYS_ATTACHED.search(said) and not files:
        sentence = _("You speak of an attachment, but there is none.")
        found.append(Warning(code="attachment-missing", sentence=sentence))
    return found
