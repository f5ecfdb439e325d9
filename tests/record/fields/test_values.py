"""Values of custom fields: what is understood, what is refused, what stays."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tests import cast
from threadwell.kit import ids, tenancy
from threadwell.kit.errors import Invalid
from threadwell.record.fields import models, values
from threadwell.record.fields.models import CustomField
from threadwell.record.people.models import Contact
from threadwell.record.workplace.models import Workspace

pytestmark = pytest.mark.django_db
KIND = CustomField.Kind


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    workspace = cast.a_workspace()
    with tenancy.entered(workspace.pk):
        yield workspace


def a_field(workspace: Workspace, label: str = "Size", kind: str = KIND.TEXT, **facts: Any) -> CustomField:
    if kind == KIND.CHOICE:
        facts.setdefault("choices", ["Small", "Large"])
    return models.define(workspace.pk, "contact", label=label, kind=kind, **facts)


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        (KIND.TEXT, "  two\nlines ", "two\nlines"),
        (KIND.TEXT, "nul\0", "nul"),
        (KIND.TEXT, "   ", None),
        (KIND.TEXT, 12, "12"),
        (KIND.NUMBER, "12", 12),
        (KIND.NUMBER, "1.234,5", 1234.5),
        (KIND.NUMBER, "1,234.5", 1234.5),
        (KIND.NUMBER, "12,5", 12.5),
        (KIND.NUMBER, " -3 ", -3),
        (KIND.NUMBER, 0, 0),
        (KIND.DATE, "2026-11-23", "2026-11-23"),
        (KIND.DATE, "2026-11-23T08:00:00", "2026-11-23"),
        (KIND.CHOICE, "small", "Small"),
        (KIND.LINK, "https://example.com/a?b", "https://example.com/a?b"),
        (KIND.CHECKBOX, "Ja", True),
        (KIND.CHECKBOX, False, False),
    ],
)
def test_value_is_understood(workspace: Workspace, kind: str, given: Any, kept: Any) -> None:
    assert values.value_of(a_field(workspace, kind=kind), given) == kept


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (KIND.TEXT, "x" * 2001),
        (KIND.NUMBER, "twelve"),
        (KIND.NUMBER, "NaN"),
        (KIND.NUMBER, "1e99"),
        (KIND.NUMBER, "1" * 40),
        (KIND.NUMBER, True),
        (KIND.DATE, "2026-02-30"),
        (KIND.DATE, "23.11.2026"),
        (KIND.CHOICE, "Medium"),
        (KIND.LINK, "javascript:alert(1)"),
        (KIND.LINK, "https://[broken"),
        (KIND.PERSON, "Nobody"),
        (KIND.PERSON, "0198f3a0-0000-7000-8000-000000000000"),
        (KIND.CHECKBOX, "perhaps"),
    ],
)
def test_value_is_refused_with_a_sentence(workspace: Workspace, kind: str, given: Any) -> None:
    with pytest.raises(Invalid) as refused:
        values.value_of(a_field(workspace, kind=kind), given)
    assert str(refused.value.sentence)


def test_colleague_is_found_by_name_address_or_key(workspace: Workspace) -> None:
    bo, field = cast.an_agent(workspace), a_field(workspace, kind=KIND.PERSON)
    for given in ("bo", bo.user.email.upper(), str(bo.pk)):
        assert values.value_of(field, given) == str(bo.pk)


def test_what_is_not_given_stays_and_errors_go_by_field(workspace: Workspace) -> None:
    size, due = a_field(workspace), a_field(workspace, "Due", KIND.DATE)
    done = values.cleaned([size, due], {"due": "soon", "colour": "red"}, before={"size": "L", "old": 1})
    assert done.values == {"size": "L", "old": 1}
    assert sorted(done.errors) == ["colour", "due"]
    assert values.cleaned([size, due], {"size": ""}, before={"size": "L"}).values == {}


def test_required_is_asked_for_unless_only_a_part_is_given(workspace: Workspace) -> None:
    fields = [a_field(workspace, is_required=True), a_field(workspace, "Due", KIND.DATE)]
    assert list(values.cleaned(fields, {}).errors) == ["size"]
    assert values.cleaned(fields, {"due": "2026-01-01"}, partial=True).is_good
    assert list(values.cleaned(fields, {"size": ""}, before={"size": "L"}, partial=True).errors) == ["size"]


def test_choice_that_is_no_longer_offered_stays_where_it_is(workspace: Workspace) -> None:
    field = a_field(workspace, kind=KIND.CHOICE)
    field.change(label="Size", choices=["Large"], is_required=False, help="", by=None)
    assert values.cleaned([field], {"size": "Small"}, before={"size": "Small"}).is_good
    assert not values.cleaned([field], {"size": "Small"}).is_good


def test_field_archived_while_in_use_keeps_its_values_and_comes_back_with_them(workspace: Workspace) -> None:
    field = a_field(workspace, is_required=True)
    ada = Contact.objects.create(workspace=workspace, name="Ada", custom={"size": "L"})
    field.archive(by=None)
    assert values.fields_of(workspace, "contact") == []
    ada.custom = values.cleaned([], {}, before=ada.custom).values
    field.bring_back(by=None)
    [back] = values.fields_of(workspace, "contact")
    assert ada.custom[back.key] == "L"


@pytest.mark.parametrize("label", ["contains", "Größe & Länge", "客户", "x" * 80, "in"])
def test_any_name_makes_a_key_by_which_rows_are_found(workspace: Workspace, label: str) -> None:
    field = a_field(workspace, label)
    twin = a_field(workspace, label)
    assert field.key != twin.key
    ada = Contact.objects.create(workspace=workspace, name="Ada", custom={field.key: "Forty Two"})
    Contact.objects.create(workspace=workspace, name="Eve", custom={twin.key: "Forty Two"})
    every = Contact.objects.of(workspace)
    assert [one.pk for one in every.filter(values.having(field, "forty"))] == [ada.pk]
    assert every.filter(values.mentioning([field, twin], "TWO")).count() == 2


@pytest.mark.parametrize(
    ("kind", "kept", "asked", "other"),
    [
        (KIND.NUMBER, 12.5, "12,5", "13"),
        (KIND.DATE, "2026-01-02", "2026-01-02", "2026-01-03"),
        (KIND.CHOICE, "Small", "small", "Large"),
        (KIND.CHECKBOX, True, "yes", "no"),
    ],
)
def test_rows_are_found_by_value(workspace: Workspace, kind: str, kept: Any, asked: str, other: str) -> None:
    field = a_field(workspace, kind=kind)
    ada = Contact.objects.create(workspace=workspace, name="Ada", custom={field.key: kept})
    every = Contact.objects.of(workspace)
    assert [one.pk for one in every.filter(values.having(field, asked))] == [ada.pk]
    assert list(every.filter(values.having(field, other))) == []
    assert list(every.filter(values.having(field, "nonsense"))) == []


def test_order_is_kept(workspace: Workspace) -> None:
    made = [a_field(workspace, name) for name in ("One", "Two", "Three")]
    models.arrange(workspace.pk, "contact", [made[2].pk, ids.new()])
    assert [one.label for one in values.fields_of(workspace, "contact")] == ["Three", "One", "Two"]


def test_field_of_a_type_is_not_asked_of_other_types(workspace: Workspace) -> None:
    def field(label: str, of_type: UUID | None) -> CustomField:
        return models.define(workspace.pk, "work_item", label=label, kind=KIND.TEXT, of_type=of_type)

    order, claim = ids.new(), ids.new()
    field("All", None), field("Order", order), field("Claim", claim)
    assert [one.label for one in values.fields_of(workspace, "work_item", of_type=order)] == ["All", "Order"]


def test_list_needs_something_to_choose_and_every_field_a_name(workspace: Workspace) -> None:
    with pytest.raises(Invalid):
        a_field(workspace, kind=KIND.CHOICE, choices=[" "])
    with pytest.raises(Invalid):
        a_field(workspace, "  ")
