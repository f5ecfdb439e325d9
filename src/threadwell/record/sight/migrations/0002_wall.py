"""Row-level security over the tables of this family, and the functions that say what stands behind a wall.

Two ways of asking that must agree (tests/record/sight): from the walls down to all that stands behind them, for
lists; and from one thing up to its walls, for whatever belongs to a conversation, for a page and for the audit.

While they look they take the veil off, for what hides a record may itself be hidden. They put it on again
before they answer.
"""

from django.db import migrations

from threadwell.kit.row_security import walled

ACCOUNTS = """
CREATE FUNCTION threadwell_hidden_accounts() RETURNS SETOF uuid LANGUAGE plpgsql STABLE COST 10 ROWS 10 AS $$
DECLARE
    here uuid := NULLIF(current_setting('threadwell.workspace', true), '')::uuid;
    veil text := coalesce(current_setting('threadwell.blind', true), '');
    firms uuid[] := '{}';
    fresh uuid[];
    people uuid[];
BEGIN
    IF veil = '' THEN RETURN; END IF;
    PERFORM set_config('threadwell.blind', '', true);
    SELECT array_agg(s.key) FILTER (WHERE s.kind = 'organisation'), array_agg(s.key) FILTER (WHERE s.kind = 'contact')
        INTO fresh, people FROM sight_subject s
        WHERE s.workspace_id = here AND s.restriction_id = ANY(veil::uuid[]) AND s.key IS NOT NULL;
    WHILE fresh IS NOT NULL LOOP
        firms := firms || fresh;
        SELECT array_agg(DISTINCT near.id) INTO fresh FROM (
            SELECT o.id FROM people_organisation o WHERE o.workspace_id = here AND o.parent_id = ANY(fresh)
            UNION ALL
            SELECT o.id FROM people_organisation o WHERE o.workspace_id = here AND o.one_with_id = ANY(fresh)
            UNION ALL
            SELECT o.one_with_id FROM people_organisation o WHERE o.workspace_id = here AND o.id = ANY(fresh)
        ) near WHERE near.id IS NOT NULL AND near.id <> ALL (firms);
    END LOOP;
    IF firms <> '{}' THEN
        people := coalesce(people, '{}')
            || ARRAY(SELECT c.id FROM people_contact c WHERE c.workspace_id = here AND c.organisation_id = ANY(firms))
            || ARRAY(SELECT m.contact_id FROM people_membership m
                WHERE m.workspace_id = here AND m.organisation_id = ANY(firms) AND m.until IS NULL);
    END IF;
    -- Whoever is merged names its root directly: one step up and one down is the whole family.
    people := people || ARRAY(
        SELECT c.one_with_id FROM people_contact c
        WHERE c.workspace_id = here AND c.id = ANY(people) AND c.one_with_id IS NOT NULL);
    people := people || ARRAY(
        SELECT c.id FROM people_contact c WHERE c.workspace_id = here AND c.one_with_id = ANY(people));
    PERFORM set_config('threadwell.blind', veil, true);
    RETURN QUERY SELECT unnest(firms || people);
END $$;
"""
INBOXES = """
CREATE FUNCTION threadwell_hidden_inboxes() RETURNS SETOF uuid LANGUAGE plpgsql STABLE COST 10 ROWS 5 AS $$
DECLARE
    veil text := coalesce(current_setting('threadwell.blind', true), '');
BEGIN
    IF veil = '' THEN RETURN; END IF;
    RETURN QUERY SELECT s.key FROM sight_subject s
        WHERE s.workspace_id = NULLIF(current_setting('threadwell.workspace', true), '')::uuid AND s.restriction_id = ANY(veil::uuid[]) AND s.kind = 'inbox';
END $$;
"""
ADDRESSES = """
CREATE FUNCTION threadwell_hidden_addresses() RETURNS SETOF varchar LANGUAGE plpgsql STABLE COST 10 ROWS 10 AS $$
DECLARE
    here uuid := NULLIF(current_setting('threadwell.workspace', true), '')::uuid;
    veil text := coalesce(current_setting('threadwell.blind', true), '');
    accounts uuid[];
BEGIN
    IF veil = '' THEN RETURN; END IF;
    accounts := ARRAY(SELECT threadwell_hidden_accounts());
    IF accounts = '{}' THEN RETURN; END IF;
    PERFORM set_config('threadwell.blind', '', true);
    RETURN QUERY SELECT i.value FROM people_identity i
        WHERE i.workspace_id = here AND i.contact_id = ANY(accounts) AND i.kind = 'email';
    PERFORM set_config('threadwell.blind', veil, true);
END $$;
"""
WALLS = """
CREATE FUNCTION threadwell_walls(contacts uuid[], organisations uuid[], inbox uuid, addresses varchar[])
RETURNS uuid[] LANGUAGE plpgsql STABLE COST 10 AS $$
DECLARE
    here uuid := NULLIF(current_setting('threadwell.workspace', true), '')::uuid;
    veil text := coalesce(current_setting('threadwell.blind', true), '');
    people uuid[] := array_remove(contacts, NULL);
    fresh uuid[] := array_remove(organisations, NULL);
    firms uuid[] := '{}';
    walls uuid[];
BEGIN
    IF veil <> '' THEN PERFORM set_config('threadwell.blind', '', true); END IF;
    IF addresses <> '{}' THEN
        people := people || ARRAY(SELECT i.contact_id FROM people_identity i
            WHERE i.workspace_id = here AND i.kind = 'email' AND i.value = ANY(addresses));
    END IF;
    IF people <> '{}' THEN
        -- Whoever is merged names its root directly: one step up and one down is the whole family.
        people := people || ARRAY(
            SELECT c.one_with_id FROM people_contact c
            WHERE c.workspace_id = here AND c.id = ANY(people) AND c.one_with_id IS NOT NULL);
        people := people || ARRAY(
            SELECT c.id FROM people_contact c WHERE c.workspace_id = here AND c.one_with_id = ANY(people));
        fresh := fresh
            || ARRAY(SELECT c.organisation_id FROM people_contact c
                WHERE c.workspace_id = here AND c.id = ANY(people) AND c.organisation_id IS NOT NULL)
            || ARRAY(SELECT m.organisation_id FROM people_membership m
                WHERE m.workspace_id = here AND m.contact_id = ANY(people) AND m.until IS NULL);
    END IF;
    WHILE fresh <> '{}' LOOP
        firms := firms || fresh;
        SELECT array_agg(DISTINCT near.id) INTO fresh FROM (
            SELECT unnest(ARRAY[o.parent_id, o.one_with_id]) AS id FROM people_organisation o
            WHERE o.workspace_id = here AND o.id = ANY(fresh)
            UNION ALL
            SELECT o.id FROM people_organisation o WHERE o.workspace_id = here AND o.one_with_id = ANY(fresh)
        ) near WHERE near.id IS NOT NULL AND near.id <> ALL (firms);
    END LOOP;
    SELECT array_agg(DISTINCT s.restriction_id) INTO walls FROM sight_subject s
        JOIN sight_restriction r ON r.workspace_id = here AND r.id = s.restriction_id AND r.dissolved_at IS NULL
        WHERE s.workspace_id = here AND s.key = ANY(people || firms || inbox);
    IF veil <> '' THEN PERFORM set_config('threadwell.blind', veil, true); END IF;
    RETURN coalesce(walls, '{}');
END $$;
"""

