"""Values: what somebody gave for custom fields, checked; and rows that have a value.

In:    the fields of a noun, values as people, programs or files wrote them, the values there are
Out:   all values to keep, and for each field that cannot be understood a sentence; conditions for querysets
Touch: reads agents when a field names a colleague
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import Model, Q
from django.db.models.fields.json import KeyTextTransform
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from threadwell.kit.errors import Invalid
from threadwell.kit.folding import holds
from threadwell.record.fields.models import CustomField
from threadwell.record.workplace.models import Agent

type Value = str | int | float | bool

LONGEST = 2000
DIGITS = 15  #: a JSON number is exact so far
YES = frozenset({"1", "on", "true", "yes", "y", "ja", "oui", "si", "sí", "x", "✓"})
NO = frozenset({"0", "off", "false", "no", "n", "nein", "non", "-"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What is to be kept, and what could not be understood."""

    values: dict[str, Value]  #: all values of the row: given ones, and those that stay
    errors: dict[str, str] = field(default_factory=dict)  #: key of a field: what is wrong with it

    @property
    def is_good(self) -> bool:
        return not self.errors


def fields_of(
    workspace: Model | UUID, about: str, *, of_type: UUID | None = None, archived: bool = False
) -> list[CustomField]:
    """The fields of a noun in their order; for a work item those of its type and those of all types."""
    rows = CustomField.objects.of(workspace).filter(about=about)
    if about == CustomField.About.WORK_ITEM:
        rows = rows.filter(Q(of_type=None) | Q(of_type=of_type)) if of_type else rows
    if not archived:
        rows = rows.filter(archived_at=None)
    return list(rows.order_by("place", "pk"))


def cleaned(
    fields: Sequence[CustomField],
    given: Mapping[str, Any],
    *,
    before: Mapping[str, Any] | None = None,
    partial: bool = False,
) -> Cleaned:
    """Check what was given, field by field.

    ``before`` are the values of the row so far: what is not given, and what stands in archived fields,
    stays. ``partial`` asks for no required field that was not given.
    """
    kept: dict[str, Any] = dict(before or {})
    errors: dict[str, str] = {}
    known = {one.key: one for one in fields}
    for key in given.keys() - known.keys():
        errors[key] = _("There is no field “%(key)s” here.") % {"key": key}
    for one in fields:
        if one.key in given:
            try:
                value = value_of(one, given[one.key], before=kept.get(one.key))
            except Invalid as wrong:
                errors[one.key] = str(wrong.sentence)
                continue
            if value is None:
                kept.pop(one.key, None)
            else:
                kept[one.key] = value
        is_asked = one.key in given or not partial
        if is_asked and one.is_required and not one.archived_at and kept.get(one.key) in (None, ""):
            errors[one.key] = _("“%(field)s” must be filled in.") % {"field": one.label}
    return Cleaned(values=kept, errors=errors)


def value_of(one: CustomField, given: Any, *, before: Any = None) -> Value | None:
    """One value as it is kept; nothing for an empty one. Raises Invalid with a sentence."""
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    if before is not None and given == before:
        return before  # type: ignore[no-any-return]  # a choice that is no longer offered may stay
    if isinstance(given, str):
        given = given.replace("\0", "").strip()
    return _READING[CustomField.Kind(one.kind)](one, given)


def shown(one: CustomField, value: Any, names: Mapping[str, str] | None = None) -> str:
    """A value as people read it; ``names`` are those of agents, by key."""
    if value is None or value == "":
        return ""
    if one.kind == CustomField.Kind.CHECKBOX:
        return _("yes") if value else _("no")
    if one.kind == CustomField.Kind.PERSON:
        return (names or {}).get(str(value), _("somebody who is no longer there"))
    return str(value)


