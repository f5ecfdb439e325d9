"""Who may see what: from the walls down and from one thing up, the answer is the same."""

import random
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from tests import cast
from threadwell.kit import clock, tenancy
from threadwell.kit.tenancy import Owned
from threadwell.kit.veils import NOTHING, veiled
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.inboxes.models import Inbox
from threadwell.record.people.models import Contact, Identity, Membership, Organisation
from threadwell.record.sight import seeing
from threadwell.record.sight.models import Insider, Restriction, Subject
from threadwell.record.workplace.models import Agent, Team, TeamSeat, Workspace
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db


class Firm:
    """A workspace with a contact and an organisation, and walls to put around them."""

    def __init__(self) -> None:
        self.workspace = cast.a_workspace()
        self.bo = cast.an_agent(self.workspace, name="Bo")
        self.inbox = cast.an_inbox(self.workspace)

    def make[M: Owned](self, kind: type[M], /, **facts: object) -> M:
        made: M = kind.objects.create(workspace=self.workspace, **facts)
        return made

    def talk(self, **facts: object) -> Conversation:
        number = Conversation.objects.of(self.workspace).count() + 1
        return self.make(Conversation, number=number, **{"inbox": self.inbox, **facts})

    def restrict(self, *subjects: Owned, name: str = "Board") -> Restriction:
        wall = self.make(Restriction, name=name, reason="It is nobody's business.")
        for one in subjects:
            self.make(Subject, restriction=wall, kind=one._meta.model_name, key=one.pk)
        Workspace.objects.filter(pk=self.workspace.pk).update(is_restricted=True)
        self.workspace.refresh_from_db()
        return wall

    def seen(self, kind: type[Owned], by: Agent | None = None) -> set[UUID]:
        with veiled(seeing.veil_of(by or self.bo, self.workspace)):
            return set(kind.objects.of(self.workspace).values_list("pk", flat=True))


@pytest.fixture
def firm() -> Firm:
    return Firm()


def test_where_nothing_is_restricted_nobody_asks(firm: Firm, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(0):
        assert seeing.veil_of(firm.bo, firm.workspace) == NOTHING


def test_all_of_a_restricted_organisation_is_hidden(firm: Firm) -> None:
    with tenancy.entered(firm.workspace.pk):
        above, other = firm.make(Organisation, name="Above"), firm.make(Organisation, name="Other")
        below = firm.make(Organisation, name="Below", parent=above)
        ada = firm.make(Contact, name="Ada", organisation=below)
        cy, dee = firm.make(Contact, name="Cy"), firm.make(Contact, name="Dee", organisation=other)
        firm.make(Membership, contact=cy, organisation=below, since="2026-01-01")
        merged = firm.make(Contact, name="Ada L", one_with=ada)
        firm.make(Identity, contact=merged, kind="email", value="ada@x.example", shown="ada@x.example")
        open_talk = firm.talk(contact=dee)
        hidden_talk = firm.talk(contact=dee, participants=["dee@x.example", "ada@x.example"])
        said = firm.make(Message, conversation=hidden_talk, direction="in", channel="email", contact=dee)
        firm.restrict(above)
        assert firm.seen(Organisation) == {other.pk}
        assert firm.seen(Contact) == {dee.pk}
        assert firm.seen(Identity) == set()
        assert firm.seen(Conversation) == {open_talk.pk}
        assert firm.seen(Message) == set()
        for thing in (above, below, ada, cy, merged, hidden_talk, said):
            assert not seeing.may_see(firm.bo, thing), thing
        for thing in (other, dee, open_talk):
            assert seeing.may_see(firm.bo, thing), thing


def test_all_of_a_restricted_inbox_is_hidden_and_its_people_are_not(firm: Firm) -> None:
    with tenancy.entered(firm.workspace.pk):
        secret = cast.an_inbox(firm.workspace, address="works-council@firm.example")
        ada = firm.make(Contact, name="Ada")
        firm.talk(contact=ada, inbox=secret)
        plain = firm.talk(contact=ada)
        firm.restrict(secret)
        assert firm.seen(Conversation) == {plain.pk}
        assert firm.seen(Inbox) == {firm.inbox.pk}
        assert firm.seen(Contact) == {ada.pk}


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("insider", "is_in"),
    [
        ({"role": Role.AGENT}, True),
        ({"role": Role.ADMIN}, False),
        ({"role": Role.AGENT, "until": HOUR}, True),
        ({"role": Role.AGENT, "until": -HOUR}, False),
        ({"team": "Board"}, True),
        ({"team": "Stores"}, False),
        ({"agent": "Bo"}, True),
        ({"agent": "Bo", "until": -HOUR}, False),
        ({"agent": "Cleo"}, False),
    ],
    ids=str,
)
def test_insiders_are_roles_teams_and_agents_perhaps_for_a_while(
    firm: Firm, insider: dict[str, object], is_in: bool
) -> None:
    cleo = cast.an_agent(firm.workspace, name="Cleo", role=Role.SUPERVISOR)
    owner = cast.an_agent(firm.workspace, name="Olga", role=Role.OWNER)
    with tenancy.entered(firm.workspace.pk):
        teams = {name: firm.make(Team, name=name) for name in ("Board", "Stores")}
        firm.make(TeamSeat, team=teams["Board"], agent=firm.bo)
        ada = firm.make(Contact, name="Ada")
        wall = firm.restrict(ada)
        given = dict(insider)
        if "team" in given:
            given["team"] = teams[str(given["team"])]
        if "agent" in given:
            given["agent"] = {"Bo": firm.bo, "Cleo": cleo}[str(given["agent"])]
        if isinstance(span := given.get("until"), timedelta):
            given["until"] = clock.now() + span
        firm.make(Insider, restriction=wall, **given)
        assert seeing.may_see(firm.bo, ada) is is_in
        assert (firm.seen(Contact) == {ada.pk}) is is_in
        assert seeing.may_see(owner, ada)
        assert seeing.who_may_see(ada, [firm.bo, owner]) == ({firm.bo.pk, owner.pk} if is_in else {owner.pk})


