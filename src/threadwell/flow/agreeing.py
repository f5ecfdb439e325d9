"""Agreeing: by when we answer whom.

In:    a policy's fields, its place among the others
Out:   the policy; refusals as domain errors
Touch: SlaPolicy, events; clocks are read anew after each change
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from threadwell.flow import clocks
from threadwell.flow.timed.agreed import in_force
from threadwell.kit import clock
from threadwell.kit.errors import Invalid
from threadwell.record.clocks.models import SlaPolicy
from threadwell.record.journal.telling import tell
from threadwell.record.workplace.models import Agent

STEP = 10


class NameTaken(Invalid):
    """Another policy has this name."""

    code = "name-taken"


def make(*, by: Agent, **fields: Any) -> SlaPolicy:
    """A policy that stands behind all others."""
    # Read as whoever looks at the list reads them: what is shipped stands there before the first of ours.
    last = max((one.place for one in in_force(by.workspace_id)), default=0)
    policy = SlaPolicy(workspace_id=by.workspace_id, place=last + STEP, **fields)
    _save(policy)
    tell(policy, "policy.made", by=by, policy=policy.name)
    clocks.recompute(policy.workspace_id)
    return policy


def change(policy: SlaPolicy, *, by: Agent, **fields: Any) -> bool:
    """Other conditions, targets or steps; says whether anything changed."""
    before = {name: getattr(policy, name) for name, value in fields.items() if getattr(policy, name) != value}
    if not before:
        return False
    for name in before:
        setattr(policy, name, fields[name])
    _save(policy)
    if "calendar" in before:
        before["calendar"] = str(before["calendar"] or "")
    if "work_types" in before:
        before["work_types"] = [str(one) for one in before["work_types"]]
    tell(policy, "policy.changed", by=by, policy=policy.name, before=before)
    clocks.recompute(policy.workspace_id)
    return True


def archive(policy: SlaPolicy, *, by: Agent) -> None:
    """It counts for nothing that runs; what was met or missed under it stays."""
    policy.archived_at = clock.now()
    policy.save(update_fields=["archived_at"])
    tell(policy, "policy.archived", by=by, policy=policy.name)
    clocks.recompute(policy.workspace_id)


def bring_back(policy: SlaPolicy, *, by: Agent) -> bool:
    """It counts again, at its old place; says whether it was gone."""
    if policy.archived_at is None:
        return False
    policy.archived_at = None
    _save(policy)
    tell(policy, "policy.brought_back", by=by, policy=policy.name)
    clocks.recompute(policy.workspace_id)
    return True


def move(policy: SlaPolicy, *, up: bool, by: Agent) -> None:
    """Ask it before the one above, or after the one below."""
    every = list(SlaPolicy.objects.of(policy.workspace_id).in_order().select_for_update())
    here = next(number for number, one in enumerate(every) if one.pk == policy.pk)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(every):
        return
    every[here], every[there] = every[there], every[here]
    for number, one in enumerate(every, start=1):
        if one.place != number * STEP:
            one.place = number * STEP
            one.save(update_fields=["place"])
    tell(policy, "policy.changed", by=by, policy=policy.name, before={"place": here + 1})
    clocks.recompute(policy.workspace_id)


def _save(policy: SlaPolicy) -> None:
    try:
        with transaction.atomic():
            policy.save()
    except IntegrityError as taken:
        raise NameTaken(_("There is a policy called “%(name)s” already.") % {"name": policy.name}) from taken
