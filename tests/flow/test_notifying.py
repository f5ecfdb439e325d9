"""Notices outside: mail that is delivered, pushes that are opened, a chat tool; what fails is tried again."""

import email
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from tests.cast import a_mail, a_workspace, all_read, an_agent, an_inbox, arrives
from tests.listeners import Browser, Listener, a_listener
from tests.peers import Peer, a_peer
from threadwell.config import reading
from threadwell.flow import notifying
from threadwell.flow.notified import posting
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import Invalid
from threadwell.record.conversations.models import Conversation
from threadwell.record.notices.models import By, Notice, NoticeTrip, NoticeWay, NoticeWishes
from threadwell.record.sight.models import Insider, Restriction, Subject
from threadwell.record.workplace.models import Agent, Team, TeamSeat, User, Workspace

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
Kind, State = Notice.Kind, NoticeTrip.State


class Office:
    """Bo, who is told things; a mail server, a push service and a chat tool around him."""

    def __init__(self, peer: Peer, outside: Listener) -> None:
        self.peer, self.outside = peer, outside
        self.firm: Workspace = a_workspace()
        self.bo: Agent = an_agent(self.firm)
        arrives(an_inbox(self.firm), a_mail(subject="Gate code"))
        all_read(self.firm)
        with tenancy.entered(self.firm.pk):
            self.talk = Conversation.objects.of(self.firm).get()

    def wishes(self, **facts: Any) -> None:
        with tenancy.entered(self.firm.pk):
            NoticeWishes.objects.create(workspace=self.firm, agent=self.bo, **facts)

    def tells(
        self, kind: str = Kind.HANDOVER, *, key: str = "", to: Agent | None = None, **facts: Any
    ) -> None:
        with tenancy.entered(self.firm.pk):
            Notice.give(
                [to or self.bo],
                kind=kind,
                key=key or f"{kind}:{Notice.objects.of(self.firm).count()}",
                at=clock.now(),
                conversation=self.talk,
                **{"what": "asked", "who": "Cleo", **facts},
            )

    def has(self, by: By, address: dict[str, str], **facts: Any) -> NoticeWay:
        with tenancy.entered(self.firm.pk):
            owner = {} if "team_id" in facts else {"agent": self.bo}
            return notifying.open_way(address, by=by, label=by.label, workspace=self.firm, **owner, **facts)

    def passes(self, **span: int) -> int:
        with clock.stopped_at(NOON + timedelta(**span)):
            return notifying.send_due(self.firm.pk)

    def trips(self) -> list[tuple[str, str]]:
        with tenancy.entered(self.firm.pk):
            rows = NoticeTrip.objects.of(self.firm).order_by("pk")
            return list(rows.values_list("by", "state"))


@pytest.fixture
def office() -> Iterator[Office]:
    networks = {**settings.OPTIONS, "THREADWELL_NOTICE_NETWORKS": reading.networks("127.0.0.0/8")}
    with a_peer() as peer, a_listener() as outside:
        server = {"host": "127.0.0.1", "port": peer.port}
        mailers = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": server}}
        with override_settings(OPTIONS=networks, MAILERS=mailers), clock.stopped_at(NOON):
            yield Office(peer, outside)


def mails(office: Office) -> list[Any]:
    return [email.message_from_bytes(one.content, policy=email.policy.default) for one in office.peer.taken]


def test_a_burst_comes_as_one_mail_in_plain_words_with_links(office: Office) -> None:
    for _number in range(3):
        office.tells()
    assert office.passes(seconds=1) == 0
    assert office.passes(seconds=11) == 1
    [mail] = mails(office)
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert mail["Subject"] == "3 notices · Nordhavn"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["To"] == office.bo.user.email
    assert text.count("Cleo asks you to take it over\nGate code\n") == 3
    assert f"/w/{office.firm.slug}/conversations/{office.talk.number}/" in text
    assert f"/w/{office.firm.slug}/settings/notifications/" in text
    assert "Gate code" in mail.get_body(("html",)).get_content()
    assert office.passes(minutes=5) == 0
    assert office.trips() == [("mail", State.SENT)] * 3


def test_a_push_is_sealed_for_the_browser_and_says_little_unless_allowed(office: Office) -> None:
    browser = Browser()
    office.has(By.PUSH, browser.subscription(office.outside))
    office.tells(Kind.MENTIONED)
    office.passes(seconds=11)
    [call] = office.outside.calls
    assert b"Gate code" not in call.content
    shown = browser.opens(call.content)
    assert shown["title"] == f"a note calls them in #{office.talk.number}"
    assert shown["body"] == ""
    with tenancy.entered(office.firm.pk):
        NoticeWishes.objects.create(workspace=office.firm, agent=office.bo, shows_words=True)
    office.tells(Kind.MENTIONED)
    office.passes(seconds=22)
    shown = browser.opens(office.outside.calls[1].content)
    assert (shown["title"], shown["body"]) == ("Cleo calls you in a note", "Gate code")


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten_and_the_log_keeps_it(office: Office, status: int) -> None:
    office.has(By.PUSH, Browser().subscription(office.outside))
    office.outside.status = status
    office.wishes(chosen={Kind.MENTIONED: {"mail": "never"}})
    office.tells(Kind.MENTIONED)
    office.passes(seconds=11)
    with tenancy.entered(office.firm.pk):
        assert not NoticeWay.objects.of(office.firm).exists()
        [trip] = NoticeTrip.objects.of(office.firm)
    assert (trip.state, trip.label) == (State.FAILED, By.PUSH.label)
    assert "does not want it any more" in trip.because


