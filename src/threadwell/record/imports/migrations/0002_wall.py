"""Row-level security over every table of this family that belongs to a workspace."""

from django.db import migrations

from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [("imports", "0001_begin")]
    operations = [
        walled("imports_importedrecord"),
        walled("imports_origin"),
        walled("imports_recordimport"),
        walled("imports_refusedrow"),
    ]
