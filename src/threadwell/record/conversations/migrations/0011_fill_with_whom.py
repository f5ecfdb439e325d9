"""Messages from before are with the contact of their conversation, and with that one's organisation."""

from typing import Any

from django.db import migrations

CONVERSATIONS = """
    UPDATE conversations_conversation AS c SET organisation_id = p.organisation_id
    FROM people_contact AS p
    WHERE c.workspace_id = %s AND p.workspace_id = c.workspace_id AND p.id = c.contact_id
      AND c.organisation_id IS NULL AND p.organisation_id IS NOT NULL
"""
MESSAGES = """
    UPDATE conversations_message AS m
    SET contact_id = coalesce(m.contact_id, c.contact_id),
        organisation_id = coalesce(m.organisation_id, p.organisation_id)
    FROM conversations_conversation AS c
    LEFT JOIN people_contact AS p ON p.workspace_id = c.workspace_id AND p.id = c.contact_id
    WHERE m.workspace_id = %s AND c.workspace_id = m.workspace_id AND c.id = m.conversation_id
      AND (m.contact_id IS NULL AND c.contact_id IS NOT NULL
           OR m.organisation_id IS NULL AND p.organisation_id IS NOT NULL)
"""


def fill(apps: Any, schema_editor: Any) -> None:
    for workspace in apps.get_model("workplace", "Workspace").objects.values_list("pk", flat=True):
        schema_editor.execute(f"SET LOCAL threadwell.workspace = '{workspace}'")
        for statement in (CONVERSATIONS, MESSAGES):
            schema_editor.execute(statement, [workspace])


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0010_expand_search_minus"),
        ("people", "0004_expand_account"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
