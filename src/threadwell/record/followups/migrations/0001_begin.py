"""Follow-ups, automatic replies, and what snoozed conversations wait for."""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import threadwell.kit.clock
import threadwell.kit.ids
import threadwell.kit.tenancy
from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("conversations", "0015_expand_together"),
        ("inboxes", "0006_expand_sending_health"),
        ("work", "0005_expand_finding"),
        ("workplace", "0005_expand_restricted"),
    ]

    operations = [
        migrations.CreateModel(
            name="FollowUpLadder",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("is_open_time", models.BooleanField(default=True, verbose_name="counted in business hours")),
                ("steps", models.JSONField(default=list)),
                ("made_at", models.DateTimeField(default=threadwell.kit.clock.now)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
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
                    models.UniqueConstraint(
                        models.F("workspace"),
                        django.db.models.functions.text.Lower("name"),
                        condition=models.Q(("archived_at", None)),
                        name="follow_up_ladder_name",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("started_at", models.DateTimeField(default=threadwell.kit.clock.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended_because",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("answered", "the customer answered"),
                            ("closed", "the conversation was closed"),
                            ("stopped", "somebody stopped it"),
                            ("done", "all steps were done"),
                            ("unreachable", "there is nobody to write to"),
                            ("joined", "it goes on in a conversation that has its own"),
                        ],
                        default="",
                        max_length=12,
                    ),
                ),
                (
                    "by",
                    threadwell.kit.tenancy.WorkspaceKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="workplace.agent",
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
                    "ended_by",
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
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="workplace.workspace",
                    ),
                ),
                (
                    "ladder",
                    threadwell.kit.tenancy.WorkspaceKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="followups.followupladder",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["workspace", "conversation", "started_at"], name="follow_up_by_talk"
                    ),
                    models.Index(fields=["workspace", "ladder"], name="follow_up_by_ladder"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("workspace", "conversation"),
                        name="follow_up_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowUpStep",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("place", models.PositiveSmallIntegerField()),
                (
                    "deed",
                    models.CharField(
                        choices=[
                            ("write", "write to the customer"),
                            ("task", "make a task for the owner"),
                            ("notify", "tell the owner"),
                            ("close", "close the conversation"),
                        ],
                        max_length=8,
                    ),
                ),
                ("text", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("outcome", models.CharField(blank=True, default="", max_length=200)),
                (
                    "follow_up",
                    threadwell.kit.tenancy.WorkspaceKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="steps",
                        to="followups.followup",
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
                        condition=models.Q(("done_at", None)),
                        fields=["workspace", "at", "id"],
                        name="follow_up_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("workspace", "follow_up", "place"), name="follow_up_step_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SnoozeCondition",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("reply", "the customer answers"),
                            ("status", "the work changes its status"),
                            ("field", "a field of the work changes"),
                        ],
                        max_length=6,
                    ),
                ),
                ("field", models.CharField(blank=True, default="", max_length=60)),
                ("seen", models.JSONField(blank=True, null=True)),
                ("until", models.DateTimeField()),
                ("made_at", models.DateTimeField(default=threadwell.kit.clock.now)),
                (
                    "by",
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
                    "conversation",
                    threadwell.kit.tenancy.WorkspaceKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "item",
                    threadwell.kit.tenancy.WorkspaceKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="work.workitem",
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
                "indexes": [models.Index(fields=["workspace", "item"], name="snooze_condition_by_item")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("workspace", "conversation"), name="snooze_condition_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AutoReply",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("address", models.CharField(max_length=320)),
                ("at", models.DateTimeField(default=threadwell.kit.clock.now)),
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
                    models.UniqueConstraint(fields=("workspace", "inbox", "address"), name="auto_reply_once")
                ],
            },
        ),
        walled("followups_autoreply"),
        walled("followups_followupladder"),
        walled("followups_followup"),
        walled("followups_followupstep"),
        walled("followups_snoozecondition"),
    ]
