"""Memberships: who belongs to which organisation, from when to when; and what a move of a key contact raises.

In:    a contact, an organisation, title and days
Out:   the memberships of a contact or of an organisation
Touch: Membership, Alert, Contact.organisation is kept by `saying`; events
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from threadwell.kit import clock
from threadwell.kit.errors import Invalid
from threadwell.record.journal.telling import tell
from threadwell.record.people.account import Contact, Organisation
from threadwell.record.people.membership import Alert, Membership
from threadwell.record.people.one import root_of
from threadwell.record.workplace.models import Agent


def memberships_of(contact: Contact, others: Sequence[UUID] = ()) -> list[Membership]:
    """Where a contact (and those who are one with it) belongs and belonged; the current ones first."""
    rows = Membership.objects.of(contact.workspace_id).filter(contact_id__in=[contact.pk, *others])
    known = list(rows.select_related("organisation").order_by(F("until").desc(nulls_first=True), "-made_at"))
    today = clock.now().date()
    if contact.organisation_id and not any(
        one.organisation_id == contact.organisation_id and one.is_current(today) for one in known
    ):
        # Mail tells by its domain where somebody belongs; nobody has said since when.
        known.insert(0, _unsaid(contact))
    return known


def people_of(organisations: Sequence[UUID], workspace_id: UUID) -> list[Membership]:
    """The people of organisations, as somebody said: key contacts first, those who left last."""
    rows = Membership.objects.of(workspace_id).filter(organisation_id__in=organisations)
    return list(
        rows.select_related("contact").order_by(
            F("until").desc(nulls_first=True), "-is_key_contact", "contact__name", "pk"
        )
    )


def join(
    contact: Contact,
    organisation: Organisation,
    *,
    title: str = "",
    is_key_contact: bool = False,
    since: date | None = None,
    until: date | None = None,
    by: Agent | None = None,
) -> Membership:
    """The contact belongs there, or did. Which one counts now is said with `saying.say`."""
    _refuse_backwards(since, until)
    with transaction.atomic():
        membership: Membership = Membership.objects.create(
            workspace_id=contact.workspace_id,
            contact=contact,
            organisation=organisation,
            title=title.strip()[:120],
            is_key_contact=is_key_contact,
            since=since,
            until=until,
        )
        tell(contact, "contact.membership_changed", by=by, organisation=str(organisation.pk), title=title)
    return membership


def change(membership: Membership, *, by: Agent | None = None, **values: Any) -> None:
    """Another title, other days, a key contact or not; an end that was not there raises the alert."""
    was_current = membership.until is None
    was_key = membership.is_key_contact
    for name, value in values.items():
        setattr(membership, name, value)
    _refuse_backwards(membership.since, membership.until)
    with transaction.atomic():
        membership.save(update_fields=list(values))
        facts = {"organisation": str(membership.organisation_id), "title": membership.title}
        tell(membership.contact, "contact.membership_changed", by=by, **facts)
        if was_current and was_key and membership.until is not None:
            _sponsor_changed(membership, by=by)


def follow(contact: Contact, before: str | None, *, by: Agent | None = None) -> None:
    """The organisation that counts now is another: the one before ends today, the new one begins."""
    today = _today()
    rows = Membership.objects.of(contact.workspace_id).filter(contact_id=contact.pk, until=None)
    for membership in rows.filter(organisation_id=before).select_related("contact") if before else ():
        change(membership, until=max(today, membership.since or today), by=by)
    wanted = contact.organisation_id
    if wanted and not rows.filter(organisation_id=wanted).exists():
        Membership.objects.create(
            workspace_id=contact.workspace_id,
            contact=contact,
            organisation_id=wanted,
            since=today if before else None,
        )


def _sponsor_changed(membership: Membership, *, by: Agent | None) -> None:
    every = Organisation.objects.of(membership.workspace_id)
    organisation: Organisation = every.get(pk=membership.organisation_id)
    root = root_of(organisation)
    name = membership.contact.name
    tell(root, "organisation.sponsor_changed", by=by, contact=str(membership.contact_id), who=name)
    Alert.objects.create(
        workspace_id=membership.workspace_id,
        kind=Alert.Kind.SPONSOR_CHANGED,
        organisation=root,
        contact_id=membership.contact_id,
        owner_id=root.owner_id,
        facts={"who": name, "title": membership.title, "until": str(membership.until)},
    )


def _unsaid(contact: Contact) -> Membership:
    return Membership(
        workspace_id=contact.workspace_id,
        contact=contact,
        organisation=contact.organisation,
        made_at=contact.made_at,
    )


def _refuse_backwards(since: date | None, until: date | None) -> None:
    if since and until and until < since:
        raise Invalid(_("It cannot end before it began."))


def _today() -> date:
    return timezone.localdate(clock.now())
