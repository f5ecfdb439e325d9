"""Row-level security over every table of this family that belongs to a workspace."""

from django.db import migrations

from threadwell.kit.row_security import MINE, walled


class Migration(migrations.Migration):
    dependencies = [("workplace", "0001_begin")]
    operations = [
        walled("workplace_agent", also_seen_if=MINE),
        walled("workplace_apitoken"),
        walled("workplace_invitation"),
        walled("workplace_team"),
        walled("workplace_teamseat"),
    ]
