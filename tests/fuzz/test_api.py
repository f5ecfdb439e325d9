"""The API, asked by schemathesis from its own description: no accident, and every answer as described."""

import copy
import itertools
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as how
from hypothesis import strategies as st
from schemathesis.core import NOT_SET

from tests.fuzz import mails
from tests.fuzz.conftest import FINDS, Budget
from tests.interfaces.api.conftest import Firm, Program, firm, program  # noqa: F401 - fixtures
from tests.interfaces.api.test_operations import OPERATIONS, TOLD, fits, keys  # noqa: F401 - a fixture
from threadwell.interfaces.api import entrance

pytestmark = pytest.mark.django_db
type Records = Callable[[str, Any], None]
EACH = 3  #: cases of an operation before the next one's turn


def test_every_operation_answers_as_described(
    budget: Budget,
    program: Program,  # noqa: F811
    keys: dict[str, Any],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    record_property: Records,
) -> None:
    monkeypatch.setattr(entrance, "CALLS", 6_000_000)
    known = [str(one) for one in keys.values() if isinstance(one, UUID) or len(str(one)) == 36]
    uuids = st.one_of(st.uuids().map(str), st.sampled_from(known), st.sampled_from(known))
    schemathesis.openapi.format("uuid", uuids)
    schema = schemathesis.openapi.from_dict(copy.deepcopy(TOLD))  # it writes in it
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == len(OPERATIONS)
    asked: dict[int, int] = {}
    found: dict[str, str] = {}

    def once(case: Any) -> None:
        for name in case.path_parameters or {}:
            if name in keys and hash(json.dumps(case.body, default=repr)) % 4:
                case.path_parameters[name] = str(keys[name])
        with transaction.atomic():
            status, wrong = _asked(program, case)
            transaction.set_rollback(True)
        asked[status // 100] = asked.get(status // 100, 0) + 1
        if wrong:
            asked_so = f"{case.formatted_path} {case.query} {case.body}"
            found.setdefault(f"{case.operation.label}: {wrong[:150]}", asked_so[:800])

    for turn in itertools.count():
        for operation in operations:
            _draw(operation, once, budget.seed * 1000 + turn)
            if budget.is_over() and turn:
                break
        if budget.is_over():
            break
    for kind, count in sorted(asked.items()):
        record_property(f"calls of the API answered {kind}xx", count)
    assert sum(asked.values()) >= len(operations)
    if found:
        budget.keep("api", json.dumps(found, indent=1).encode())
    assert found == {}


@pytest.mark.parametrize("find", mails.kept(FINDS / "api"), ids=lambda find: find.stem)
def test_what_was_found_once_is_answered(program: Program, find: Any) -> None:  # noqa: F811
    told = json.loads(find.read_text())
    response = program.call(told["method"], told["path"], told.get("body"))
    assert response.status_code == told["status"], response.content
    assert fits(response, OPERATIONS[told["operation"]][2]) == []


def _draw(operation: Any, once: Callable[[Any], None], number: int) -> None:
    turn = how(
        max_examples=EACH,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    seed(number)(turn(given(operation.as_strategy())(once)))()


def _asked(program: Program, case: Any) -> tuple[int, str]:  # noqa: F811
    """The status, and what is wrong with the answer."""
    sent: dict[str, Any] = {}
    if case.body is not NOT_SET:
        sent = {"data": json.dumps(case.body), "content_type": "application/json"}
    told = {name: str(value) for name, value in (case.headers or {}).items() if str(value).isprintable()}
    response = program.client.generic(
        case.method,
        case.formatted_path,
        query_params={name: _plain(value) for name, value in (case.query or {}).items()},
        headers={**told, "Authorization": f"Bearer {program.text}"},
        **sent,
    )
    if response.status_code >= 500:
        return response.status_code, f"answered {response.status_code}: {response.content!r}"
    operation = OPERATIONS[case.operation.definition.raw["operationId"]][2]
    return response.status_code, "; ".join(fits(response, operation))


def _plain(value: Any) -> Any:
    one = [str(each) for each in value] if isinstance(value, list) else [str(value)]
    return [text.encode("utf-8", "replace").decode() for text in one]
