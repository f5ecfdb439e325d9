"""Row-level security over every table of this family."""

from django.db import migrations

from threadwell.kit.row_security import walled


class Migration(migrations.Migration):
    dependencies = [("routing", "0001_begin")]
    operations = [
        walled("routing_dryrun"),
        walled("routing_routingdecision"),
        walled("routing_routingrule"),
        walled("routing_rulebook"),
        walled("routing_ruleversion"),
    ]
