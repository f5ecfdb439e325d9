"""A timeline shows tasks that are done as well, by the time at which they were made."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("commitments", "0002_wall")]
    operations = [
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("withdrawn_at", None), models.Q((whose, None), _negated=True)),
                fields=["workspace", whose, "made_at"],
                name=f"task_told_of_{whose}",
            ),
        )
        for whose in ("contact", "organisation")
    ]