def test_a_service_that_stumbles_is_tried_again_under_the_same_number(office: Office) -> None:
    browser = Browser()
    way = office.has(By.PUSH, browser.subscription(office.outside))
    office.outside.status = 503
    office.wishes(chosen={Kind.MENTIONED: {"mail": "never"}})
    office.tells(Kind.MENTIONED)
    office.passes(seconds=11)
    with tenancy.entered(office.firm.pk):
        way.refresh_from_db()
    assert "503" in way.fault
    office.tells(Kind.MENTIONED)
    office.outside.status = 201
    assert office.passes(minutes=3) >= 1
    first, second, *_ = office.outside.calls
    assert first.headers["topic"] == second.headers["topic"]
    assert browser.opens(second.content)["tag"] == browser.opens(first.content)["tag"]
    office.passes(minutes=4)
    assert office.trips() == [("push", State.SENT)] * 2
    with tenancy.entered(office.firm.pk):
        way.refresh_from_db()
    assert way.faulty_since is None


def test_what_was_posted_before_a_kill_is_posted_again_as_the_same_mail(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.tells()

    def killed(*_anything: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(notifying, "_note_success", killed)
        with pytest.raises(KeyboardInterrupt):
            office.passes(seconds=11)
    assert office.passes(seconds=30) == 0
    assert office.passes(minutes=3) == 1
    first, second = mails(office)
    assert first["Message-ID"] == second["Message-ID"]
    assert office.trips() == [("mail", State.SENT)]


def test_what_was_seen_goes_nowhere(office: Office) -> None:
    office.tells()
    office.passes(seconds=1)
    with tenancy.entered(office.firm.pk):
        Notice.objects.of(office.firm).update(seen_at=clock.now())
    assert office.passes(seconds=11) == 0
    assert office.trips() == [("mail", State.SEEN)]
    assert mails(office) == []


def test_a_second_way_is_gone_only_when_nobody_saw_it(office: Office) -> None:
    office.has(By.PUSH, Browser().subscription(office.outside))
    office.wishes(second_by=By.MAIL, second_after=30, chosen={Kind.REMINDER: {"mail": "never"}})
    office.tells(Kind.REMINDER, text="Call Ada")
    office.passes(seconds=11)
    assert (len(office.outside.calls), len(mails(office))) == (1, 0)
    office.passes(minutes=31)
    assert len(mails(office)) == 1


def test_a_room_of_a_team_hears_once_what_many_are_told(office: Office) -> None:
    cleo = an_agent(office.firm, name="Cleo")
    with tenancy.entered(office.firm.pk):
        team = Team.objects.create(workspace=office.firm, name="Desk")
        for agent in (office.bo, cleo):
            TeamSeat.objects.create(workspace=office.firm, team=team, agent=agent)
    office.has(By.CHAT, {"url": office.outside.url.replace("http://", "json://") + "/room"}, team_id=team.pk)
    for agent in (office.bo, cleo):
        office.tells(Kind.OVERDUE, key="overdue:1", to=agent, target="first_response", policy="Standard")
    office.passes(seconds=11)
    [call] = [one for one in office.outside.calls if one.path == "/room"]
    told = json.loads(call.content)
    assert "overdue since" in told["title"]
    assert "Gate code" in told["message"]


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "https://example.org", "file:///etc/passwd", "exec://ls", "mailto://a:b@c.example"],
)
def test_only_chat_tools_are_taken(office: Office, url: str) -> None:
    with pytest.raises(Invalid):
        office.has(By.CHAT, {"url": url})


def test_nothing_of_ours_is_reached_through_a_chat_tool(office: Office) -> None:
    office.has(By.CHAT, {"url": office.outside.url.replace("http://", "json://") + "/room"})
    office.wishes(chosen={Kind.HANDOVER: {"mail": "never"}})
    office.tells()
    with override_settings(OPTIONS={**settings.OPTIONS, "THREADWELL_NOTICE_NETWORKS": ()}):
        assert office.passes(seconds=11) == 0
    assert office.outside.calls == []
    assert office.trips() == [("chat", State.WAITING)]


def test_a_zone_that_vanished_keeps_nobody_from_being_told(office: Office) -> None:
    User.objects.filter(pk=office.bo.user_id).update(zone="Mars/North")
    Workspace.objects.filter(pk=office.firm.pk).update(zone="Mars/South")
    office.tells()
    assert office.passes(seconds=1) + office.passes(seconds=11) == 1
    assert office.trips() == [("mail", State.SENT)]


def test_who_has_left_is_told_nothing(office: Office) -> None:
    office.tells()
    office.passes(seconds=1)
    with tenancy.entered(office.firm.pk):
        Agent.objects.of(office.firm).filter(pk=office.bo.pk).update(left_at=clock.now())
    office.passes(seconds=11)
    assert mails(office) == []
    assert office.trips() == [("mail", State.FAILED)]


