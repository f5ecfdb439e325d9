"""Delivering, to servers that answer in every way: nothing is lost, everything is told."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from aiosmtpd.smtp import Envelope
from pytest_django import Settings

from tests.cast import a_mail, a_workspace, all_read, an_agent, an_inbox, arrives
from tests.peers import Peer, a_peer, a_peer_that_hangs_up_after_data, free_port
from threadwell.channels.email import read
from threadwell.channels.port import Address
from threadwell.flow import outbound
from threadwell.flow.reply import compose, deliver
from threadwell.kit import clock, tenancy
from threadwell.record.conversations.models import Conversation, Dispatch, Message, Outgoing
from threadwell.record.inboxes.models import Inbox
from threadwell.record.journal.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_to_wait_for(settings: Settings) -> None:
    settings.UNDO_SECONDS = 0


def an_inbox_that_sends_by(port: int) -> Inbox:
    facts = {"host": "127.0.0.1", "port": port, "tls": "none"}
    return an_inbox(a_workspace(), settings={"outgoing": facts})


def a_message(
    inbox: Inbox, *to: str, text: str = "Try 4711.", answers: Conversation | None = None
) -> Message:
    """Bo has pressed Send."""
    with tenancy.entered(inbox.workspace_id):
        bo = an_agent(inbox.workspace)
    with tenancy.entered(inbox.workspace_id):
        if answers:
            draft = outbound.begin(answers, "reply", by=bo)
        else:
            people = [Address(name="", email=one) for one in to or ["ada@customer.example"]]
            draft = outbound.new_conversation(inbox, by=bo, to=people, subject="Gate code")
        outbound.save(draft, text=text)
        return outbound.send(draft, by=bo)


def try_it(message: Message, *, at: datetime | None = None) -> Outgoing:
    """A worker looks once at what is due (at that moment)."""
    with clock.stopped_at(at or clock.now()):
        for one in deliver.claim(50):
            deliver.deliver(one, build=compose.mail_of, leave=outbound._leave)
    return way_of(message)


def way_of(message: Message) -> Outgoing:
    with tenancy.entered(message.workspace_id):
        message.refresh_from_db()
        return Outgoing.objects.of(message.workspace_id).get(message=message)


def events_of(message: Message) -> list[str]:
    with tenancy.entered(message.workspace_id):
        names = (
            Event.objects.of(message.workspace_id).filter(name__startswith="message.").order_by("at", "pk")
        )
        return list(names.values_list("name", flat=True))


def test_a_busy_server_is_asked_again_later_and_later_until_it_takes_the_mail() -> None:
    said = iter(["451 4.3.2 busy", "451 4.3.2 busy", "452 4.2.2 full", "250 OK"])
    with a_peer(Peer(data=lambda _: next(said))) as peer:
        message = a_message(an_inbox_that_sends_by(peer.port))
        now = clock.now()
        waited = []
        for _ in range(4):
            way = try_it(message, at=now)
            waited.append(way.due_at - now)
            now = way.due_at
            if message.state == "delayed":
                assert "busy" in message.state_because or "full" in message.state_because
    assert waited[:3] == [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15)]
    assert (message.state, message.state_because) == ("sent", "")
    assert events_of(message) == ["message.held", "message.delayed", "message.delayed", "message.sent"]
    assert not Dispatch.objects.exists()


def test_each_try_sends_the_very_same_mail() -> None:
    seen: list[bytes] = []

    def busy(envelope: Envelope) -> str:
        seen.append(envelope.original_content or b"")
        return "451 later"

    with a_peer(Peer(data=busy)) as peer:
        message = a_message(an_inbox_that_sends_by(peer.port))
        try_it(message, at=try_it(message).due_at)
    assert len(seen) == 2
    assert seen[0] == seen[1]


def test_a_server_that_never_answers_well_is_given_up_after_three_days_and_somebody_is_told() -> None:
    message = a_message(an_inbox_that_sends_by(free_port()))
    way, begun, tries = try_it(message), clock.now(), 1
    assert message.state == "delayed"
    while way.done_at is None and tries < 30:
        way, tries = try_it(message, at=way.due_at), tries + 1
    assert message.state == "failed"
    assert message.state_because.startswith("Given up after 3 days")
    assert "cannot be reached" in message.state_because
    assert timedelta(days=3) <= way.done_at - begun < timedelta(days=3, hours=7)  # type: ignore[operator]
    assert events_of(message) == ["message.held", "message.delayed", "message.failed"]
    with tenancy.entered(message.workspace_id):
        conversation = Conversation.objects.of(message.workspace_id).get()
        assert conversation.waiting_since is not None


def test_a_refusal_is_final_and_brings_the_conversation_back() -> None:
    with a_peer(Peer(rcpt=lambda _: "550 5.1.1 no such user")) as peer:
        message = a_message(an_inbox_that_sends_by(peer.port))
        with tenancy.entered(message.workspace_id):
            message.conversation.close(by=None)
        try_it(message)
    assert (message.state, message.state_because) == (
        "failed",
        "ada@customer.example: 550 5.1.1 no such user",
    )
    with tenancy.entered(message.workspace_id):
        conversation = Conversation.objects.of(message.workspace_id).get()
        assert conversation.status == "open"
        assert conversation.waiting_since is not None
    assert not Dispatch.objects.exists()


def test_recipients_go_their_own_ways() -> None:
    said = {"a@x.example": "250 OK", "b@x.example": "550 no such user", "c@x.example": "450 grey"}
    with a_peer(Peer(rcpt=lambda address: said[address])) as peer:
        message = a_message(an_inbox_that_sends_by(peer.port), *said)
        way = try_it(message)
        assert {who: told["state"] for who, told in way.recipients.items()} == {
            "a@x.example": "sent", "b@x.example": "refused", "c@x.example": "delayed",
        }  # fmt: skip
        assert message.state == "delayed"
        said["c@x.example"] = "250 OK"
        try_it(message, at=way.due_at)
    assert [mail.rcpt_tos for mail in peer.taken] == [["a@x.example"], ["c@x.example"]]
    assert (message.state, message.state_because) == ("bounced", "b@x.example: 550 no such user")


def test_trying_again_by_hand_goes_to_those_who_have_it_not() -> None:
    said = {"a@x.example": "250 OK", "b@x.example": "550 no such user"}
    with a_peer(Peer(rcpt=lambda address: said[address])) as peer:
        message = a_message(an_inbox_that_sends_by(peer.port), *said)
        try_it(message)
        said["b@x.example"] = "250 OK"
        with tenancy.entered(message.workspace_id):
            assert message.agent is not None
            outbound.retry(message, by=message.agent)
        try_it(message)
        assert message.state == "sent"
        with tenancy.entered(message.workspace_id), pytest.raises(outbound.NotSendable):
            outbound.retry(message, by=message.agent)
    assert [mail.rcpt_tos for mail in peer.taken] == [["a@x.example"], ["b@x.example"]]


def test_a_person_may_stop_the_trying() -> None:
    message = a_message(an_inbox_that_sends_by(free_port()))
    try_it(message)
    with tenancy.entered(message.workspace_id):
        assert message.agent is not None
        outbound.give_up(message, by=message.agent)
        with pytest.raises(outbound.NotSendable):
            outbound.give_up(message, by=message.agent)
    assert not Dispatch.objects.exists()
    assert message.state == "failed"
    assert message.state_because.startswith("Bo stopped trying; before that: ada@customer.example: 421")
    with tenancy.entered(message.workspace_id):
        outbound.retry(message, by=message.agent)
    assert Dispatch.objects.exists()


def test_a_line_that_broke_before_the_answer_is_kept_in_mind_and_the_same_mail_goes_again() -> None:
    with a_peer_that_hangs_up_after_data() as (port, taken):
        inbox = an_inbox_that_sends_by(port)
        message = a_message(inbox)
        way = try_it(message)
    assert message.state == "delayed"
    assert way.handing_over_at is not None
    with a_peer() as peer:
        inbox.settings["outgoing"]["port"] = peer.port
        with tenancy.entered(inbox.workspace_id):
            inbox.save()
        way = try_it(message, at=way.due_at)
    assert (
        read.letter(b"".join(taken)).message_id
        == read.letter(peer.taken[0].original_content or b"").message_id
    )
    assert (message.state, way.handing_over_at) == ("sent", None)
    assert events_of(message) == ["message.held", "message.delayed", "message.resent", "message.sent"]


def test_a_worker_that_died_leaves_its_message_to_the_next_one() -> None:
    with a_peer() as peer:
        message = a_message(an_inbox_that_sends_by(peer.port))
        [claimed] = deliver.claim(5)
        parcel = deliver._taken_up(claimed, compose.mail_of, outbound._leave)
        assert parcel is not None
        deliver._note_handing_over(parcel)  # and here it is killed
        assert deliver.claim(5) == []
        try_it(message, at=clock.now() + deliver.LEASE + timedelta(seconds=1))
    assert len(peer.taken) == 1
    assert message.state == "sent"
    assert "message.resent" in events_of(message)


def test_messages_of_one_conversation_leave_in_the_order_they_were_written() -> None:
    inbox = an_inbox_that_sends_by(free_port())
    arrives(inbox, a_mail())
    all_read(inbox.workspace)
    with tenancy.entered(inbox.workspace_id):
        conversation = Conversation.objects.of(inbox.workspace_id).get()
    messages = [a_message(inbox, text=f"number {n}", answers=conversation) for n in range(3)]
    other = a_message(inbox, "else@x.example")
    ways = {way_of(message).pk: message for message in (*messages, other)}
    assert [ways[one.pk] for one in deliver.claim(10)] == [messages[0], other]


def test_two_workers_never_take_the_same_message() -> None:
    inbox = an_inbox_that_sends_by(free_port())
    inboxes = [inbox, *(an_inbox(inbox.workspace, address=f"{n}@firm.example") for n in range(4))]
    for one in inboxes:
        a_message(one)
        a_message(one)
    claimed: list[object] = []

    def work() -> None:
        claimed.extend(one.pk for one in deliver.claim(3))

    in_threads([work] * 6)
    while more := deliver.claim(3):
        claimed.extend(one.pk for one in more)
    assert len(claimed) == len(set(claimed)) == 10


def test_an_inbox_whose_server_hangs_holds_up_no_other() -> None:
    stuck = an_inbox_that_sends_by(free_port())
    messages = [a_message(stuck, f"{n}@x.example") for n in range(10)]
    fine = a_message(an_inbox_that_sends_by(free_port()))
    first = {one.pk for one in deliver.claim(deliver.AT_ONCE)}
    assert len(first) == deliver.PER_INBOX + 1
    assert way_of(fine).pk in first
    assert len(first & {way_of(message).pk for message in messages}) == deliver.PER_INBOX


def test_a_long_list_of_a_server_that_hangs_holds_up_no_other() -> None:
    hanging = an_inbox_that_sends_by(free_port())
    for _ in range(deliver.AT_ONCE * deliver.PER_INBOX + 1):
        a_message(hanging)
    other = a_message(an_inbox_that_sends_by(free_port()))
    first = deliver.claim(deliver.AT_ONCE)
    assert [one.inbox_id for one in first] == [hanging.pk] * deliver.PER_INBOX
    then = deliver.claim(deliver.AT_ONCE - len(first))
    assert [one.inbox_id for one in then] == [way_of(other).inbox_id]


def test_an_inbox_without_a_server_says_so() -> None:
    message = a_message(an_inbox(a_workspace()))
    try_it(message)
    assert message.state == "delayed"
    assert "No server to send by is set" in message.state_because


def test_a_mail_that_cannot_be_built_holds_up_nobody_and_says_why() -> None:
    with a_peer() as peer:
        inbox = an_inbox_that_sends_by(peer.port)
        broken, fine = a_message(inbox), a_message(inbox, "else@x.example")
        with tenancy.entered(inbox.workspace_id):
            Message.objects.of(inbox.workspace_id).filter(pk=broken.pk).update(recipients={})
        for one in deliver.claim(10):
            deliver._in_thread(one, compose.mail_of, outbound._leave)
        way = way_of(broken)
        way_of(fine)
    assert (broken.state, fine.state) == ("delayed", "sent")
    assert "our fault" in broken.state_because
    assert way.due_at > clock.now()


@pytest.fixture
def a_worker() -> Iterator[Callable[[], None]]:
    """The loop as the worker runs it, until the test is over."""
    until, threads = threading.Event(), list[threading.Thread]()

    def start() -> None:
        threads.append(threading.Thread(target=outbound.serve, args=(until,)))
        threads[-1].start()

    yield start
    until.set()
    for thread in threads:
        thread.join(timeout=20)
        assert not thread.is_alive()


def test_the_loop_sends_each_message_once_with_two_workers_at_it(a_worker: Callable[[], None]) -> None:
    with a_peer() as peer:
        inboxes = [an_inbox_that_sends_by(peer.port) for _ in range(4)]
        messages = [a_message(inbox, f"{n}@x.example") for n in range(6) for inbox in inboxes]
        a_worker()
        a_worker()
        deadline = time.monotonic() + 30
        while Dispatch.objects.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
    assert {way_of(message).recipients.popitem()[1]["state"] for message in messages} == {"sent"}
    assert sorted(mail.rcpt_tos[0] for mail in peer.taken) == sorted(
        f"{n}@x.example" for n in range(6) for _ in inboxes
    )


def in_threads(works: list[Callable[[], None]]) -> None:
    def closing(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            deliver.close_old_connections()
            tenancy.connection.close()

    threads = [threading.Thread(target=closing, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
