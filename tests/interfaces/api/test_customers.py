"""Programs read the four answers and the timeline."""

import pytest

from tests.interfaces.api.conftest import Firm, Program
from threadwell.kit import ids, tenancy
from threadwell.record.people.models import Organisation

pytestmark = pytest.mark.django_db


def test_gaps_of_answers_are_named(firm: Firm, program: Program) -> None:
    told = program.get(f"/contacts/{firm.message.contact_id}/answers")
    assert told["last_talk"]["gist"].startswith("The crew was turned away")
    assert told["last_talk"]["is_waiting"] is True
    assert "next_step" in told["faults"]


def test_timeline_of_a_customer_and_of_a_firm_nobody_wrote_for(firm: Firm, program: Program) -> None:
    with tenancy.entered(firm.workspace.pk):
        above = Organisation.objects.create(workspace=firm.workspace, name="Holding")
    path = f"/contacts/{firm.message.contact_id}/timeline"
    assert [one["id"] for one in program.get(path)["items"]] == [str(firm.message.pk)]
    assert program.get(f"{path}?words=elephant")["items"] == []
    assert program.get(f"/organisations/{above.pk}/timeline") == {"items": [], "next": None}
    assert program.call("GET", f"{path}?cursor=rubbish").status_code == 400
    assert program.call("GET", f"/organisations/{ids.new()}/answers").status_code == 404
