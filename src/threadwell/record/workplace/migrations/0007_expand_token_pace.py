"""Calls of tokens are counted where all knocks are (kit/pace.py).

Processes of the version before still read the column while they are replaced; it goes with the next release.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("workplace", "0006_expand_pace"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="apitoken", name="paced_until")],
        ),
    ]
