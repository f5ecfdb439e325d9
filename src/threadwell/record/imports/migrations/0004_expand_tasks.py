"""Tasks come in out of tables too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0003_expand_work")]

    operations = [
        migrations.AlterField(
            model_name="recordimport",
            name="kind",
            field=models.CharField(
                choices=[
                    ("contacts", "Contacts"),
                    ("organisations", "Organisations"),
                    ("interactions", "Past interactions"),
                    ("work", "Work items"),
                    ("tasks", "Tasks"),
                ],
                max_length=16,
            ),
        ),
    ]
