"""Row-level security over the table of this family."""

from django.db import migrations

from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [("fields", "0001_begin")]
    operations = [walled("fields_customfield")]
