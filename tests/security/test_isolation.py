"""Strangers walk every address, every operation and every table with another firm's keys.

A key of somebody else's must be worth as much as a key of nothing: the same answer, no word of theirs in it,
no row of theirs changed, and none of one's own that points at theirs.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import URLPattern

from tests.house.test_entrance import INSIDE
from tests.interfaces.api.conftest import Program, a_program
from tests.record.test_walls import KEPT
from tests.security import bodies
from tests.security.strangers import House, a_house, owned
from threadwell.interfaces.api import described
from threadwell.interfaces.api import urls as api_urls
from threadwell.interfaces.web import entrance
from threadwell.kit import ids, tenancy
from threadwell.record.workplace.models import Agent

pytestmark = pytest.mark.django_db

type Count = Callable[[str, object], None]
NOTHING = ids.new()
NO_NUMBER = 999_999
#: Parts of an address that are words of ours, not names of somebody's rows.
WORDS: dict[str, tuple[str, ...]] = {
    "key": ("open",),
    "kind": ("contact",),
    "what": ("conversations",),
    "form": ("csv", "json"),
    "name": ("name",),
    "about": ("contact",),
    "filename": ("file.txt",),
}
#: A stream has no end; nobody gets as far as that at another's workspace, which is walked.
ENDLESS = "live/"
#: Addresses at which their owner finds nothing either, for a reason of its own.
BARE = {
    "asides/<int:number>/letters/<uuid:message_id>/recall/": "the message is not of the side conversation",
    "attachments/<uuid:attachment_id>/<path:filename>": "the row's bytes were never kept",
    "conversations/<int:number>/lines/": "no message is named before which they stand",
    "duplicates/<uuid:proposal_id>/acceptance/": "the second of the two is nobody",
    "duplicates/<uuid:proposal_id>/rejection/": "the second of the two is nobody",
    "inboxes/<uuid:inbox_id>/reconnect/": "no application signs in for the inbox",
    "merges/batches/<uuid:batch>/undoing/": "a batch is no row",
    "messages/<uuid:message_id>/picture/": "an address must be signed",
    "settings/notice-rooms/<uuid:way_id>/": "the way is an agent's, not a team's",
    "settings/notice-rooms/<uuid:way_id>/trial/": "the way is an agent's, not a team's",
    "settings/people/<uuid:agent_id>/role/": "no role is named",
    "work/<uuid:item_id>/moves/<uuid:event_id>/undoing/": "the event is no move",
}
IDS = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One address with one method, by its pattern."""

    pattern: str
    method: str
    names: tuple[str, ...]

    def at(self, slug: str, values: dict[str, Any]) -> str:
        filled = self.pattern
        for name in self.names:
            before, _angle, rest = filled.partition("<")
            filled = before + str(values[name]) + rest.partition(">")[2]
        return f"/w/{slug}/{filled}"

    @property
    def keys(self) -> tuple[str, ...]:
        """Parts that name a row."""
        return tuple(name for name in self.names if name not in WORDS)


def steps() -> Iterator[Step]:
    for pattern, one in INSIDE:
        for method in sorted(entrance.needs_of(one.callback)):
            yield Step(pattern=pattern, method="GET" if method == "*" else method, names=_parts(one))


def _parts(pattern: URLPattern) -> tuple[str, ...]:
    return tuple(pattern.pattern.converters)


STEPS = tuple(steps())


def fillings(step: Step, house: House) -> Iterator[dict[str, Any]]:
    """The parts of an address as this house calls them."""
    choices: dict[str, Any] = {}
    for name in step.names:
        if name in WORDS:
            choices[name] = WORDS[name]
        elif name == "number" and "versions/" in step.pattern:
            choices[name] = (1,)  # of a rule, not of a conversation
        elif name == "number":
            choices[name] = (house.aside_number if step.pattern.startswith("asides/") else house.number,)
        else:
            found = house.called("merge" if name == "batch" else name)
            assert found, f"<{name}> in {step.pattern}: say in strangers.CALLED whose key it is"
            choices[name] = found
    for values in product(*choices.values()):
        yield dict(zip(choices, values, strict=True))


def empty(filled: dict[str, Any]) -> dict[str, Any]:
    """The same address, with keys of nothing."""
    return {
        name: NO_NUMBER if name == "number" and value != 1 else NOTHING if isinstance(value, UUID) else value
        for name, value in filled.items()
    }


def signed_in(agent: Agent) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(agent.user)
    return client


def asked(client: Client, method: str, address: str, given: dict[str, Any] | None = None) -> Any:
    response: Any = (
        client.get(address) if method == "GET" else client.post(address, {**(given or {}), "_method": method})
    )
    if response.streaming and not response.is_async:
        # Read to its end, for it stands on a file that is open till then.
        response.streaming_content = [b"".join(response.streaming_content)]
    return response


def content_of(response: Any) -> bytes:
    if not response.streaming:
        return bytes(response.content)
    return b"".join(response.streaming_content) if not response.is_async else b""


