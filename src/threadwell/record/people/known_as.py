"""Known as: addresses, numbers and handles in the one form in which they are compared.

In:    a kind of identity, a text as somebody wrote it, the country of the workspace
Out:   the normalised value; Unusable with a sentence when there is no such address or number
Touch: identities of a contact, and the events about them
"""

import re
import unicodedata
from typing import Any
from uuid import UUID

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from threadwell.kit.errors import DomainError, Invalid
from threadwell.record.journal.telling import tell
from threadwell.record.people.account import Contact
from threadwell.record.people.identity import Identity
from threadwell.record.workplace.models import Agent

LONGEST = 320
_email = EmailValidator()
_SPACES = re.compile(r"[\s\u00a0]+")


class Unusable(Invalid):
    """An address or number that cannot be one."""

    code = "unusable-identity"


class Taken(DomainError):
    """Somebody else is known by it."""

    code = "identity-taken"

    def __init__(self, identity: Identity) -> None:
        super().__init__(
            _("%(value)s belongs to %(name)s already.")
            % {"value": identity.shown, "name": identity.contact.name or _("another customer")}
        )
        self.identity = identity


def normalised(kind: str, text: str, region: str = "") -> str:
    """As it is compared. ``region`` is the country (DE) that numbers without a country code are in."""
    text = unicodedata.normalize("NFC", text).replace("\0", "").strip()
    if not text or len(text) > LONGEST:
        raise Unusable(_("An address or number has 1 to %(most)s characters.") % {"most": LONGEST})
    match Identity.Kind(kind):
        case Identity.Kind.EMAIL:
            return _as_email(text)
        case Identity.Kind.PHONE:
            return _as_phone(text, region)
        case Identity.Kind.HANDLE:
            return text.casefold()
        case _:
            return _SPACES.sub(" ", text)


def shown(kind: str, value: str) -> str:
    """A normalised value as people read it: numbers in groups."""
    if kind != Identity.Kind.PHONE:
        return value
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def regions() -> list[str]:
    """The countries whose numbers are known, by their two letters."""
    return sorted(code for code in phonenumbers.SUPPORTED_REGIONS if code.isalpha())


def add(
    contact: Contact, kind: str, text: str, *, region: str = "", source: str, by: Agent | None = None
) -> Identity:
    """The contact is known by this too; the same again is no harm. Raises Taken when it is another's."""
    value = normalised(kind, text, region)
    every = Identity.objects.of(contact.workspace_id)
    identity, is_new = every.get_or_create(
        kind=kind,
        value=value,
        workspace_id=contact.workspace_id,
        defaults={"contact": contact, "shown": text.strip(), "source": source},
    )
    if not is_new and identity.contact_id != contact.pk:
        raise Taken(every.select_related("contact").get(pk=identity.pk))
    if is_new:
        tell(contact, "contact.identity_added", by=by, kind=str(kind), value=value, source=source)
    return identity


def remove(identity: Identity, *, by: Agent | None = None) -> None:
    """The contact is known by it no longer; a later message from there is from somebody new."""
    contact = identity.contact
    Identity.objects.of(identity.workspace_id).filter(pk=identity.pk).delete()
    tell(contact, "contact.identity_removed", by=by, kind=identity.kind, value=identity.value)


def verify(identity: Identity, *, how: str, by: Agent) -> None:
    """Somebody has made sure that it is theirs."""
    identity.verify(how=how, by=by)
    tell(identity.contact, "contact.identity_verified", by=by, value=identity.value, how=how)


def found(workspace_id: UUID, kind: str, text: str, region: str = "") -> Identity | None:
    """Who is known by it; nobody for what cannot be one."""
    try:
        value = normalised(kind, text, region)
    except Unusable:
        return None
    rows: Any = Identity.objects.of(workspace_id).filter(kind=kind, value=value)
    return rows.select_related("contact").first()  # type: ignore[no-any-return]  # as above


def _as_email(text: str) -> str:
    # Case alone is dropped: a tag or a dot may be another person.
    address = text.removeprefix("mailto:").strip("<>").casefold()
    name, _at, host = address.rpartition("@")
    try:
        _email(address if address.isascii() else f"{'x' if not name.isascii() else name}@{_ascii(host)}")
    except (ValidationError, UnicodeError):
        raise Unusable(_("“%(text)s” is not an e-mail address.") % {"text": text[:80]}) from None
    return address


def _ascii(host: str) -> str:
    return host.encode("idna").decode()


def _as_phone(text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text.removeprefix("tel:"), region.upper() or None)
    except phonenumbers.NumberParseException as wrong:
        if wrong.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and not region:
            sentence = _(
                "“%(text)s” needs its country code, such as +49; or choose the country of the workspace."
            )
        else:
            sentence = _("“%(text)s” is not a telephone number.")
        raise Unusable(sentence % {"text": text[:80]}) from None
    # Numbers that can be dialled inside a town only are "possible" too; nobody is known by one.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise Unusable(_("“%(text)s” has too few or too many digits for a number.") % {"text": text[:80]})
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{plain};ext={number.extension}" if number.extension else plain
