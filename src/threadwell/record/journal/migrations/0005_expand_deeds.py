"""The audit also knows who signed in, and who changed what somebody may do."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0004_expand_workspace_unasked"),
    ]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="deed",
            field=models.CharField(
                choices=[
                    ("saw", "saw it"),
                    ("changed", "changed it"),
                    ("exported", "took it out"),
                    ("refused", "was refused"),
                    ("entered", "signed in"),
                    ("granted", "changed who may do what"),
                ],
                max_length=8,
            ),
        ),
    ]
