"""Row-level security over every table of this family."""

from django.db import migrations

from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [("commitments", "0001_begin")]
    operations = [
        walled("commitments_decision"),
        walled("commitments_promise"),
        walled("commitments_structurednote"),
        walled("commitments_talk"),
        walled("commitments_task"),
    ]
