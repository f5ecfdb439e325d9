"""Walls: what row security hides from whoever wears a veil, derived from the tables as they are.

In:    the models that are installed, the marks of what was drawn before
Out:   statements that put it into the policy of every table that leads to a customer or an inbox
Touch: nothing; `threadwell migrate` executes them as the owner

It imports no model, for `threadwell up` looks at the schema before anything heavy is loaded.

A table is hidden by its keys: those to contacts, organisations and inboxes, and those to whatever belongs to
one of them. So a new table stands behind the walls from its first day, and nobody has to remember it. It is
a part of the policy that keeps workspaces apart, and begins with the question whether a veil is worn at all:
for everybody else it costs that one look. The owner's own functions look past it, by the policy `searched`.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.db.models import Model

from threadwell.kit.row_security import HERE

POLICY = "inside_workspace"
FORMER = "in_sight"  #: until 0.1 a policy of its own; Citus forgets on its workers that one is restrictive
#: For `drawn`: of each table the mark that was left.
BEFORE = f"""
    SELECT polrelid::regclass::text, coalesce(obj_description(oid, 'pg_policy'), '')
    FROM pg_policy WHERE polname = '{POLICY}'
"""  # noqa: S608 - our own name
#: Written so that the planner takes it to be true of nearly all rows. No IS NULL and no IS TRUE in a policy:
#: Citus reads the statement that makes it twice, and PostgreSQL has changed those in place the first time.
OPEN = "(CASE WHEN coalesce(current_setting('threadwell.blind', true), '') = '' THEN 1 ELSE 0 END) <> 0"
OPEN_FIELDS = (
    "(CASE WHEN coalesce(current_setting('threadwell.hidden_fields', true), '') = '' THEN 1 ELSE 0 END) <> 0"
)
FIELDS = "string_to_array(current_setting('threadwell.hidden_fields', true), ',')"

# A function, for Citus takes no subquery in a policy of a distributed table. What is looked up in the list of
# all that is hidden, as a text or as several; and what has to be asked about by itself.
KEY = "ARRAY[{column}::text]"
ADDRESSES = "{column}::text[]"
ADDRESS = "ARRAY[lower({column})]"
THING = "NOT coalesce(threadwell_is_hidden({column}), false)"
LISTED = (KEY, ADDRESSES, ADDRESS)

#: Of the table that a key leads to: what to ask about the key.
LEADING = {
    "people.Contact": KEY,
    "people.Organisation": KEY,
    "inboxes.Inbox": KEY,
    "inboxes.Delivery": THING,
    "conversations.Conversation": THING,
    "conversations.Message": THING,
    "work.WorkItem": THING,
}
COMMITMENT = (
    ("contact_id", KEY),
    ("organisation_id", KEY),
    ("conversation_id", THING),
    ("work_item_id", THING),
)
#: Tables whose own keys do not say it all, with what does.
BY_HAND: dict[str, tuple[tuple[str, str], ...]] = {
    "people.Contact": (("id", KEY),),
    "people.Organisation": (("id", KEY),),
    "inboxes.Inbox": (("id", KEY),),
    "conversations.Conversation": (
        ("inbox_id", KEY),
        ("contact_id", KEY),
        ("organisation_id", KEY),
        ("participants", ADDRESSES),
        ("aside_of_id", THING),
    ),
    "conversations.Message": (("conversation_id", THING), ("contact_id", KEY)),
    "inboxes.Delivery": (("inbox_id", KEY), ("sender", ADDRESS), ("id", THING)),
    "people.Merge": (("survivor", KEY), ("absorbed", KEY)),
    "people.MergeProposal": (("first", KEY), ("second", KEY)),
    "commitments.Task": COMMITMENT,
    "commitments.Promise": COMMITMENT,
    "commitments.Decision": COMMITMENT,
    "journal.Event": (("about", THING),),
    "imports.ImportedRecord": (("about", THING),),
}
#: Tables that lead there and show nothing of it, each with the reason.
SHOWS_NOTHING = {
    "conversations.ReadMark": "when an agent was where; looked up for each row of a list",
    "conversations.ThreadKey": "keys of letters, never shown; the conversation they lead to is looked up",
}
#: Rows that say what stands in a field.
OF_FIELDS = {
    "people.Identity": f"('identity.' || kind) <> ALL ({FIELDS})",
    "people.Statement": "(coalesce('contact.' || left(contact_id::text, 0), 'organisation.')"
    f" || regexp_replace(field, '^custom[.]', '')) <> ALL ({FIELDS})",
    "fields.CustomField": f"(about || '.' || key) <> ALL ({FIELDS})",
}


def drawn(before: Mapping[str, str]) -> Iterator[str]:
    """The statements, where what stands there is another (``before``: the mark of each table's policy)."""
    for table, condition in conditions():
        mark = sha256(condition.encode()).hexdigest()[:16] if condition else ""
        if mark != before.get(table, ""):
            yield f"ALTER POLICY {POLICY} ON {table} USING ({HERE}{f' AND {condition}' if condition else ''})"
            yield f"DROP POLICY IF EXISTS {FORMER} ON {table}"
            yield f"COMMENT ON POLICY {POLICY} ON {table} IS '{mark}'"


def conditions() -> Iterator[tuple[str, str]]:
    """Of every table of a workspace: what must be true of a row that may be seen; nothing for most."""
    for model in apps.get_models():
        if any(field.name == "workspace" for field in model._meta.local_concrete_fields):
            label = str(model._meta.label)
            hidden = list(_hidden(asked_of(model)))
            both = [f"({OPEN} OR ({' AND '.join(hidden)}))"] if hidden else []
            if label in OF_FIELDS:
                both.append(f"({OPEN_FIELDS} OR {OF_FIELDS[label]})")
            yield str(model._meta.db_table), " AND ".join(both)


def _hidden(asked: tuple[tuple[str, str], ...]) -> Iterator[str]:
    listed = " || ".join(form.format(column=column) for column, form in asked if form in LISTED)
    if listed:
        yield f"NOT threadwell_veiled(VARIADIC {listed})"
    yield from (form.format(column=column) for column, form in asked if form not in LISTED)


def asked_of(model: type[Model]) -> tuple[tuple[str, str], ...]:
    """The columns of a table that may lead behind a wall, and what to ask about each."""
    label = model._meta.label
    if label in SHOWS_NOTHING:
        return ()
    if label in BY_HAND:
        return BY_HAND[label]
    return tuple(
        (str(field.column), LEADING[leads_to])
        for field in model._meta.concrete_fields
        if (leads_to := _label_of(field)) in LEADING
    )


def _label_of(field: Any) -> str:
    return field.related_model._meta.label if field.is_relation and field.related_model else ""
