"""The first wall: a query that does not name its workspace does not run."""

import re
from collections.abc import Callable

import pytest
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from tests import cast
from threadwell.kit import ids, tenancy
from threadwell.kit.tenancy import NoWorkspace
from threadwell.record.people.models import Contact, Identity
from threadwell.record.workplace.models import Agent, Team, TeamSeat, Workspace

UNSCOPED: dict[str, Callable[[Workspace], object]] = {
    "all of them": lambda firm: list(Team.objects.all()),
    "by key": lambda firm: Team.objects.get(pk=firm.pk),
    "counted": lambda firm: Team.objects.count(),
    "asked whether there is one": lambda firm: Team.objects.exists(),
    "aggregated": lambda firm: Team.objects.aggregate(models.Max("name")),
    "values": lambda firm: list(Team.objects.values_list("name")),
    "updated": lambda firm: Team.objects.update(name="x"),
    "deleted": lambda firm: Team.objects.all().delete(),
    "walked through": lambda firm: list(Team.objects.iterator()),
    "one of two": lambda firm: list(Team.objects.filter(Q(workspace=firm) | Q(name="x"))),
    "any but this": lambda firm: list(Team.objects.exclude(workspace=firm)),
    "several at once": lambda firm: list(Team.objects.filter(workspace__in=[firm])),
    "by another table's workspace": lambda firm: list(TeamSeat.objects.filter(team__workspace=firm)),
    "through a person of several workspaces": lambda firm: list(
        Agent.objects.filter(user__seats__workspace=firm)
    ),
    "united": lambda firm: list(Team.objects.of(firm).union(Team.objects.all())),
    "in a subquery": lambda firm: list(Team.objects.of(firm).filter(pk__in=TeamSeat.objects.values("team"))),
    "in an exists": lambda firm: list(
        Team.objects.of(firm).filter(Exists(TeamSeat.objects.filter(team=OuterRef("pk"))))
    ),
    "made if absent": lambda firm: Team.objects.get_or_create(name="x"),
    "in bulk": lambda firm: Team.objects.in_bulk([firm.pk]),
    "explained": lambda firm: Team.objects.all().explain(),
    "raw": lambda firm: list(Team.objects.all().order_by("name")[:1]),
}

SCOPED: dict[str, Callable[[Workspace], object]] = {
    "of a workspace": lambda firm: list(Team.objects.of(firm)),
    "of its key": lambda firm: list(Team.objects.of(firm.pk).filter(name="x")),
    "with a choice inside": lambda firm: list(Team.objects.of(firm).filter(Q(name="x") | Q(name="y"))),
    "counted": lambda firm: Team.objects.of(firm).count(),
    "updated": lambda firm: Team.objects.of(firm).update(name=F("name")),
    "deleted": lambda firm: Team.objects.of(firm).filter(name="none").delete(),
    "in a subquery": lambda firm: list(
        Team.objects.of(firm).filter(pk__in=TeamSeat.objects.of(firm).values("team"))
    ),
    "of the outer row": lambda firm: list(
        Team.objects.of(firm).filter(Exists(TeamSeat.objects.of(OuterRef("workspace_id"))))
    ),
    "everywhere, with a reason": lambda firm: list(Team.objects.everywhere(because="a test asks")),
    "none of them": lambda firm: list(Team.objects.none()),
}


@pytest.mark.django_db
@pytest.mark.parametrize("query", UNSCOPED.values(), ids=UNSCOPED)
def test_a_query_without_its_workspace_is_refused(query: Callable[[Workspace], object]) -> None:
    firm = cast.a_workspace()
    with tenancy.entered(firm.pk), pytest.raises(NoWorkspace):
        query(firm)


@pytest.mark.django_db
@pytest.mark.parametrize("query", SCOPED.values(), ids=SCOPED)
def test_a_query_with_its_workspace_runs(query: Callable[[Workspace], object]) -> None:
    firm = cast.a_workspace()
    with tenancy.entered(firm.pk):
        query(firm)


