"""Work is found without accents, as customers are."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("threadwell.record.work.migrations.0005_expand_finding")
FOLDING = import_module("threadwell.record.people.migrations.0011_expand_folding")
FOLDED = (
    "work_workitem USING gin (workspace_id, "
    "threadwell_folded(number || ' ' || external_id || ' ' || title) gin_trgm_ops)"
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("work", "0005_expand_finding"), ("people", "0011_expand_folding")]
    operations = [
        *FOLDING.built("work_item_folded", FOLDED),
        migrations.RunSQL(FOLDING.folding(BEFORE.WORK), BEFORE.WORK.replace(*FOLDING.AGAIN)),
        migrations.RunSQL("DROP INDEX IF EXISTS work_item_parts", BEFORE.PARTS),
    ]
