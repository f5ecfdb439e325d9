"""Alerting: a key contact of a customer has moved on; by the rules, somebody of ours hears of it.

In:    an organisation and the contact
Out:   the alert has an owner, who finds a notice; the decision is kept
Touch: Alert, Notice, RoutingDecision
"""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from threadwell.flow.decide import book, facts, rules, settle
from threadwell.flow.decide.book import InForce
from threadwell.flow.reasoning import Cause, Outcome
from threadwell.kit import clock, tenancy
from threadwell.record.notices.models import Notice
from threadwell.record.people.models import Alert, Organisation
from threadwell.record.people.one import root_of
from threadwell.record.routing.models import RoutingDecision
from threadwell.record.sight.seeing import those_who_may_see
from threadwell.record.workplace.models import Agent


def key_contact_moved(workspace_id: UUID, organisation_id: UUID, *, contact: Any, event_id: UUID) -> None:
    """Tell whom the rules name, once."""
    with tenancy.entered(workspace_id):
        decided = RoutingDecision.objects.of(workspace_id).filter(event=event_id)
        alerts = Alert.objects.of(workspace_id).filter(
            kind=Alert.Kind.SPONSOR_CHANGED, organisation_id=organisation_id, contact_id=contact
        )
        alert = alerts.select_related("organisation__one_with").order_by("-at").first()
        if alert and not decided.exists():
            _tell(alert, event_id)


def _tell(alert: Alert, event_id: UUID) -> None:
    workspace_id = alert.workspace_id
    in_force = book.in_force(workspace_id)
    organisation = root_of(alert.organisation)
    known = _facts_of(organisation, in_force)
    matched = rules.match(in_force.rules, known, moment=Cause.KEY_CONTACT)
    if matched.results.owner:
        known["managers"] = facts.managers_of(workspace_id, None)
    settled = settle.settle(matched, known)
    wanted = [who for who, _why in settled.need.wanted] if settled.need else []
    if matched.fitted and not wanted:
        # Nobody is named by the field or owns the account: somebody shall hear of it all the same.
        wanted = [UUID(one) for one in known.get("managers", ())]
    there = list(Agent.objects.of(workspace_id).filter(pk__in=wanted, left_at=None))
    seats = {seat.pk: seat for seat in those_who_may_see(organisation, there)}
    chosen = next((seats[who] for who in wanted if who in seats), None)
    if chosen:
        alert.owner = chosen
        alert.save(update_fields=["owner"])
        Notice.give(
            [chosen],
            kind=Notice.Kind.REMINDER,
            key=f"alert:{alert.pk}",
            at=clock.now(),
            organisation=str(organisation.pk),
            text=_("%(who)s, a key contact of %(firm)s, has moved on.")
            % {"who": alert.facts.get("who") or _("Somebody"), "firm": organisation.name},
        )
    RoutingDecision.objects.create(
        workspace_id=workspace_id,
        alert=alert,
        cause=Cause.KEY_CONTACT,
        event=event_id,
        book_id=in_force.book_id,
        facts=known,
        tried=list(matched.tried),
        result=matched.written(),
        outcome=settled.outcome if matched.fitted else Outcome.UNMATCHED,
        because=settled.because,
        owner=chosen,
    )


def _facts_of(organisation: Organisation, in_force: InForce) -> dict[str, Any]:
    """What is known of the customer, as far as it is asked for."""
    asked = in_force.asked
    known: dict[str, Any] = {"owner": str(organisation.owner_id or "")}
    if gone := facts.referred(organisation.workspace_id, asked):
        known["gone"] = gone
    every = {"tier": organisation.tier, "organisation": str(organisation.pk)}
    known |= {name: value for name, value in every.items() if name in asked.facts}
    for name in asked.facts:
        if name.startswith("custom.organisation."):
            known[name] = organisation.custom.get(name.removeprefix("custom.organisation."))
    return known