def test_a_part_of_a_query_names_the_workspace_that_the_whole_names() -> None:
    seats = Exists(TeamSeat.objects.of(OuterRef("workspace_id")).filter(team_id=OuterRef("pk")))
    for firm in (ids.new(), ids.new()):  # of what was asked before, nothing is left
        for rows in (Team.objects.of(firm).filter(~seats), Team.objects.of(firm).annotate(is_manned=seats)):
            asked, given = rows.query.sql_with_params()
            assert '"U0"."workspace_id" = %s' in asked
            assert [one for one in given if one == firm] == [firm, firm]


def test_where_the_whole_names_no_workspace_a_part_follows_its_row() -> None:
    seats = Exists(TeamSeat.objects.of(OuterRef("workspace_id")).filter(team_id=OuterRef("pk")))
    several = Q(workspace_id=ids.new()) | Q(workspace_id=ids.new())
    joined = Agent.objects.everywhere(because="a test asks").filter(user__seats__workspace_id=ids.new())
    own = Exists(TeamSeat.objects.of(OuterRef("workspace_id")).filter(agent_id=OuterRef("pk")))
    for rows in (
        Team.objects.everywhere(because="a test asks").filter(seats),
        Team.objects.filter(several).filter(seats),
        Team.objects.everywhere(because="a test asks").exclude(workspace_id=ids.new()).filter(seats),
        joined.filter(own),
    ):
        asked, _given = rows.query.sql_with_params()
        assert re.search(r'"U0"\."workspace_id" = \("\w+"\."workspace_id"\)', asked)


@pytest.mark.django_db
def test_related_rows_are_looked_up_inside_the_workspace() -> None:
    firm = cast.a_workspace()
    bo = cast.an_agent(firm)
    with tenancy.entered(firm.pk):
        team = Team.objects.create(workspace=firm, name="Claims")
        TeamSeat.objects.create(workspace=firm, team=team, agent=bo)
        seat = TeamSeat.objects.of(firm).get()
        assert (seat.team, seat.agent) == (team, bo)
        assert list(team.seats.all()) == [seat]
        assert [one.team for one in TeamSeat.objects.of(firm).select_related("team")] == [team]
        assert [list(one.seats.all()) for one in Team.objects.of(firm).prefetch_related("seats")] == [[seat]]
        joined = str(TeamSeat.objects.of(firm).filter(team__name="Claims").query).partition(" ON ")[2]
    on = joined.partition(" WHERE ")[0]
    assert '"workplace_team"."workspace_id"' in on
    assert '"workplace_teamseat"."workspace_id"' in on


@pytest.mark.django_db
def test_rows_of_several_workspaces_are_not_prefetched_together() -> None:
    teams = []
    for firm in (cast.a_workspace("Here"), cast.a_workspace("There")):
        with tenancy.entered(firm.pk):
            teams.append(Team.objects.create(workspace=firm, name="Claims"))
    with pytest.raises(NoWorkspace):
        models.prefetch_related_objects(teams, "seats")


@pytest.mark.django_db
def test_a_key_cannot_lead_into_another_workspace() -> None:
    here, there = cast.a_workspace("Here"), cast.a_workspace("There")
    with tenancy.entered(there.pk):
        theirs = Contact.objects.create(workspace=there, name="Ada")
    with tenancy.entered(here.pk):
        ours = Identity.objects.create(
            workspace=here, contact_id=theirs.pk, kind="email", value="a@b.example", shown="a@b.example"
        )
        # The database's key knows only ids, so the row can be written; but it leads nowhere.
        loose = Identity.objects.of(here).get(pk=ours.pk)
        with pytest.raises(Contact.DoesNotExist):
            _ = loose.contact
        assert not Identity.objects.of(here).filter(contact__name="Ada").exists()
        ours.delete()


@pytest.mark.django_db
def test_saving_changes_only_the_row_of_its_own_workspace() -> None:
    here, there = cast.a_workspace("Here"), cast.a_workspace("There")
    bo: Agent = cast.an_agent(here)
    with tenancy.entered(there.pk):
        bo.workspace = there
        bo.name = "Mallory"
        with pytest.raises(Agent.NotUpdated):
            bo.save(update_fields=["name"])
    with tenancy.entered(here.pk):
        assert Agent.objects.of(here).get(pk=bo.pk).name == "Bo"
