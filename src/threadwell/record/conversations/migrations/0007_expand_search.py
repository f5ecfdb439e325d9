"""Search reads past row-level security, inside functions that hold it to the workspace themselves.

A policy must be checked before any condition that could leak; ``@@`` and ``LIKE`` could, so under it PostgreSQL
uses neither the index of words nor that of their parts. These functions run as the owner, whom `threadwell
migrate` lets read these tables, and name the session's workspace in every query (ADR 0010).
"""

from django.db import migrations

MESSAGES = """
CREATE OR REPLACE FUNCTION threadwell_find_messages(
    query tsquery, wanted jsonb, before_at timestamptz, before_id uuid, most integer
) RETURNS TABLE (id uuid, conversation_id uuid, at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    here uuid := NULLIF(current_setting('threadwell.workspace', true), '')::uuid;
    edge_at timestamptz;
    edge_id uuid;
    found integer;
    statement text := 'SELECT m.id, m.conversation_id, m.at FROM conversations_message m';
BEGIN
    IF wanted ?| ARRAY['status', 'owner', 'unowned', 'team', 'inbox', 'label'] THEN
        statement := statement || ' JOIN conversations_conversation c'
            ' ON c.workspace_id = $1 AND c.id = m.conversation_id';
    END IF;
    statement := statement || ' WHERE m.workspace_id = $1';
    IF query IS NOT NULL THEN statement := statement || ' AND m.words @@ $2'; END IF;
    IF before_at IS NOT NULL THEN statement := statement || ' AND (m.at, m.id) < ($4, $5)'; END IF;
    IF wanted ? 'since' THEN statement := statement || ' AND m.at >= ($3->>''since'')::timestamptz'; END IF;
    IF wanted ? 'until' THEN statement := statement || ' AND m.at < ($3->>''until'')::timestamptz'; END IF;
    IF wanted ? 'attachment' THEN statement := statement || ' AND m.attachment_count > 0'; END IF;
    IF wanted ? 'status' THEN statement := statement || ' AND c.status = $3->>''status'''; END IF;
    IF wanted ? 'owner' THEN statement := statement || ' AND c.owner_id = ($3->>''owner'')::uuid'; END IF;
    IF wanted ? 'unowned' THEN statement := statement || ' AND c.owner_id IS NULL'; END IF;
    IF wanted ? 'team' THEN statement := statement || ' AND c.team_id = ($3->>''team'')::uuid'; END IF;
    IF wanted ? 'inbox' THEN statement := statement || ' AND c.inbox_id = ($3->>''inbox'')::uuid'; END IF;
    IF wanted ? 'label' THEN statement := statement || ' AND c.labels @> ARRAY[($3->>''label'')::varchar]'; END IF;
    IF query IS NULL THEN
        RETURN QUERY EXECUTE statement || ' ORDER BY m.at DESC, m.id DESC LIMIT $6'
            USING here, query, wanted, before_at, before_id, most;
        RETURN;
    END IF;
    -- A common word is met among the newest messages; what is not found there is rare enough for the index of
    -- words. PostgreSQL would have to guess which of the two it is, and for parts of words it guesses wrong.
    SELECT m.at, m.id INTO edge_at, edge_id FROM conversations_message m
        WHERE m.workspace_id = here AND (before_at IS NULL OR (m.at, m.id) < (before_at, before_id))
        ORDER BY m.at DESC, m.id DESC OFFSET 2000 LIMIT 1;
    RETURN QUERY EXECUTE statement || CASE WHEN edge_at IS NULL THEN '' ELSE ' AND (m.at, m.id) >= ($7, $8)' END
        || ' ORDER BY m.at DESC, m.id DESC LIMIT $6'
        USING here, query, wanted, before_at, before_id, most, edge_at, edge_id;
    GET DIAGNOSTICS found = ROW_COUNT;
    IF edge_at IS NOT NULL AND found < most THEN
        -- The sum keeps the planner from walking along the index of times.
        RETURN QUERY EXECUTE statement || ' AND (m.at, m.id) < ($7, $8)'
            ' ORDER BY m.at + interval ''0'' DESC, m.id DESC LIMIT $6'
            USING here, query, wanted, before_at, before_id, most - found, edge_at, edge_id;
    END IF;
END $$;
"""
WORDS = """
CREATE FUNCTION threadwell_find_words(part text, most integer) RETURNS TABLE (word varchar)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT w.word FROM conversations_word w WHERE w.workspace_id = $1 AND w.word LIKE $2'
        ' ORDER BY length(w.word), w.word LIMIT $3'
        USING NULLIF(current_setting('threadwell.workspace', true), '')::uuid,
            '%' || replace(replace(replace(part, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%', most;
END $$;
"""
CLOSED = """
REVOKE ALL ON FUNCTION threadwell_find_messages(tsquery, jsonb, timestamptz, uuid, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION threadwell_find_words(text, integer) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("conversations", "0006_expand_undo_by_nobody")]
    operations = [
        migrations.RunSQL(
            MESSAGES,
            "DROP FUNCTION threadwell_find_messages(tsquery, jsonb, timestamptz, uuid, integer)",
        ),
        migrations.RunSQL(WORDS, "DROP FUNCTION threadwell_find_words(text, integer)"),
        migrations.RunSQL(CLOSED, migrations.RunSQL.noop),
    ]
