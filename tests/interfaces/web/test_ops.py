"""What watching machines ask."""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries, Settings

from tests import cast
from tests.house.tree import ROOT
from tests.operations.place import letter
from threadwell.config.asgi import REQUESTS, SECONDS
from threadwell.interfaces.web import gauges
from threadwell.kit import clock, disk, ids, tenancy
from threadwell.record.inboxes.models import Delivery, Folder, Inbox
from threadwell.record.journal.models import Event


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


FOLDER = ROOT / "deploy"


@pytest.fixture(autouse=True)
def nothing_is_kept() -> None:
    gauges._kept.clear()
    gauges._files.clear()


def exposed(client: Client) -> dict[str, float]:
    text = client.get("/metrics").content.decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {sample.name: sample.value for sample in samples}


def queries() -> list[str]:
    board = json.loads((FOLDER / "grafana" / "threadwell.json").read_text())
    shown = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    rules = (FOLDER / "prometheus" / "threadwell-alerts.yml").read_text()
    return shown + re.findall(r"^ +expr: (.+)$", rules, re.MULTILINE)


@pytest.mark.django_db
@pytest.mark.parametrize("query", queries())
def test_every_query_of_the_dashboard_and_of_the_alerts_names_figures_that_are_told(
    client: Client, query: str
) -> None:
    client.get("/healthz")
    REQUESTS.labels("GET", 200).inc()
    SECONDS.labels("GET").observe(0.1)
    told = exposed(client)
    named = set(re.findall(r"\bthreadwell_[a-z_]+", query))
    assert named or query.startswith("up{")
    assert named <= told.keys()


@pytest.mark.django_db
def test_figures_say_what_waits_and_what_failed_in_every_workspace(client: Client) -> None:
    for firm in (cast.a_workspace("north"), cast.a_workspace("south")):
        with tenancy.entered(firm.pk):
            inbox = Inbox.objects.create(workspace=firm, name="Help", address="help@example.org")
            Folder.objects.create(
                workspace=firm, inbox=inbox, name="INBOX", seen_at_source=12, held=9, uid_reached=12
            )
            for state, hours in (("waiting", 2), ("failed", 3)):
                Delivery.objects.create(
                    workspace=firm,
                    inbox=inbox,
                    source="smtp",
                    source_id=state,
                    raw=b"",
                    size=0,
                    state=state,
                    arrived_at=clock.now() - timedelta(hours=hours),
                )
            Event.objects.create(workspace=firm, name="message.bounced", about=ids.new())
            Event.objects.create(
                workspace=firm, name="message.failed", about=ids.new(), at=clock.now() - timedelta(hours=1)
            )
    told = exposed(client)
    assert told["threadwell_intake_waiting"] == 2
    assert told["threadwell_intake_oldest_seconds"] == pytest.approx(7200, abs=600)
    assert told["threadwell_intake_failed"] == 2
    assert told["threadwell_ledger_missing"] == 6
    assert told["threadwell_messages_failed_recently"] == 2
    assert told["threadwell_workspaces_looked_into"] == told["threadwell_workspaces"] == 2


@pytest.mark.django_db
def test_figures_say_how_much_files_take_and_are_looked_up_once_an_hour(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = cast.a_workspace()
    cast.arrives(cast.an_inbox(firm), letter(1).as_bytes())
    cast.all_read(firm)
    told = exposed(client)
    assert (told["threadwell_files"], told["threadwell_files_bytes"]) == (1, len(b"invoice 1" * 50))
    cast.arrives(cast.an_inbox(firm, address="other@firm.example"), letter(22).as_bytes())
    cast.all_read(firm)
    gauges._kept.clear()
    assert exposed(client)["threadwell_files"] == 1
    monkeypatch.setattr(gauges, "HOURLY", -1.0)
    gauges._kept.clear()
    assert exposed(client)["threadwell_files"] == 2
    monkeypatch.setattr(gauges, "LOOKED_THROUGH", 0)
    gauges._kept.clear()
    assert "threadwell_files" not in exposed(client)


@pytest.mark.django_db
def test_figures_are_looked_up_once_for_many_who_ask(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/metrics")
    with django_assert_num_queries(0):
        client.get("/metrics")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.9", {}, 403),
        ("203.0.113.9", {"Authorization": "Bearer of-the-right-figures"}, 200),
        ("203.0.113.9", {"Authorization": "Bearer of-other-figures"}, 403),
        ("203.0.113.9", {"Authorization": "Bearer "}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("", {}, 403),
    ],
)
def test_figures_are_for_those_who_may(
    client: Client, settings: Settings, address: str, headers: dict[str, str], status: int
) -> None:
    settings.OPTIONS = {**settings.OPTIONS, "THREADWELL_METRICS_TOKEN": "of-the-right-figures"}
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=address).status_code == status


@pytest.mark.django_db
def test_without_a_token_no_token_opens(client: Client) -> None:
    answer = client.get("/metrics", headers={"Authorization": "Bearer "}, REMOTE_ADDR="203.0.113.9")
    assert answer.status_code == 403
