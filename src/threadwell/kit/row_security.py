"""Row security: the second wall of tenancy, in the database itself.

In:    a table's name
Out:   a migration operation that makes PostgreSQL show and accept only rows of the session's workspace
Touch: the table's policies

``FORCE`` holds the table's owner to it too; only a superuser or a role with BYPASSRLS walks around it,
and `threadwell doctor` complains when the application connects as one.
"""

from django.db.migrations import RunSQL

HERE = "workspace_id = NULLIF(current_setting('threadwell.workspace', true), '')::uuid"
MINE = "user_id = NULLIF(current_setting('threadwell.person', true), '')::uuid"


def walled(table: str, *, also_seen_if: str = "") -> RunSQL:
    """Only rows of the entered workspace may be read or written (``also_seen_if`` widens reading alone)."""
    # One by one: Citus sends each on to the machines of a spread table, and does not take them apart.
    statements = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY inside_workspace ON {table} USING ({HERE}) WITH CHECK ({HERE})",
    ]
    if also_seen_if:
        statements.append(f"CREATE POLICY also_seen ON {table} FOR SELECT USING ({also_seen_if})")
    return RunSQL(
        sql=tuple(statements),
        reverse_sql=(
            f"DROP POLICY IF EXISTS also_seen ON {table}",
            f"DROP POLICY inside_workspace ON {table}",
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ),
    )