def test_a_mail_server_that_is_away_is_tried_six_times_and_then_said_to_be(office: Office) -> None:
    office.tells()
    office.peer.data = lambda _envelope: "451 not now"
    for minutes in (1, 10, 40, 200, 900, 4000):
        office.passes(minutes=minutes)
    assert office.trips() == [("mail", State.FAILED)]
    with tenancy.entered(office.firm.pk):
        [trip] = NoticeTrip.objects.of(office.firm)
    assert (trip.attempts, "did not take it" in trip.because) == (6, True)


def test_what_stands_behind_a_wall_by_now_is_kept_back(office: Office) -> None:
    cleo = an_agent(office.firm, name="Cleo")
    office.tells()
    office.tells(to=cleo)
    office.passes(seconds=1)
    with tenancy.entered(office.firm.pk):
        wall = Restriction.objects.create(workspace=office.firm, name="Board", reason="Private")
        Subject.objects.create(
            workspace=office.firm, restriction=wall, kind="inbox", key=office.talk.inbox_id
        )
        Insider.objects.create(workspace=office.firm, restriction=wall, agent=cleo)
    Workspace.objects.filter(pk=office.firm.pk).update(is_restricted=True)
    assert office.passes(seconds=11) == 1
    assert [one["To"] for one in mails(office)] == [cleo.user.email]
    assert sorted(state for _by, state in office.trips()) == [State.SENT, State.WITHHELD]
    assert office.passes(minutes=9) == 0


def test_a_room_of_a_team_is_told_only_what_all_of_it_may_see(office: Office) -> None:
    cleo = an_agent(office.firm, name="Cleo")
    with tenancy.entered(office.firm.pk):
        team = Team.objects.create(workspace=office.firm, name="Desk")
        for agent in (office.bo, cleo):
            TeamSeat.objects.create(workspace=office.firm, team=team, agent=agent)
        wall = Restriction.objects.create(workspace=office.firm, name="Board", reason="Private")
        Subject.objects.create(
            workspace=office.firm, restriction=wall, kind="inbox", key=office.talk.inbox_id
        )
        Insider.objects.create(workspace=office.firm, restriction=wall, agent=cleo)
    Workspace.objects.filter(pk=office.firm.pk).update(is_restricted=True)
    office.has(By.CHAT, {"url": office.outside.url.replace("http://", "json://") + "/room"}, team_id=team.pk)
    office.tells(Kind.OVERDUE, to=cleo, target="first_response", policy="Standard")
    office.passes(seconds=11)
    assert [one for one in office.outside.calls if one.path == "/room"] == []


@pytest.mark.parametrize(
    ("chosen", "kind", "when"),
    [
        ({}, Kind.ORPHAN, "hourly"),
        ({"mentioned": {"mail": "never"}}, Kind.ORPHAN, "hourly"),
        (
            {key: {"mail": "never"} for key in ("due", "overdue", "mentioned", "followed")},
            Kind.ORPHAN,
            "never",
        ),
        (
            {key: {"mail": "never"} for key in ("due", "overdue", "mentioned", "followed")},
            Kind.CALLED,
            "at_once",
        ),
        (
            {key: {"mail": "daily"} for key in ("due", "overdue", "mentioned", "followed")},
            Kind.ORPHAN,
            "hourly",
        ),
    ],
    ids=["nothing-chosen", "one-switched-off", "a-way-switched-off", "called-in-all-the-same", "chosen"],
)
def test_a_kind_that_came_later_comes_as_shipped_but_by_no_way_that_is_switched_off(
    chosen: dict[str, Any], kind: str, when: str
) -> None:
    assert NoticeWishes(chosen=chosen).when(kind, By.MAIL) == when


def test_a_trial_is_a_job_and_says_beside_the_way_what_kept_it(office: Office) -> None:
    way = office.has(By.CHAT, {"url": office.outside.url.replace("http://", "json://") + "/room"})
    facts = {
        "workspace_id": str(office.firm.pk),
        "way_id": str(way.pk),
        "agent_id": str(office.bo.pk),
        "language": "",
    }
    for status, is_good in ((500, False), (200, True)):
        office.outside.status = status
        notifying.try_it(**facts)
        with tenancy.entered(office.firm.pk):
            way.refresh_from_db()
        assert (way.faulty_since is None) is is_good
    assert "Bo tries whether notices arrive here" in office.outside.calls[-1].content.decode()
    with tenancy.entered(office.firm.pk):
        notifying.close_way(way)
    notifying.try_it(**facts)  # it went meanwhile


def test_a_key_that_is_no_key_is_forgotten(office: Office) -> None:
    broken = {**Browser().subscription(office.outside), "p256dh": "AAAA"}
    office.has(By.PUSH, broken)
    office.tells(Kind.MENTIONED)
    office.passes(seconds=11)
    with tenancy.entered(office.firm.pk):
        assert not NoticeWay.objects.of(office.firm).exists()
    assert posting.tool_of("slack://") is None