def says(response: Any, house: House, address: str = "") -> list[str]:
    """What of another house stands in the answer that did not stand in the question."""
    content = content_of(response)
    words = [house.word] if house.word.encode() in content else []
    known = {str(key) for key in house.rows.values()}
    return words + sorted({one.decode() for one in IDS.findall(content)} & known - _keys_in(address))


def _keys_in(text: str) -> set[str]:
    return {one.decode() for one in IDS.findall(text.encode())}


def told(wrong: list[Any]) -> str:
    return "\n".join(map(str, wrong))


class Watch:
    """What stands in the tables of a house, and whom the rows of another point at."""

    def __init__(self, theirs: House, ours: House) -> None:
        self.theirs, self.ours = theirs, ours
        self.tables = [model._meta.db_table for model in owned()]
        self.keys = "|".join(str(key) for key in {*theirs.rows.values(), theirs.firm.workspace.pk})
        self.before = self.seen(self.tables)
        self.writes = self.written()

    def written(self) -> dict[str, int]:
        """How many rows this transaction has written in each table, as PostgreSQL counts."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
                " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
            )
            return dict(cursor.fetchall())

    def seen(self, tables: list[str]) -> dict[str, str]:
        with tenancy.entered(self.theirs.firm.workspace.pk), connection.cursor() as cursor:
            # Whoever walked before may see their own seats everywhere.
            cursor.execute("SET LOCAL threadwell.person = ''")
            return {table: self._print(cursor, table) for table in tables}

    def _print(self, cursor: Any, table: str) -> str:
        cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY id), '')) FROM {table} t")
        return str(cursor.fetchone()[0])

    def harm(self) -> list[str]:
        """What has come of it since the last look, in the tables that were written to."""
        writes, self.writes = self.writes, self.written()
        touched = [table for table in self.tables if self.writes.get(table, 0) != writes.get(table, 0)]
        found = [
            f"changed {table}" for table, mark in self.seen(touched).items() if mark != self.before[table]
        ]
        with tenancy.entered(self.ours.firm.workspace.pk), connection.cursor() as cursor:
            for table in touched:
                cursor.execute(f"SELECT t::text FROM {table} t WHERE t::text ~ %s", [self.keys])
                found += [f"{table} points there: {row[:300]}" for (row,) in cursor.fetchall()]
        return found


@pytest.fixture
def theirs(db: None) -> House:
    return a_house(number=4711, word="Zyxquill")


@pytest.fixture
def ours(db: None) -> House:
    return a_house(number=5, word="Ours")


def test_a_strangers_key_is_worth_a_key_of_nothing(
    ours: House, theirs: House, record_property: Count
) -> None:
    client, watch, walked, wrong = signed_in(ours.owner), Watch(theirs, ours), 0, []
    for step in STEPS:
        if not step.keys or step.pattern == ENDLESS:
            continue
        for filled in fillings(step, theirs):
            address, bare = step.at(ours.slug, filled), step.at(ours.slug, empty(filled))
            with transaction.atomic():
                answer, nothing = asked(client, step.method, address), asked(client, step.method, bare)
                harm = [*says(answer, theirs, address), *(watch.harm() if step.method != "GET" else [])]
                transaction.set_rollback(True)
            walked += 2
            if harm or answer.status_code != nothing.status_code or answer.status_code >= 500:
                wrong.append((step.method, step.pattern, answer.status_code, nothing.status_code, harm))
    record_property("pages asked with a stranger's keys", walked)
    assert not wrong, told(wrong)
    assert watch.harm() == []


def test_a_stranger_does_not_get_into_the_workspace(
    ours: House, theirs: House, record_property: Count
) -> None:
    stranger, nobody, walked, wrong = signed_in(ours.owner), Client(), 0, []
    for step in STEPS:
        for filled in fillings(step, theirs):
            address = step.at(theirs.slug, filled)
            answers = asked(stranger, step.method, address), asked(nobody, step.method, address)
            walked += 2
            if [one.status_code for one in answers] != [404, 302]:
                wrong.append((step.method, step.pattern, [one.status_code for one in answers]))
            wrong += [(step.pattern, said) for one in answers if (said := says(one, theirs, address))]
    record_property("pages asked from outside the workspace", walked)
    assert not wrong, told(wrong)


def test_what_a_form_names_is_looked_for_in_ones_own_workspace(
    ours: House, theirs: House, record_property: Count
) -> None:
    """Every page that changes something, its own address right, every field filled with a stranger's key."""
    client, watch, walked, wrong = signed_in(ours.owner), Watch(theirs, ours), 0, []
    given = bodies.form_with(theirs)
    for step in STEPS:
        if step.method == "GET":
            continue
        for filled in fillings(step, ours):
            address = step.at(ours.slug, filled)
            with transaction.atomic():
                answer = asked(client, step.method, address, given)
                harm = [*says(answer, theirs, json.dumps(given, default=str)), *watch.harm()]
                transaction.set_rollback(True)
            walked += 1
            if harm or answer.status_code >= 500:
                wrong.append((step.method, step.pattern, answer.status_code, harm))
    record_property("forms filled with a stranger's keys", walked)
    assert not wrong, told(wrong)


