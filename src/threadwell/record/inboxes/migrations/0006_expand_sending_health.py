"""An inbox knows since when nothing leaves by its server, and why."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inboxes", "0005_expand_by_hand")]

    operations = [
        migrations.AddField(
            model_name="inbox",
            name="unsendable_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="inbox",
            name="unsendable_because",
            field=models.TextField(blank=True, default=""),
        ),
    ]
