"""What watching machines ask."""

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from threadwell.kit import disk


def test_process_that_lives_says_so_without_a_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_all_well_is_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "wrong": []})


@pytest.mark.django_db
def test_full_disk_is_not_ready(client: Client, settings: Settings) -> None:
    settings.DISK_RESERVE = disk.free() * 2
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "wrong": ["The disk is full."]})


@pytest.mark.django_db
def test_tables_behind_the_code_are_not_ready(client: Client, settings: Settings) -> None:
    settings.SCHEMA_MARK = "newer"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["wrong"] == ["The database's tables are not up to date."]


@pytest.mark.django_db
def test_figures_tell_of_jobs_and_disk(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status, scheduled_at)"
            " VALUES ('default', 'nothing', 0, '{}', 'todo', now() - interval '1 hour')"
        )
    figures = client.get("/metrics").content.decode()
    assert 'threadwell_jobs{status="todo"} 1.0' in figures
    assert "threadwell_database_up 1.0" in figures
    late = next(line for line in figures.splitlines() if line.startswith("threadwell_jobs_oldest_seconds "))
    assert float(late.split()[1]) >= 3600


def test_page_may_run_no_script_of_its_own(client: Client) -> None:
    policy = client.get("/healthz").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
