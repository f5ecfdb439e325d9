"""What columns are taken for, by their names in several languages and by what stands in them."""

import pytest

from threadwell.flow.carry import columns

PEOPLE, TALK, FIRMS = columns.CONTACTS, columns.INTERACTIONS, columns.ORGANISATIONS


@pytest.mark.parametrize(
    ("fields", "header", "guess"),
    [
        (
            PEOPLE,
            ["Kundennr", "Vorname", "Nachname", "E-Mail"],
            ["external_id", "first_name", "last_name", "email"],
        ),
        (
            PEOPLE,
            ["Prénom", "Nom", "Courriel", "Société"],
            ["first_name", "last_name", "email", "organisation"],
        ),
        (
            PEOPLE,
            ["Nombre", "Apellidos", "Teléfono", "Empresa"],
            ["first_name", "last_name", "phone", "organisation"],
        ),
        (PEOPLE, ["full_name", "email 1", "email 2", "shoe size"], ["name", "email", "email", ""]),
        (PEOPLE, ["Name", "Name"], ["name", ""]),
        (FIRMS, ["Account Name", "Website", "Parent Account"], ["name", "domain", "parent"]),
        (TALK, ["Date", "From", "To", "Subject", "Body"], ["at", "from", "to", "subject", "text"]),
        (TALK, ["Datum", "Richtung", "Kanal", "Betreff"], ["at", "direction", "channel", "subject"]),
    ],
)
def test_names_tell(fields: tuple[columns.Field, ...], header: list[str], guess: list[str]) -> None:
    assert columns.guessed(fields, header, []) == guess


def test_cells_tell_where_names_do_not() -> None:
    rows = [["x@y.example", "+49 30 1234567", "de"], ["z@y.example", "+49 40 7654321", "en"]]
    assert columns.guessed(PEOPLE, ["c1", "c2", "c3"], rows) == ["email", "phone", "language"]


def test_what_must_be_said_is_named() -> None:
    assert columns.missing("interactions", ["text"]).startswith("When, ")
    assert columns.missing("contacts", ["email"]) == ""
