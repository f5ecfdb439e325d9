"""A routing rule can name the policy that counts for a conversation."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0012_index_what_points_at_conversations"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="policy_key",
            field=models.UUIDField(blank=True, null=True),
        ),
    ]
