"""A question of many keys asks the same as its queryset, however many there are."""

import pytest

from tests import cast
from threadwell.kit import tenancy
from threadwell.kit.questions_of_many import MOST, QuestionOfMany
from threadwell.record.workplace.models import Team


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 1, 2, MOST, MOST + 1])
def test_it_answers_as_the_queryset_does_each_time(count: int) -> None:
    asked: QuestionOfMany[Team] = QuestionOfMany(
        lambda keys, firm, name: Team.objects.of(firm).filter(pk__in=keys).exclude(name=name).order_by("name")
    )
    firm = cast.a_workspace()
    with tenancy.entered(firm.pk):
        teams = [Team.objects.create(workspace=firm, name=f"Team {number}") for number in range(MOST + 2)]
        for chosen in (teams[:count], teams[-count:] if count else []):
            found = asked([one.pk for one in chosen], firm.pk, "Team 0")
            assert list(found) == [one for one in chosen if one.name != "Team 0"]
