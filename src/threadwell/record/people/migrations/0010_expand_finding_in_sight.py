"""Nobody is found by what the reader may not read: neither by a number that is hidden, nor by people behind a wall.

The functions run as the owner, whom no veil binds; so they ask for it themselves (ADR 0015).
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("threadwell.record.people.migrations.0008_expand_finding")
HIDDEN = "string_to_array(coalesce(current_setting(''threadwell.hidden_fields'', true), ''''), '','')"
CONTACTS: str = BEFORE.CONTACTS.replace(
    "WHERE i.workspace_id = $1 AND (' || valued || ')';",
    f"WHERE i.workspace_id = $1 AND (''identity.'' || i.kind) <> ALL ({HIDDEN}) AND (' || valued || ')';",
)
ORGANISATIONS: str = BEFORE.ORGANISATIONS.replace(
    "' WHERE c.workspace_id = $1' || threadwell_named('upper(c.name)', words, false)",
    "' WHERE c.workspace_id = $1 AND (c.id IN (SELECT threadwell_hidden_accounts())) IS NOT TRUE'"
    " || threadwell_named('upper(c.name)', words, false)",
)
AGAIN = ("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("people", "0009_fill_no_machines"), ("sight", "0002_wall")]
    operations = [
        migrations.RunSQL(CONTACTS.replace(*AGAIN), BEFORE.CONTACTS.replace(*AGAIN)),
        migrations.RunSQL(ORGANISATIONS.replace(*AGAIN), BEFORE.ORGANISATIONS.replace(*AGAIN)),
    ]
