"""Work is found by the number that another system gave it, whichever system that is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("work", "0003_fill_types")]
    operations = [
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("system", ""), _negated=True),
                fields=["workspace", "external_id"],
                name="work_item_by_external_id",
            ),
        ),
    ]