#: One thing, whatever it is, up to its walls.
THING = """
CREATE FUNCTION threadwell_walls_about(thing uuid) RETURNS uuid[] LANGUAGE plpgsql STABLE COST 10 AS $$
DECLARE
    here uuid := NULLIF(current_setting('threadwell.workspace', true), '')::uuid;
    veil text := coalesce(current_setting('threadwell.blind', true), '');
    it record;
    walls uuid[] := '{}';
BEGIN
    IF thing IS NULL OR NOT EXISTS (
        SELECT FROM sight_restriction r WHERE r.workspace_id = here AND r.dissolved_at IS NULL
    ) THEN RETURN '{}'; END IF;
    IF veil <> '' THEN PERFORM set_config('threadwell.blind', '', true); END IF;
    <<looking>> BEGIN
        SELECT * INTO it FROM conversations_conversation c WHERE c.workspace_id = here AND c.id = thing;
        IF FOUND THEN
            walls := threadwell_walls(
                ARRAY[it.contact_id], ARRAY[it.organisation_id], it.inbox_id, it.participants)
                || threadwell_walls_about(it.aside_of_id);
            EXIT looking;
        END IF;
        PERFORM FROM people_contact c WHERE c.workspace_id = here AND c.id = thing;
        IF FOUND THEN
            walls := threadwell_walls(ARRAY[thing], NULL, NULL, NULL);
            EXIT looking;
        END IF;
        PERFORM FROM people_organisation o WHERE o.workspace_id = here AND o.id = thing;
        IF FOUND THEN
            walls := threadwell_walls(NULL, ARRAY[thing], NULL, NULL);
            EXIT looking;
        END IF;
        SELECT m.conversation_id, m.contact_id INTO it
            FROM conversations_message m WHERE m.workspace_id = here AND m.id = thing;
        IF FOUND THEN
            walls := threadwell_walls(ARRAY[it.contact_id], NULL, NULL, NULL)
                || threadwell_walls_about(it.conversation_id);
            EXIT looking;
        END IF;
        SELECT i.contact_id, i.organisation_id INTO it
            FROM work_workitem i WHERE i.workspace_id = here AND i.id = thing;
        IF FOUND THEN
            walls := threadwell_walls(ARRAY[it.contact_id], ARRAY[it.organisation_id], NULL, NULL);
            EXIT looking;
        END IF;
        SELECT t.contact_id, t.organisation_id, t.conversation_id, t.work_item_id INTO it FROM (
            SELECT contact_id, organisation_id, conversation_id, work_item_id FROM commitments_task
                WHERE workspace_id = here AND id = thing
            UNION ALL
            SELECT contact_id, organisation_id, conversation_id, work_item_id FROM commitments_promise
                WHERE workspace_id = here AND id = thing
            UNION ALL
            SELECT contact_id, organisation_id, conversation_id, work_item_id FROM commitments_decision
                WHERE workspace_id = here AND id = thing
        ) t;
        IF FOUND THEN
            walls := threadwell_walls(ARRAY[it.contact_id], ARRAY[it.organisation_id], NULL, NULL)
                || threadwell_walls_about(it.conversation_id) || threadwell_walls_about(it.work_item_id);
            EXIT looking;
        END IF;
        SELECT d.inbox_id, d.sender, m.conversation_id INTO it FROM inboxes_delivery d
            LEFT JOIN conversations_message m ON m.workspace_id = here AND m.delivery_id = d.id
            WHERE d.workspace_id = here AND d.id = thing;
        IF FOUND THEN
            walls := threadwell_walls(NULL, NULL, it.inbox_id, ARRAY[lower(it.sender)]::varchar[])
                || threadwell_walls_about(it.conversation_id);
            EXIT looking;
        END IF;
        SELECT a.message_id, d.conversation_id INTO it FROM conversations_attachment a
            LEFT JOIN conversations_draft d ON d.workspace_id = here AND d.id = a.draft_id
            WHERE a.workspace_id = here AND a.id = thing;
        IF FOUND THEN
            walls := threadwell_walls_about(coalesce(it.message_id, it.conversation_id));
            EXIT looking;
        END IF;
        SELECT i.contact_id INTO it FROM people_identity i WHERE i.workspace_id = here AND i.id = thing;
        IF FOUND THEN
            walls := threadwell_walls(ARRAY[it.contact_id], NULL, NULL, NULL);
            EXIT looking;
        END IF;
        SELECT p.first, p.second INTO it FROM people_mergeproposal p WHERE p.workspace_id = here AND p.id = thing;
        IF FOUND THEN
            walls := threadwell_walls_about(it.first) || threadwell_walls_about(it.second);
            EXIT looking;
        END IF;
        SELECT m.survivor, m.absorbed INTO it FROM people_merge m WHERE m.workspace_id = here AND m.id = thing;
        IF FOUND THEN
            walls := threadwell_walls_about(it.survivor) || threadwell_walls_about(it.absorbed);
            EXIT looking;
        END IF;
        walls := threadwell_walls(NULL, NULL, thing, NULL);
    END;
    IF veil <> '' THEN PERFORM set_config('threadwell.blind', veil, true); END IF;
    RETURN walls;
END $$;
CREATE FUNCTION threadwell_is_hidden(thing uuid) RETURNS boolean LANGUAGE plpgsql STABLE COST 10 AS $$
BEGIN
    RETURN thing IS NOT NULL
        AND threadwell_walls_about(thing) && NULLIF(current_setting('threadwell.blind', true), '')::uuid[];
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("sight", "0001_begin")]
    operations = [
        walled("sight_restriction"),
        walled("sight_subject"),
        walled("sight_insider"),
        walled("sight_accessrequest"),
        migrations.RunSQL(ACCOUNTS, "DROP FUNCTION threadwell_hidden_accounts"),
        migrations.RunSQL(INBOXES, "DROP FUNCTION threadwell_hidden_inboxes"),
        migrations.RunSQL(ADDRESSES, "DROP FUNCTION threadwell_hidden_addresses"),
        migrations.RunSQL(WALLS, "DROP FUNCTION threadwell_walls"),
        migrations.RunSQL(THING, "DROP FUNCTION threadwell_walls_about, threadwell_is_hidden"),
    ]
