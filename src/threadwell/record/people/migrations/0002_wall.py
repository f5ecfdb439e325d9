"""Row-level security over every table of this family that belongs to a workspace."""

from django.db import migrations

from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [("people", "0001_begin")]
    operations = [
        walled("people_contact"),
        walled("people_identity"),
        walled("people_organisation"),
    ]
