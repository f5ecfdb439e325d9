"""What others do is seen at once, by those who may see it: real web processes, real streams."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest
from django.conf import settings
from django.db import connection, transaction

from tests import cast
from tests.conftest import as_owner, url
from tests.interfaces.web import served
from tests.interfaces.web.conftest import Browser, Seat
from tests.interfaces.web.served import Listener
from threadwell.flow import (
    committing,
    handing_over,
    logging_talks,
    outbound,
    restricting,
    staffing,
    surgery,
)
from threadwell.flow.committing import About
from threadwell.flow.logging_talks import Points, Talked, Whom
from threadwell.flow.restricting import Behind, Who
from threadwell.interfaces.web import live_hub
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Conversation, Viewing
from threadwell.record.inboxes.models import Inbox
from threadwell.record.journal.models import Event
from threadwell.record.workplace.models import Agent, Workspace
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)
type Listening = Callable[..., Listener]


@pytest.fixture
def firm(transactional_db: None) -> Workspace:
    return cast.a_workspace()


@pytest.fixture
def inbox(firm: Workspace) -> Inbox:
    return cast.an_inbox(firm)


@pytest.fixture
def talk(firm: Workspace, inbox: Inbox) -> Conversation:
    cast.arrives(inbox, cast.a_mail())
    cast.all_read(firm)
    with tenancy.entered(firm.pk):
        found: Conversation = Conversation.objects.of(firm).get()
    return found


@pytest.fixture(scope="module")
def door(django_db_setup: None) -> Iterator[int]:
    with served.web_process(url(settings.DATABASES["default"]["NAME"], as_owner=False)) as port:
        yield port


@pytest.fixture
def listening(door: int) -> Iterator[Listening]:
    opened: list[Listener] = []

    def listen(agent: Agent, query: str = "", *, slug: str = "", port: int = 0) -> Listener:
        with tenancy.entered(agent.workspace_id):
            slug = slug or agent.workspace.slug
        listener = Listener(port or door, f"/w/{slug}/live/?{query}", served.cookie_of(agent))
        opened.append(listener)
        return listener

    yield listen
    for listener in opened:
        listener.close()


def opened_by(talk: Conversation, view: str = "open") -> str:
    return f"view={view}&conversation={talk.number}"


def note(talk: Conversation, agent: Agent, text: str) -> None:
    with tenancy.entered(talk.workspace_id):
        outbound.note(talk, by=agent, text=text)


def test_those_who_have_it_open_see_it_and_nobody_else(
    talk: Conversation, seat: Seat, listening: Listening
) -> None:
    bo, cleo = seat(), seat(name="Cleo")
    elsewhere = cast.a_workspace("Elsewhere")
    stranger = listening(seat(workspace=elsewhere, name="Eve"), "view=open")
    reader, other = listening(bo, opened_by(talk)), listening(cleo, "view=open")
    note(talk, cleo, "Look at the gate")
    part = reader.waits_for("Look at the gate")
    assert f'data-into="lines-{talk.pk}"' in part
    reader.waits_for(f'id="head-{talk.pk}"')
    other.waits_for(f'id="row-{talk.pk}"')
    assert not other.has_heard("Look at the gate")
    assert not stranger.has_heard(str(talk.pk))


def test_a_page_of_a_conversation_that_was_joined_says_where_it_goes_on(
    talk: Conversation, inbox: Inbox, firm: Workspace, seat: Seat, listening: Listening
) -> None:
    bo, cleo = seat(), seat(name="Cleo")
    cast.arrives(inbox, cast.a_mail(subject="Door"))
    cast.all_read(firm)
    with tenancy.entered(firm.pk):
        other = Conversation.objects.of(firm).get(subject="Door")
    reader = listening(bo, opened_by(other))
    assert surgery.join(firm.pk, other.pk, into=talk.pk, because="the same door", by=cleo)
    part = reader.waits_for(f"goes on in {talk}")
    assert f'id="joined-{other.pk}"' in part
    assert f"/conversations/{talk.number}/" in part


def test_hand_overs_that_wait_are_counted_in_the_side_bar(
    talk: Conversation, firm: Workspace, seat: Seat, listening: Listening
) -> None:
    bo, cleo = seat(), seat(name="Cleo")
    reader, giver = listening(cleo, "view=open"), listening(bo, "view=open")
    with tenancy.entered(firm.pk):
        packet = handing_over.Packet(reason="x", summary="y", next_step="")
        handing_over.hand_over(talk, packet, by=bo, agent=cleo)
    reader.waits_for('"handovers": "1"')
    assert not giver.has_heard('"handovers": "1"')


def test_calls_and_promises_come_to_those_who_have_it_open(
    talk: Conversation, seat: Seat, listening: Listening
) -> None:
    bo, cleo = seat(), seat(name="Cleo")
    reader = listening(bo, opened_by(talk))
    with tenancy.entered(talk.workspace_id):
        spoken = logging_talks.log(
            Talked(points=Points(discussed="Wednesday suits.")), Whom(conversation=talk), by=cleo
        )
        committing.mark_promise(About(message=spoken), by=cleo, text="A new code on Monday")
    reader.waits_for("Wednesday suits.")
    reader.waits_for('id="commitments"')
    reader.waits_for("promise: A new code on Monday")


def test_new_mail_comes_into_the_lists_it_belongs_to(
    talk: Conversation, inbox: Inbox, firm: Workspace, seat: Seat, listening: Listening
) -> None:
    reader, mine = listening(seat(), "view=unassigned"), listening(seat(name="Cleo"), "view=mine")
    cast.arrives(inbox, cast.a_mail("Where is it?", subject="Pallet"))
    cast.all_read(firm)
    row = reader.waits_for("Pallet")
    assert 'data-into="convos"' in row
    assert "convo--unread" in row
    assert not mine.has_heard("Pallet")
    reader.waits_for('"unassigned": "2"')


def test_what_leaves_a_list_goes_from_the_screen(
    talk: Conversation, seat: Seat, listening: Listening
) -> None:
    bo = seat()
    reader, owner = listening(seat(name="Cleo"), "view=unassigned"), listening(bo, "view=mine")
    with tenancy.entered(talk.workspace_id):
        talk.assign(bo, by=bo)
    reader.waits_for("data-gone")
    assert "data-into" in owner.waits_for(f'id="row-{talk.pk}"')
    owner.waits_for('"mine": "1"')


def test_who_missed_something_is_told_after_the_gap(
    talk: Conversation, seat: Seat, listening: Listening
) -> None:
    bo, cleo = seat(), seat(name="Cleo")
    first = listening(bo, opened_by(talk))
    note(talk, cleo, "before the gap")
    first.waits_for("before the gap")
    last = next(key for _, _, key in reversed(first.events) if key)
    first.close()
    note(talk, cleo, "in the gap")
    second = listening(bo, f"{opened_by(talk)}&after={last}")
    second.waits_for("in the gap")


def test_presence_crosses_web_processes(
    talk: Conversation, seat: Seat, browser: Browser, listening: Listening
) -> None:
    bo, cleo = seat(), seat(name="Cleo")
    with served.web_process(url(settings.DATABASES["default"]["NAME"], as_owner=False)) as second:
        here = listening(bo, opened_by(talk))
        there = listening(seat(name="Dora"), opened_by(talk), port=second)
        doing = {"doing": "replying", "tab": "1"}
        browser(cleo).post(f"/w/{talk.workspace.slug}/conversations/{talk.number}/presence/", doing)
        for reader in (here, there):
            assert "viewers--clash" in reader.waits_for("Cleo is answering")
        own = listening(cleo, opened_by(talk))
        note(talk, bo, "seen by all")
        own.waits_for("seen by all")
        assert not own.has_heard("Cleo is answering")


def test_whoever_leaves_hears_nothing_more(talk: Conversation, seat: Seat, listening: Listening) -> None:
    boss, bo = seat(Role.OWNER, name="Boss"), seat()
    reader = listening(bo, opened_by(talk))
    with tenancy.entered(talk.workspace_id):
        staffing.leave(bo, by=boss)
    assert reader.waits_for_end(seconds=10)
    note(talk, boss, "not for Bo")
    assert not reader.has_heard("not for Bo")


def test_strangers_get_no_stream(talk: Conversation, seat: Seat, listening: Listening) -> None:
    elsewhere = cast.a_workspace("Elsewhere")
    eve = seat(workspace=elsewhere, name="Eve")
    assert listening(eve, slug=talk.workspace.slug).status == 404
    own = listening(eve, opened_by(talk))
    note(talk, seat(), "not for Eve")
    assert not own.waits_for_end(seconds=1)
    assert own.events == []


def test_what_is_restricted_reaches_those_who_may_see_it_and_nobody_else(
    talk: Conversation, inbox: Inbox, firm: Workspace, seat: Seat, listening: Listening
) -> None:
    boss, bo, cleo = seat(Role.OWNER, name="Boss"), seat(), seat(name="Cleo")
    before = listening(bo, opened_by(talk))
    with tenancy.entered(firm.pk):
        restricting.restrict(
            "Board",
            "Only the board.",
            behind=[Behind(kind="inbox", key=inbox.pk)],
            inside=[Who(agent=cleo.pk)],
            by=boss,
        )
    assert before.waits_for_end(seconds=10)  # whoever had it open begins anew, with a veil
    reader, insider = listening(bo, opened_by(talk)), listening(cleo, opened_by(talk))
    note(talk, cleo, "for the board alone")
    insider.waits_for("for the board alone")
    insider.waits_for(f'id="row-{talk.pk}"')
    assert not reader.has_heard("for the board alone")
    assert not reader.has_heard("Gate code")


def test_a_board_is_told_of_what_happened_between_its_drawing_and_its_listening(
    talk: Conversation, firm: Workspace, seat: Seat, listening: Listening
) -> None:
    with tenancy.entered(firm.pk):
        drawn = Event.objects.of(firm).latest("pk").pk
    note(talk, seat(name="Cleo"), "Look at the gate")
    time.sleep(live_hub.COUNT + 0.5)  # whoever listens already has been told by now
    board = listening(seat(Role.SUPERVISOR, name="Lead"), f"overview=on&after={drawn}")
    with board.heard:
        assert board.heard.wait_for(lambda: any(kind == "stir" for kind, _, _ in board.events), 10)


def test_who_comes_back_while_the_process_ends_does_not_hold_it_up(firm: Workspace, seat: Seat) -> None:
    cookie, begun = served.cookie_of(seat()), threading.Semaphore(0)

    def comes_back(port: int) -> None:
        with suppress(OSError, http.client.HTTPException):
            while True:
                with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as line:
                    line.request("GET", f"/w/{firm.slug}/live/", headers={"Cookie": cookie})
                    with line.getresponse() as answer:
                        answer.readline()
                        begun.release()
                        answer.read()

    serving = url(settings.DATABASES["default"]["NAME"], as_owner=False)
    with ThreadPoolExecutor(5) as readers, served.web_process(serving) as port:
        for _ in range(5):
            readers.submit(comes_back, port)
        for _ in range(5):
            assert begun.acquire(timeout=60)


def somebody_waits() -> bool:
    with as_owner(str(connection.settings_dict["NAME"])) as owner:
        asked = (
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return owner.execute(asked).fetchone() is not None


def test_to_begin_an_answer_while_the_page_says_that_one_reads_is_no_deadlock(
    firm: Workspace, talk: Conversation, seat: Seat, browser: Browser
) -> None:
    bo = seat()
    page, beat = browser(bo), f"/w/{firm.slug}/conversations/{talk.number}/presence/"

    def begins() -> int:
        try:
            return page.post(beat, {"doing": "replying", "tab": "a"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as meanwhile:
        with tenancy.entered(firm.pk), transaction.atomic():
            Viewing.objects.create(workspace=firm, conversation=talk, agent=bo, tab="a")
            answered = meanwhile.submit(begins)
            until = time.monotonic() + 20
            while not somebody_waits() and time.monotonic() < until:
                time.sleep(0.05)
            assert not answered.done()
        assert answered.result(20) == 204
    with tenancy.entered(firm.pk):
        [kept] = Viewing.objects.of(firm)
        assert (kept.doing, kept.claims_until is None) == (Viewing.Doing.REPLYING, False)
