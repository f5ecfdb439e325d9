"""Settings stand in groups; a page of settings leads to those of its group, and to none one may not enter."""

import re

import pytest
from django.test import Client

from tests.interfaces.web.conftest import Browser, Seat
from threadwell.record.workplace.models import Workspace
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)
_TABS = re.compile(r'<nav class="tabs" aria-label="Settings">(.*?)</nav>', re.DOTALL)


def _shown(client: Client, firm: Workspace, page: str) -> str:
    return client.get(f"/w/{firm.slug}/{page}").content.decode()


def _tabs(page: str) -> list[str]:
    found = _TABS.search(page)
    assert found
    return re.findall(r">([^<]+)</a>", found[1])


def test_all_stand_in_groups_on_the_page_of_settings(firm: Workspace, seat: Seat, browser: Browser) -> None:
    shown = _shown(browser(seat(Role.OWNER)), firm, "settings/")
    groups = re.findall(r'id="group-\d+">([^<]+)</h2>', shown)
    assert groups == ["Yours", "People", "Who answers, and by when", "Mail", "Records", "Workspace"]
    assert all(name in shown for name in ("Restrictions", "Audit", "Kinds of work"))


def test_a_page_of_settings_leads_to_its_group(firm: Workspace, seat: Seat, browser: Browser) -> None:
    owner = browser(seat(Role.OWNER))
    assert _tabs(_shown(owner, firm, "settings/routing/")) == [
        "Routing",
        "Deadlines",
        "Business hours",
        "Follow-ups",
    ]
    assert 'aria-current="page">Audit<' in _shown(owner, firm, "settings/audit/")


def test_what_one_may_not_enter_is_not_offered(firm: Workspace, seat: Seat, browser: Browser) -> None:
    agent = browser(seat(Role.AGENT))
    assert "Rooms of teams" not in _tabs(_shown(agent, firm, "settings/people/"))
    assert "Audit" not in _shown(agent, firm, "settings/")