def test_the_walk_knows_real_keys(ours: House, theirs: House) -> None:
    """Whoever they belong to finds something behind nearly all of them; else the walk would prove nothing."""
    client = signed_in(theirs.owner)
    found: dict[str, set[int]] = {}
    for step in STEPS:
        if step.keys and step.pattern != ENDLESS:
            for filled in fillings(step, theirs):
                with transaction.atomic():
                    answer = asked(client, step.method, step.at(theirs.slug, filled))
                    content_of(answer)
                    transaction.set_rollback(True)
                found.setdefault(step.pattern, set()).add(answer.status_code)
    lost = {pattern for pattern, statuses in found.items() if statuses <= {404, 405}}
    assert sorted(lost) == sorted(BARE), told([*lost, *BARE])


def test_no_operation_takes_a_strangers_key(ours: House, theirs: House, record_property: Count) -> None:
    program, watch, walked, wrong = a_program(ours.firm.workspace), Watch(theirs, ours), 0, []
    page = described.openapi(api_urls.api)
    for path, methods in page["paths"].items():
        for method, operation in methods.items():
            for answer, nothing, harm in _called(program, page, path, method, operation, theirs, watch):
                walked += 2
                differs = "{" in path and answer.status_code != nothing.status_code
                if harm or differs or answer.status_code >= 500:
                    wrong.append((method, path, answer.status_code, nothing.status_code, harm))
    record_property("operations called with a stranger's keys", walked)
    assert not wrong, told(wrong)
    assert walked >= 2 * sum(len(methods) for methods in page["paths"].values())


def _called(
    program: Program, page: Any, path: str, method: str, operation: Any, theirs: House, watch: Watch
) -> Iterator[tuple[Any, Any, list[str]]]:
    names = [part.partition("}")[0] for part in path.split("{")[1:]]
    choices = [_meant(name, theirs) for name in names]
    body = bodies.of_operation(page, operation, theirs)
    for values in product(*choices):
        filled = dict(zip(names, values, strict=True))
        address = path.removeprefix("/api/v1").format(**filled)
        bare = path.removeprefix("/api/v1").format(**empty(filled))
        with transaction.atomic():
            answer = program.call(method.upper(), address, body)
            known = f"{address} {json.dumps(body, default=str)}"
            harm = [*says(answer, theirs, known), *(watch.harm() if method != "get" else [])]
            nothing = program.call(method.upper(), bare, body)
            transaction.set_rollback(True)
        yield answer, nothing, harm


def _meant(name: str, house: House) -> list[Any]:
    if name == "number":
        return [house.number]
    found: list[Any] = list(house.called(name)) or list(WORDS.get(name, ()))
    assert found, f"{{{name}}}: say in strangers.CALLED whose key it is"
    return found


def test_a_token_of_nobody_opens_no_operation(record_property: Count) -> None:
    walked, wrong = 0, []
    for path, methods in described.openapi(api_urls.api)["paths"].items():
        for method in methods:
            address = re.sub(r"\{number\}", "1", path)
            address = re.sub(r"\{\w+\}", str(NOTHING), address)
            answer = Client().generic(method.upper(), address, REMOTE_ADDR=f"203.0.113.{walked % 250}")
            walked += 1
            if answer.status_code != 401:
                wrong.append((method, path, answer.status_code))
    record_property("operations called without a token", walked)
    assert not wrong, told(wrong)


@pytest.mark.parametrize("entered", ["another workspace", "no workspace"])
def test_no_sql_of_ours_reaches_a_strangers_row(
    ours: House, theirs: House, entered: str, record_property: Count
) -> None:
    """Whatever SQL the application's role may send: with another workspace entered, and with none."""
    here = ours.firm.workspace.pk if entered == "another workspace" else None
    there, walked = theirs.firm.workspace.pk, 0
    for table in [model._meta.db_table for model in owned()]:
        with transaction.atomic(), connection.cursor() as cursor:
            _enter(cursor, here)
            cursor.execute(f"SELECT count(*) FROM {table} WHERE workspace_id = %s", [there])
            assert cursor.fetchone() == (0,), table
            for change in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
                if table not in KEPT:
                    cursor.execute(f"{change} WHERE workspace_id = %s", [there])
                    assert cursor.rowcount == 0, table
            transaction.set_rollback(True)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            _written_as(table, here, there)
        walked += 4
    record_property("statements against tables", walked)
    assert walked >= 4 * 90


def _enter(cursor: Any, workspace: UUID | None) -> None:
    cursor.execute(f"SET LOCAL threadwell.person = ''; SET LOCAL threadwell.workspace = '{workspace or ''}'")


def _written_as(table: str, entered: UUID | None, workspace: UUID) -> None:
    """A row with nothing but its workspace: the wall speaks before anything else that is wrong with it."""
    with connection.cursor() as cursor:
        _enter(cursor, entered)
        cursor.execute(f"INSERT INTO {table} (id, workspace_id) VALUES (%s, %s)", [ids.new(), workspace])
