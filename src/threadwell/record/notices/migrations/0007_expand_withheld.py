"""What may not be seen any more is not sent either."""

from django.db import migrations, models

STATES = [
    ("waiting", "waits"),
    ("sent", "sent"),
    ("seen", "seen before it left"),
    ("failed", "could not be sent"),
    ("withheld", "kept back: it may not be seen any more"),
]


class Migration(migrations.Migration):
    dependencies = [("notices", "0006_expand_rated")]
    operations = [
        migrations.AlterField(
            model_name="noticetrip",
            name="state",
            field=models.CharField(choices=STATES, default="waiting", max_length=8),
        )
    ]
