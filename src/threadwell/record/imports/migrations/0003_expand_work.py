"""Work items come in out of tables too; what is changed of them is remembered as it was."""

import django.core.serializers.json
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0002_wall")]

    operations = [
        migrations.AddField(
            model_name="importedrecord",
            name="before",
            field=models.JSONField(
                blank=True, encoder=django.core.serializers.json.DjangoJSONEncoder, null=True
            ),
        ),
        migrations.AddField(
            model_name="importedrecord",
            name="after",
            field=models.JSONField(
                blank=True, encoder=django.core.serializers.json.DjangoJSONEncoder, null=True
            ),
        ),
        migrations.AlterField(
            model_name="recordimport",
            name="kind",
            field=models.CharField(
                choices=[
                    ("contacts", "Contacts"),
                    ("organisations", "Organisations"),
                    ("interactions", "Past interactions"),
                    ("work", "Work items"),
                ],
                max_length=16,
            ),
        ),
    ]
