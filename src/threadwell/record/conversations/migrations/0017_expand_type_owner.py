"""Which team looks after interactions of a type."""

import django.db.models.deletion
from django.db import migrations, models

import threadwell.kit.ids
import threadwell.kit.tenancy
from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0016_expand_workspace_unasked"),
        ("workplace", "0001_begin"),
    ]

    operations = [
        migrations.CreateModel(
            name="TypeOwner",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("support", "Support"),
                            ("sales", "Sales"),
                            ("onboarding", "Onboarding"),
                            ("account", "Account"),
                            ("self-service", "Self-service"),
                            ("outbound", "Outbound"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "team",
                    threadwell.kit.tenancy.WorkspaceKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="workplace.team",
                    ),
                ),
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
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "type"), name="type_owner_once")
                ],
            },
        ),
        walled("conversations_typeowner"),
    ]
