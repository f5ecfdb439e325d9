"""Saying: the better source wins, who said so is kept, and what was said can be taken back."""

import itertools
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests import cast
from threadwell.kit import ids, tenancy
from threadwell.kit.errors import Invalid
from threadwell.record.journal.models import Event
from threadwell.record.people import facts, memberships, provenance, saying
from threadwell.record.people.models import Alert, Contact, Membership, Organisation, Source, Statement
from threadwell.record.workplace.models import Agent, Workspace

pytestmark = pytest.mark.django_db
NOBODY = "0198f3a0-0000-7000-8000-000000000000"
AGENT, API, IMPORT, MESSAGE, SYSTEM = Source


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    workspace = cast.a_workspace()
    with tenancy.entered(workspace.pk):
        yield workspace


@pytest.fixture
def bo(workspace: Workspace) -> Agent:
    return cast.an_agent(workspace)


def a_contact(workspace: Workspace, name: str = "Ada", source: Source = MESSAGE, **values: Any) -> Contact:
    return saying.make(Contact, workspace.pk, {"name": name, **values}, source=source)


def a_firm(workspace: Workspace, name: str = "Castelo", **values: Any) -> Organisation:
    return saying.make(Organisation, workspace.pk, {"name": name, **values}, source=AGENT)


@pytest.mark.parametrize(("first", "second"), list(itertools.product(Source, Source)))
def test_better_source_wins_and_among_equals_the_later(
    workspace: Workspace, first: Source, second: Source
) -> None:
    ada = a_contact(workspace, source=first)
    changed = saying.say(ada, "name", "Ada King", source=second)
    ranks = saying.RANK
    assert changed == (ranks[second] >= ranks[first])
    assert Contact.objects.of(workspace).get().name == ("Ada King" if changed else "Ada") == ada.name
    newest = provenance.history_of(ada, "name")[0]
    assert (newest.value, newest.held, newest.source) == ("Ada King", changed, second)


def test_what_nobody_is_known_to_have_said_is_the_weakest(workspace: Workspace) -> None:
    old = Contact.objects.create(workspace=workspace, name="ada")
    assert saying.say(old, "name", "Ada", source=MESSAGE)


def test_value_cleared_by_hand_is_not_filled_by_an_import_but_an_empty_one_is(
    workspace: Workspace, bo: Agent
) -> None:
    ada = a_contact(workspace, tier="gold", source=IMPORT)
    saying.say(ada, "tier", "", source=AGENT, by=bo)
    said = saying.say_all(ada, {"tier": "gold", "language": "pt"}, source=IMPORT)
    assert (ada.tier, ada.language) == ("", "pt")
    assert said.only_noted == ["tier"]


def test_same_value_said_again_adds_nothing_but_by_somebody_better_it_stands_on_their_word(
    workspace: Workspace, bo: Agent
) -> None:
    ada = a_contact(workspace, source=IMPORT)
    for _again in range(3):
        assert not saying.say(ada, "name", "Ada", source=IMPORT)
    assert Statement.objects.of(workspace).count() == 1
    assert not saying.say(ada, "name", "Ada", source=AGENT, by=bo)
    assert provenance.sources_of(ada)["name"].source == AGENT
    assert not saying.say(ada, "name", "Eve", source=API)


def test_older_value_is_put_back_by_hand(workspace: Workspace, bo: Agent) -> None:
    ada = a_contact(workspace)
    saying.say(ada, "name", "A. King", source=API, because="crm")
    first = provenance.history_of(ada, "name")[-1]
    assert provenance.put_back(ada, first, by=bo)
    stands = provenance.sources_of(ada)["name"]
    assert (ada.name, stands.source, stands.by) == ("Ada", AGENT, bo)


def test_batch_is_taken_back_where_nobody_changed_it_since(workspace: Workspace, bo: Agent) -> None:
    batch = ids.new()
    ada, eve = a_contact(workspace), a_contact(workspace, "Eve")
    values = {"owner": bo, "tier": "gold"}
    saying.say_many([(ada, values), (eve, values)], source=AGENT, by=bo, batch=batch)
    saying.say(eve, "tier", "silver", source=AGENT, by=bo)
    assert provenance.take_back(workspace.pk, batch, by=bo) == provenance.TakenBack(restored=3, kept=1)
    rows = Contact.objects.of(workspace).order_by("name")
    assert [(one.owner_id, one.owner_since, one.tier) for one in rows] == [
        (None, None, ""),
        (None, None, "silver"),
    ]
    # As if it had never been said: an import may fill it.
    assert saying.say(ada, "tier", "bronze", source=IMPORT)
    assert provenance.take_back(workspace.pk, batch, by=bo) == provenance.TakenBack(restored=0, kept=0)


