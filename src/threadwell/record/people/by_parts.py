"""By parts: contacts and organisations by what one remembers of a name, an address or a number.

In:    what somebody typed; must run inside the workspace
Out:   the records that stand for whoever it may be, the nearest first; a condition for lists
Touch: nothing

The functions of the database are in migrations 0008 to 0011: under row-level security no index of parts of
words would be used (ADR 0010). Case and accents make no difference.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.db.models.expressions import RawSQL

from threadwell.kit.words import folded
from threadwell.record.people.account import Account, Contact, Organisation
from threadwell.record.workplace import at_home

SHORTEST = 2  #: letters before anything is looked up
DIGITS = 4  #: fewer are no part of a telephone number that one remembers
WORDS = 8  #: of what is typed that count
LONGEST = 200
PROBED = 40  #: of each kind of likeness, among whom the nearest are chosen

_NOT_DIGITS = re.compile(r"[\s()/.\-+]+")
_FOUND = {
    Contact: "SELECT id FROM threadwell_find_contacts(%s::text[], %s, %s, NULL)",
    Organisation: "SELECT id FROM threadwell_find_organisations(%s::text[], %s, NULL)",
}
_NEAREST = {
    Contact: "threadwell_find_contacts(%s::text[], %s, %s, %s)",
    Organisation: "threadwell_find_organisations(%s::text[], %s, %s)",
}


def known_by(kind: type[Account], text: str) -> Q:
    """Of a list: who is called, reached or employed so; organisations also by their people and domains."""
    return Q(pk__in=RawSQL(_FOUND[kind], _given(kind, text)))  # noqa: S611 - a text of ours, with parameters


def contacts(workspace_id: UUID, text: str, *, most: int) -> list[Contact]:
    """Who is called so comes before who is reached so, and both before who has these letters somewhere."""
    rows = Contact.objects.of(workspace_id).select_related("organisation__one_with")
    return _nearest(workspace_id, rows, Contact, text, most)


def organisations(workspace_id: UUID, text: str, *, most: int) -> list[Organisation]:
    return _nearest(workspace_id, Organisation.objects.of(workspace_id), Organisation, text, most)


def alike(workspace_id: UUID, name: str, *, most: int) -> set[UUID]:
    """The contacts that are called much alike."""
    return {
        key for (key,) in at_home.asked(workspace_id, "id", "threadwell_find_alike(%s, %s)", [name, most])
    }


def _nearest(workspace_id: UUID, rows: Any, kind: type[Account], text: str, most: int) -> list[Any]:
    text = text.strip()
    if len(text) < SHORTEST:
        return []
    places: dict[UUID, int] = {}
    given = [*_given(kind, text), max(PROBED, most)]
    for key, place in at_home.asked(workspace_id, "id, place", _NEAREST[kind], given):
        places[key] = min(place, places.get(key, place))
    found = {one.pk: one for one in rows.filter(pk__in=list(places))}
    return sorted(found.values(), key=_order(text, places))[:most]


def _order(text: str, places: dict[UUID, int]) -> Callable[[Any], tuple[Any, ...]]:
    wanted = folded(text)

    def order(one: Any) -> tuple[Any, ...]:
        name = folded(one.name)
        return name != wanted, places[one.pk], not name.startswith(wanted), name, one.pk

    return order


def _given(kind: type[Account], text: str) -> Sequence[Any]:
    text = text.strip().replace("\0", "")[:LONGEST]
    words = text.split()[:WORDS]
    return (words, text, _digits(text)) if kind is Contact else (words, text)


def _digits(text: str) -> str:
    digits = _NOT_DIGITS.sub("", text)
    if not digits.isascii() or not digits.isdecimal() or len(digits) < DIGITS:
        return ""
    # 0171 here is +49171 there: the zero of the town is not part of the number.
    return digits.lstrip("0")
