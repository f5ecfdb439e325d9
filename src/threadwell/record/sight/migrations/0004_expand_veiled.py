"""Whether something is hidden is asked of a function, never of a subquery: the form that Citus takes too.

A policy on a distributed table may call a function and may hold no subquery. So the keys of all that stands behind
the walls are found once for a statement and kept in the session until the next one; each row is looked up there,
all its keys at once. It is text with a line for each, for a setting of the session holds nothing else.
"""

from django.db import migrations

VEILED = """
CREATE FUNCTION threadwell_veiled(VARIADIC keys text[]) RETURNS boolean LANGUAGE plpgsql STABLE COST 10 AS $$
DECLARE
    known text := current_setting('threadwell.behind', true);
    stamp text := concat(statement_timestamp(), current_setting('threadwell.workspace', true),
        current_setting('threadwell.blind', true));
    key text;
BEGIN
    IF starts_with(known, stamp) IS NOT TRUE THEN
        known := concat(stamp, E'\\n', array_to_string(
            ARRAY(SELECT threadwell_hidden_accounts()::text UNION ALL SELECT threadwell_hidden_inboxes()::text
                UNION ALL SELECT threadwell_hidden_addresses()), E'\\n'), E'\\n');
        PERFORM set_config('threadwell.behind', known, true);
    END IF;
    FOREACH key IN ARRAY keys LOOP
        IF strpos(known, concat(E'\\n', key, E'\\n')) > 0 AND key <> '' THEN RETURN true; END IF;
    END LOOP;
    RETURN false;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("sight", "0003_expand_hiding")]
    operations = [migrations.RunSQL(VEILED, "DROP FUNCTION threadwell_veiled(text[])")]
