"""Row-level security over every table of this family that belongs to a workspace."""

from django.db import migrations

from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [("inboxes", "0001_begin")]
    operations = [
        walled("inboxes_block"),
        walled("inboxes_delivery"),
        walled("inboxes_folder"),
        walled("inboxes_inbox"),
        walled("inboxes_mailimport"),
    ]
