"""Folders of mailboxes: from which number on they are held, and how many of those seen."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inboxes", "0002_wall"),
    ]

    operations = [
        migrations.AddField(
            model_name="folder",
            name="held",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="folder",
            name="uid_began",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="folder",
            name="uid_from",
            field=models.BigIntegerField(default=1),
        ),
    ]
