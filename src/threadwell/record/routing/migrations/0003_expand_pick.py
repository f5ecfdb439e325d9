"""A decision keeps how those stood who were looked at, so that the choice among them can be made once more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("routing", "0002_wall")]
    operations = [
        migrations.AddField(model_name="routingdecision", name="pick", field=models.JSONField(default=dict))
    ]
