"""Row-level security over every table of this family."""

from django.db import migrations

from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [("teamwork", "0001_begin")]
    operations = [
        walled("teamwork_follow"),
        walled("teamwork_handover"),
        walled("teamwork_reaction"),
    ]
