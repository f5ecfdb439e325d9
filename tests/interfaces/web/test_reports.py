"""Reports by the pages that make them, read on a real replica: the same as here, behind the same walls."""

import json
import re
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from tests import cast
from tests.interfaces.api.conftest import a_program
from tests.interfaces.web.conftest import Browser
from tests.security.strangers import House, a_house
from tests.standby import Standby, read
from threadwell.flow import rehearsing, restricting
from threadwell.flow.restricting import Behind
from threadwell.flow.ruling import Saying
from threadwell.kit import replica, tenancy
from threadwell.record.people.models import Contact
from threadwell.record.routing.models import DryRun
from threadwell.record.workplace.models import Workspace
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)

LISTS = ("contacts", "organisations", "conversations", "work", "tasks")


@pytest.fixture
def house(copy: Standby) -> House:
    return a_house(number=4711, word="Zyxquill")


def pages(house: House) -> list[str]:
    exports = [f"exports/{what}.{form}" for what in LISTS for form in ("csv", "xlsx")]
    ada = house.firm.conversation.contact_id
    return [
        *exports,
        "exports/contacts.vcf",
        f"exports/timeline.csv?story=contact:{ada}",
        f"customers/{ada}/export.json",
        f"customers/{ada}/export.vcf",
        f"organisations/{house.rows['Organisation']}/export.json",
        f"organisations/{house.rows['Organisation']}/export.vcf",
        "settings/audit.csv",
        "overview/",
        "data-quality/",
    ]


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else bytes(response.content)


def asked(client: Client, workspace: Workspace, page: str) -> tuple[int, bytes, float]:
    """The answer, and how many reports were read on the replica for it."""
    before = read("replica")
    response = client.get(f"/w/{workspace.slug}/{page}")
    return response.status_code, body(response), read("replica") - before


def test_every_report_is_read_there_and_says_what_it_says_here(house: House, browser: Browser) -> None:
    firm, client = house.firm.workspace, browser(house.owner)
    there = {page: asked(client, firm, page) for page in pages(house)}
    assert {page: (status, times) for page, (status, _, times) in there.items()} == dict.fromkeys(
        pages(house), (200, 1)
    )
    entry = connections.settings.pop(replica.ALIAS)
    try:
        for page, (_, said, _) in there.items():
            status, again, times = asked(client, firm, page)
            assert (status, times) == (200, 0)
            if page.endswith("csv") and "audit" not in page:
                assert again == said, page
    finally:
        connections.settings[replica.ALIAS] = entry


def test_none_says_anything_of_another_workspace(house: House, browser: Browser) -> None:
    elsewhere = cast.a_workspace("Elsewhere")
    stranger = browser(cast.an_agent(elsewhere, role=Role.OWNER))
    keys = "|".join(str(key) for key in house.rows.values())
    for page in pages(house):
        assert stranger.get(f"/w/{house.firm.workspace.slug}/{page}").status_code == 404
        status, said, _ = asked(stranger, elsewhere, page)
        is_named = str(house.rows["Organisation"]) in page or str(house.firm.conversation.contact_id) in page
        assert status == (404 if is_named else 200), page
        assert b"Zyxquill" not in said
        assert not re.search(keys.encode(), said.replace(page.encode(), b""))


def test_what_stands_behind_a_wall_does_not_leave_by_the_replica(house: House, browser: Browser) -> None:
    firm = house.firm.workspace
    with tenancy.entered(firm.pk):
        secret = Contact.objects.create(workspace=firm, name="Velvet")
        behind = [Behind(kind="contact", key=secret.pk)]
        restricting.restrict("Board", "Only the board.", behind=behind, inside=(), by=house.owner)
    outside = browser(cast.an_agent(firm, name="Outside", role=Role.SUPERVISOR))
    for form in ("csv", "vcf"):
        status, said, times = asked(outside, firm, f"exports/contacts.{form}")
        assert (status, times) == (200, 1)
        assert b"Velvet" not in said
        status, said, times = asked(browser(house.owner), firm, f"exports/contacts.{form}")
        assert (status, times) == (200, 1)
        assert b"Velvet" in said


def test_what_was_entered_a_moment_before_is_in_the_file(house: House, browser: Browser) -> None:
    firm, client = house.firm.workspace, browser(house.owner)
    for number in range(10):
        with tenancy.entered(firm.pk):
            Contact.objects.create(workspace=firm, name=f"Newcomer {number}")
        status, said, times = asked(client, firm, "exports/contacts.csv")
        assert (status, times) == (200, 1)
        assert f"Newcomer {number}".encode() in said


def test_a_program_reads_the_overview_there(house: House) -> None:
    program, before = a_program(house.firm.workspace), read("replica")
    assert json.loads(program.call("GET", "/overview").content)["whole"]["open"] >= 1
    assert read("replica") - before == 1


def test_a_dry_run_looks_at_conversations_there_and_counts_here(house: House) -> None:
    firm, before = house.firm.workspace, read("replica")
    with tenancy.entered(firm.pk):
        saying = Saying(
            moments=["arrived"], conditions={"all": []}, results={"priority": "urgent"}, stops=False
        )
        run = rehearsing.begin(None, saying, by=house.owner)
    rehearsing.go_on(str(firm.pk), str(run.pk))
    with tenancy.entered(firm.pk):
        run = DryRun.objects.of(firm).get(pk=run.pk)
        assert (run.state, run.failed_because) == (DryRun.State.DONE, "")
        assert run.done == run.total > 0
    assert read("replica") - before == 1
