"""The second wall around what customers answered."""

from django.db import migrations

from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [("surveys", "0001_begin")]
    operations = [walled("surveys_survey")]
