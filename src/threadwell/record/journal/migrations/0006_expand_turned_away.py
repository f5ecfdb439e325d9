"""The audit also knows who could not sign in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0005_expand_deeds"),
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
                    ("failed", "could not sign in"),
                    ("locked", "was locked out"),
                    ("granted", "changed who may do what"),
                ],
                max_length=8,
            ),
        ),
    ]
