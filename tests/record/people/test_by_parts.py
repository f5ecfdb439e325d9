"""Contacts and organisations are found by parts of names, addresses and numbers, and only one's own."""

from collections.abc import Iterator

import pytest

from tests import cast
from threadwell.kit import tenancy
from threadwell.kit.veils import Veil, veiled
from threadwell.record.people import by_parts, lists
from threadwell.record.people.models import Contact, Identity, Organisation
from threadwell.record.sight.models import Restriction, Subject
from threadwell.record.workplace.models import Workspace

KNOWN = {
    "Ada Lovelace": (("email", "ada@works.example"), ("phone", "+4930123456")),
    "Adam Riese": (("email", "riese_100%@other.example"), ("external", "K-4711")),
    "Grace Hopper-Ada": (("email", "grace@navy.example"),),
    "佐藤 花子": (("handle", "hanako"),),
    "O'Neill": (),
}


@pytest.fixture
def firm(db: None) -> Iterator[Workspace]:
    workspace = cast.a_workspace()
    with tenancy.entered(workspace.pk):
        works = Organisation.objects.create(
            workspace=workspace, name="Analytical Works", domains=["works.example"]
        )
        for name, known in KNOWN.items():
            one = Contact.objects.create(
                workspace=workspace, name=name, organisation=works if name == "Ada Lovelace" else None
            )
            for kind, value in known:
                Identity.objects.create(
                    workspace=workspace, contact=one, kind=kind, value=value, shown=value, source="agent"
                )
        yield workspace


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("ada", ["Ada Lovelace", "Adam Riese", "Grace Hopper-Ada"]),
        ("Ada Lovelace", ["Ada Lovelace"]),
        ("lovelace ada", ["Ada Lovelace"]),
        ("velac", ["Ada Lovelace"]),
        ("lo", ["Ada Lovelace"]),
        ("ve", []),
        ("works.exam", ["Ada Lovelace"]),
        ("030 123456", ["Ada Lovelace"]),
        ("+49 (30) 1234", ["Ada Lovelace"]),
        ("4711", ["Adam Riese"]),
        ("e_100%", ["Adam Riese"]),
        ("e_1_0", []),
        ("花子", ["佐藤 花子"]),
        ("o'nei", ["O'Neill"]),
        ("a", []),
        ("   ", []),
        ("\0", []),
        ("';--", []),
        ("%%", []),
        ("\\\\", []),
    ],
)
def test_a_part_finds_the_nearest_first(firm: Workspace, typed: str, names: list[str]) -> None:
    assert [one.name for one in by_parts.contacts(firm.pk, typed, most=6)] == names


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("ada", {"Ada Lovelace", "Adam Riese", "Grace Hopper-Ada"}),
        ("ve", {"Ada Lovelace"}),
        ("analyt", {"Ada Lovelace"}),
        ("navy", {"Grace Hopper-Ada"}),
        ("100%", {"Adam Riese"}),
        ("nobody", set()),
    ],
)
def test_a_list_is_narrowed_to_all_that_fit(firm: Workspace, typed: str, names: set[str]) -> None:
    rows = lists.every(Contact, firm.pk, lists.Filters(words=typed))
    assert {one.name for one in rows} == names


@pytest.mark.parametrize("typed", ["analyt", "works anal", "works.example", "@works.example"])
def test_an_organisation_is_found_by_name_and_domain(firm: Workspace, typed: str) -> None:
    assert [one.name for one in by_parts.organisations(firm.pk, typed, most=6)] == ["Analytical Works"]
    rows = lists.every(Organisation, firm.pk, lists.Filters(words=typed))
    assert [one.name for one in rows] == ["Analytical Works"]


def test_a_list_of_organisations_knows_their_people(firm: Workspace) -> None:
    rows = lists.every(Organisation, firm.pk, lists.Filters(words="lovelace"))
    assert [one.name for one in rows] == ["Analytical Works"]


def test_those_who_are_called_alike_are_found(firm: Workspace) -> None:
    found = by_parts.alike(firm.pk, "Ada Lovelase", most=5)
    assert Contact.objects.of(firm).get(name="Ada Lovelace").pk in found
    assert Contact.objects.of(firm).get(name="O'Neill").pk not in found


def test_nobody_of_another_workspace_is_found(firm: Workspace) -> None:
    other = cast.a_workspace("Other")
    with tenancy.entered(other.pk):
        for typed in ("ada", "lo", "030 123456", "works.example", "analyt"):
            assert by_parts.contacts(other.pk, typed, most=6) == []
            assert by_parts.organisations(other.pk, typed, most=6) == []
            assert not lists.every(Contact, other.pk, lists.Filters(words=typed)).exists()
        assert by_parts.alike(other.pk, "Ada Lovelace", most=5) == set()


def test_nobody_is_found_by_a_number_that_is_hidden(firm: Workspace) -> None:
    with veiled(Veil(fields=frozenset({"identity.phone"}))):
        assert by_parts.contacts(firm.pk, "030 123456", most=6) == []
        assert [one.name for one in by_parts.contacts(firm.pk, "ada@works", most=6)] == ["Ada Lovelace"]


def test_nobody_behind_a_wall_is_found(firm: Workspace) -> None:
    ada = Contact.objects.of(firm).get(name="Ada Lovelace")
    wall = Restriction.objects.create(workspace=firm, name="Board", reason="It is nobody's business.")
    Subject.objects.create(workspace=firm, restriction=wall, kind="contact", key=ada.pk)
    with veiled(Veil(walls=frozenset({wall.pk}))):
        assert by_parts.contacts(firm.pk, "lovelace", most=6) == []
        assert not lists.every(Contact, firm.pk, lists.Filters(words="lovelace")).exists()
        assert not lists.every(Organisation, firm.pk, lists.Filters(words="lovelace")).exists()
