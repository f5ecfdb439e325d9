"""Tokens that do not work: from where they were tried, and how often."""

import django.db.models.deletion
from django.db import migrations, models

import threadwell.kit.clock
import threadwell.kit.ids
from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [("journal", "0006_expand_turned_away"), ("workplace", "0001_begin")]

    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="times",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.CreateModel(
            name="Knock",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("origin", models.CharField(blank=True, default="", max_length=45)),
                ("place", models.CharField(blank=True, default="", max_length=200)),
                ("count", models.PositiveIntegerField(default=0)),
                ("told", models.PositiveIntegerField(default=0)),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                ("last_at", models.DateTimeField(default=threadwell.kit.clock.now)),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="workplace.workspace",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [models.UniqueConstraint(fields=("workspace", "origin"), name="knock_once")],
            },
        ),
        walled("journal_knock"),
    ]
