"""Sign-ins that fail are written into the audit of whoever they were tried as, without what was typed."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.db import connection
from django.test import Client

from tests import cast
from threadwell.flow import guarding
from threadwell.interfaces.web import knocking
from threadwell.kit import ids, tenancy
from threadwell.record.journal.models import AuditEntry
from threadwell.record.workplace.models import Agent, User
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db

PASSWORD = "seven green lorries"
TYPED = "a secret that was typed"
ORIGIN = "203.0.113.9"


@pytest.fixture(autouse=True)
def nobody_is_throttled() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def bo() -> Agent:
    agent = cast.an_agent(cast.a_workspace())
    agent.user.set_password(PASSWORD)
    agent.user.save()
    return agent


def tries(login: str, *, password: str = TYPED, client: Client | None = None) -> Any:
    given = {"login": login, "password": password}
    return (client or Client(REMOTE_ADDR=ORIGIN)).post("/accounts/login/", given)


def jobs() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = 'guarding.note_turned_away' ORDER BY id"
        )
        return [json.loads(args) if isinstance(args, str) else args for (args,) in cursor.fetchall()]


def told(agent: Agent) -> list[tuple[str, str, str, str, str]]:
    """What the audit says once the jobs are done, each of them twice, as may happen."""
    for given in [*jobs(), *jobs()]:
        guarding.note_turned_away(**given)
    with tenancy.entered(agent.workspace_id):
        rows = AuditEntry.objects.of(agent.workspace_id).filter(kind="session").exclude(deed="entered")
        return list(rows.order_by("at").values_list("by_name", "deed", "kind", "place", "origin"))


def test_wrong_password_is_told_wherever_that_account_sits(bo: Agent) -> None:
    elsewhere, stranger = cast.a_workspace("Elsewhere"), cast.an_agent(cast.a_workspace("Third"), name="Gil")
    with tenancy.entered(elsewhere.pk):
        there = Agent.objects.create(workspace=elsewhere, user=bo.user, name="Bo there", role=Role.AGENT)
    assert tries(bo.user.email.upper()).status_code == 200
    assert told(bo) == [("Bo", "failed", "session", "/accounts/login/", ORIGIN)]
    assert told(there) == [("Bo there", "failed", "session", "/accounts/login/", ORIGIN)]
    assert told(stranger) == []


def test_nothing_that_was_typed_is_kept(bo: Agent) -> None:
    nobody = f"nobody-{ids.new().hex}@firm.example"
    tries(bo.user.email)
    tries(nobody)
    known, unknown = jobs()
    assert known.keys() == unknown.keys()
    assert (known["user_id"], unknown["user_id"]) == (str(bo.user.pk), None)
    assert not any(typed in str(one) for one in (known, unknown) for typed in (TYPED, nobody, bo.user.email))
    assert len(told(bo)) == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM journal_auditentry WHERE journal_auditentry::text LIKE %s", [f"%{TYPED}%"]
        )
        assert cursor.fetchone() == (0,)


def test_one_who_signs_in_is_no_failure(bo: Agent) -> None:
    assert tries(bo.user.email, password=PASSWORD).status_code == 302
    assert jobs() == []


def test_being_locked_out_is_told_once_however_often_one_tries(bo: Agent) -> None:
    for number in range(knocking.ATTEMPTS + 5):
        tries(bo.user.email, client=Client(REMOTE_ADDR=f"203.0.113.{number}"))
    deeds = [deed for _name, deed, _kind, _place, _origin in told(bo)]
    assert deeds.count("locked") == 1
    assert 1 <= deeds.count("failed") <= knocking.ATTEMPTS


def test_wrong_code_is_told_too(bo: Agent) -> None:
    totp.TOTP.activate(bo.user, totp.generate_totp_secret())
    client = Client(REMOTE_ADDR=ORIGIN)
    assert tries(bo.user.email, password=PASSWORD, client=client).status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert told(bo) == [("Bo", "failed", "session", "/accounts/2fa/authenticate/", ORIGIN)]


def test_failures_are_searched_and_leave_as_a_file(bo: Agent) -> None:
    owner = cast.an_agent(bo.workspace, name="Olga", role=Role.OWNER)
    tries(bo.user.email)
    assert len(told(bo)) == 1
    reader = Client()
    reader.force_login(User.objects.get(pk=owner.user_id))
    place = f"/w/{bo.workspace.slug}/settings/audit"
    assert "could not sign in" in reader.get(f"{place}/?deed=failed").content.decode()
    assert "203.0.113.9" not in reader.get(f"{place}/?deed=locked").content.decode()
    lines = b"".join(reader.get(f"{place}.csv?deed=failed").streaming_content).decode("utf-8-sig")
    [_header, row] = csv.reader(io.StringIO(lines))
    assert row[1:4] == ["Bo", "", "could not sign in"]
    assert row[-2:] == [ORIGIN, "1"]
