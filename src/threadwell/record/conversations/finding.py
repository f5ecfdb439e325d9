"""Finding: a conversation or a customer by what one remembers of it, while one types.

In:    a number, some letters of a name or an address, words of a message
Out:   a few that fit, the newest first
Touch: nothing

Each look-up is bounded by an index, whatever is typed: this is for jumping, not for searching all history.
"""

import re
from uuid import UUID

from django.contrib.postgres.search import SearchQueryField
from django.db import models
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.functions import Cast

from threadwell.kit import words
from threadwell.record.conversations import search
from threadwell.record.conversations.conversation import Conversation
from threadwell.record.people.models import Contact, Identity, Organisation
from threadwell.record.people.one import root_of

PROBED = 200  #: messages with these words that are looked at
SHORTEST = 2  #: letters before names are looked up

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
    """By number, by customer, by words."""
    text = text.strip()
    every = Conversation.objects.of(workspace_id).filter(joined_into=None)
    rows = every.select_related("contact__one_with", "organisation__one_with").fetch_mode(models.FETCH_RAISE)
    found: dict[UUID, Conversation] = {}
    if number := _NUMBER.fullmatch(text):
        found |= {one.pk: one for one in rows.filter(number=int(number[1]))}
    if len(text) >= SHORTEST:
        people = [person.pk for person in contacts(workspace_id, text, most=most)]
        spoken = search.conversations_saying(words.every_word(text), most=PROBED)
        theirs = Q(contact_id__in=people) | Q(contact__one_with_id__in=people)
        for choice in (theirs, Q(pk__in=spoken)):
            newest = rows.filter(choice).order_by("-last_message_at")[:most]
            found |= {one.pk: one for one in newest if one.pk not in found}
    return list(found.values())[:most]


def contacts(workspace_id: UUID, text: str, *, most: int) -> list[Contact]:
    """By a part of the name or of an address."""
    text = text.strip()
    if len(text) < SHORTEST:
        return []
    related = ("organisation__one_with", "one_with__organisation__one_with")
    every = Contact.objects.of(workspace_id).select_related(*related).fetch_mode(models.FETCH_RAISE)
    named = list(every.filter(name__icontains=text)[: most * 5])
    # Who is called so comes before who only has these letters somewhere.
    named.sort(key=lambda one: not any(part.startswith(text.lower()) for part in one.name.lower().split()))
    # Whoever was merged is found by all they were ever called and reached by.
    found = {root_of(one).pk: root_of(one) for one in named[: most * 2]}
    if len(found) < most:
        known = Identity.objects.of(workspace_id).filter(value__icontains=text)
        owners = set(known.values_list("contact_id", flat=True)[:most])
        found |= {root_of(one).pk: root_of(one) for one in every.filter(pk__in=owners - found.keys())}
    return list(found.values())[:most]


def organisations(workspace_id: UUID, text: str, *, most: int) -> list[Organisation]:
    """By a part of the name, or by a domain."""
    text = text.strip()
    if len(text) < SHORTEST:
        return []
    rows = Organisation.objects.of(workspace_id).select_related("one_with")
    called = rows.filter(Q(name__icontains=text) | Q(domains__contains=[text.lower()]))
    return list({root_of(one).pk: root_of(one) for one in called.order_by("name", "pk")[:most]}.values())
