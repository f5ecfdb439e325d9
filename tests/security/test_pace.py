"""Public doors are tried so often and no more, however many processes answer."""

import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from tests import conftest
from tests.house.tree import ROOT
from tests.interfaces.api.conftest import a_firm, a_program
from threadwell.interfaces.api import entrance
from threadwell.interfaces.gateways import guests
from threadwell.interfaces.web import knocking
from threadwell.kit import clock, pace

HOUR = timedelta(hours=1)


@pytest.mark.django_db
def test_so_many_at_once_then_one_after_another() -> None:
    with clock.stopped_at(clock.now()):
        waits = [pace.wait_for("a", most=3, within=HOUR) for _ in range(5)]
        assert waits == [None, None, None, HOUR / 3, HOUR / 3]
        assert pace.wait_for("b", most=3, within=HOUR) is None
    with clock.stopped_at(clock.now() + HOUR / 3):
        assert pace.wait_for("a", most=3, within=HOUR) is None
        assert pace.wait_for("a", most=3, within=HOUR) is not None


@pytest.mark.django_db
def test_a_clock_that_went_wrong_keeps_nobody_waiting() -> None:
    with clock.stopped_at(clock.now() + 24 * HOUR):
        assert pace.wait_for("a", most=3, within=HOUR) is None
    with clock.stopped_at(clock.now()):
        waits = [pace.wait_for("a", most=3, within=HOUR) for _ in range(4)]
    assert waits == [None, None, None, HOUR / 3]


@pytest.mark.django_db
def test_what_is_paid_off_is_swept_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "SWEPT_EVERY", 1)
    with clock.stopped_at(clock.now() - 9 * HOUR):
        pace.wait_for("old", most=3, within=HOUR)
    pace.wait_for("new", most=3, within=HOUR)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM workplace_pace")
        assert cursor.fetchall() == [("new",)]


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("93.184.216.34", "93.184.216.34"),
        ("::ffff:93.184.216.34", "93.184.216.34"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("x\0", "unknown"),
    ],
)
def test_a_subscriber_is_one_caller(address: str, who: str) -> None:
    assert pace.caller(address) == who


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("door", "most"),
    [
        ("counts", 50),
        ("signs_in", knocking.ATTEMPTS),
        ("looks_at_a_link", knocking.POSTS),
        ("calls_without_a_token", entrance.GUESSES),
        ("brings_mail", guests.SESSIONS),
    ],
)
def test_two_processes_let_in_no_more_than_one_would(door: str, most: int) -> None:
    """Both at the same moment, each as often as would be allowed to both."""
    knockers = [started(door, most + 10) for _ in range(2)]
    for one in knockers:
        assert one.stdout
        assert one.stdout.readline() == "ready\n"
    for one in knockers:
        assert one.stdin
        one.stdin.write("now\n")
        one.stdin.flush()
    let_in = [int(one.communicate(timeout=300)[0]) for one in knockers]
    assert sum(let_in) == most


def started(door: str, times: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.security.knocker", door, str(times)],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("THREADWELL_")},
            "DJANGO_SETTINGS_MODULE": "threadwell.config.settings",
            "THREADWELL_HOME": str(settings.HOME),
            "THREADWELL_LOG_LEVEL": "error",
            "DATABASE_URL": conftest.url(settings.DATABASES["default"]["NAME"], as_owner=False),
        },
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


@pytest.mark.django_db
def test_whoever_knocks_too_often_is_told_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knocking, "POSTS", 2)
    answers = [Client().post("/accounts/login/", {"login": f"{n}@x.example"}) for n in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert Client(REMOTE_ADDR="93.184.216.34").post("/accounts/login/", {}).status_code == 200
    assert Client().get("/healthz").status_code == 200


@pytest.mark.django_db
def test_guessing_tokens_is_slowed_down_and_good_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "GUESSES", 2)
    bad: dict[str, Any] = {"headers": {"Authorization": "Bearer tw_" + "0" * 32 + "_" + "x" * 43}}
    answers = [Client().get("/api/v1/me", **bad) for _ in range(3)]
    assert [one.status_code for one in answers] == [401, 401, 429]
    assert a_program(a_firm().workspace).call("GET", "/me").status_code == 200


@pytest.mark.parametrize(
    ("peer", "is_counted"),
    [("127.0.0.1", False), ("10.0.0.4", False), ("93.184.216.34", True), ("", False), ("::1", False)],
)
def test_servers_of_ones_own_house_are_not_counted(peer: str, is_counted: bool) -> None:
    assert guests.is_stranger(peer) is is_counted
