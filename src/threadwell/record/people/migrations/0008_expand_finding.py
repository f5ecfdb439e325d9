"""Contacts and organisations are found by parts of names, addresses and numbers, at any size.

``LIKE`` might leak what a policy hides, so under row-level security the indexes of parts are never used. These
functions run as the owner, whom `threadwell migrate` lets read these tables, and name the session's workspace in
every query (ADR 0010). A word of two letters has too few parts for an index; it must begin a word of the name.
"""

from django.db import migrations

LIKE = """
CREATE FUNCTION threadwell_like(part text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT replace(replace(replace(upper(part), '\\', '\\\\'), '%', '\\%'), '_', '\\_')
$$;
"""
#: Of a column: the conditions that each word begins a word of it, or is a part of it.
NAMED = """
CREATE FUNCTION threadwell_named(col text, words text[], is_begun boolean) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT COALESCE(string_agg(CASE WHEN is_begun
        THEN format(' AND (%1$s LIKE %2$L OR %1$s LIKE %3$L)', col, part || '%', '% ' || part || '%')
        ELSE format(' AND %1$s LIKE %2$L', col, '%' || part || '%') END, ''), ' AND false')
    FROM (SELECT threadwell_like(word) AS part FROM unnest(words) AS word) every
$$;
"""
#: Without ``most``: all, also by the organisation's name, in no order. With it: a few, the nearest first.
CONTACTS = """
CREATE FUNCTION threadwell_find_contacts(words text[], part text, digits text, most integer)
RETURNS TABLE (id uuid, place integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 200 AS $$
DECLARE
    here uuid := NULLIF(current_setting('threadwell.workspace', true), '')::uuid;
    begun text := threadwell_named('upper(c.name)', words, true);
    held text := threadwell_named('upper(c.name)', words, false);
    is_short boolean := EXISTS (SELECT FROM unnest(words) AS word WHERE length(word) < 3);
    valued text := format('upper(i.value) LIKE %L',
        CASE WHEN length(part) < 3 THEN '' ELSE '%' END || threadwell_like(part) || '%')
        || CASE WHEN digits = '' THEN '' ELSE
        format(' OR (i.kind = ''phone'' AND upper(i.value) LIKE %L)', '%' || digits || '%') END;
    named text := 'SELECT COALESCE(c.one_with_id, c.id), %s FROM people_contact c WHERE c.workspace_id = $1%s';
    reached text := 'SELECT COALESCE(c.one_with_id, c.id), 3 FROM people_identity i JOIN people_contact c'
        ' ON c.workspace_id = $1 AND c.id = i.contact_id WHERE i.workspace_id = $1 AND (' || valued || ')';
    so_far integer;
BEGIN
    IF most IS NULL THEN
        RETURN QUERY EXECUTE format(named, 2, held) || ' UNION ' || reached
            || ' UNION SELECT COALESCE(c.one_with_id, c.id), 4 FROM people_organisation o'
            ' JOIN people_contact c ON c.workspace_id = $1 AND c.organisation_id = o.id'
            ' WHERE o.workspace_id = $1' || threadwell_named('upper(o.name)', words, false) USING here;
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(named, 1, begun) || ' LIMIT $2' USING here, most;
    GET DIAGNOSTICS so_far = ROW_COUNT;
    IF so_far < most THEN
        RETURN QUERY EXECUTE reached || ' LIMIT $2' USING here, most;
        IF NOT is_short THEN
            RETURN QUERY EXECUTE format(named, 2, held) || ' LIMIT $2' USING here, most;
        END IF;
    END IF;
END $$;
"""
ORGANISATIONS = """
CREATE FUNCTION threadwell_find_organisations(words text[], part text, most integer)
RETURNS TABLE (id uuid, place integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 200 AS $$
DECLARE
    here uuid := NULLIF(current_setting('threadwell.workspace', true), '')::uuid;
    is_short boolean := EXISTS (SELECT FROM unnest(words) AS word WHERE length(word) < 3);
    named text := 'SELECT COALESCE(o.one_with_id, o.id), %s FROM people_organisation o WHERE o.workspace_id = $1%s';
    at_home text := format(named, 1, ' AND o.domains @> ARRAY[$2::varchar]');
    held text := format(named, 2, threadwell_named('upper(o.name)', words, false));
    so_far integer;
BEGIN
    IF most IS NULL THEN
        RETURN QUERY EXECUTE held || ' UNION ' || at_home
            || ' UNION SELECT COALESCE(o.one_with_id, o.id), 4 FROM people_contact c'
            ' JOIN people_organisation o ON o.workspace_id = $1 AND o.id = c.organisation_id'
            ' WHERE c.workspace_id = $1' || threadwell_named('upper(c.name)', words, false)
            USING here, ltrim(lower(part), '@');
        RETURN;
    END IF;
    RETURN QUERY EXECUTE at_home || ' LIMIT $3' USING here, ltrim(lower(part), '@'), most;
    RETURN QUERY EXECUTE format(named, 1, threadwell_named('upper(o.name)', words, true)) || ' LIMIT $2'
        USING here, most;
    GET DIAGNOSTICS so_far = ROW_COUNT;
    IF so_far < most AND NOT is_short THEN
        RETURN QUERY EXECUTE held || ' LIMIT $2' USING here, most;
    END IF;
END $$;
"""
#: Who is called much alike, the likest first: whom a contact that has just changed may be one with.
ALIKE = """
CREATE FUNCTION threadwell_find_alike(name text, most integer) RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 50 AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT c.id FROM people_contact c WHERE c.workspace_id = $1'
        ' AND c.one_with_id IS NULL AND upper(c.name) %% %1$L'
        ' ORDER BY similarity(upper(c.name), %1$L) DESC, c.id LIMIT $2', upper($1))
        USING NULLIF(current_setting('threadwell.workspace', true), '')::uuid, most;
END $$;
"""
CLOSED = """
REVOKE ALL ON FUNCTION threadwell_find_contacts(text[], text, text, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION threadwell_find_organisations(text[], text, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION threadwell_find_alike(text, integer) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0007_expand_learned")]
    operations = [
        migrations.RunSQL(LIKE, "DROP FUNCTION threadwell_like(text)"),
        migrations.RunSQL(NAMED, "DROP FUNCTION threadwell_named(text, text[], boolean)"),
        migrations.RunSQL(CONTACTS, "DROP FUNCTION threadwell_find_contacts(text[], text, text, integer)"),
        migrations.RunSQL(
            ORGANISATIONS, "DROP FUNCTION threadwell_find_organisations(text[], text, integer)"
        ),
        migrations.RunSQL(ALIKE, "DROP FUNCTION threadwell_find_alike(text, integer)"),
        migrations.RunSQL(CLOSED, migrations.RunSQL.noop),
    ]
