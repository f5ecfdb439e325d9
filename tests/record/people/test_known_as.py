"""Addresses and numbers: one form for each, and never two people in one by guesswork."""

from collections.abc import Iterator

import pytest

from tests import cast
from threadwell.kit import tenancy
from threadwell.record.journal.models import Event
from threadwell.record.people import known_as
from threadwell.record.people.models import Contact, Identity
from threadwell.record.workplace.models import Workspace

EMAIL, PHONE, HANDLE, EXTERNAL = Identity.Kind.values


@pytest.mark.parametrize(
    ("kind", "text", "region", "value"),
    [
        (EMAIL, " Ada.Lovelace+Bills@Example.COM ", "", "ada.lovelace+bills@example.com"),
        (EMAIL, "<ada@example.com>", "", "ada@example.com"),
        (EMAIL, "mailto:ada@example.com", "", "ada@example.com"),
        (EMAIL, "Jörg@Bücher.example", "", "jörg@bücher.example"),
        (PHONE, "0171 / 1234567", "DE", "+491711234567"),
        (PHONE, "+49 (0)171 1234567", "", "+491711234567"),
        (PHONE, "0049 171 1234567", "de", "+491711234567"),
        (PHONE, "tel:+1-650-253-0000", "DE", "+16502530000"),
        (PHONE, "030 1234567 ext. 12", "DE", "+49301234567;ext=12"),
        (PHONE, "٠٣٠ ١٢٣٤٥٦٧", "DE", "+49301234567"),
        (HANDLE, "@Ada_L", "", "@ada_l"),
        (EXTERNAL, "CRM  4711", "", "CRM 4711"),
    ],
)
def test_text_has_one_form(kind: str, text: str, region: str, value: str) -> None:
    assert known_as.normalised(kind, text, region) == value


@pytest.mark.parametrize(
    ("kind", "text", "region"),
    [
        (EMAIL, "ada", ""),
        (EMAIL, "ada@", ""),
        (EMAIL, "a b@example.com", ""),
        (EMAIL, "ada@.example", ""),
        (EMAIL, "x" * 400, ""),
        (PHONE, "0171 1234567", ""),
        (PHONE, "12", "DE"),
        (PHONE, "ring me", "DE"),
        (PHONE, "+49 171 12345678901234567", ""),
        (HANDLE, "  ", ""),
        (EXTERNAL, "\0", ""),
    ],
)
def test_what_cannot_be_one_is_refused_with_a_sentence(kind: str, text: str, region: str) -> None:
    with pytest.raises(known_as.Unusable) as refused:
        known_as.normalised(kind, text, region)
    assert str(refused.value.sentence)


def test_number_is_shown_in_groups() -> None:
    assert known_as.shown(PHONE, "+491711234567") == "+49 171 1234567"
    assert known_as.shown(PHONE, "nonsense") == "nonsense"
    assert known_as.shown(EMAIL, "ada@example.com") == "ada@example.com"


@pytest.fixture
def workspace(db: None) -> Iterator[Workspace]:
    workspace = cast.a_workspace()
    with tenancy.entered(workspace.pk):
        yield workspace


def test_address_of_another_customer_is_refused_and_names_them(workspace: Workspace) -> None:
    ada = Contact.objects.create(workspace=workspace, name="Ada")
    eve = Contact.objects.create(workspace=workspace, name="Eve")
    mine = known_as.add(ada, EMAIL, "Ada@Example.com", source="agent")
    assert known_as.add(ada, EMAIL, "ada@example.com", source="api").pk == mine.pk
    with pytest.raises(known_as.Taken, match="Ada"):
        known_as.add(eve, EMAIL, "ADA@example.com", source="agent")
    assert known_as.add(eve, EMAIL, "ada+bills@example.com", source="agent").contact_id == eve.pk


def test_verifying_says_how_and_by_whom(workspace: Workspace) -> None:
    bo = cast.an_agent(workspace)
    ada = Contact.objects.create(workspace=workspace, name="Ada")
    identity = known_as.add(ada, PHONE, "0171 1234567", region="DE", source="agent", by=bo)
    assert identity.trust == Identity.Trust.CLAIMED
    known_as.verify(identity, how="called back", by=bo)
    identity.refresh_from_db()
    assert (identity.trust, identity.verified_how, identity.verified_by_id) == (
        "verified",
        "called back",
        bo.pk,
    )
    known_as.remove(identity, by=bo)
    assert known_as.found(workspace.pk, PHONE, "+49 171 1234567") is None
    names = Event.objects.of(workspace).filter(about=ada.pk).order_by("pk").values_list("name", flat=True)
    assert list(names) == ["contact.identity_added", "contact.identity_verified", "contact.identity_removed"]
