"""How often somebody may knock is counted in a table that all processes share."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("workplace", "0005_expand_restricted"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pace",
            fields=[
                ("key", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("until", models.DateTimeField()),
            ],
        ),
        # Nothing of it is worth a write to the log: who counted is forgotten after a crash.
        migrations.RunSQL("ALTER TABLE workplace_pace SET UNLOGGED", "ALTER TABLE workplace_pace SET LOGGED"),
    ]
