"""Row-level security over every table of this family."""

from django.db import migrations

from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [("rota", "0001_begin")]
    operations = [
        walled("rota_absence"),
        walled("rota_agentskill"),
        walled("rota_availability"),
        walled("rota_distribution"),
        walled("rota_queueplace"),
        walled("rota_redistribution"),
        walled("rota_skill"),
        walled("rota_turn"),
        walled("rota_workload"),
    ]
