"""Tokens that do not work are written into the audit: from where and how often, never what was tried."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests import cast
from threadwell.flow import guarding
from threadwell.interfaces.api import entrance
from threadwell.kit import clock, ids, tenancy
from threadwell.record.journal.models import AuditEntry, Knock
from threadwell.record.workplace.models import Workspace
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db

PLACE = "/api/v1/conversations"
SECRET = "a-secret-that-somebody-typed-wrong"


@pytest.fixture
def firm() -> Workspace:
    return cast.a_workspace()


def knocks(at: Any, *, origin: str = "203.0.113.9", times: int = 1) -> None:
    client = Client(REMOTE_ADDR=origin)
    for _time in range(times):
        answer = client.get(PLACE, headers={"Authorization": f"Bearer tw_{at.hex}_{SECRET}"})
        assert answer.status_code == 401


def told(firm: Workspace, *, after: timedelta = timedelta()) -> list[tuple[str, int]]:
    """What the audit says once the minute has been struck, twice as may happen."""
    for _time in range(2):
        guarding.tell_of_knocks(firm.pk, now=clock.now() + after)
    with tenancy.entered(firm.pk):
        rows = AuditEntry.objects.of(firm).filter(deed="failed", kind="call", place=PLACE, by=None)
        return list(rows.order_by("pk").values_list("origin", "times"))


def test_the_audit_says_from_where_and_how_often(firm: Workspace) -> None:
    knocks(firm.pk)
    knocks(firm.pk, origin="2001:db8::7", times=3)
    assert sorted(told(firm)) == [("2001:db8::/64", 3), ("203.0.113.9", 1)]


def test_what_was_tried_is_kept_nowhere(firm: Workspace) -> None:
    knocks(firm.pk)
    told(firm)
    with connection.cursor() as cursor:
        for table in ("journal_knock", "journal_auditentry"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{SECRET}%"])
            assert cursor.fetchone() == (0,)


def test_one_who_goes_on_is_told_of_once_an_hour(firm: Workspace) -> None:
    knocks(firm.pk)
    assert told(firm) == [("203.0.113.9", 1)]
    knocks(firm.pk, times=5)
    assert told(firm) == [("203.0.113.9", 1)]
    assert told(firm, after=timedelta(hours=1)) == [("203.0.113.9", 1), ("203.0.113.9", 5)]


def test_a_flood_from_everywhere_fills_no_audit(firm: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "MOST_KNOCKING", 30)
    for number in range(40):
        knocks(firm.pk, origin=f"203.0.113.{number}")
    with tenancy.entered(firm.pk):
        assert Knock.objects.of(firm).count() == 31
    entries = told(firm)
    assert len(entries) == guarding.MOST_KNOCKS_TOLD
    assert entries[0] == ("", 10)
    assert len(told(firm, after=timedelta(hours=1, seconds=1))) == 31


def test_who_has_stopped_is_forgotten_but_in_the_audit(firm: Workspace) -> None:
    knocks(firm.pk)
    assert told(firm) == told(firm, after=guarding.FORGOTTEN + timedelta(seconds=1))
    with tenancy.entered(firm.pk):
        assert not Knock.objects.of(firm).exists()


def test_a_token_of_nowhere_belongs_to_no_audit(firm: Workspace) -> None:
    knocks(ids.new())
    Client().get(PLACE, headers={"Authorization": "Bearer of bad news"})
    assert told(firm) == []


def test_who_is_slowed_down_is_not_counted_on(firm: Workspace) -> None:
    knocks(firm.pk, times=entrance.GUESSES)
    client = Client(REMOTE_ADDR="203.0.113.9")
    answer = client.get(PLACE, headers={"Authorization": f"Bearer tw_{firm.pk.hex}_{SECRET}"})
    assert answer.status_code == 429
    assert told(firm) == [("203.0.113.9", entrance.GUESSES)]


def test_it_stands_on_the_page_and_in_the_file(firm: Workspace) -> None:
    owner = cast.an_agent(firm, name="Olga", role=Role.OWNER)
    knocks(firm.pk, times=3)
    assert told(firm) == [("203.0.113.9", 3)]
    reader = Client()
    reader.force_login(owner.user)
    page = reader.get(f"/w/{firm.slug}/settings/audit/?deed=failed").content.decode()
    for words in ("A program", "with a token that does not work", "203.0.113.9", "3 times"):
        assert words in page
    file = b"".join(reader.get(f"/w/{firm.slug}/settings/audit.csv?deed=failed")).decode()
    assert "a program" in file
    assert file.strip().endswith(",3")