def test_who_is_inside_of_one_wall_does_not_see_through_another(firm: Firm) -> None:
    with tenancy.entered(firm.workspace.pk):
        ada = firm.make(Contact, name="Ada")
        first, _second = firm.restrict(ada), firm.restrict(ada, name="Celebrities")
        firm.make(Insider, restriction=first, agent=firm.bo)
        assert not seeing.may_see(firm.bo, ada)
        assert firm.seen(Contact) == set()


def test_a_dissolved_wall_hides_nothing(firm: Firm) -> None:
    with tenancy.entered(firm.workspace.pk):
        ada = firm.make(Contact, name="Ada")
        wall = firm.restrict(ada)
        wall.dissolved_at = clock.now()
        wall.save()
        assert seeing.may_see(firm.bo, ada)
        assert firm.seen(Contact) == {ada.pk}


@pytest.mark.parametrize("seed", range(20))
def test_both_ways_of_asking_agree_whatever_belongs_to_whom(firm: Firm, seed: int) -> None:
    chance = random.Random(seed)
    with tenancy.entered(firm.workspace.pk):
        firms = [firm.make(Organisation, name=f"O{number}") for number in range(8)]
        for one in firms:
            one.parent = chance.choice([None, *firms])
            # Merging names the root directly, never one that is merged itself.
            roots = [other for other in firms if other != one and other.one_with is None]
            is_root = any(other.one_with == one for other in firms)
            one.one_with = None if is_root else chance.choice([None, None, None, *roots])
            one.save()
        people: list[Contact] = []
        for number in range(12):
            one_with = chance.choice([None, None, None, *[one for one in people if one.one_with is None]])
            joined = chance.choice([None, None, *firms])
            people.append(firm.make(Contact, name=f"C{number}", organisation=joined, one_with=one_with))
            address = f"c{number}@x.example"
            firm.make(Identity, contact=people[-1], kind="email", value=address, shown=address)
        talks = [
            firm.talk(
                contact=chance.choice([None, *people]),
                organisation=chance.choice([None, None, *firms]),
                participants=[f"c{chance.randrange(20)}@x.example"],
            )
            for _ in range(15)
        ]
        firm.restrict(*chance.sample([*firms, *people], 2))
        every: list[Owned] = [*firms, *people, *talks]
        walls = seeing.walls_around(firm.workspace.pk, [one.pk for one in every])
        up = {one.pk for one in every if not walls[one.pk]}
        down = firm.seen(Organisation) | firm.seen(Contact) | firm.seen(Conversation)
        assert up == down


def test_the_veil_ends_with_its_block(firm: Firm) -> None:
    with tenancy.entered(firm.workspace.pk):
        ada = firm.make(Contact, name="Ada")
        firm.restrict(ada)
        assert firm.seen(Contact) == set()
        assert set(Contact.objects.of(firm.workspace).values_list("pk", flat=True)) == {ada.pk}
        with pytest.raises(ZeroDivisionError), veiled(seeing.veil_of(firm.bo, firm.workspace)):
            raise ZeroDivisionError
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('threadwell.blind', true)")
            assert cursor.fetchone() == ("",)


def test_walls_of_one_workspace_are_nothing_to_another(firm: Firm) -> None:
    other = Firm()
    with tenancy.entered(firm.workspace.pk):
        ada = firm.make(Contact, name="Ada")
        firm.restrict(ada)
    with tenancy.entered(other.workspace.pk):
        assert seeing.walls_around(other.workspace.pk, [ada.pk]) == {ada.pk: frozenset()}
        assert seeing.veil_of(other.bo, other.workspace) == NOTHING
