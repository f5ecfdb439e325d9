"""Side conversations, hand-overs that are asked for, followers, and who is answering."""

from django.db import migrations, models

import threadwell.kit.tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0014_expand_joining"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="aside_of",
            field=threadwell.kit.tenancy.WorkspaceKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=models.deletion.DO_NOTHING,
                related_name="+",
                to="conversations.conversation",
            ),
        ),
        migrations.AddField(
            model_name="conversation",
            name="asides_open",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="conversation",
            name="asides_waiting",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="conversation",
            name="handed_to",
            field=models.CharField(blank=True, default="", max_length=120),
        ),
        migrations.AddField(
            model_name="conversation",
            name="is_followed",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="conversation",
            name="status",
            field=models.CharField(
                choices=[
                    ("open", "Open"),
                    ("snoozed", "Snoozed"),
                    ("closed", "Closed"),
                    ("aside", "Aside"),
                ],
                default="open",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="viewing",
            name="claims_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("aside_of", None), _negated=True),
                fields=["workspace", "aside_of"],
                name="conversation_asides",
            ),
        ),
    ]
