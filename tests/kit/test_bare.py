"""Bare rows show their values at once, and become the same models as their queryset's."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast
from threadwell.kit import ids, tenancy
from threadwell.kit.bare import Bare
from threadwell.kit.questions import Question
from threadwell.record.workplace.models import Team

NAMES = ["Dispatch", "Nights", "Returns"]
ASKED: dict[str, Any] = {
    "a queryset": lambda firm: Team.objects.of(firm).order_by("name"),
    "a question": Question(lambda firm: Team.objects.of(firm).order_by("name")),
    "a few fields": lambda firm: Team.objects.of(firm).only("name").order_by("name"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_they_are_asked_for_once_and_made_as_one_likes(ask: Any) -> None:
    firm = cast.a_workspace()
    with tenancy.entered(firm.pk):
        teams = [Team.objects.create(workspace=firm, name=name) for name in NAMES]
        with CaptureQueriesContext(connection) as asked:
            rows: Bare[Team] = Bare(ask(firm.pk))
            [name, key] = rows.places("name", "id")
            assert [(values[key], values[name]) for values in rows.values] == [
                (team.pk, team.name) for team in teams
            ]
            assert list(rows) == teams
            assert rows[-1].name == "Returns"
            assert [team.name for team in rows[1:]] == NAMES[1:]
            assert [team.name for team in rows.made(rows.values[:1])] == NAMES[:1]
            assert (len(rows), bool(rows[3:])) == (3, False)
        assert len(asked) == 1


@pytest.mark.django_db
def test_there_may_be_none() -> None:
    firm = cast.a_workspace()
    with tenancy.entered(firm.pk):
        assert list(Bare(Team.objects.of(firm))) == []
        assert list(Bare(Team.objects.of(firm).none())) == []
        assert list(Bare(Team.objects.of(firm).filter(pk=ids.new()))) == []
