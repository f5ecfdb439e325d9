"""Refused rows say nothing of restricted fields to whoever may not read them."""

from collections.abc import Iterator

import pytest

from tests import cast
from threadwell.flow import moving_in
from threadwell.kit import tenancy
from threadwell.kit.veils import Veil, veiled
from threadwell.record.imports.models import RecordImport, RefusedRow

pytestmark = pytest.mark.django_db
HEADER = ["Name", "Phone", "Debt", "Note"]
CELLS = ["Ada", "+49 30 1", "4000", ""]


@pytest.fixture
def state() -> Iterator[RecordImport]:
    firm = cast.a_workspace()
    with tenancy.entered(firm.pk):
        made: RecordImport = RecordImport.objects.create(
            workspace=firm,
            kind="contacts",
            name="crm.csv",
            layout={"header": HEADER},
            mapping=["name", "phone", "custom.debt", ""],
        )
        for column, why in (("Phone", "“+49 30 1” is not a telephone number."), ("Name", "Too long.")):
            RefusedRow.objects.create(
                workspace=firm, record_import=made, line=2, column=column, why=why, cells=CELLS
            )
        yield made


def seen(state: RecordImport) -> list[tuple[list[str], str]]:
    rows = RefusedRow.objects.of(state.workspace_id).filter(record_import=state).order_by("pk")
    return [(one.cells, one.why) for one in moving_in.as_seen(state, rows)]


def test_who_may_read_everything_reads_everything(state: RecordImport) -> None:
    assert seen(state) == [(CELLS, "“+49 30 1” is not a telephone number."), (CELLS, "Too long.")]


def test_restricted_fields_are_left_out_of_cells_and_reasons(state: RecordImport) -> None:
    with veiled(Veil(fields=frozenset({"identity.phone", "contact.debt"}))):
        hidden = ["Ada", "•••", "•••", ""]
        assert seen(state) == [(hidden, "It stands in a field that you may not read."), (hidden, "Too long.")]
        table = b"".join(moving_in.refused_csv(state)).decode()
    assert "+49 30 1" not in table
    assert "4000" not in table
    assert "Ada" in table


def test_a_field_of_another_noun_hides_nothing(state: RecordImport) -> None:
    with veiled(Veil(fields=frozenset({"organisation.debt", "identity.handle"}))):
        assert seen(state)[1][0] == CELLS
