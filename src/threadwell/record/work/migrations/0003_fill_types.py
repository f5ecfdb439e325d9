"""Workspaces that are older than this family get the kinds of work that new ones begin with."""

from typing import Any

from django.db import migrations
from django.utils.text import slugify

TYPES = {
    ("Case", "life-buoy", "CASE-{number:05}"): "New/open/ours, In progress/open/plain, Waiting/open/soon,"
    " Solved/done/good, Dropped/cancelled/plain",
    ("Order", "package", "ORD-{number:05}"): "Placed/open/ours, Confirmed/open/plain, On its way/open/auto,"
    " Held up/open/late, Delivered/done/good, Cancelled/cancelled/plain",
    ("Claim", "shield-alert", "CLM-{number:05}"): "Reported/open/ours, Being checked/open/plain,"
    " Accepted/open/soon, Paid/done/good, Rejected/cancelled/late",
    ("Project", "layers", "PRJ-{number:04}"): "Planned/open/ours, Running/open/plain, On hold/open/soon,"
    " Finished/done/good, Abandoned/cancelled/plain",
    ("Site visit", "map-pin", "VIS-{number:05}"): "Requested/open/ours, Scheduled/open/plain,"
    " On site/open/auto, Done/done/good, Called off/cancelled/plain",
    ("Deal", "handshake", "DEAL-{number:04}"): "Lead/open/plain, Qualified/open/ours, Offer sent/open/auto,"
    " Negotiation/open/soon, Won/done/good, Lost/cancelled/late",
}


def fill(apps: Any, schema_editor: Any) -> None:
    for workspace in apps.get_model("workplace", "Workspace").objects.values_list("pk", flat=True):
        schema_editor.execute(f"SET LOCAL threadwell.workspace = '{workspace}'")
        if not apps.get_model("work", "WorkItemType").objects.filter(workspace_id=workspace).exists():
            fill_one(apps, workspace)


def fill_one(apps: Any, workspace: Any) -> None:
    kinds, statuses = apps.get_model("work", "WorkItemType"), apps.get_model("work", "WorkStatus")
    for place, ((name, icon, number_format), stations) in enumerate(TYPES.items()):
        kind = kinds.objects.create(
            workspace_id=workspace,
            name=name,
            key=slugify(name),
            icon=icon,
            number_format=number_format,
            is_deal=name == "Deal",
            position=place,
        )
        for step, station in enumerate(stations.split(", ")):
            called, category, colour = station.strip().split("/")
            statuses.objects.create(
                workspace_id=workspace,
                type=kind,
                name=called,
                key=slugify(called),
                category=category,
                colour=colour,
                position=step,
            )


class Migration(migrations.Migration):
    dependencies = [("work", "0002_wall")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
