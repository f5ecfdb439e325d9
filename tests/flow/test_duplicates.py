"""Duplicates are proposed with what speaks for them, while one works and over the whole base."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from tests import cast
from threadwell.flow import duplicates, merging
from threadwell.kit import tenancy
from threadwell.record.fields.models import CustomField, define
from threadwell.record.people.likeness.machines import is_machine
from threadwell.record.people.models import Contact, DuplicateSearch, Identity, MergeProposal, Organisation
from threadwell.record.workplace.models import Agent

State = MergeProposal.State


@pytest.fixture
def bo(db: None) -> Iterator[Agent]:
    workspace = cast.a_workspace()
    agent = cast.an_agent(workspace)
    with tenancy.entered(workspace.pk):
        define(workspace.pk, CustomField.About.CONTACT, label="Street", kind=CustomField.Kind.TEXT)
        yield agent


def a_contact(by: Agent, name: str, *, email: str = "", **facts: Any) -> Contact:
    made: Contact = Contact.objects.create(workspace_id=by.workspace_id, name=name, **facts)
    if email:
        Identity.objects.create(
            workspace_id=by.workspace_id, contact=made, kind="email", value=email, shown=email, source="mail"
        )
    return made


def proposals(by: Agent) -> list[MergeProposal]:
    return list(MergeProposal.objects.of(by.workspace_id).order_by("pk"))


def searched(by: Agent) -> DuplicateSearch:
    state = duplicates.search(by=by)
    duplicates.search_all(str(by.workspace_id), str(state.pk))
    state.refresh_from_db()
    assert not state.failed_because
    return state


def test_a_new_contact_who_is_called_and_reached_alike_is_proposed(bo: Agent) -> None:
    ada = a_contact(bo, "Ada Lovelace", email="ada.lovelace@one.example")
    a_contact(bo, "Bo Berg", email="bo@berg.example")
    again = a_contact(bo, "Lovelace, Ada", email="adalovelace@two.example")
    assert duplicates.look_at(bo.workspace_id, again.pk) == 1
    [proposal] = proposals(bo)
    assert (proposal.first, proposal.second) == (ada.pk, again.pk)
    assert proposal.score > 0.9
    assert {(piece["what"], piece["how"]) for piece in proposal.evidence} == {
        ("name", "same"),
        ("email", "nearly"),
    }


def test_machines_of_one_name_are_not_proposed(bo: Agent) -> None:
    for host in ("one", "two", "three"):
        a_contact(bo, "Mail Delivery System", email=f"mailer-daemon@{host}.example")
    searched(bo)
    assert proposals(bo) == []


@pytest.mark.parametrize(
    ("name", "known", "is_one"),
    [
        ("Mail Delivery System", [], True),
        ("Mail Delivery Subsystem", ["mailer-daemon@googlemail.com"], True),
        ("Nordhavn", ["bounces+4711@lists.example"], True),
        ("", ["no-reply@shop.example", "shop.do-not-reply@shop.example"], True),
        ("Postmaster", ["ada@x.example"], False),
        ("Ada Mailer", ["ada.mailer.x@x.example", "ada@x.example"], False),
        ("Ada", [], False),
    ],
)
def test_machines_are_told_from_people(name: str, known: list[str], is_one: bool) -> None:
    assert is_machine(name, known) is is_one


def test_what_was_proposed_about_a_machine_goes(bo: Agent) -> None:
    one, other = (a_contact(bo, "Mail Delivery System", email=f"{n}@x.example") for n in ("ada", "eve"))
    old = MergeProposal.objects.create(
        workspace_id=bo.workspace_id, kind="contact", first=one.pk, second=other.pk, score=0.9
    )
    Identity.objects.of(bo.workspace_id).filter(contact=one).update(value="mailer-daemon@x.example")
    duplicates.look_at(bo.workspace_id, one.pk)
    assert not MergeProposal.objects.of(bo.workspace_id).filter(pk=old.pk).exists()


def test_migration_forgets_what_was_proposed_about_machines(bo: Agent) -> None:
    people = [a_contact(bo, "Ada"), a_contact(bo, "Ada L.")]
    machines = [a_contact(bo, "Mail Delivery System", email=f"mailer-daemon@{n}.example") for n in "ab"]
    for first, second in (people, machines):
        MergeProposal.objects.create(
            workspace_id=bo.workspace_id, kind="contact", first=first.pk, second=second.pk, score=0.9
        )
    with connection.schema_editor(atomic=False) as editor:
        import_module("threadwell.record.people.migrations.0009_fill_no_machines").fill(apps, editor)
    with tenancy.entered(bo.workspace_id):
        assert [one.first for one in proposals(bo)] == [people[0].pk]


def test_a_new_organisation_that_is_called_alike_is_proposed(bo: Agent) -> None:
    for number in range(40):
        Organisation.objects.create(workspace_id=bo.workspace_id, name=f"Firm{number} Trading Ltd")
    old = Organisation.objects.create(
        workspace_id=bo.workspace_id, name="Nordhavn Shipping", domains=["nordhavn.example"]
    )
    new = Organisation.objects.create(
        workspace_id=bo.workspace_id, name="Nordhavn Shipping AS", domains=["nordhavn.example"]
    )
    assert duplicates.look_at_changed(bo.workspace_id) == 42
    assert [(one.kind, one.first, one.second) for one in proposals(bo)] == [("organisation", old.pk, new.pk)]


def test_changed_contacts_are_looked_at_once(bo: Agent) -> None:
    a_contact(bo, "Ada Lovelace", email="ada.lovelace@one.example")
    a_contact(bo, "Ada Lovelace", email="ada.lovelace@two.example")
    assert duplicates.look_at_changed(bo.workspace_id) == 2
    assert len(proposals(bo)) == 1
    assert duplicates.look_at_changed(bo.workspace_id) == 0


def test_what_no_longer_looks_alike_is_not_proposed_any_more(bo: Agent) -> None:
    a_contact(bo, "Ada Lovelace")
    again = a_contact(bo, "Ada Lovelace")
    duplicates.look_at(bo.workspace_id, again.pk)
    assert len(proposals(bo)) == 1
    Contact.objects.of(bo.workspace_id).filter(pk=again.pk).update(name="Cleo Carlsen")
    duplicates.look_at(bo.workspace_id, again.pk)
    assert proposals(bo) == []


def test_the_whole_base_is_searched_with_progress_and_the_weights_are_kept(bo: Agent) -> None:
    street = {"street": "12 St James Square"}
    for name in ("Ada Lovelace", "Ada Lovelcae", "Lovelace Ada"):
        a_contact(bo, name, custom=street)
    for number in range(30):
        a_contact(bo, f"Person{number} Family{number}", custom={"street": f"{number} Some Road"})
    for name in ("Nordhavn Shipping AS", "Nordhavn Shipping"):
        Organisation.objects.create(workspace_id=bo.workspace_id, name=name, domains=["nordhavn.example"])
    state = searched(bo)
    found = proposals(bo)
    assert sorted(one.kind for one in found) == ["contact", "contact", "organisation"]
    assert (state.records, state.proposed, state.step) == (35, 3, "done")
    assert state.pairs > 0
    assert state.learned["contact"]["names"][3] == "organisation"
    # What it learned is used for the next one who comes.
    again = a_contact(bo, "Ada Lovelace", custom=street)
    assert duplicates.look_at(bo.workspace_id, again.pk) >= 1


@pytest.mark.parametrize("for_ever", [False, True])
def test_what_was_told_apart_is_not_proposed_again(bo: Agent, for_ever: bool) -> None:
    ada = a_contact(bo, "Ada Lovelace", email="ada.lovelace@one.example")
    again = a_contact(bo, "Ada Lovelace", email="ada.lovelace@two.example")
    duplicates.look_at(bo.workspace_id, again.pk)
    merging.reject(proposals(bo)[0], by=bo, for_ever=for_ever)
    searched(bo)
    assert [one.state for one in proposals(bo)] == [State.NEVER if for_ever else State.REJECTED]
    # Nor when one of the two has become part of somebody else meanwhile.
    third = a_contact(bo, "Someone Else")
    merging.merge("contact", [third.pk, again.pk], into=third.pk, by=bo)
    Contact.objects.of(bo.workspace_id).filter(pk=third.pk).update(name="Ada Lovelace")
    duplicates.look_at(bo.workspace_id, third.pk)
    assert not [one for one in proposals(bo) if one.state == State.OPEN and ada.pk in (one.first, one.second)]


def test_one_search_at_a_time(bo: Agent) -> None:
    duplicates.search(by=bo)
    with pytest.raises(duplicates.AlreadySearching):
        duplicates.search(by=bo)
