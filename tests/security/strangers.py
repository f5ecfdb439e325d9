"""Strangers: a firm with a row in every table of a workspace, and what addresses call those rows.

In:    a firm's one conversation (tests/interfaces/api)
Out:   its keys by the names that stand in addresses, fields of forms and bodies
Touch: every table of a workspace

A new table gets its row by itself. A new name in an address must be given its table here, or the walk fails.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import Error, connection, models, transaction

from tests import cast
from tests.interfaces.api.conftest import Firm, a_firm
from threadwell.kit import ids, tenancy
from threadwell.kit.tenancy import Owned
from threadwell.record.workplace.models import Agent, User
from threadwell.record.workplace.roles import Role

#: What a row is called in addresses, beside the name of its own table.
CALLED = {
    "item": ("WorkItem",),
    "work_item": ("WorkItem",),
    "file": ("Attachment",),
    "view": ("SavedView",),
    "way": ("NoticeWay",),
    "type": ("WorkItemType",),
    "status": ("WorkStatus",),
    "request": ("AccessRequest",),
    "run": ("DryRun", "FollowUp"),
    "search": ("DuplicateSearch",),
    "import": ("MailImport", "RecordImport"),
    "feed": ("ClosureFeed",),
    "field": ("CustomField",),
    "ladder": ("FollowUpLadder",),
    "policy": ("SlaPolicy",),
    "proposal": ("MergeProposal",),
    "relation": ("WorkRelation",),
    "rule": ("RoutingRule",),
    "token": ("ApiToken",),
}
_SOMETHING = {
    "uuid": "gen_random_uuid()",
    "timestamptz": "now()",
    "date": "now()",
    "time": "now()",
    "bool": "false",
    "jsonb": "'{}'",
    "bytea": "''",
    "inet": "'127.0.0.1'",
    "tsvector": "''",
}
#: What must fit together for a page of ours to make sense of it.
_TIED = {
    ("RuleVersion", "number"): "1",
    ("Undo", "kind"): "'handle'",
    ("SavedView", "filters"): """'{"place": "open", "query": ""}'""",
}
_NUMBERS = count(7001)
_TELLING = frozenset({"name", "title", "subject", "text", "label", "value", "reason", "filename", "why"})


@dataclass(frozen=True, kw_only=True)
class House:
    """A firm that has something of everything, and its owner."""

    firm: Firm
    owner: Agent
    word: str  #: that stands in what its rows are called
    rows: dict[str, UUID] = field(default_factory=dict)  #: a key of each table, by the model's name

    @property
    def slug(self) -> str:
        return self.firm.workspace.slug

    @property
    def number(self) -> int:
        return self.firm.conversation.number

    @property
    def aside_number(self) -> int:
        """Of a side conversation of the first."""
        return self.number + 1

    def called(self, name: str) -> list[UUID]:
        """Keys of what a part of an address, or a field of a form, may mean."""
        plain = name.removesuffix("_id").removesuffix("_ids")
        kinds = CALLED.get(plain) or (plain.title().replace("_", ""),)
        return [self.rows[kind] for kind in kinds if kind in self.rows]


@cache
def owned() -> tuple[type[Owned], ...]:
    return tuple(model for model in apps.get_models() if issubclass(model, Owned))


def a_house(*, number: int, word: str) -> House:
    """The firm, whose conversation bears that number, with a row in every table."""
    firm = a_firm()
    owner = cast.an_agent(firm.workspace, name="Olga", role=Role.OWNER)
    house = House(firm=firm, owner=owner, word=word)
    with tenancy.entered(firm.workspace.pk):
        type(firm.conversation).objects.of(firm.workspace).update(number=number)
        house.rows["Agent"] = cast.an_agent(firm.workspace, name=f"Gil {word}").pk
        facts = {"workspace": firm.workspace, "inbox": firm.inbox, "aside_of": firm.conversation}
        type(firm.conversation).objects.create(number=number + 1, subject=word, **facts)
        wrong = [told for model in owned() if (told := _missing(house, model))]
        assert not wrong, f"say below what their checks want: {wrong}"
        firm.conversation.refresh_from_db()
    return house


def _missing(house: House, model: type[Owned]) -> str:
    try:
        _row_of(house, model)
    except Error as error:
        return f"{model.__name__}: {error}"
    return ""


def _row_of(house: House, model: type[Owned]) -> UUID:
    """The key of one row of this table, made where there is none."""
    name = model.__name__
    if name not in house.rows:
        there = model.objects.of(house.firm.workspace).values_list("pk", flat=True).first()
        house.rows[name] = there or _made(house, model)
    return house.rows[name]


def _made(house: House, model: type[Owned]) -> UUID:
    wrong: Error | None = None
    # As much of it as the table's checks let stand together.
    for optional in (True, False):
        key = ids.new()
        columns = dict(_columns(house, model, key, optional=optional))
        names = ", ".join(f'"{column}"' for column in columns)
        query = f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({', '.join(columns.values())})"
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(query)
        except Error as error:
            wrong = error
        else:
            return key
    assert wrong
    raise wrong


def _columns(house: House, model: type[Owned], key: UUID, *, optional: bool) -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, udt_name, is_nullable = 'YES' FROM information_schema.columns"
            " WHERE table_name = %s AND is_generated = 'NEVER' AND is_identity = 'NO'",
            [model._meta.db_table],
        )
        found = cursor.fetchall()
    fields = {one.column: one for one in model._meta.local_concrete_fields}
    taken: set[type[models.Model]] = set()
    for column, kind, may_be_empty in found:
        if column not in fields and may_be_empty:
            continue  # given up by this version; the next takes it away
        one = fields[column]
        if column == "id":
            yield column, f"'{key}'"
        elif column == "workspace_id":
            yield column, f"'{house.firm.workspace.pk}'"
        elif may_be_empty:
            # Somebody it is for: pages show people their own.
            if optional and column in ("agent_id", "by_id", "owner_id"):
                yield column, f"'{house.owner.pk}'"
            elif optional and (model.__name__, column) == ("Statement", "contact_id"):
                yield column, f"'{house.rows['Contact']}'"
        elif one.is_relation:
            # A relation is one of two: the second is another.
            related = _made(house, one.related_model) if one.related_model in taken else _related(house, one)
            taken |= {one.related_model} - {Agent}
            yield column, f"'{related}'"
        elif (model.__name__, column) in _TIED:
            yield column, _TIED[model.__name__, column]
        elif column in ("survivor", "first"):
            yield column, f"'{house.rows['Contact']}'"
        elif column in ("number", "external_id"):
            yield column, f"'{next(_NUMBERS)}'"
        else:
            yield column, _something(house, one, kind)


def _related(house: House, one: Any) -> UUID:
    if issubclass(one.related_model, User):
        return house.owner.user_id
    if issubclass(one.related_model, Agent):
        return house.owner.pk
    return _row_of(house, one.related_model)


def _something(house: House, one: "models.Field[Any, Any]", kind: str) -> str:
    if isinstance(one, models.JSONField):
        return f"'{json.dumps(one.get_default())}'" if one.has_default() else "'{}'"
    if one.choices:
        return f"'{one.get_default() or next(iter(one.flatchoices))[0]}'"
    if one.column in ("ends_at", "until", "expires_at"):
        return "now() + interval '1 hour'"
    if one.has_default() and not callable(one.default) and one.default not in ("", None):
        return f"'{one.default}'"
    if one.column in _TELLING and kind in ("varchar", "text"):
        return f"'{house.word}'"
    return _SOMETHING.get(kind, "'{}'" if kind.startswith("_") else "'1'")
