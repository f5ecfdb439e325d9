"""What was said is found by "lodz" and "kobenhavn" too: words are kept with plain letters for ł, ø, æ and the like.

Messages are gone through by their keys, some thousands in a transaction of their own. Whoever is interrupted begins
again and finds nothing to write where it has been.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import migrations, transaction

AT_A_TIME = 2000
STRANGE = "[łøđðħıŧŋæœþ]"
PLAIN = "replace(replace(replace(translate({}, 'łøđðħıŧŋ', 'loddhitn'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')"
ASK = f"SELECT EXISTS (SELECT FROM conversations_word WHERE workspace_id = %s AND word ~ '{STRANGE}')"  # noqa: S608
LEARN = f"""
    INSERT INTO conversations_word (id, workspace_id, word)
    SELECT gen_random_uuid(), %s, left({PLAIN.format("word")}, 80)
    FROM conversations_word WHERE workspace_id = %s AND word ~ '{STRANGE}'
    ON CONFLICT (workspace_id, word) DO NOTHING
"""  # noqa: S608
FORGET = f"DELETE FROM conversations_word WHERE workspace_id = %s AND word ~ '{STRANGE}'"  # noqa: S608
# The notation of a vector is read again: a word that stands in it twice by then becomes one, with all its places.
WRITE = f"""
    WITH batch AS (
        SELECT id FROM conversations_message WHERE workspace_id = %(workspace)s AND id > %(after)s
        ORDER BY id LIMIT {AT_A_TIME}
    ), written AS (
        UPDATE conversations_message m SET words = ({PLAIN.format("m.words::text")})::tsvector
        FROM batch WHERE m.workspace_id = %(workspace)s AND m.id = batch.id AND m.words::text ~ '{STRANGE}'
    )
    SELECT id FROM batch ORDER BY id DESC LIMIT 1
"""  # noqa: S608
FIRST = "00000000-0000-0000-0000-000000000000"


def fill(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    for workspace in apps.get_model("workplace", "Workspace").objects.values_list("pk", flat=True):
        with inside(connection, workspace) as cursor:
            cursor.execute(ASK, [workspace])
            [is_concerned] = cursor.fetchone()
        if not is_concerned:
            continue
        with inside(connection, workspace) as cursor:
            cursor.execute(LEARN, [workspace, workspace])
        reached: Any = FIRST
        while reached:
            with inside(connection, workspace) as cursor:
                cursor.execute(WRITE, {"workspace": workspace, "after": reached})
                reached = (cursor.fetchone() or [None])[0]
        # Last, for the words are how it is known that something is left to do.
        with inside(connection, workspace) as cursor:
            cursor.execute(FORGET, [workspace])


@contextmanager
def inside(connection: Any, workspace: Any) -> Iterator[Any]:
    """A transaction of its own in a workspace."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL threadwell.workspace = '{workspace}'")
        yield cursor


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("conversations", "0018_index_what_a_year_is_counted_by"), ("workplace", "0001_begin")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
