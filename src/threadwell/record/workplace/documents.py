"""Documents: many rows are written by one statement, handed over as one JSON document.

In:    new rows of one model, all of one workspace
Out:   the same rows, kept
Touch: the model's table

Where rows hold documents themselves, this costs a third of `bulk_create`: an array of documents is quoted
twice on its way, character by character.

The workspace of the rows is read from one of its seats. On one machine that costs a look into an index. On
several (`threadwell scale`) only so does the statement go to the machine that holds the workspace, and is
carried out there; otherwise its rows would be copied, which row-level security refuses.
"""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection

from threadwell.kit.tenancy import Owned


def keep_all[M: Owned](rows: Sequence[M], *, or_leave: bool = False) -> list[M]:
    """Write them. ``or_leave``: a row that another one stands in the way of is left out."""
    if not rows:
        return []
    home, model = rows[0].workspace_id, type(rows[0])
    if any(row.workspace_id != home for row in rows):
        raise ValueError("rows of several workspaces")
    statement, names = _statement(model)
    document = json.dumps(
        [{name: getattr(row, name) for name in names} for row in rows], default=str, ensure_ascii=False
    )
    with connection.cursor() as cursor:
        cursor.execute(statement + (" ON CONFLICT DO NOTHING" if or_leave else ""), [home, document])
        if not cursor.rowcount:  # a workspace in which nobody has a seat yet, or all of them were there
            model.objects.bulk_create(rows, ignore_conflicts=or_leave)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
    return list(rows)


@cache
def _statement(model: type[Owned]) -> tuple[str, tuple[str, ...]]:
    quote = connection.ops.quote_name
    fields: list[Any] = [field for field in model._meta.concrete_fields if not field.generated]
    columns = [quote(field.column) for field in fields]
    typed = [f"{quote(field.attname)} {field.db_type(connection)}" for field in fields]
    told = ["home" if field.attname == "workspace_id" else "told" for field in fields]
    named = [f"{source}.{quote(field.attname)}" for source, field in zip(told, fields, strict=True)]
    statement = (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns)}) "  # noqa: S608
        f"SELECT {', '.join(named)} FROM ({_HOME}) AS home, "
        f"jsonb_to_recordset(%s::jsonb) AS told ({', '.join(typed)})"
    )
    return statement, tuple(field.attname for field in fields)


_HOME = "SELECT workspace_id FROM workplace_agent WHERE workspace_id = %s LIMIT 1"
