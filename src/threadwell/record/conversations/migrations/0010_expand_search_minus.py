"""Search knows what must not be: ``-is:``, ``-in:``, ``-owner:``, ``-label:``, ``-has:``.

What must not be stands in ``wanted`` under ``not_``, each a list. A conversation without an owner or a team is
nobody's, so it is not one of those that are left out.
"""

from importlib import import_module

from django.db import migrations

BEFORE: str = import_module("threadwell.record.conversations.migrations.0007_expand_search").MESSAGES
JOINED = "IF wanted ?| ARRAY['status', 'owner', 'unowned', 'team', 'inbox', 'label'] THEN"
JOINED_NOW = """IF wanted ?| ARRAY['status', 'owner', 'unowned', 'team', 'inbox', 'label',
            'owned', 'not_status', 'not_owner', 'not_team', 'not_inbox', 'not_label'] THEN"""
LAST = "    IF query IS NULL THEN\n"
NOT = """    IF wanted ? 'unattached' THEN statement := statement || ' AND m.attachment_count = 0'; END IF;
    IF wanted ? 'owned' THEN statement := statement || ' AND c.owner_id IS NOT NULL'; END IF;
    IF wanted ? 'not_status' THEN
        statement := statement || ' AND NOT ($3->''not_status'') ? c.status';
    END IF;
    IF wanted ? 'not_owner' THEN
        statement := statement || ' AND (c.owner_id IS NULL OR NOT ($3->''not_owner'') ? c.owner_id::text)';
    END IF;
    IF wanted ? 'not_team' THEN
        statement := statement || ' AND (c.team_id IS NULL OR NOT ($3->''not_team'') ? c.team_id::text)';
    END IF;
    IF wanted ? 'not_inbox' THEN
        statement := statement || ' AND NOT ($3->''not_inbox'') ? c.inbox_id::text';
    END IF;
    IF wanted ? 'not_label' THEN
        statement := statement || ' AND NOT to_jsonb(c.labels) ?| ARRAY(SELECT jsonb_array_elements_text($3->''not_label''))';
    END IF;
"""
MESSAGES = BEFORE.replace(JOINED, JOINED_NOW).replace(LAST, NOT + LAST, 1)


class Migration(migrations.Migration):
    dependencies = [("conversations", "0009_expand_due")]
    operations = [migrations.RunSQL(MESSAGES, BEFORE)]
