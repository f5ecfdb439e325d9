"""Surgery: whatever is joined, moved and split, and taken back in whatever order, is as it was before."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import close_old_connections, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import cast
from threadwell.flow import handling, intake, outbound, surgery
from threadwell.flow.arrive import capture
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import DomainError, Invalid
from threadwell.record.conversations.models import Conversation, Draft, Home, Join, Message, Move, Undo
from threadwell.record.inboxes.models import Inbox
from threadwell.record.teamwork.models import Follow
from threadwell.record.work import shipped
from threadwell.record.work.links import link
from threadwell.record.work.models import WorkItem, WorkItemType, WorkLink
from threadwell.record.workplace.models import Agent, Workspace


class House:
    """A firm with an inbox, and letters that come in."""

    def __init__(self) -> None:
        self.firm: Workspace = cast.a_workspace()
        self.inbox: Inbox = cast.an_inbox(self.firm)
        self.bo: Agent = cast.an_agent(self.firm)
        self.letters = 0

    def opens(self, subject: str, *, sender: str = cast.ADA) -> Conversation:
        """A customer writes about something new."""
        self.letters += 1
        key = f"<{self.letters}.{self.firm.slug}@customer.example>"
        cast.arrives(self.inbox, cast.a_mail(f"Words {key}", subject=subject, sender=sender, message_id=key))
        cast.all_read(self.firm)
        with tenancy.entered(self.firm.pk):
            found: Conversation = Message.objects.of(self.firm).get(message_id=key.strip("<>")).conversation
            return found

    def answers(self, message: Message) -> Message:
        """The customer answers a letter."""
        self.letters += 1
        key = f"<{self.letters}.{self.firm.slug}@customer.example>"
        raw = cast.a_mail(
            f"Answer {key}", subject=f"Re: {message.subject}", message_id=key, answers="<it@firm.example>"
        ).replace(b"<it@firm.example>", f"<{message.message_id}>".encode())  # a long one would be folded
        cast.arrives(self.inbox, raw)
        cast.all_read(self.firm)
        with tenancy.entered(self.firm.pk):
            found: Message = Message.objects.of(self.firm).get(message_id=key.strip("<>"))
            return found

    def says(self, conversation: Conversation) -> Message:
        """Bo answers."""
        with tenancy.entered(self.firm.pk):
            draft = outbound.begin(conversation, "reply", by=self.bo)
            outbound.save(draft, text="We look into it.")
            draft.begun_at = clock.now() + timedelta(minutes=1)
            draft.save()
            return outbound.send(draft, by=self.bo)

    def stands(self) -> dict[str, set[str]]:
        """Which messages stand in which conversation, by their texts."""
        with tenancy.entered(self.firm.pk):
            found: dict[str, set[str]] = {}
            rows = Message.objects.of(self.firm).values_list("conversation__number", "message_id")
            for number, message_id in rows:
                found.setdefault(str(number), set()).add(message_id)
            return found

    def state(self) -> dict[int, tuple[Any, ...]]:
        with tenancy.entered(self.firm.pk):
            rows = Conversation.objects.of(self.firm).order_by("number")
            return {
                one.number: (
                    one.status,
                    one.owner_id,
                    one.priority,
                    tuple(one.labels),
                    one.joined_into_id,
                    one.alone,
                    one.message_count,
                    one.waiting_since,
                    tuple(one.participants),
                )
                for one in rows
            }


@pytest.fixture
def house(db: None) -> House:
    return House()


def test_any_number_go_on_in_one_and_apart_again(house: House) -> None:
    names = ("gate", "door", "bell")
    gate, door, bell = (house.opens(name, sender=f"{name}@customer.example") for name in names)
    before = house.stands(), house.state()
    with tenancy.entered(house.firm.pk):
        undo = surgery.unite([door.pk, bell.pk, gate.pk], into=door.pk, by=house.bo)
        gate.refresh_from_db()
        door.refresh_from_db()
        assert gate.joined_into_id == door.pk
        assert (gate.message_count, door.message_count) == (0, 3)
        assert set(door.participants) == {f"{name}@customer.example" for name in names}
        assert door.waiting_since == gate.made_at, "who waited longest still waits so long"
        handling.take_back(undo, by=house.bo)
    assert (house.stands(), house.state()) == before
    with tenancy.entered(house.firm.pk):
        assert not Home.objects.of(house.firm).exists()
        with pytest.raises(surgery.AlreadyUndone):
            handling.take_back(Undo.objects.of(house.firm).get(), by=house.bo)


def test_later_answers_follow_and_go_home_when_parted(house: House) -> None:
    gate, door = house.opens("gate"), house.opens("door")
    with tenancy.entered(house.firm.pk):
        undo = surgery.unite([door.pk], into=gate.pk, by=house.bo)
        first = Message.objects.of(house.firm).get(subject="door")
    answer = house.answers(first)
    assert answer.conversation_id == gate.pk
    ours = house.says(gate)  # it answers the customer's last word, which belongs to the door
    theirs = house.answers(ours)
    assert theirs.conversation_id == gate.pk
    with tenancy.entered(house.firm.pk):
        gate.refresh_from_db()
        assert gate.message_count == 5
        surgery.put_back(undo, by=house.bo)
        for message in (answer, ours, theirs):
            message.refresh_from_db()
            assert message.conversation_id == door.pk
        gate.refresh_from_db()
        assert gate.message_count == 1
    assert house.answers(first).conversation_id == door.pk


def test_joins_of_joins_are_undone_in_any_order(house: House) -> None:
    a, b, c, d = (house.opens(name) for name in ("alpha", "bravo", "charlie", "delta"))
    before = house.stands()
    with tenancy.entered(house.firm.pk):
        surgery.unite([c.pk], into=b.pk, by=house.bo)
        surgery.unite([b.pk], into=a.pk, by=house.bo)
        surgery.unite([a.pk], into=d.pk, by=house.bo)

        def edge(one: Conversation) -> Join:
            found: Join = Join.objects.of(house.firm).get(absorbed=one, undone_at=None)
            return found

        def root(one: Conversation) -> UUID:
            one.refresh_from_db()
            return one.joined_into_id or one.pk

        assert {root(one) for one in (a, b, c, d)} == {d.pk}
        surgery.part(edge(b), by=house.bo)
        assert [root(one) for one in (a, b, c, d)] == [d.pk, b.pk, b.pk, d.pk]
        surgery.part(edge(a), by=house.bo)
        surgery.part(edge(c), by=house.bo)
    assert house.stands() == before


def test_the_one_that_stays_is_as_open_owned_and_urgent_as_any(house: House) -> None:
    gate, door = house.opens("gate"), house.opens("door")
    with tenancy.entered(house.firm.pk):
        gate.close(by=house.bo)
        door.assign(house.bo, by=house.bo)
        door.weigh(4, by=house.bo)
        door.label(["lock"], by=house.bo)
    before = house.state()
    with tenancy.entered(house.firm.pk):
        undo = surgery.unite([door.pk], into=gate.pk, by=house.bo)
        gate.refresh_from_db()
        assert (gate.status, gate.owner_id, gate.priority, gate.labels) == ("open", house.bo.pk, 4, ["lock"])
        surgery.put_back(undo, by=house.bo)
    assert house.state() == before


def test_what_people_changed_since_stays(house: House) -> None:
    gate, door = house.opens("gate"), house.opens("door")
    with tenancy.entered(house.firm.pk):
        door.weigh(4, by=house.bo)
        undo = surgery.unite([door.pk], into=gate.pk, by=house.bo)
        gate.refresh_from_db()
        gate.weigh(1, by=house.bo)
        surgery.put_back(undo, by=house.bo)
        gate.refresh_from_db()
        assert gate.priority == 1


def test_drafts_and_work_go_along_and_come_back(house: House) -> None:
    gate, door = house.opens("gate"), house.opens("door")
    with tenancy.entered(house.firm.pk):
        shipped.make(house.firm.pk)
        item = WorkItem.open_one(WorkItemType.objects.of(house.firm).get(key="order"), "A door", by=None)
        link(item, door, by=house.bo)
        draft = outbound.begin(door, "reply", by=house.bo)
        undo = surgery.unite([door.pk], into=gate.pk, by=house.bo)
        assert Draft.objects.of(house.firm).get().conversation_id == gate.pk
        assert WorkLink.objects.of(house.firm).get().conversation_id == gate.pk
        surgery.put_back(undo, by=house.bo)
        draft.refresh_from_db()
        assert draft.conversation_id == door.pk
        assert WorkLink.objects.of(house.firm).get().conversation_id == door.pk


def test_moves_are_undone_in_any_order_and_answers_go_where_their_thread_says(house: House) -> None:
    a, b, c = (house.opens(name) for name in ("alpha", "bravo", "charlie"))
    with tenancy.entered(house.firm.pk):
        first = a.messages.get()
        to_b = surgery.move(a, [first.pk], to=b, by=house.bo)
    reply = house.answers(first)
    assert reply.conversation_id == b.pk
    with tenancy.entered(house.firm.pk):
        to_c = surgery.move(b, [first.pk], to=c, by=house.bo)
        surgery.put_back(to_b, by=house.bo)
        first.refresh_from_db()
        reply.refresh_from_db()
        assert (first.conversation_id, reply.conversation_id) == (c.pk, a.pk)
        surgery.put_back(to_c, by=house.bo)
        first.refresh_from_db()
        assert first.conversation_id == a.pk


def test_a_split_that_is_taken_back_leaves_a_number_that_leads_on(house: House) -> None:
    gate = house.opens("gate")
    with tenancy.entered(house.firm.pk):
        first = gate.messages.get()
    second = house.answers(first)
    with tenancy.entered(house.firm.pk):
        opened, undo = surgery.split(gate, [second.pk], by=house.bo)
        assert (opened.message_count, opened.subject) == (1, second.subject)
        with pytest.raises(surgery.WouldBeEmpty):
            surgery.split(opened, [second.pk], by=house.bo)
    third = house.answers(second)
    with tenancy.entered(house.firm.pk):
        assert third.conversation_id == opened.pk
        surgery.put_back(undo, by=house.bo)
        opened.refresh_from_db()
        gate.refresh_from_db()
        assert opened.joined_into_id == gate.pk
        assert gate.message_count == 3


def test_what_is_joined_cannot_be_joined_again_nor_alone(house: House) -> None:
    a, b, c = (house.opens(name) for name in ("alpha", "bravo", "charlie"))
    with tenancy.entered(house.firm.pk):
        surgery.unite([b.pk], into=a.pk, by=house.bo)
        with pytest.raises(surgery.JoinedMeanwhile):
            surgery.unite([b.pk], into=c.pk, by=house.bo)
        with pytest.raises(surgery.JoinedMeanwhile):
            surgery.unite([c.pk], into=b.pk, by=house.bo)
        with pytest.raises(Invalid):
            surgery.unite([c.pk], into=c.pk, by=house.bo)
        assert surgery.join(house.firm.pk, b.pk, into=c.pk, because="x") is None


@pytest.mark.django_db(transaction=True)
def test_of_two_who_join_the_same_at_once_one_is_told() -> None:
    house = House()
    a, b = house.opens("alpha"), house.opens("bravo")
    outcomes: list[str] = []

    def join(source: Conversation, into: Conversation) -> None:
        try:
            with tenancy.entered(house.firm.pk):
                surgery.unite([source.pk], into=into.pk, by=house.bo)
            outcomes.append("joined")
        except DomainError as refused:
            outcomes.append(refused.code)
        finally:
            close_old_connections()
            connection.close()

    both = [threading.Thread(target=join, args=pair) for pair in ((a, b), (b, a))]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(outcomes) == ["already-joined", "joined"]
    assert [len(texts) for texts in house.stands().values()] == [2]


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["join", "join", "move", "split", "answer", "say", "undo", "undo"]),
        st.integers(0, 30),
        st.integers(0, 30),
    ),
    min_size=3,
    max_size=14,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS, order=st.randoms(use_true_random=False))
def test_whatever_was_done_undone_in_any_order_stands_where_its_thread_says(
    db: None, deeds: list[tuple[str, int, int]], order: Any
) -> None:
    house = House()
    for name in ("alpha", "bravo", "charlie", "delta"):
        house.opens(name)
    said = {message_id: number for number, texts in house.stands().items() for message_id in texts}
    undos: list[Undo] = []
    with tenancy.entered(house.firm.pk):
        before = {one.pk: one.status for one in Conversation.objects.of(house.firm)}
    for deed, left, right in deeds:
        _do(house, deed, left, right, undos, said, order)
    order.shuffle(undos)
    with tenancy.entered(house.firm.pk):
        for undo in undos:
            surgery.put_back(undo, by=house.bo)
        # What a taken back split left behind leads on by a join of its own.
        assert house.stands() == _by_number(said)
        living = Conversation.objects.of(house.firm).filter(pk__in=before)
        assert {one.joined_into_id for one in living} == {None}
        assert {one.alone is None or _took_in_an_empty_one(one) for one in living} == {True}
        for one in Conversation.objects.of(house.firm):
            assert one.message_count == one.messages.count()
        # A split part that was spoken in keeps what began there, such as who follows it, and leads on.
        assert not Home.objects.of(house.firm).filter(home__joined_into=None).exists()


def _do(
    house: House, deed: str, left: int, right: int, undos: list[Undo], said: dict[str, str], order: Any
) -> None:
    with tenancy.entered(house.firm.pk):
        alive = list(Conversation.objects.of(house.firm).filter(joined_into=None).order_by("number"))
        messages = list(Message.objects.of(house.firm).order_by("pk"))
    source, target = alive[left % len(alive)], alive[right % len(alive)]
    message = messages[left % len(messages)]
    if deed in ("answer", "say"):
        # It belongs where what it answers would belong, were nothing joined, moved or split.
        if deed == "answer":
            new = house.answers(message)
            parent = message.message_id
        else:
            answered = outbound.to_answer(source) if _has_words(source) else None
            if answered is None:
                return
            new, parent = house.says(source), answered.message_id
        said[new.message_id] = said[parent]
        return
    with tenancy.entered(house.firm.pk):
        try:
            if deed == "join":
                undos.append(surgery.unite([source.pk], into=target.pk, by=house.bo))
            elif deed == "move":
                place = Conversation.objects.of(house.firm).get(pk=message.conversation_id)
                undos.append(surgery.move(place, [message.pk], to=target, by=house.bo))
            elif deed == "split":
                place = Conversation.objects.of(house.firm).get(pk=message.conversation_id)
                undos.append(surgery.split(place, [message.pk], by=house.bo)[1])
            elif undos:
                undo = undos.pop(left % len(undos))
                surgery.put_back(undo, by=house.bo)
        except DomainError:
            pass


def _has_words(conversation: Conversation) -> bool:
    with tenancy.entered(conversation.workspace_id):
        return bool(conversation.messages.filter(direction="in").exists())


def _by_number(said: dict[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for message_id, number in said.items():
        found.setdefault(number, set()).add(message_id)
    return found


def _took_in_an_empty_one(one: Conversation) -> bool:
    edges = Join.objects.of(one.workspace_id).filter(survivor=one, undone_at=None).select_related("absorbed")
    splits = Move.objects.of(one.workspace_id).filter(kind="split").values_list("target_id", flat=True)
    return {edge.absorbed_id for edge in edges} <= set(splits)


def test_third_parties_and_followers_go_along_and_stay_kept_apart(house: House) -> None:
    gate, door = house.opens("gate"), house.opens("door")
    with tenancy.entered(house.firm.pk):
        Follow.begin(door, house.bo)
        aside = Conversation.objects.create(
            workspace=house.firm, number=77, inbox=house.inbox, status="aside", aside_of=door, message_count=1
        )
        undo = surgery.unite([door.pk], into=gate.pk, by=house.bo)
        aside.refresh_from_db()
        gate.refresh_from_db()
        assert aside.aside_of_id == gate.pk
        assert (gate.asides_open, gate.is_followed) == (1, True)
        with pytest.raises(Invalid):
            surgery.unite([aside.pk], into=gate.pk, by=house.bo)
        with pytest.raises(Invalid):
            surgery.move(gate, [gate.messages.first().pk], to=aside, by=house.bo)
        surgery.put_back(undo, by=house.bo)
        aside.refresh_from_db()
        gate.refresh_from_db()
        assert aside.aside_of_id == door.pk
        assert (gate.asides_open, gate.is_followed) == (0, False)


@pytest.mark.django_db(transaction=True)
def test_mail_that_is_read_while_somebody_joins_lands_in_the_one_that_stays() -> None:
    house = House()
    gate, door = house.opens("gate"), house.opens("door")
    with tenancy.entered(house.firm.pk):
        first = door.messages.get()
    raw = cast.a_mail("Late", subject="Re: door", answers=f"<{first.message_id}>")
    cast.arrives(house.inbox, raw)
    [claimed] = capture.claim(house.firm.pk, most=1)
    seen = intake._House.of(house.firm.pk)
    opened = intake._Opened.of(claimed, seen)
    known = intake._Known.about(seen, [opened])
    with tenancy.entered(house.firm.pk):
        undo = surgery.unite([door.pk], into=gate.pk, by=house.bo)
    intake._attempt(opened, seen, known, [opened])
    with tenancy.entered(house.firm.pk):
        late = Message.objects.of(house.firm).get(text="Late")
        assert late.conversation_id == gate.pk
        surgery.put_back(undo, by=house.bo)
        late.refresh_from_db()
        assert late.conversation_id == door.pk
