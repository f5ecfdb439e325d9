"""One inbox of a workspace is for what is logged by hand."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inboxes", "0004_expand_ledger"),
    ]

    operations = [
        migrations.AlterField(
            model_name="inbox",
            name="kind",
            field=models.CharField(
                choices=[("email", "E-mail"), ("hand", "Logged by hand")], default="email", max_length=12
            ),
        ),
        migrations.AddConstraint(
            model_name="inbox",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "hand")), fields=("workspace",), name="inbox_by_hand_once"
            ),
        ),
    ]
