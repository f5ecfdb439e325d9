"""Every role calls every verb of every page and every operation: the matrix of the docs is what happens.

docs/reference/permission-matrix.md is made from the same table; here each of its cells is called.
"""

import json
import re
from collections.abc import Callable

import pytest
from django.db import transaction

from tests import cast
from tests.house import walk
from tests.interfaces.api.conftest import a_program
from tests.security.strangers import House, a_house
from tests.security.test_isolation import ENDLESS, NOTHING, STEPS, asked, empty, fillings, signed_in, told
from threadwell.interfaces.api import described
from threadwell.interfaces.api import urls as api_urls
from threadwell.record.workplace.roles import ALLOWED, SCOPES, May, Role

pytestmark = pytest.mark.django_db

type Count = Callable[[str, object], None]
REFUSED = "Your role here"
NEEDS = {(address, verb): needs for address, verb, needs in walk.pages()}


@pytest.fixture
def house(db: None) -> House:
    return a_house(number=5, word="Ours")


def needed(pattern: str, method: str) -> May | None:
    """What the page says it needs for this verb; nothing when no permission covers it."""
    return NEEDS[pattern, method]


@pytest.mark.parametrize("role", Role)
def test_every_page_asks_the_table(house: House, role: Role, record_property: Count) -> None:
    client = signed_in(cast.an_agent(house.firm.workspace, name="Somebody", role=role))
    called, wrong = 0, []
    for step in STEPS:
        if step.pattern == ENDLESS:
            continue
        needs = needed(step.pattern, step.method)
        address = step.at(house.slug, empty(next(iter(fillings(step, house)))))
        with transaction.atomic():
            answer = asked(client, step.method, address)
            transaction.set_rollback(True)
        is_refused = answer.status_code == 403 and not answer.streaming and REFUSED in answer.content.decode()
        called += 1
        if is_refused != (needs is None or needs not in ALLOWED[role]):
            wrong.append((step.method, step.pattern, needs, answer.status_code))
    record_property("cells of the matrix called: pages", called)
    assert not wrong, told(wrong)


@pytest.mark.parametrize("role", Role)
def test_every_operation_asks_the_table(house: House, role: Role, record_property: Count) -> None:
    program = a_program(house.firm.workspace, role=role)
    called, wrong = 0, []
    for method, path, scope in operations():
        with transaction.atomic():
            answer = program.call(method, path)
            transaction.set_rollback(True)
        is_refused = answer.status_code == 403 and json.loads(answer.content)["code"] == "not-allowed"
        called += 1
        if is_refused != (scope not in ALLOWED[role]):
            wrong.append((method, path, scope, answer.status_code))
    record_property("cells of the matrix called: operations by role", called)
    assert not wrong, told(wrong)


@pytest.mark.parametrize("scope", SCOPES)
def test_every_operation_asks_for_its_scope(house: House, scope: May, record_property: Count) -> None:
    """A token of an administrator with one scope: the others stay shut."""
    program = a_program(house.firm.workspace, scopes=[scope.value])
    called, wrong = 0, []
    for method, path, needs in operations():
        with transaction.atomic():
            answer = program.call(method, path)
            transaction.set_rollback(True)
        is_refused = answer.status_code == 403 and json.loads(answer.content)["code"] == "not-allowed"
        called += 1
        if is_refused != (needs is not scope):
            wrong.append((method, path, needs, answer.status_code))
    record_property("cells of the matrix called: operations by scope", called)
    assert not wrong, told(wrong)


def operations() -> list[tuple[str, str, May]]:
    """Each operation at the address of nothing, with what it needs."""
    scopes = described.scopes_of(api_urls.api)
    found = []
    for path, methods in described.openapi(api_urls.api)["paths"].items():
        address = re.sub(r"\{\w+\}", str(NOTHING), path.removeprefix("/api/v1").replace("{number}", "999999"))
        found += [(method.upper(), address, scopes[one["operationId"]]) for method, one in methods.items()]
    return found