def test_custom_values_are_said_like_all_others(workspace: Workspace, bo: Agent) -> None:
    ada = a_contact(workspace, source=AGENT)
    saying.say_all(ada, {"custom.size": "L", "custom.age": 3}, source=IMPORT)
    saying.say(ada, "custom.size", None, source=AGENT, by=bo)
    assert Contact.objects.of(workspace).get().custom == {"age": 3} == ada.custom
    assert not saying.say(ada, "custom.size", "M", source=API)


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("name", "  Castelo \n Lda ", "Castelo Lda"),
        ("domains", "Example.COM, @b.example; b.example.", ["example.com", "b.example"]),
        ("domains", ["bücher.example"], ["bücher.example"]),
        ("owner", "", None),
        ("tier", None, ""),
    ],
)
def test_value_of_an_organisation_is_understood(name: str, given: Any, kept: Any) -> None:
    assert facts.cleaned(Organisation, name, given) == kept


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("name", " "),
        ("name", "x" * 201),
        ("domains", "not a domain"),
        ("domains", "http://example.com"),
        ("parent", "castelo"),
        ("owner", NOBODY),
        ("parent", NOBODY),
        ("zone", "Europe/Lisbon"),
        ("one_with", NOBODY),
    ],
)
def test_value_that_cannot_stand_there_is_refused(workspace: Workspace, name: str, given: Any) -> None:
    castelo = a_firm(workspace)
    with pytest.raises(Invalid) as refused:
        saying.say(castelo, name, given, source=AGENT)
    assert str(refused.value.sentence)


def test_colleague_and_organisation_of_another_workspace_are_nobody_here(workspace: Workspace) -> None:
    ada, other = a_contact(workspace), cast.a_workspace("Other")
    stranger = cast.an_agent(other, name="Max")
    with tenancy.entered(workspace.pk), pytest.raises(Invalid):
        saying.say(ada, "owner", stranger, source=AGENT)


def test_nobody_stands_above_themselves_however_far_up_or_merged(workspace: Workspace) -> None:
    top = a_firm(workspace, "Top")
    middle = a_firm(workspace, "Middle", parent=top)
    low = a_firm(workspace, "Low", parent=middle)
    twin = a_firm(workspace, "Twin of low")
    Organisation.objects.of(workspace).filter(pk=twin.pk).update(one_with=low)
    for above in (top, middle, low, twin):
        with pytest.raises(Invalid):
            saying.say(top, "parent", above, source=AGENT)
    assert saying.say(low, "parent", top, source=AGENT)


def test_move_of_a_key_contact_calls_the_owner_of_the_account(workspace: Workspace, bo: Agent) -> None:
    castelo, vet = a_firm(workspace, owner=bo), a_firm(workspace, "Vet")
    ada = a_contact(workspace, organisation=castelo)
    [first] = memberships.memberships_of(ada)
    memberships.change(first, title="Head of works", is_key_contact=True, since=date(2020, 1, 1))
    saying.say(ada, "organisation", vet, source=AGENT, by=bo)

    alert = Alert.objects.of(workspace).get()
    assert (alert.organisation, alert.contact, alert.owner) == (castelo, ada, bo)
    assert alert.facts["who"] == "Ada"
    assert Event.objects.of(workspace).filter(name="organisation.sponsor_changed", about=castelo.pk).exists()
    now, before = memberships.memberships_of(ada)
    assert (now.organisation, now.until, now.since) == (vet, None, before.until)
    assert (before.organisation, before.title) == (castelo, "Head of works")
    alert.see(by=bo)
    assert Alert.objects.of(workspace).get().seen_by == bo


def test_move_of_somebody_else_calls_nobody(workspace: Workspace) -> None:
    castelo, vet = a_firm(workspace), a_firm(workspace, "Vet")
    ada = a_contact(workspace, organisation=castelo)
    saying.say(ada, "organisation", vet, source=API)
    saying.say(ada, "organisation", None, source=API)
    assert not Alert.objects.of(workspace).exists()
    assert [one.until is None for one in memberships.memberships_of(ada)] == [False, False]


def test_person_may_belong_to_several_and_mail_alone_says_so_without_a_day(workspace: Workspace) -> None:
    castelo, vet = a_firm(workspace), a_firm(workspace, "Vet")
    ada = Contact.objects.create(workspace=workspace, name="Ada", organisation=castelo)
    memberships.join(ada, vet, title="Board", since=date(2024, 1, 1))
    assert [(one.organisation.name, one.since) for one in memberships.memberships_of(ada)] == [
        ("Castelo", None),
        ("Vet", date(2024, 1, 1)),
    ]
    assert Membership.objects.of(workspace).count() == 1
    with pytest.raises(Invalid):
        memberships.join(ada, vet, since=date(2024, 1, 2), until=date(2024, 1, 1))


def test_a_thousand_records_are_said_with_few_queries(
    workspace: Workspace, django_assert_max_num_queries: Any
) -> None:
    people = Contact.objects.bulk_create(Contact(workspace=workspace, name=f"P{n}") for n in range(1000))
    with django_assert_max_num_queries(12):
        saying.say_many([(one, {"tier": "gold"}) for one in people], source=IMPORT, is_quiet=True)
    assert Contact.objects.of(workspace).filter(tier="gold").count() == 1000
