"""Row-level security over every table of this family that belongs to a workspace."""

from django.db import migrations

from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_begin")]
    operations = [
        walled("conversations_attachment"),
        walled("conversations_conversation"),
        walled("conversations_counter"),
        walled("conversations_draft"),
        walled("conversations_label"),
        walled("conversations_mention"),
        walled("conversations_message"),
        walled("conversations_outgoing"),
        walled("conversations_readmark"),
        walled("conversations_savedview"),
        walled("conversations_threadkey"),
        walled("conversations_undo"),
        walled("conversations_viewing"),
        walled("conversations_word"),
    ]
