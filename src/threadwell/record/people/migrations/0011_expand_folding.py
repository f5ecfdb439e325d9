"""Contacts and organisations are found without accents: "muller" finds "Müller", "strasse" "Straße", "lodz" "Łódź".

The database folds by itself (`threadwell_folded`), and the indexes of parts stand on what is folded; so nothing has
to be written anew, and nothing can be forgotten. Each index is built while others go on writing. A build that was
interrupted leaves one that is not valid; the next start of the migration drops it and begins again.

Marks are taken away where they are accents (Latin, Greek, Cyrillic, Hebrew, Arabic); in scripts whose marks are
letters of their own (Japanese, Thai, those of India) they stay.
"""

from importlib import import_module

from django.db import migrations

FOLDED = r"""
CREATE OR REPLACE FUNCTION threadwell_folded(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(said) = char_length(said) THEN lower(said) ELSE
        normalize(translate(replace(replace(replace(replace(lower(regexp_replace(
            normalize(said, NFKD),
            '[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]', '', 'g'
        )), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'łøđðħıŧŋ', 'loddhitn'), NFC)
    END
$$;
"""
LIKE = r"""
CREATE OR REPLACE FUNCTION threadwell_like(part text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT replace(replace(replace(threadwell_folded(part), '\', '\\'), '%', '\%'), '_', '\_')
$$;
"""
AGAIN = ("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
BEFORE = import_module("threadwell.record.people.migrations.0008_expand_finding")
IN_SIGHT = import_module("threadwell.record.people.migrations.0010_expand_finding_in_sight")
#: Of each index: its name, and what it stands on.
PARTS = {
    "contact_name_folded": "people_contact USING gin (threadwell_folded(name) gin_trgm_ops)",
    "organisation_name_folded": "people_organisation USING gin (threadwell_folded(name) gin_trgm_ops)",
    "identity_value_folded": "people_identity USING gin (threadwell_folded(value) gin_trgm_ops)",
}


def folding(function: str) -> str:
    return function.replace(*AGAIN).replace("upper(", "threadwell_folded(")


def built(name: str, on: str) -> list[migrations.RunSQL]:
    """Two statements, each by itself: neither may stand in a transaction."""
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
    return [
        migrations.RunSQL(drop, migrations.RunSQL.noop),
        migrations.RunSQL(f"CREATE INDEX CONCURRENTLY {name} ON {on}", drop),
    ]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("people", "0010_expand_finding_in_sight")]
    operations = [
        migrations.RunSQL(FOLDED, migrations.RunSQL.noop),
        *(one for name, on in PARTS.items() for one in built(name, on)),
        migrations.RunSQL(LIKE, BEFORE.LIKE.replace(*AGAIN)),
        migrations.RunSQL(folding(IN_SIGHT.CONTACTS), IN_SIGHT.CONTACTS.replace(*AGAIN)),
        migrations.RunSQL(folding(IN_SIGHT.ORGANISATIONS), IN_SIGHT.ORGANISATIONS.replace(*AGAIN)),
        migrations.RunSQL(folding(BEFORE.ALIKE), BEFORE.ALIKE.replace(*AGAIN)),
    ]
