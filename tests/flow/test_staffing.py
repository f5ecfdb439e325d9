"""Staffing: whoever leaves hands back what was theirs."""

import pytest

from tests import cast
from threadwell.flow import staffing
from threadwell.kit import tenancy
from threadwell.record.journal.models import Event
from threadwell.record.work import shipped
from threadwell.record.work.models import WorkItem, WorkItemType
from threadwell.record.workplace.roles import Role


@pytest.mark.django_db
def test_open_work_of_somebody_who_leaves_is_nobodys() -> None:
    firm = cast.a_workspace()
    bo, cleo = cast.an_agent(firm), cast.an_agent(firm, name="Cleo", role=Role.ADMIN)
    with tenancy.entered(firm.pk):
        shipped.make(firm.pk)
        kind = WorkItemType.objects.of(firm).get(key="order")
        going, done = (WorkItem.open_one(kind, title, by=bo, owner=bo) for title in ("Going", "Done"))
        done.move(next(one for one in kind.statuses() if one.key == "delivered"), by=bo)
        staffing.leave(bo, by=cleo)
        going.refresh_from_db()
        done.refresh_from_db()
        assert (going.owner_id, done.owner_id) == (None, bo.pk)
        event = Event.objects.of(firm).get(name="work_item.unassigned")
        assert event.facts["because"] == "Bo left"
