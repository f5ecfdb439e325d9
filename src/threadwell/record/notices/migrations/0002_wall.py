"""Row-level security over every table of this family."""

from django.db import migrations

from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_begin")]
    operations = [
        walled("notices_notice"),
    ]
