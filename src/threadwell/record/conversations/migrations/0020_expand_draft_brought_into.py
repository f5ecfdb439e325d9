"""Where the words of a draft stand too whose conversation was joined."""

import django.db.models.deletion
from django.db import migrations, models

import threadwell.kit.tenancy


class Migration(migrations.Migration):
    dependencies = [("conversations", "0019_fill_plain_letters")]

    operations = [
        migrations.AddField(
            model_name="draft",
            name="brought_into",
            field=threadwell.kit.tenancy.WorkspaceKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DB_CASCADE,
                related_name="+",
                to="conversations.draft",
            ),
        ),
        migrations.AddIndex(
            model_name="draft",
            index=models.Index(
                condition=models.Q(("brought_into", None), _negated=True),
                fields=["brought_into"],
                name="draft_brought_into",
            ),
        ),
    ]
