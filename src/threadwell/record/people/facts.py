"""Facts: the fields of a contact or an organisation, what may stand in them, and how they are written.

In:    a field's name, a value as somebody gave it
Out:   the value as JSON; the columns that hold it; Invalid with a sentence when it cannot be
Touch: reads colleagues and organisations that a value names
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, cast
from uuid import UUID
from zoneinfo import available_timezones

from django.db import connection
from django.utils.translation import gettext as _

from threadwell.kit.errors import Invalid
from threadwell.record.people.account import Account, Contact, Organisation
from threadwell.record.workplace.models import Agent

CUSTOM = "custom."
CONTACT = ("name", "organisation", "owner", "tier", "language", "zone")
ORGANISATION = ("name", "domains", "parent", "owner", "tier")
KEYS = {"organisation": Organisation, "owner": Agent, "parent": Organisation}
LONGEST = {"name": 200, "tier": 40, "language": 16, "zone": 64}
DOMAINS = 100  #: of one organisation
DEEPEST = 50  #: organisations above one another

_DOMAIN = re.compile(r"(?!-)[\w-]{1,63}(?<!-)(?:\.(?!-)[\w-]{1,63}(?<!-))+")


def names_of(kind: type[Account]) -> tuple[str, ...]:
    return CONTACT if kind is Contact else ORGANISATION


def cleaned(kind: type[Account], name: str, given: Any) -> Any:
    """As it is kept; the empty text, the empty list or nothing for an empty one."""
    if name.startswith(CUSTOM):
        return given  # checked by record.fields, which knows the field
    if name not in names_of(kind):
        raise Invalid(_("There is no field “%(name)s” here.") % {"name": name})
    if name in KEYS:
        return _key(name, given)
    if name == "domains":
        return _domains(given or [])
    text = " ".join(str(given or "").replace("\0", "").split())
    if len(text) > LONGEST[name]:
        raise Invalid(
            _("“%(name)s” has %(most)s characters at most.") % {"name": name, "most": LONGEST[name]}
        )
    if name == "name" and kind is Organisation and not text:
        raise Invalid(_("An organisation needs a name."))
    if name == "zone" and text and text not in _zones():
        raise Invalid(_("“%(zone)s” is not a time zone; write it as Europe/Lisbon.") % {"zone": text[:60]})
    return text


def value_of(row: Account, name: str) -> Any:
    """What stands there now, as JSON."""
    if name.startswith(CUSTOM):
        return row.custom.get(name.removeprefix(CUSTOM))
    if name in KEYS:
        key = getattr(row, f"{name}_id")
        return str(key) if key else None
    return getattr(row, name)


def write(row: Account, name: str, value: Any) -> list[str]:
    """Put it there; the columns that were touched."""
    if name.startswith(CUSTOM):
        key = name.removeprefix(CUSTOM)
        row.custom = {**row.custom, key: value} if value is not None else _without(row.custom, key)
        return ["custom"]
    if name in KEYS:
        setattr(row, f"{name}_id", UUID(value) if value else None)
        return [name]
    setattr(row, name, value)
    return [name]


def refuse_strangers(workspace_id: UUID, every: Iterable[Mapping[str, Any]]) -> None:
    """Colleagues and organisations that values name must be there, in this workspace."""
    wanted: dict[type[Any], set[str]] = {}
    for values in every:
        for name, value in values.items():
            if name in KEYS and value:
                wanted.setdefault(KEYS[name], set()).add(value)
    for model, keys in wanted.items():
        rows = cast("Any", model).objects.of(workspace_id).filter(pk__in=keys)
        if model is Agent:
            rows = rows.filter(left_at=None)
        if rows.count() != len(keys):
            missing = (
                _("This owner is nobody here.") if model is Agent else _("There is no such organisation.")
            )
            raise Invalid(missing)


def refuse_circle(organisation: Organisation, parent: str | None) -> None:
    """Nobody is above themselves, however far up and whoever was merged."""
    if parent is None:
        return
    with connection.cursor() as cursor:
        # Two who turn A and B around at once would both see nothing wrong.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"parents {organisation.workspace_id}"]
        )
    every = Organisation.objects.of(organisation.workspace_id).values_list("pk", "one_with_id", "parent_id")
    mine = organisation.one_with_id or organisation.pk
    above = UUID(parent)
    for _step in range(DEEPEST):
        key, root, higher = every.filter(pk=above).first() or (None, None, None)
        if (root or key) == mine:
            raise Invalid(_("An organisation cannot stand above itself."))
        if root:  # merged: what stands above is said by the one that stands for it
            higher = every.filter(pk=root).values_list("parent_id", flat=True).first()
        if higher is None:
            return
        above = higher
    raise Invalid(_("There are more than %(most)s organisations above each other.") % {"most": DEEPEST})


def _key(name: str, given: Any) -> str | None:
    key = getattr(given, "pk", given)
    if not key:
        return None
    try:
        return str(UUID(str(key)))
    except ValueError:
        raise Invalid(_("“%(name)s” names nothing here.") % {"name": name}) from None


def _domains(given: Any) -> list[str]:
    texts = re.split(r"[\s,;]+", given) if isinstance(given, str) else [str(one) for one in given]
    domains = dict.fromkeys(text.strip().casefold().removeprefix("@").rstrip(".") for text in texts)
    domains.pop("", None)
    for domain in domains:
        if not _DOMAIN.fullmatch(domain) or len(domain) > 253:
            raise Invalid(
                _("“%(domain)s” is not a domain; write it as example.com.") % {"domain": domain[:60]}
            )
    if len(domains) > DOMAINS:
        raise Invalid(_("An organisation has %(most)s domains at most.") % {"most": DOMAINS})
    return list(domains)


def _without(custom: dict[str, Any], key: str) -> dict[str, Any]:
    return {one: value for one, value in custom.items() if one != key}


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
