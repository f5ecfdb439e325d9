"""Tasks, promises, decisions, talks and structured notes."""

import datetime

import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models

import threadwell.kit.clock
import threadwell.kit.ids
import threadwell.kit.tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("conversations", "0008_expand_organisation"),
        ("people", "0004_expand_account"),
        ("workplace", "0003_expand_api"),
    ]

    operations = [
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("work_item_id", models.UUIDField(blank=True, null=True)),
                ("made_at", models.DateTimeField(default=threadwell.kit.clock.now)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("text", models.TextField(verbose_name="what was decided")),
                (
                    "side",
                    models.CharField(
                        choices=[("us", "by us"), ("customer", "by the customer")], default="us", max_length=8
                    ),
                ),
                ("decided_at", models.DateTimeField(default=threadwell.kit.clock.now)),
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
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "made_by",
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
                    "withdrawn_by",
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("withdrawn_at", None), models.Q(("contact", None), _negated=True)
                        ),
                        fields=["workspace", "contact", "decided_at", "id"],
                        name="decision_by_contact",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("withdrawn_at", None), models.Q(("organisation", None), _negated=True)
                        ),
                        fields=["workspace", "organisation", "decided_at", "id"],
                        name="decision_by_organisation",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("withdrawn_at", None), models.Q(("conversation", None), _negated=True)
                        ),
                        fields=["workspace", "conversation", "decided_at", "id"],
                        name="decision_by_talk",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("withdrawn_at", None), models.Q(("work_item_id", None), _negated=True)
                        ),
                        fields=["workspace", "work_item_id", "decided_at", "id"],
                        name="decision_by_work",
                    ),
                    models.Index(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=["workspace", "decided_at", "id"],
                        name="decision_by_time",
                    ),
                    models.Index(
                        condition=models.Q(("message", None), _negated=True),
                        fields=["workspace", "message"],
                        name="decision_by_message",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Promise",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("work_item_id", models.UUIDField(blank=True, null=True)),
                ("made_at", models.DateTimeField(default=threadwell.kit.clock.now)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("text", models.TextField(verbose_name="what was promised")),
                (
                    "side",
                    models.CharField(
                        choices=[("us", "by us"), ("customer", "by the customer")], default="us", max_length=8
                    ),
                ),
                ("to_whom", models.CharField(blank=True, default="", max_length=200, verbose_name="to whom")),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("zone", models.CharField(default="UTC", max_length=64)),
                ("kept_at", models.DateTimeField(blank=True, null=True)),
                ("broken_at", models.DateTimeField(blank=True, null=True)),
                ("settled_note", models.TextField(blank=True, default="", verbose_name="note")),
                (
                    "comes_at",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.comparison.Coalesce(
                            "due_at",
                            models.Value(datetime.datetime(9000, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                        ),
                        output_field=models.DateTimeField(),
                    ),
                ),
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
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "made_by",
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
                    "settled_by",
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
                    "withdrawn_by",
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("withdrawn_at", None), models.Q(("contact", None), _negated=True)
                        ),
                        fields=["workspace", "contact", "comes_at", "id"],
                        name="promise_by_contact",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("withdrawn_at", None), models.Q(("organisation", None), _negated=True)
                        ),
                        fields=["workspace", "organisation", "comes_at", "id"],
                        name="promise_by_organisation",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("withdrawn_at", None), models.Q(("conversation", None), _negated=True)
                        ),
                        fields=["workspace", "conversation", "comes_at", "id"],
                        name="promise_by_talk",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("withdrawn_at", None), models.Q(("work_item_id", None), _negated=True)
                        ),
                        fields=["workspace", "work_item_id", "comes_at", "id"],
                        name="promise_by_work",
                    ),
                    models.Index(
                        condition=models.Q(("broken_at", None), ("kept_at", None), ("withdrawn_at", None)),
                        fields=["workspace", "comes_at", "id"],
                        name="promise_open",
                    ),
                    models.Index(
                        condition=models.Q(("kept_at", None), _negated=True),
                        fields=["workspace", "kept_at", "id"],
                        name="promise_kept",
                    ),
                    models.Index(
                        condition=models.Q(("broken_at", None), _negated=True),
                        fields=["workspace", "broken_at", "id"],
                        name="promise_broken",
                    ),
                    models.Index(
                        condition=models.Q(("message", None), _negated=True),
                        fields=["workspace", "message"],
                        name="promise_by_message",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kept_at", None), ("broken_at", None), _connector="OR"),
                        name="promise_kept_or_broken",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Talk",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("call", "call"), ("visit", "visit"), ("meeting", "meeting")], max_length=8
                    ),
                ),
                ("minutes", models.PositiveSmallIntegerField(default=0, verbose_name="minutes")),
                (
                    "place",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="number or place"),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("spoke", "we spoke"),
                            ("message_left", "left a message"),
                            ("no_answer", "nobody answered"),
                            ("turned_away", "turned away"),
                        ],
                        default="spoke",
                        max_length=12,
                    ),
                ),
                ("made_at", models.DateTimeField(default=threadwell.kit.clock.now)),
                (
                    "message",
                    threadwell.kit.tenancy.WorkspaceKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="conversations.message",
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
                "constraints": [models.UniqueConstraint(fields=("workspace", "message"), name="talk_once")],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("work_item_id", models.UUIDField(blank=True, null=True)),
                ("made_at", models.DateTimeField(default=threadwell.kit.clock.now)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("title", models.CharField(max_length=300, verbose_name="title")),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("zone", models.CharField(default="UTC", max_length=64)),
                ("remind_at", models.DateTimeField(blank=True, null=True)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("done_note", models.TextField(blank=True, default="", verbose_name="note")),
                (
                    "comes_at",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.comparison.Coalesce(
                            "due_at",
                            models.Value(datetime.datetime(9000, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                        ),
                        output_field=models.DateTimeField(),
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
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "done_by",
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
                    "made_by",
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
                    "owner",
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
                    "team",
                    threadwell.kit.tenancy.WorkspaceKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="workplace.team",
                    ),
                ),
                (
                    "withdrawn_by",
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("done_at", None),
                            ("withdrawn_at", None),
                            models.Q(("contact", None), _negated=True),
                        ),
                        fields=["workspace", "contact", "comes_at", "id"],
                        name="task_by_contact",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("done_at", None),
                            ("withdrawn_at", None),
                            models.Q(("organisation", None), _negated=True),
                        ),
                        fields=["workspace", "organisation", "comes_at", "id"],
                        name="task_by_organisation",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("done_at", None),
                            ("withdrawn_at", None),
                            models.Q(("conversation", None), _negated=True),
                        ),
                        fields=["workspace", "conversation", "comes_at", "id"],
                        name="task_by_talk",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("done_at", None),
                            ("withdrawn_at", None),
                            models.Q(("work_item_id", None), _negated=True),
                        ),
                        fields=["workspace", "work_item_id", "comes_at", "id"],
                        name="task_by_work",
                    ),
                    models.Index(
                        condition=models.Q(("done_at", None), ("withdrawn_at", None)),
                        fields=["workspace", "comes_at", "id"],
                        name="task_open",
                    ),
                    models.Index(
                        condition=models.Q(("done_at", None), ("withdrawn_at", None)),
                        fields=["workspace", "owner", "comes_at", "id"],
                        name="task_mine",
                    ),
                    models.Index(
                        condition=models.Q(("done_at", None), ("withdrawn_at", None)),
                        fields=["workspace", "team", "comes_at", "id"],
                        name="task_team",
                    ),
                    models.Index(
                        condition=models.Q(("done_at", None), _negated=True),
                        fields=["workspace", "done_at", "id"],
                        name="task_done",
                    ),
                    models.Index(
                        condition=models.Q(("message", None), _negated=True),
                        fields=["workspace", "message"],
                        name="task_by_message",
                    ),
                    models.Index(
                        condition=models.Q(("done_at", None), ("withdrawn_at", None), ("reminded_at", None)),
                        fields=["workspace", "remind_at"],
                        name="task_reminders",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StructuredNote",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("discussed", models.TextField(blank=True, default="", verbose_name="discussed")),
                ("decided", models.TextField(blank=True, default="", verbose_name="decided")),
                (
                    "next_step",
                    models.CharField(blank=True, default="", max_length=300, verbose_name="next step"),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("made_at", models.DateTimeField(default=threadwell.kit.clock.now)),
                (
                    "decision",
                    threadwell.kit.tenancy.WorkspaceKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="commitments.decision",
                    ),
                ),
                (
                    "message",
                    threadwell.kit.tenancy.WorkspaceKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="conversations.message",
                    ),
                ),
                (
                    "owner",
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
                    "task",
                    threadwell.kit.tenancy.WorkspaceKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="commitments.task",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "message"), name="structured_note_once")
                ],
            },
        ),
    ]