def having(one: CustomField, text: str) -> Q:
    """Rows with this value: texts and links that contain it, all others exactly."""
    if one.kind in (CustomField.Kind.TEXT, CustomField.Kind.LINK):
        return holds(KeyTextTransform(one.key, "custom"), text)
    try:
        value = value_of(one, text)
    except Invalid:
        return Q(pk=None)
    if value is False:
        return ~Q(custom__contains={one.key: True})
    return Q(custom__contains={one.key: value})


def mentioning(fields: Iterable[CustomField], text: str) -> Q:
    """Rows in whose texts, links or choices these letters occur."""
    found = Q(pk=None)
    for one in fields:
        if one.kind in (CustomField.Kind.TEXT, CustomField.Kind.LINK, CustomField.Kind.CHOICE):
            found |= holds(KeyTextTransform(one.key, "custom"), text)
    return found


def _text(_one: CustomField, given: Any) -> Value:
    text = str(given)
    if len(text) > LONGEST:
        raise Invalid(_("This is longer than %(most)s characters.") % {"most": LONGEST})
    return text


def _number(_one: CustomField, given: Any) -> Value:
    if isinstance(given, bool):
        raise Invalid(_("This is not a number."))
    try:
        number = Decimal(str(given).replace(" ", "").replace("\u00a0", "").replace("'", ""))
    except InvalidOperation:
        number = _with_comma(str(given))
    if not number.is_finite() or len(number.as_tuple().digits) > DIGITS or abs(number.adjusted()) > DIGITS:
        raise Invalid(_("This number is too long."))
    return int(number) if number == number.to_integral_value() else float(number)


def _with_comma(given: str) -> Decimal:
    """1.234,5 or 12,5: the comma is the mark of decimals when it is the last mark."""
    plain = given.replace(" ", "").replace("\u00a0", "")
    whole, _comma, rest = plain.rpartition(",")
    try:
        if "." in rest:
            return Decimal(plain.replace(",", ""))
        return Decimal(f"{whole.replace('.', '').replace(',', '')}.{rest}")
    except InvalidOperation:
        raise Invalid(_("This is not a number.")) from None


def _date(_one: CustomField, given: Any) -> Value:
    if isinstance(given, date):
        return given.isoformat()[:10]
    try:
        day = parse_date(str(given)[:10])
    except ValueError:
        day = None
    if day is None:
        raise Invalid(_("This is not a date; write it as 2026-11-23."))
    return day.isoformat()


def _choice(one: CustomField, given: Any) -> Value:
    wanted = str(given).casefold()
    for offered in one.choices:
        if offered.casefold() == wanted:
            return offered
    raise Invalid(_("“%(value)s” cannot be chosen here.") % {"value": str(given)[:60]})


def _link(_one: CustomField, given: Any) -> Value:
    text = str(given)
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in text or len(text) > LONGEST:
        raise Invalid(_("A link begins with https:// or http://."))
    return text


def _person(one: CustomField, given: Any) -> Value:
    seats = Agent.objects.of(one.workspace_id).filter(left_at=None)
    text = str(given)
    try:
        found = seats.filter(pk=UUID(text)).first()
    except ValueError:
        named = list(seats.filter(Q(name__iexact=text) | Q(user__email__iexact=text))[:2])
        found = named[0] if len(named) == 1 else None
    if found is None:
        raise Invalid(_("“%(value)s” is nobody here.") % {"value": text[:60]})
    return str(found.pk)


def _checkbox(_one: CustomField, given: Any) -> Value:
    if isinstance(given, bool):
        return given
    wanted = str(given).casefold()
    if wanted not in YES | NO:
        raise Invalid(_("Write yes or no."))
    return wanted in YES


_READING = {
    CustomField.Kind.TEXT: _text,
    CustomField.Kind.NUMBER: _number,
    CustomField.Kind.DATE: _date,
    CustomField.Kind.CHOICE: _choice,
    CustomField.Kind.LINK: _link,
    CustomField.Kind.PERSON: _person,
    CustomField.Kind.CHECKBOX: _checkbox,
}
