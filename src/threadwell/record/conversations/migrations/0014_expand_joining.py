"""Joining is an overlay: conversations keep what is theirs, and know where it stands meanwhile."""

import django.db.models.deletion
from django.db import migrations, models

import threadwell.kit.clock
import threadwell.kit.ids
import threadwell.kit.tenancy
from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0013_expand_policy"),
        ("workplace", "0003_expand_api"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="alone",
            field=models.JSONField(blank=True, null=True),
        ),
        # What was joined before this has given its messages away, and counts none; notes were never counted.
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.CheckConstraint(
                condition=models.Q(("joined_into", None), ("message_count", 0), _connector="OR"),
                name="conversation_joined_is_empty",
            ),
        ),
        migrations.CreateModel(
            name="Join",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("batch", models.UUIDField()),
                ("because", models.CharField(blank=True, default="", max_length=300)),
                ("at", models.DateTimeField(default=threadwell.kit.clock.now)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "absorbed",
                    threadwell.kit.tenancy.WorkspaceKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
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
                    "survivor",
                    threadwell.kit.tenancy.WorkspaceKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "undone_by",
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
                    models.Index(fields=["workspace", "survivor"], name="join_by_survivor"),
                    models.Index(fields=["workspace", "absorbed"], name="join_by_absorbed"),
                    models.Index(fields=["workspace", "batch"], name="join_by_batch"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)),
                        fields=("workspace", "absorbed"),
                        name="join_absorbed_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("survivor", models.F("absorbed")), _negated=True),
                        name="join_of_two",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Home",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=12)),
                ("thing", models.UUIDField()),
                (
                    "home",
                    threadwell.kit.tenancy.WorkspaceKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="conversations.conversation",
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
                "indexes": [models.Index(fields=["workspace", "home"], name="home_by_conversation")],
                "constraints": [models.UniqueConstraint(fields=("workspace", "thing"), name="home_once")],
            },
        ),
        migrations.CreateModel(
            name="Move",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("move", "moved"), ("split", "split off")], max_length=5),
                ),
                ("at", models.DateTimeField(default=threadwell.kit.clock.now)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
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
                    "source",
                    threadwell.kit.tenancy.WorkspaceKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "target",
                    threadwell.kit.tenancy.WorkspaceKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "undone_by",
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
                    models.Index(fields=["workspace", "source"], name="move_by_source"),
                    models.Index(fields=["workspace", "target"], name="move_by_target"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MovedMessage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=threadwell.kit.ids.new, editable=False, primary_key=True, serialize=False
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
                    "move",
                    threadwell.kit.tenancy.WorkspaceKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="moved",
                        to="conversations.move",
                    ),
                ),
                (
                    "origin",
                    threadwell.kit.tenancy.WorkspaceKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="conversations.conversation",
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
                    models.Index(fields=["workspace", "message"], name="moved_message_by_message"),
                    models.Index(fields=["workspace", "origin"], name="moved_message_by_origin"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("workspace", "move", "message"), name="moved_message_once"
                    )
                ],
            },
        ),
        walled("conversations_join"),
        walled("conversations_home"),
        walled("conversations_move"),
        walled("conversations_movedmessage"),
    ]
