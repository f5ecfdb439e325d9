"""The board of whoever leads: figures that are the counts of their lists, and work that goes to others."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat, Talk
from threadwell.kit import clock, tenancy
from threadwell.record.conversations.models import Conversation, Undo
from threadwell.record.rota.models import Absence
from threadwell.record.workplace.models import Agent, Team, TeamSeat, Workspace
from threadwell.record.workplace.roles import Role

ASKED = 16  #: questions of the whole page, with the settings of its transaction
FIGURE = re.compile(r'href="([^"]+)" data-figure="(\w+)"[^>]*>(\d+)<')


@pytest.fixture
def house(firm: Workspace, seat: Seat, talk: Talk) -> dict[str, Any]:
    """Two agents, one of them on a team; conversations in every state."""
    cleo, bo, dan = seat(Role.SUPERVISOR, name="Cleo"), seat(name="Bo"), seat(name="Dan")
    with tenancy.entered(firm.pk):
        team = Team.objects.create(workspace=firm, name="Front")
        TeamSeat.objects.create(workspace=firm, team=team, agent=bo)
    now = clock.now()
    late, soon, far = now - timedelta(hours=1), now + timedelta(hours=2), now + timedelta(days=3)
    talk("Late", owner=bo, team=team, due_at=late, minutes=90)
    talk("Soon", owner=bo, due_at=soon, minutes=30)
    talk("Far", owner=dan, team=team, due_at=far, waiting_since=None)
    talk("Free", team=team, due_at=late)
    talk("Loose", minutes=300)
    talk("Asleep", owner=bo, status="snoozed", snoozed_until=far, due_at=late)
    talk("Done", owner=bo, status="closed")
    return {"cleo": cleo, "bo": bo, "dan": dan, "team": team}


def rows_of(client: Any, url: str) -> int:
    return str(client.get(url).content.decode()).count('class="convo-row"')


@pytest.mark.parametrize("of_team", [False, True], ids=["everybody", "a team"])
def test_each_figure_is_the_count_of_the_list_it_opens(
    firm: Workspace,
    house: dict[str, Any],
    browser: Browser,
    of_team: bool,
) -> None:
    client = browser(house["cleo"])
    query = f"?team={house['team'].pk}" if of_team else ""
    board = client.get(f"/w/{firm.slug}/overview/{query}").content.decode()
    found = [(unescape(url), name, int(count)) for url, name, count in FIGURE.findall(board)]
    assert {name for _url, name, _count in found} == {"waiting", "overdue", "soon", "unowned", "open"}
    assert len(found) > 12
    for url, name, count in found:
        assert rows_of(client, url) == count, (name, url)
    whole = {name: count for _url, name, count in found[:5]}
    if of_team:
        assert whole == {"waiting": 2, "overdue": 2, "soon": 0, "unowned": 1, "open": 3}
    else:
        assert whole == {"waiting": 4, "overdue": 2, "soon": 1, "unowned": 2, "open": 5}


def test_the_board_names_who_is_there_what_they_carry_and_who_waits_longest(
    firm: Workspace, house: dict[str, Any], browser: Browser
) -> None:
    now = clock.now()
    with tenancy.entered(firm.pk):
        Absence.objects.create(
            workspace=firm,
            agent=house["dan"],
            begins_at=now - timedelta(days=1),
            ends_at=now + timedelta(days=1),
            made_by=house["dan"],
        )
    board = browser(house["cleo"]).get(f"/w/{firm.slug}/overview/").content.decode()
    assert "2 of 20" in board
    assert "Out of office" in board
    assert board.index("Loose") < board.index("Late")


def test_the_board_asks_as_many_questions_for_many_as_for_few(
    firm: Workspace, house: dict[str, Any], seat: Seat, talk: Talk, browser: Browser
) -> None:
    client = browser(house["cleo"])
    url = f"/w/{firm.slug}/overview/"
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(url)
    for number in range(5):
        agent = seat(name=f"Agent {number}")
        for _ in range(3):
            talk(owner=agent, team=house["team"])
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few)
    asked = [
        one["sql"]
        for one in few
        if "set_config" not in one["sql"] and one["sql"].startswith(("SELECT", "\n"))
    ]
    assert len(asked) <= 12


def test_what_waits_with_somebody_goes_to_another_and_back(
    firm: Workspace, house: dict[str, Any], browser: Browser
) -> None:
    client, bo, dan = browser(house["cleo"]), house["bo"], house["dan"]
    url = f"/w/{firm.slug}/overview/giving/"
    page = client.get(url, {"from": bo.pk}).content.decode()
    assert "Give 2 conversations that wait with Bo" in page
    assert client.post(url, {"from": bo.pk, "owner": dan.pk}).status_code == 303
    given = Conversation.objects.of(firm).filter(subject__in=["Late", "Soon"])
    assert {one.owner_id for one in given} == {dan.pk}
    undo = Undo.objects.of(firm).get()
    client.post(f"/w/{firm.slug}/undos/{undo.pk}/undoing/")
    assert {one.owner_id for one in given.all()} == {bo.pk}


def test_of_two_supervisors_the_second_is_told_what_the_first_did(
    firm: Workspace, house: dict[str, Any], seat: Seat, browser: Browser
) -> None:
    first, second = browser(house["cleo"]), browser(seat(Role.SUPERVISOR, name="Eva"))
    url = f"/w/{firm.slug}/overview/giving/"
    late = Conversation.objects.of(firm).get(subject="Late")
    seen = {"number": late.number, "was": str(house["bo"].pk)}
    assert first.post(url, {**seen, "owner": house["dan"].pk}).status_code == 303
    refused = second.post(url, {**seen, "owner": house["cleo"].pk}, headers={"HX-Request": "true"})
    assert refused.status_code == 409
    assert "Meanwhile it was given to Dan" in refused.content.decode()
    board = second.post(url, {**seen, "owner": house["cleo"].pk}, follow=True)
    assert board.redirect_chain == [(f"/w/{firm.slug}/overview/", 303)]
    assert "Meanwhile it was given to Dan" in board.content.decode()
    late.refresh_from_db()
    assert late.owner_id == house["dan"].pk


@pytest.mark.parametrize("role", [Role.AGENT, Role.AUDITOR, Role.COLLABORATOR])
def test_only_who_leads_sees_the_board(firm: Workspace, seat: Seat, browser: Browser, role: Role) -> None:
    client = browser(seat(role))
    assert client.get(f"/w/{firm.slug}/overview/").status_code == 403
    assert "/overview/" not in client.get(f"/w/{firm.slug}/desk/mine/").content.decode()


def test_nothing_of_another_firm_is_counted_or_given(
    firm: Workspace, house: dict[str, Any], browser: Browser
) -> None:
    late = Conversation.objects.of(firm).get(subject="Late").number
    other = cast.a_workspace("Elsewhere")
    stranger: Agent = cast.an_agent(other, role=Role.SUPERVISOR)
    client = browser(stranger)
    board = client.get(f"/w/{other.slug}/overview/").content.decode()
    assert all(int(count) == 0 for _url, _name, count in FIGURE.findall(board))
    assert client.get(f"/w/{other.slug}/overview/?team={house['team'].pk}").status_code == 404
    told = client.post(f"/w/{other.slug}/overview/giving/", {"number": late, "owner": stranger.pk})
    assert told.status_code == 404
    told = client.post(f"/w/{other.slug}/overview/giving/", {"from": house["bo"].pk, "owner": stranger.pk})
    assert told.status_code == 422
