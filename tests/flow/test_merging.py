"""Merging: any number become one, and whatever is taken apart in whatever order is as it was before."""

import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import close_old_connections, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import cast
from threadwell.flow import merging
from threadwell.kit import tenancy
from threadwell.kit.errors import DomainError, Invalid, NotFound
from threadwell.record.conversations.models import Conversation
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Account, Contact, Identity, Merge, MergeProposal, Organisation
from threadwell.record.people.one import members_of, root_of
from threadwell.record.workplace.models import Agent

State = MergeProposal.State


@pytest.fixture
def bo(db: None) -> Iterator[Agent]:
    workspace = cast.a_workspace()
    agent = cast.an_agent(workspace)
    with tenancy.entered(workspace.pk):
        yield agent


def people(by: Agent, *names: str) -> list[Any]:
    return [Contact.objects.create(workspace_id=by.workspace_id, name=name) for name in names]


def firms(by: Agent, *names: str) -> list[Any]:
    return [Organisation.objects.create(workspace_id=by.workspace_id, name=name) for name in names]


def one(rows: list[Any], *, by: Agent, kind: str = "contact") -> UUID:
    return merging.merge(kind, [row.pk for row in rows], into=rows[0].pk, by=by)


def edge_of(row: Account) -> Merge:
    found: Merge = Merge.objects.of(row.workspace_id).get(absorbed=row.pk, undone_at=None)
    return found


def stands_for(row: Any) -> UUID:
    row.refresh_from_db()
    return root_of(row).pk  # type: ignore[no-any-return]  # a key


def a_proposal(one: Account, other: Account, **facts: Any) -> MergeProposal:
    first, second = sorted((one.pk, other.pk))
    made: MergeProposal = MergeProposal.objects.create(
        workspace_id=one.workspace_id, kind="contact", first=first, second=second, score=0.97, **facts
    )
    return made


@pytest.mark.parametrize("make", [people, firms])
def test_any_number_become_one_and_several_again(bo: Agent, make: Callable[..., list[Any]]) -> None:
    kind = "contact" if make is people else "organisation"
    ada, lovelace, countess, byron = make(bo, "Ada", "Lovelace", "Countess", "Byron")
    batch = one([ada, lovelace, countess], by=bo, kind=kind)
    assert members_of(ada) == [ada.pk, lovelace.pk, countess.pk]
    assert stands_for(byron) == byron.pk

    assert merging.take_apart(batch, by=bo) == 2
    assert [stands_for(row) for row in (ada, lovelace, countess)] == [ada.pk, lovelace.pk, countess.pk]
    names = set(Event.objects.of(bo.workspace_id).filter(about=ada.pk).values_list("name", flat=True))
    assert names == {f"{kind}.merged", f"{kind}.unmerged"}


def test_a_merge_of_merges_is_undone_in_any_order(bo: Agent) -> None:
    a, b, c, d = people(bo, *"abcd")
    one([b, c], by=bo)
    one([a, b], by=bo)
    one([d, a], by=bo)
    assert {stands_for(row) for row in (a, b, c, d)} == {d.pk}

    merging.unmerge(edge_of(b), by=bo)
    assert [stands_for(row) for row in (a, b, c, d)] == [d.pk, b.pk, b.pk, d.pk]
    merging.unmerge(edge_of(a), by=bo)
    merging.unmerge(edge_of(c), by=bo)
    assert [stands_for(row) for row in (a, b, c, d)] == [a.pk, b.pk, c.pk, d.pk]


def test_who_was_merged_cannot_be_merged_again_and_no_circle_comes_about(bo: Agent) -> None:
    a, b, c = people(bo, *"abc")
    one([a, b], by=bo)
    with pytest.raises(merging.AlreadyMerged):
        one([c, b], by=bo)
    with pytest.raises(merging.AlreadyMerged):
        one([b, a], by=bo)
    assert stands_for(c) == c.pk


def test_one_alone_and_somebody_who_is_gone_are_refused(bo: Agent) -> None:
    [a] = people(bo, "a")
    with pytest.raises(Invalid):
        one([a, a], by=bo)
    with pytest.raises(NotFound):
        merging.merge("contact", [bo.pk], into=a.pk, by=bo)


def test_a_merge_is_undone_once(bo: Agent) -> None:
    a, b = people(bo, *"ab")
    one([a, b], by=bo)
    edge = edge_of(b)
    merging.unmerge(edge, by=bo)
    with pytest.raises(merging.AlreadyApart):
        merging.unmerge(edge, by=bo)


def test_an_organisation_never_ends_up_above_itself(bo: Agent) -> None:
    group, firm, branch = firms(bo, "Group", "Firm", "Branch")
    Organisation.objects.of(bo.workspace_id).filter(pk=firm.pk).update(parent=group)
    Organisation.objects.of(bo.workspace_id).filter(pk=branch.pk).update(parent=firm)
    with pytest.raises(Invalid):
        one([group, branch], by=bo, kind="organisation")


def test_a_merge_is_undone_after_the_absorbed_one_was_deleted(bo: Agent) -> None:
    a, b, c = people(bo, *"abc")
    one([b, c], by=bo)
    one([a, b], by=bo)
    edge = edge_of(b)
    Contact.objects.of(bo.workspace_id).filter(pk=b.pk).delete()
    merging.unmerge(edge, by=bo)
    assert [stands_for(row) for row in (a, c)] == [a.pk, c.pk]
    merging.unmerge(edge_of(c), by=bo)
    assert stands_for(c) == c.pk


