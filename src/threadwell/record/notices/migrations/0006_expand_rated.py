"""Notices that a customer was not satisfied."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0005_expand_orphans"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("due", "an answer is due soon"),
                    ("overdue", "an answer is overdue"),
                    ("called", "a manager is called in"),
                    ("reminder", "a reminder"),
                    ("mentioned", "a note calls them"),
                    ("followed", "something in a conversation they follow"),
                    ("aside", "news from a side conversation"),
                    ("handover", "a conversation is handed over"),
                    ("orphan", "something that nobody answers for"),
                    ("rated", "a customer was not satisfied"),
                ],
                max_length=10,
            ),
        ),
    ]
