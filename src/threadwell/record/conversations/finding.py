"""Finding: a conversation by what one remembers of it, while one types.

In:    a number, some letters of a name or an address, words of a message
Out:   a few that fit, the newest first
Touch: nothing

Each look-up is bounded by an index, whatever is typed: this is for jumping, not for searching all history.
"""

import re
from collections.abc import Sequence
from typing import cast
from uuid import UUID

from django.contrib.postgres.search import SearchQueryField
from django.db import models
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.functions import Cast, Coalesce

from threadwell.kit import words
from threadwell.record.conversations import search
from threadwell.record.conversations.conversation import Conversation
from threadwell.record.people import by_parts
from threadwell.record.people.models import Contact

PROBED = 100  #: messages with these words that are looked at

_NUMBER = re.compile(r"(?:c-|#)?(\d{1,17})", re.IGNORECASE)


class Matches(Func):
    """``words @@ query``"""

    template = "%(expressions)s"
    arg_joiner = " @@ "
    output_field = BooleanField()


def matching(text: str) -> Matches:
    """Messages in which all the words of a text occur, or begin a word that does."""
    return Matches(F("words"), Cast(Value(words.every_word(text)), SearchQueryField()))


def conversations(workspace_id: UUID, text: str, *, most: int) -> list[Conversation]:
    """By number, by customer, by words and parts of words."""
    text = text.strip()
    every = Conversation.objects.of(workspace_id).filter(joined_into=None)
    rows = every.select_related("contact__one_with", "organisation__one_with").fetch_mode(models.FETCH_RAISE)
    found: dict[UUID, Conversation] = {}
    if number := _NUMBER.fullmatch(text):
        called = Conversation.objects.of(workspace_id).filter(number=int(number[1]))
        # Of one that was merged, the one in which it goes on.
        numbered = called.values_list(Coalesce("joined_into_id", "pk"), flat=True)
        found |= {one.pk: one for one in rows.filter(pk__in=numbered)}
    if len(text) >= by_parts.SHORTEST:
        people = families(workspace_id, by_parts.contacts(workspace_id, text, most=most))
        spoken = search.conversations_mentioning(workspace_id, text, most=PROBED)
        for choice in (Q(contact_id__in=list(people)), Q(pk__in=spoken)):
            newest = rows.filter(choice).order_by("-last_message_at")[:most]
            found |= {one.pk: one for one in newest if one.pk not in found}
    return list(found.values())[:most]


def latest(workspace_id: UUID, contacts: Sequence[Contact]) -> dict[UUID, Conversation]:
    """Of each contact the conversation in which something was said last, whoever of the family said it."""
    roots = families(workspace_id, contacts)
    every = Conversation.objects.of(workspace_id).filter(joined_into=None)
    newest = [
        every.filter(contact_id__in=[key for key, root in roots.items() if root == one.pk])
        .order_by("-last_message_at")
        .select_related(None)[:1]
        for one in contacts
    ]
    if not newest:
        return {}
    first, *rest = newest
    return {
        roots[cast("UUID", one.contact_id)]: one for one in (first.union(*rest, all=True) if rest else first)
    }


def families(workspace_id: UUID, contacts: Sequence[Contact]) -> dict[UUID, UUID]:
    """The keys of these contacts and of all that were merged into them, each with its root's."""
    roots = {one.pk: one.pk for one in contacts}
    if not roots:
        return roots
    # In two steps: both conditions in one would look at every contact.
    absorbed = Contact.objects.of(workspace_id).filter(one_with_id__in=list(roots))
    return roots | dict(absorbed.values_list("pk", "one_with_id"))
