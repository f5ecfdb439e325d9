"""Work is found by parts of its number, of another system's id and of its title, at any size (ADR 0010).

The index stands on all three in one text; the function asks for exactly that text.
"""

from django.db import migrations

PARTS = """
CREATE INDEX work_item_parts ON work_workitem
    USING gin (workspace_id, upper(number || ' ' || external_id || ' ' || title) gin_trgm_ops);
"""
#: Open work first, then what changed last. Of words that are in more than a thousand, any thousand.
WORK = """
CREATE FUNCTION threadwell_find_work(words text[], most integer) RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 50 AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT found.id FROM ('
        'SELECT w.id, w.closed_at, w.changed_at FROM work_workitem w WHERE w.workspace_id = $1'
        || threadwell_named('upper(w.number || '' '' || w.external_id || '' '' || w.title)', words, false)
        || ' LIMIT 1000) found ORDER BY found.closed_at IS NOT NULL, found.changed_at DESC LIMIT $2'
        USING NULLIF(current_setting('threadwell.workspace', true), '')::uuid, most;
END $$;
"""
CLOSED = "REVOKE ALL ON FUNCTION threadwell_find_work(text[], integer) FROM PUBLIC;"


class Migration(migrations.Migration):
    dependencies = [("work", "0004_expand_external_id"), ("people", "0008_expand_finding")]
    operations = [
        migrations.RunSQL(PARTS, "DROP INDEX work_item_parts"),
        migrations.RunSQL(WORK, "DROP FUNCTION threadwell_find_work(text[], integer)"),
        migrations.RunSQL(CLOSED, migrations.RunSQL.noop),
    ]