def test_later_messages_stay_with_the_one_who_wrote(bo: Agent) -> None:
    inbox = cast.an_inbox(bo.workspace)
    cast.arrives(inbox, cast.a_mail(sender="Ada <ada@customer.example>"))
    cast.arrives(inbox, cast.a_mail(sender="A. Lovelace <lovelace@other.example>"))
    cast.all_read(bo.workspace)
    identities = Identity.objects.of(bo.workspace_id)
    ada = identities.get(value="ada@customer.example").contact
    lovelace = identities.get(value="lovelace@other.example").contact
    batch = one([ada, lovelace], by=bo)

    cast.arrives(inbox, cast.a_mail(sender="A. Lovelace <lovelace@other.example>", subject="Later"))
    cast.all_read(bo.workspace)
    later = Conversation.objects.of(bo.workspace_id).get(subject="Later")
    assert later.contact_id == lovelace.pk
    assert Contact.objects.of(bo.workspace_id).count() == 2

    merging.take_apart(batch, by=bo)
    assert stands_for(lovelace) == lovelace.pk


def test_an_accepted_proposal_merges_and_is_open_again_when_that_is_undone(bo: Agent) -> None:
    nameless, ada, third = people(bo, "", "Ada", "A.")
    proposal = a_proposal(nameless, ada, evidence=[{"what": "name"}])
    settled = a_proposal(ada, third)
    batch = merging.accept(proposal, by=bo)
    assert stands_for(nameless) == ada.pk
    assert edge_of(nameless).evidence == [{"what": "name"}]
    proposal.refresh_from_db()
    assert proposal.state == State.ACCEPTED
    with pytest.raises(merging.AlreadyDecided):
        merging.accept(proposal, by=bo)

    one([ada, third], by=bo)
    settled.refresh_from_db()
    assert settled.state == State.ACCEPTED
    merging.take_apart(batch, by=bo)
    proposal.refresh_from_db()
    settled.refresh_from_db()
    assert (proposal.state, settled.state) == (State.OPEN, State.ACCEPTED)


@pytest.mark.parametrize(("for_ever", "state"), [(False, State.REJECTED), (True, State.NEVER)])
def test_a_proposal_is_rejected_and_asked_again(bo: Agent, for_ever: bool, state: str) -> None:
    a, b = people(bo, *"ab")
    proposal = a_proposal(a, b)
    merging.reject(proposal, by=bo, for_ever=for_ever)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by_id) == (state, bo.pk)
    merging.ask_again(proposal, by=bo)
    proposal.refresh_from_db()
    assert proposal.state == State.OPEN


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), st.integers(0, 6), st.integers(0, 6), st.integers(0, 6)),
        st.tuples(st.just("unmerge"), st.integers(0, 30)),
        st.tuples(st.just("message"), st.integers(0, 6)),
    ),
    max_size=25,
)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, order=st.randoms(use_true_random=False))
def test_any_sequence_of_merges_messages_and_unmerges_restores_the_same_state(
    bo: Agent, steps: list[Any], order: Any
) -> None:
    rows = people(bo, *"abcdefg")
    inbox = cast.an_inbox(bo.workspace, address=f"{rows[0].pk.hex}@firm.example")
    written: dict[UUID, UUID] = {}
    for number, (step, *places) in enumerate(steps):
        edges = list(_active(rows))
        if step == "merge":
            _try_to_merge([rows[place] for place in places], bo)
        elif step == "unmerge" and edges:
            merging.unmerge(edges[places[0] % len(edges)], by=bo)
        elif step == "message":
            talk = Conversation.objects.create(
                workspace_id=bo.workspace_id,
                number=rows[0].pk.int % 10**12 * 100 + number,
                inbox=inbox,
                contact=rows[places[0]],
            )
            written[talk.pk] = rows[places[0]].pk
        _is_sound(rows)
    edges = list(_active(rows))
    order.shuffle(edges)
    for edge in edges:
        merging.unmerge(edge, by=bo)
        _is_sound(rows)
    assert all(stands_for(row) == row.pk for row in rows)
    talks = Conversation.objects.of(bo.workspace_id).filter(pk__in=written)
    assert dict(talks.values_list("pk", "contact_id")) == written


def _active(rows: list[Any]) -> Any:
    keys = [row.pk for row in rows]
    return Merge.objects.of(rows[0].workspace_id).filter(undone_at=None, absorbed__in=keys).order_by("pk")


def _try_to_merge(rows: list[Any], by: Agent) -> None:
    before = [(row.pk, stands_for(row)) for row in rows]
    try:
        one(rows, by=by)
    except DomainError:
        assert before == [(row.pk, stands_for(row)) for row in rows]


def _is_sound(rows: list[Any]) -> None:
    """Every record is with the root that its edges lead to, and roots stand for themselves."""
    above = {edge.absorbed: edge.survivor for edge in _active(rows)}
    for row in rows:
        top = row.pk
        while top in above:
            top = above[top]
        assert stands_for(row) == top


@pytest.mark.django_db(transaction=True)
def test_of_two_who_merge_the_same_pair_at_once_the_second_is_told() -> None:
    workspace = cast.a_workspace()
    agents = [cast.an_agent(workspace, name=name) for name in ("Bo", "Cleo")]
    with tenancy.entered(workspace.pk):
        a, b = people(agents[0], *"ab")
    told: list[str] = []
    start = threading.Barrier(2)

    def merge_as(agent: Agent, into: UUID) -> None:
        start.wait()
        try:
            with tenancy.entered(workspace.pk):
                merging.merge("contact", [a.pk, b.pk], into=into, by=agent)
            told.append("merged")
        except merging.AlreadyMerged:
            told.append("told")
        finally:
            close_old_connections()
            connection.close()

    threads = [
        threading.Thread(target=merge_as, args=pair) for pair in zip(agents, (a.pk, b.pk), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["merged", "told"]
    with tenancy.entered(workspace.pk):
        assert Merge.objects.of(workspace).count() == 1
