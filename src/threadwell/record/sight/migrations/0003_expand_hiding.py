"""Which inboxes are hidden is asked with the workspace in a variable, so that Citus goes to one shard."""

from importlib import import_module

from django.db import migrations

FIRST = import_module("threadwell.record.sight.migrations.0002_wall")
AGAIN = ("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")

INBOXES = """
CREATE OR REPLACE FUNCTION threadwell_hidden_inboxes() RETURNS SETOF uuid LANGUAGE plpgsql STABLE COST 10 ROWS 5 AS $$
DECLARE
    here uuid := NULLIF(current_setting('threadwell.workspace', true), '')::uuid;
    veil text := coalesce(current_setting('threadwell.blind', true), '');
BEGIN
    IF veil = '' THEN RETURN; END IF;
    RETURN QUERY SELECT s.key FROM sight_subject s
        WHERE s.workspace_id = here AND s.restriction_id = ANY(veil::uuid[]) AND s.kind = 'inbox';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("sight", "0002_wall")]
    operations = [
        migrations.RunSQL(INBOXES, FIRST.INBOXES.replace(*AGAIN)),
    ]
