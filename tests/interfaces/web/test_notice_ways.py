"""Where notices reach one: choices, browsers, rooms, the log; each one's own, inside the workspace."""

from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat, Talk
from tests.listeners import Browser as Phone
from tests.listeners import a_listener
from threadwell.config import reading
from threadwell.flow import notifying
from threadwell.kit import clock, tenancy
from threadwell.record.notices.models import By, Notice, NoticeTrip, NoticeWay, NoticeWishes
from threadwell.record.workplace.models import Agent, Team, Workspace
from threadwell.record.workplace.roles import Role


def choices(**changes: Any) -> dict[str, Any]:
    every = {f"{kind}-{by}": "at_once" for kind in Notice.Kind.values for by in By.values}
    rest = {"digest_at": "09:30", "second_after": "15", "second_by": "", "quiet_from": "", "quiet_until": ""}
    return {**every, **rest, **changes}


@pytest.mark.parametrize("role", Role)
def test_everybody_chooses_for_themselves(firm: Workspace, seat: Seat, browser: Browser, role: Role) -> None:
    agent = seat(role)
    client, address = browser(agent), f"/w/{firm.slug}/settings/notifications/"
    given = choices(**{"mentioned-mail": "never", "quiet_from": "20:00", "quiet_until": "07:00"})
    assert (
        client.post(address, {**given, "quiet_days": ["5", "6"], "shows_words": "on"})["Location"] == address
    )
    wishes = NoticeWishes.of(agent)
    assert wishes.when("mentioned", "mail") == "never"
    assert (wishes.quiet_days, wishes.shows_words, wishes.second_after) == ([5, 6], True, 15)
    assert 'value="20:00"' in client.get(address).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_from": "20:00"},
        {"quiet_from": "late", "quiet_until": "07:00"},
        {"mentioned-mail": "sometimes"},
        {"second_after": "0"},
        {"digest_at": ""},
        {"second_by": "pigeon"},
        {"quiet_days": "9"},
    ],
    ids=["half a night", "no time", "no such choice", "no wait", "no hour", "no such way", "no such day"],
)
def test_what_cannot_be_meant_is_said_and_nothing_changes(
    firm: Workspace, seat: Seat, browser: Browser, wrong: dict[str, str]
) -> None:
    answer = browser(seat()).post(f"/w/{firm.slug}/settings/notifications/", choices(**wrong))
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not NoticeWishes.objects.of(firm).exists()


def test_a_browser_is_added_once_tried_and_removed(firm: Workspace, seat: Seat, browser: Browser) -> None:
    agent, phone = seat(), Phone()
    client, address = browser(agent), f"/w/{firm.slug}/settings/notifications/"
    networks = {**settings.OPTIONS, "THREADWELL_NOTICE_NETWORKS": reading.networks("127.0.0.0/8")}
    with a_listener() as service, override_settings(OPTIONS=networks):
        for _twice in range(2):
            assert client.post(f"{address}browsers/", phone.subscription(service)).status_code == 204
        way = NoticeWay.objects.of(firm).get()
        assert bytes(way.box).find(b"127.0.0.1") == -1
        asked = {"way_id": str(way.pk), "agent_id": str(agent.pk), "language": "en"}
        assert client.post(f"{address}{way.pk}/trial/").status_code == 303
        assert service.calls == []  # nobody else's server is asked while a page is made
        notifying.try_it(workspace_id=str(firm.pk), **asked)
        [call] = service.calls
        assert "Bo tries whether notices arrive here" in phone.opens(call.content)["title"]
        service.status = 500
        notifying.try_it(workspace_id=str(firm.pk), **asked)
    assert "Not reached" in client.get(address).content.decode()
    assert client.post(f"{address}{way.pk}/", {"_method": "delete"}).status_code == 303
    assert not NoticeWay.objects.of(firm).exists()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"endpoint": "javascript:alert(1)", "p256dh": "A" * 87, "auth": "A" * 22},
        {"endpoint": "https://push.example/1", "p256dh": "short", "auth": "A" * 22},
        {"endpoint": "https://push.example/" + "x" * 2000, "p256dh": "A" * 87, "auth": "A" * 22},
    ],
    ids=["nothing", "a script", "no key", "endless"],
)
def test_what_no_browser_gives_is_refused(
    firm: Workspace, seat: Seat, browser: Browser, given: dict[str, str]
) -> None:
    answer = browser(seat()).post(f"/w/{firm.slug}/settings/notifications/browsers/", given)
    assert (answer.status_code, NoticeWay.objects.of(firm).exists()) == (422, False)


