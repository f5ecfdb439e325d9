"""What a scanner says of a file."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0020_expand_draft_brought_into")]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="scan",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "not scanned"),
                    ("waiting", "not yet scanned"),
                    ("clean", "nothing found"),
                    ("unread", "could not be scanned"),
                    ("withheld", "harmful"),
                ],
                db_default="",
                default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="found",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("scan", "waiting")),
                fields=["workspace", "id"],
                name="attachment_to_be_scanned",
            ),
        ),
    ]
