"""Shipped: the kinds of work that every workspace begins with.

In:    a new workspace
Out:   case, order, claim, project, site visit and deal, each with its statuses
Touch: WorkItemType, WorkStatus

They are a beginning: a firm renames, changes or archives them. Workspaces that are older than this got
them by a migration, which carries its own copy of this table.
"""

from uuid import UUID

from django.utils.text import slugify

from threadwell.record.work.types import WorkItemType, WorkStatus

OPEN, DONE, CANCELLED = "open", "done", "cancelled"

type Station = tuple[str, str, str]  #: name, category, colour

#: name, icon, numbers, is a deal, statuses
TYPES: tuple[tuple[str, str, str, bool, tuple[Station, ...]], ...] = (
    (
        "Case",
        "life-buoy",
        "CASE-{number:05}",
        False,
        (
            ("New", OPEN, "ours"),
            ("In progress", OPEN, "plain"),
            ("Waiting", OPEN, "soon"),
            ("Solved", DONE, "good"),
            ("Dropped", CANCELLED, "plain"),
        ),
    ),
    (
        "Order",
        "package",
        "ORD-{number:05}",
        False,
        (
            ("Placed", OPEN, "ours"),
            ("Confirmed", OPEN, "plain"),
            ("On its way", OPEN, "auto"),
            ("Held up", OPEN, "late"),
            ("Delivered", DONE, "good"),
            ("Cancelled", CANCELLED, "plain"),
        ),
    ),
    (
        "Claim",
        "shield-alert",
        "CLM-{number:05}",
        False,
        (
            ("Reported", OPEN, "ours"),
            ("Being checked", OPEN, "plain"),
            ("Accepted", OPEN, "soon"),
            ("Paid", DONE, "good"),
            ("Rejected", CANCELLED, "late"),
        ),
    ),
    (
        "Project",
        "layers",
        "PRJ-{number:04}",
        False,
        (
            ("Planned", OPEN, "ours"),
            ("Running", OPEN, "plain"),
            ("On hold", OPEN, "soon"),
            ("Finished", DONE, "good"),
            ("Abandoned", CANCELLED, "plain"),
        ),
    ),
    (
        "Site visit",
        "map-pin",
        "VIS-{number:05}",
        False,
        (
            ("Requested", OPEN, "ours"),
            ("Scheduled", OPEN, "plain"),
            ("On site", OPEN, "auto"),
            ("Done", DONE, "good"),
            ("Called off", CANCELLED, "plain"),
        ),
    ),
    (
        "Deal",
        "handshake",
        "DEAL-{number:04}",
        True,
        (
            ("Lead", OPEN, "plain"),
            ("Qualified", OPEN, "ours"),
            ("Offer sent", OPEN, "auto"),
            ("Negotiation", OPEN, "soon"),
            ("Won", DONE, "good"),
            ("Lost", CANCELLED, "late"),
        ),
    ),
)


def make(workspace_id: UUID) -> None:
    """Give a workspace that has none its kinds of work. Nobody did it, so the journal is silent."""
    if WorkItemType.objects.of(workspace_id).exists():
        return
    types: list[WorkItemType] = []
    statuses: list[WorkStatus] = []
    for place, (name, icon, number_format, is_deal, stations) in enumerate(TYPES):
        kind = WorkItemType(
            workspace_id=workspace_id,
            name=name,
            key=slugify(name),
            icon=icon,
            number_format=number_format,
            is_deal=is_deal,
            position=place,
        )
        types.append(kind)
        statuses += [_status(kind, station, place=step) for step, station in enumerate(stations)]
    WorkItemType.objects.bulk_create(types)
    WorkStatus.objects.bulk_create(statuses)


def _status(kind: WorkItemType, station: Station, *, place: int) -> WorkStatus:
    name, category, colour = station
    return WorkStatus(
        workspace_id=kind.workspace_id,
        type=kind,
        name=name,
        key=slugify(name),
        position=place,
        category=category,
        colour=colour,
    )
