"""Row-level security over every table of this family that belongs to a workspace."""

from django.db import migrations

from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [("work", "0001_begin")]
    operations = [
        walled("work_workitemtype"),
        walled("work_workstatus"),
        walled("work_workitem"),
        walled("work_workrelation"),
        walled("work_worklink"),
    ]
