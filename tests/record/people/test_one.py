"""Records that were merged are read through the one that stands for them."""

import pytest

from tests import cast
from threadwell.kit import tenancy
from threadwell.record.people.models import Account, Contact, Organisation
from threadwell.record.people.one import members_of, root_of, standing
from threadwell.record.workplace.models import Workspace

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [Contact, Organisation])
def test_who_was_merged_is_read_through_the_one_that_stands_for_it(model: type[Account]) -> None:
    workspace = cast.a_workspace()
    with tenancy.entered(workspace.pk):
        ada = _made(model, workspace, "Ada Lovelace")
        lovelace = _made(model, workspace, "A. Lovelace", one_with=ada)
        countess = _made(model, workspace, "Countess of Lovelace", one_with=ada)
        bo = _made(model, workspace, "Bo")

        assert root_of(lovelace) == root_of(ada) == ada
        assert members_of(ada) == members_of(countess) == [ada.pk, lovelace.pk, countess.pk]
        assert members_of(bo) == [bo.pk]
        assert set(model.objects.of(workspace).filter(standing())) == {ada, bo}


def _made(model: type[Account], workspace: Workspace, name: str, **facts: object) -> Account:
    made: Account = model.objects.create(workspace=workspace, name=name, **facts)
    return made
