"""Rows that are written as one document are the rows that were meant."""

import pytest

from tests.cast import a_workspace, an_agent
from threadwell.kit import clock, ids, tenancy
from threadwell.record.journal.models import Event
from threadwell.record.rota.models import Orphan
from threadwell.record.workplace.documents import keep_all
from threadwell.record.workplace.models import Workspace

pytestmark = pytest.mark.django_db

#: What quoting could spoil.
FACTS = {"plain": 1, "said": 'O\'Brien \\ "quoted" 你好 \n \t %s {}', "deep": [{"none": None, "yes": True}]}


@pytest.fixture(params=["with a seat", "without"])
def firm(request: pytest.FixtureRequest) -> Workspace:
    founded = a_workspace()
    if request.param == "with a seat":
        an_agent(founded)
    return founded


def test_rows_come_back_as_they_were_given(firm: Workspace) -> None:
    with tenancy.entered(firm.pk):
        rows = [Event(workspace_id=firm.pk, name="x.y", about=ids.new(), facts=FACTS) for _ in range(3)]
        assert keep_all(rows) == rows
        found = list(Event.objects.of(firm).order_by("pk"))
        assert [(one.pk, one.about, one.facts, one.at, one.by_id) for one in found] == [
            (one.pk, one.about, FACTS, one.at, None) for one in rows
        ]
        assert not rows[0]._state.adding
        assert keep_all(list[Event]()) == []


def test_what_stands_in_the_way_is_left_where_that_is_wished(firm: Workspace) -> None:
    with tenancy.entered(firm.pk):
        about = ids.new()
        rows = [
            Orphan(workspace_id=firm.pk, kind="task", about=key, since=clock.now())
            for key in (about, ids.new())
        ]
        keep_all(rows[:1])
        again = Orphan(workspace_id=firm.pk, kind="task", about=about, since=clock.now())
        keep_all([again, rows[1]], or_leave=True)
        assert set(Orphan.objects.of(firm).values_list("pk", flat=True)) == {rows[0].pk, rows[1].pk}
        keep_all(rows, or_leave=True)
        assert Orphan.objects.of(firm).count() == 2


def test_rows_of_several_workspaces_are_refused() -> None:
    rows = [Event(workspace_id=ids.new(), name="x.y", about=ids.new(), facts=FACTS) for _ in range(2)]
    with pytest.raises(ValueError, match="several workspaces"):
        keep_all(rows)
