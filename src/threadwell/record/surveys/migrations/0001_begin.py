"""Customers are asked how a conversation was."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import threadwell.kit.clock
import threadwell.kit.ids
import threadwell.kit.tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("conversations", "0019_fill_plain_letters"),
        ("inboxes", "0007_expand_workspace_unasked"),
        ("people", "0012_contract_parts"),
        ("workplace", "0005_expand_restricted"),
    ]

    operations = [
        migrations.CreateModel(
            name="Survey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "scale",
                    models.CharField(
                        choices=[("five", "marks from 1 to 5"), ("thumbs", "thumb up or down")],
                        default="five",
                        max_length=6,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "left_out_because",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("off", "the inbox asks nobody any more"),
                            ("recent", "they were asked a short while ago"),
                            ("nobody", "no person wrote, or none of us answered"),
                            ("list", "it came from a list"),
                            ("forged", "the sender may be forged"),
                            ("late", "it was due too long ago"),
                            ("nowhere", "there is no address"),
                            ("ours", "it is an address of our own"),
                            ("machine", "nobody reads that address"),
                            ("unreachable", "our letters come back"),
                            ("blocked", "the sender is blocked"),
                            ("too-many", "too many automatic letters within an hour"),
                        ],
                        default="",
                        max_length=12,
                    ),
                ),
                ("open_until", models.DateTimeField(blank=True, null=True)),
                (
                    "score",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                    ),
                ),
                ("words", models.TextField(blank=True, default="")),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("changed_at", models.DateTimeField(blank=True, null=True)),
                ("made_at", models.DateTimeField(default=threadwell.kit.clock.now)),
                (
                    "agent",
                    threadwell.kit.tenancy.WorkspaceKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="workplace.agent",
                    ),
                ),
                (
                    "contact",
                    threadwell.kit.tenancy.WorkspaceKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.contact",
                    ),
                ),
                (
                    "conversation",
                    threadwell.kit.tenancy.WorkspaceKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "inbox",
                    threadwell.kit.tenancy.WorkspaceKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="inboxes.inbox",
                    ),
                ),
                (
                    "message",
                    threadwell.kit.tenancy.WorkspaceKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="conversations.message",
                    ),
                ),
                (
                    "organisation",
                    threadwell.kit.tenancy.WorkspaceKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.organisation",
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("asked_at", None), ("left_out_because", "")),
                        fields=["workspace", "due_at", "id"],
                        name="survey_due",
                    ),
                    models.Index(fields=["workspace", "conversation", "id"], name="survey_by_conversation"),
                    models.Index(fields=["workspace", "contact", "asked_at"], name="survey_by_contact"),
                    models.Index(
                        condition=models.Q(("answered_at", None), _negated=True),
                        fields=["workspace", "contact", "answered_at", "id"],
                        include=("score",),
                        name="survey_answer_of_contact",
                    ),
                    models.Index(
                        condition=models.Q(("answered_at", None), _negated=True),
                        fields=["workspace", "organisation", "answered_at", "id"],
                        include=("score",),
                        name="survey_answer_of_organisation",
                    ),
                    models.Index(
                        condition=models.Q(("answered_at", None), _negated=True),
                        fields=["workspace", "answered_at", "id"],
                        name="survey_answered",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("asked_at", None), ("left_out_because", "")),
                        fields=("workspace", "conversation"),
                        name="survey_planned_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at", None), ("score", None)),
                            models.Q(("answered_at__isnull", False), ("score__gte", 1), ("score__lte", 5)),
                            _connector="OR",
                        ),
                        name="survey_answer_is_whole",
                    ),
                ],
            },
        ),
    ]
