"""Whether something is hidden is asked of functions, never of a subquery: the form that Citus takes too.

A policy on a distributed table may call a function and may hold no subquery. So what stands behind the walls is
found once for a statement and kept in the session until the next one; each row is looked up there. It is text with
a line for each key, for a setting of the session holds nothing else, and the search in it is fast.

Queries of a function of the database are routed to one shard when the workspace is a variable.
"""

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
#: One of three lists: accounts, inboxes, addresses. Each is made when the first row of a statement asks for it.
HIDDEN = """
CREATE FUNCTION threadwell_hidden(list text) RETURNS text LANGUAGE plpgsql STABLE COST 10 AS $$
DECLARE
    place text := 'threadwell.hidden_' || list;
    stamp text := concat_ws(' ', statement_timestamp(), current_setting('threadwell.workspace', true),
        md5(coalesce(current_setting('threadwell.blind', true), '')));
    known text := current_setting(place, true);
    every text[];
BEGIN
    IF starts_with(known, stamp) THEN RETURN known; END IF;
    CASE list
        WHEN 'accounts' THEN every := ARRAY(SELECT threadwell_hidden_accounts());
        WHEN 'inboxes' THEN every := ARRAY(SELECT threadwell_hidden_inboxes());
        WHEN 'addresses' THEN every := ARRAY(SELECT threadwell_hidden_addresses());
    END CASE;
    known := stamp || E'\\n' || array_to_string(every, E'\\n') || E'\\n';
    PERFORM set_config(place, known, true);
    RETURN known;
END $$;
CREATE FUNCTION threadwell_hides(list text, key text) RETURNS boolean LANGUAGE plpgsql STABLE COST 10 AS $$
BEGIN
    RETURN key IS NOT NULL AND strpos(threadwell_hidden(list), E'\\n' || key || E'\\n') > 0;
END $$;
CREATE FUNCTION threadwell_hides_any(list text, keys text[]) RETURNS boolean LANGUAGE plpgsql STABLE COST 10 AS $$
DECLARE
    key text;
BEGIN
    FOREACH key IN ARRAY coalesce(keys, '{}') LOOP
        IF threadwell_hides(list, key) THEN RETURN true; END IF;
    END LOOP;
    RETURN false;
END $$;
"""
BACK = """
DROP FUNCTION threadwell_hides_any(text, text[]), threadwell_hides(text, text), threadwell_hidden(text) CASCADE
"""


class Migration(migrations.Migration):
    dependencies = [("sight", "0002_wall")]
    operations = [
        migrations.RunSQL(INBOXES, FIRST.INBOXES.replace(*AGAIN)),
        migrations.RunSQL(HIDDEN, BACK),
    ]