@pytest.mark.parametrize("url", ["nonsense", "exec://ls", "file:///etc/passwd", "slack://"])
def test_a_room_is_one_of_a_chat_tool(firm: Workspace, seat: Seat, browser: Browser, url: str) -> None:
    given = {"url": url, "label": "Room"}
    answer = browser(seat()).post(f"/w/{firm.slug}/settings/notifications/rooms/", given)
    assert (answer.status_code, NoticeWay.objects.of(firm).exists()) == (422, False)


def test_rooms_of_teams_are_for_who_manages(firm: Workspace, seat: Seat, browser: Browser) -> None:
    with tenancy.entered(firm.pk):
        team = Team.objects.create(workspace=firm, name="Desk")
    address = f"/w/{firm.slug}/settings/notice-rooms/"
    given = {"team": str(team.pk), "url": "ntfy://desk-of-nordhavn", "label": "Desk"}
    assert browser(seat()).post(address, given).status_code == 403
    client = browser(seat(Role.ADMIN, name="Ann"))
    assert client.post(address, given)["Location"] == address
    assert "<b>Desk</b>" in client.get(address).content.decode()
    way = NoticeWay.objects.of(firm).get()
    assert client.post(f"{address}{way.pk}/", {"_method": "delete"}).status_code == 303
    assert not NoticeWay.objects.of(firm).exists()


def _a_way(agent: Agent) -> NoticeWay:
    with tenancy.entered(agent.workspace_id):
        return notifying.open_way(
            {"url": "ntfy://topic"}, by=By.CHAT, label="Mine", agent=agent, workspace=agent.workspace
        )


@pytest.mark.parametrize("deed", ["", "trial/"], ids=["remove", "try"])
def test_nobody_touches_the_way_of_another(firm: Workspace, seat: Seat, browser: Browser, deed: str) -> None:
    others = [seat(name="Dana"), cast.an_agent(cast.a_workspace("Elsewhere"), name="Eve")]
    client = browser(seat(Role.OWNER))
    for other in others:
        way = _a_way(other)
        body = {} if deed else {"_method": "delete"}
        for where in ("notifications", "notice-rooms"):
            answer = client.post(f"/w/{firm.slug}/settings/{where}/{way.pk}/{deed}", body)
            assert answer.status_code == 404
        with tenancy.entered(other.workspace_id):
            assert NoticeWay.objects.of(other.workspace_id).filter(pk=way.pk).exists()


def test_the_log_says_what_became_of_each(firm: Workspace, seat: Seat, browser: Browser, talk: Talk) -> None:
    bo, dana = seat(), seat(name="Dana")
    for agent in (bo, dana):
        with tenancy.entered(firm.pk):
            Notice.give([agent], kind="called", key="1", at=clock.now(), conversation=talk())
    with tenancy.entered(firm.pk):
        for number, notice in enumerate(Notice.objects.of(firm).order_by("pk")):
            NoticeTrip.objects.create(
                workspace=firm,
                notice=notice,
                agent=notice.agent,
                by=By.MAIL,
                due_at=clock.now(),
                state=NoticeTrip.State.FAILED,
                attempts=6,
                because=f"reason {number}",
            )
    mine = browser(bo).get(f"/w/{firm.slug}/settings/notifications/log/").content.decode()
    assert "6 tries" in mine
    assert ("reason 0" in mine, "reason 1" in mine) == (True, False)
    admin = browser(seat(Role.ADMIN, name="Ann"))
    every = admin.get(f"/w/{firm.slug}/settings/notice-rooms/log/").content.decode()
    assert ("reason 0" in every, "reason 1" in every, "Dana" in every) == (True, True, True)


def test_the_worker_of_browsers_stands_at_the_root(browser: Browser, seat: Seat) -> None:
    answer = browser(seat()).get("/push-worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert b"showNotification" in answer.content
