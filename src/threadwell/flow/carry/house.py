"""House: what a table is read by: the workspace, its people, and what was chosen for the import.

In:    an import, inside its workspace
Out:   the House
Touch: nothing
"""

from collections import Counter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from threadwell.flow.carry import columns
from threadwell.flow.carry.slips import House
from threadwell.record.fields import values as custom
from threadwell.record.imports.models import RecordImport
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import Agent, Workspace


def house_of(state: RecordImport) -> House:
    workspace = Workspace.objects.get(pk=state.workspace_id)
    options = state.options
    inbox_id = options.get("inbox")
    inbox = Inbox.objects.of(workspace).filter(pk=inbox_id).first() if inbox_id else None
    seats = Agent.objects.of(workspace)
    about = columns.ABOUT.get(RecordImport.Kind(state.kind))
    return House(
        workspace_id=workspace.pk,
        import_id=state.pk,
        name=state.name,
        system=options.get("system", ""),
        match=options.get("match", "external_id"),
        zone=ZoneInfo(options.get("zone") or workspace.zone or "UTC"),
        region=workspace.region,
        orders=options.get("orders", {}),
        agents=_by_name(seats),
        owners=_by_name(seats.filter(left_at=None)),
        fields=custom.fields_of(workspace, about) if about else [],
        inbox_id=inbox.pk if inbox else None,
        inbox_address=inbox.address if inbox else "",
        owner_id=_key(options.get("owner")),
        organisation_id=_key(options.get("organisation")),
        by_id=state.by_id,
    )


def _by_name(seats: Any) -> dict[str, UUID]:
    """Colleagues by address, and by name where only one is called so."""
    rows = list(seats.values_list("pk", "name", "user__email"))
    often = Counter(name.casefold() for _key, name, _email in rows)
    named = {name.casefold(): key for key, name, _email in rows if often[name.casefold()] == 1}
    return named | {email.casefold(): key for key, _name, email in rows if email}


def _key(text: str | None) -> UUID | None:
    return UUID(text) if text else None
