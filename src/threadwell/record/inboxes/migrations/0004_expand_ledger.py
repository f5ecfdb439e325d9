"""The ledger counts by state and source from an index alone; what is held back has a small one of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inboxes", "0003_expand_folders"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["workspace", "inbox", "state", "id"], include=["source"], name="delivery_by_state"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state__in", ["quarantined", "failed"])),
                fields=["workspace", "state", "id"],
                name="delivery_held_back",
            ),
        ),
        migrations.RemoveIndex(model_name="delivery", name="delivery_ledger"),
    ]
