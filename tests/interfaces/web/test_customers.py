"""Customers: lists, forms, who said what, and the fields a workspace defines, as pages."""

from typing import Any

import pytest

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.kit import tenancy
from threadwell.record.conversations.models import SavedView, Undo
from threadwell.record.fields import models as fields
from threadwell.record.people import known_as, saying
from threadwell.record.people.models import (
    Alert,
    Contact,
    Identity,
    Membership,
    Organisation,
    Source,
    Statement,
)
from threadwell.record.workplace.models import Workspace
from threadwell.record.workplace.roles import Role


def a_contact(firm: Workspace, name: str = "Ada", **values: Any) -> Contact:
    with tenancy.entered(firm.pk):
        return saying.make(Contact, firm.pk, {"name": name, **values}, source=Source.MESSAGE)


def a_firm(firm: Workspace, name: str = "Castelo", **values: Any) -> Organisation:
    with tenancy.entered(firm.pk):
        return saying.make(Organisation, firm.pk, {"name": name, **values}, source=Source.API)


def text(response: Any) -> str:
    return response.content.decode()  # type: ignore[no-any-return]


def test_contact_is_made_found_changed_and_shows_who_said_what(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    bo = seat(name="Bo")
    client, home = browser(bo), f"/w/{firm.slug}/customers/"
    assert "No customer yet" in text(client.get(home))
    assert client.get(f"{home}new/").status_code == 200
    a_firm(firm)
    given = {
        "name": "Ada King",
        "email": "Ada@Castelo.example",
        "organisation": "castelo",
        "owner": str(bo.pk),
    }
    answer = client.post(f"{home}new/", given)
    assert answer.status_code == 303
    ada = Contact.objects.of(firm).get()
    assert (ada.owner_id, ada.organisation.name) == (bo.pk, "Castelo")
    for words in ("king", "castelo.example", "Castelo"):
        assert "Ada King" in text(client.get(home, {"q": words}))
    assert "Nobody fits" in text(client.get(home, {"q": "eve"}))
    edit = f"{home}{ada.pk}/edit/"
    assert "by hand, Bo" in text(client.get(edit))
    assert (
        client.post(edit, {**given, "name": "Ada Lovelace", "tier": "gold", "language": "en"}).status_code
        == 303
    )
    history = text(client.get(f"{home}{ada.pk}/history/name/"))
    assert "Ada King" in history
    assert "stands" in history
    first = Statement.objects.of(firm).get(value="Ada King", field="name")
    assert client.post(f"/w/{firm.slug}/statements/{first.pk}/standing/").status_code == 303
    ada.refresh_from_db()
    assert (ada.name, ada.tier) == ("Ada King", "gold")


def test_form_says_beside_the_field_what_is_wrong(firm: Workspace, seat: Seat, browser: Browser) -> None:
    client, new = browser(seat()), f"/w/{firm.slug}/customers/new/"
    ada = a_contact(firm)
    with tenancy.entered(firm.pk):
        known_as.add(ada, Identity.Kind.EMAIL, "ada@example.com", source="mail")
    wrong = {"name": "Eve", "email": "ADA@example.com", "phone": "0171 123", "organisation": "Nowhere"}
    answer = client.post(new, wrong)
    assert answer.status_code == 422
    assert "no organisation “Nowhere”" in text(answer)
    answer = client.post(new, {**wrong, "organisation": ""})
    assert "belongs to Ada already" in text(answer)
    assert "country code" in text(answer)
    assert Contact.objects.of(firm).count() == 1


def test_owner_is_required_where_the_workspace_says_so(firm: Workspace, seat: Seat, browser: Browser) -> None:
    client = browser(seat(Role.ADMIN))
    given = {"name": firm.name, "slug": firm.slug, "zone": "UTC", "region": "DE", "is_owner_required": "on"}
    assert client.post(f"/w/{firm.slug}/settings/workspace/", given).status_code == 303
    firm.refresh_from_db()
    assert (firm.region, firm.is_owner_required) == ("DE", True)
    a_contact(firm)
    home = f"/w/{firm.slug}/customers/"
    assert "no owner" in text(client.get(home))
    assert client.post(f"{home}new/", {"name": "Eve", "owner": ""}).status_code == 422
    assert client.post(f"{home}bulk/", {"deed": "owner", "owner": "", "everything": "yes"}).status_code == 422


def test_many_are_changed_at_once_and_taken_back(firm: Workspace, seat: Seat, browser: Browser) -> None:
    bo = seat()
    client, home = browser(bo), f"/w/{firm.slug}/customers/"
    ada, eve = a_contact(firm), a_contact(firm, "Eve")
    answer = client.post(
        f"{home}bulk/", {"deed": "owner", "owner": str(bo.pk), "chosen": [str(ada.pk), str(eve.pk)]}
    )
    assert answer.status_code == 303
    shown = text(client.get(home))
    assert "2 records: Bo is the owner" in shown
    undo = f"/w/{firm.slug}/undos/{Undo.objects.of(firm).get().pk}/undoing/"
    assert undo in shown
    assert browser(seat(name="Dana")).post(undo).status_code == 403
    assert client.post(undo).status_code == 303
    assert client.post(undo).status_code == 409
    assert Contact.objects.of(firm).filter(owner=None).count() == 2
    client.post(f"{home}bulk/", {"deed": "tier", "tier": "gold", "everything": "yes", "query": "q=eve"})
    assert [one.name for one in Contact.objects.of(firm).filter(tier="gold")] == ["Eve"]
    assert client.post(f"{home}bulk/", {"deed": "tier", "chosen": "nonsense"}).status_code == 422


def test_list_is_narrowed_by_custom_fields_and_kept_as_a_view(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    with tenancy.entered(firm.pk):
        field = fields.define(firm.pk, "contact", label="Meter", kind="number")
    a_contact(firm, **{"custom.meter": 12})
    a_contact(firm, "Zebulon", **{"custom.meter": 13})
    client, home = browser(seat()), f"/w/{firm.slug}/customers/"
    shown = text(client.get(home, {f"custom-{field.key}": "12", "column": ["custom-meter", "tier"]}))
    assert "Ada" in shown
    assert "Zebulon" not in shown
    assert ">12</td>" in shown
    assert "Last talk</th>" not in shown
    client.post(f"{home}views/", {"name": "Twelve", "query": "custom-meter=12&column=custom-meter"})
    view = SavedView.objects.of(firm).get()
    answer = client.get(f"/w/{firm.slug}/desk/saved-{view.pk}/", follow=True)
    assert "Ada" in text(answer)
    assert "Zebulon" not in text(answer)
    assert "Remove the view" in text(answer)
    gone = client.post(f"/w/{firm.slug}/saved-views/{view.pk}/", {"_method": "DELETE"}, follow=True)
    assert gone.status_code == 200
    assert not SavedView.objects.of(firm).exists()


def test_view_by_a_field_that_was_archived_since_shows_all(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    bo = seat()
    with tenancy.entered(firm.pk):
        field = fields.define(firm.pk, "contact", label="Meter", kind="number")
        field.archive(by=bo)
    a_contact(firm)
    answer = browser(bo).get(f"/w/{firm.slug}/customers/", {"custom-meter": "12", "column": "custom-meter"})
    assert answer.status_code == 200
    assert "Ada" in text(answer)
    assert "Meter" not in text(answer)


def test_file_has_all_that_the_filters_show_and_nothing_that_runs(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    for number in range(60):
        a_contact(firm, f"Person {number}", tier="gold")
    a_contact(firm, "=cmd|calc", tier="gold")
    a_contact(firm, "Elsewhere", tier="silver")
    client = browser(seat(Role.AUDITOR))
    file = client.get(f"/w/{firm.slug}/exports/contacts.csv", {"tier": "gold"})
    lines = b"".join(file).decode().splitlines()  # type: ignore[arg-type]  # it is sent piece by piece
    assert len(lines) == 62
    assert any("'=cmd" in line for line in lines)
    assert not any("Elsewhere" in line for line in lines)


def test_pages_of_the_list_follow_each_other(firm: Workspace, seat: Seat, browser: Browser) -> None:
    with tenancy.entered(firm.pk):
        Contact.objects.bulk_create(Contact(workspace=firm, name=f"Person {n:03}") for n in range(120))
    client, home = browser(seat()), f"/w/{firm.slug}/customers/"
    seen, url = [], home
    while url:
        answer = client.get(url)
        seen += [row.name for row in answer.context["rows"]]
        url = answer.context["older_url"]
    assert seen == [f"Person {n:03}" for n in range(120)]
    assert client.get(home, {"cursor": "broken"}).status_code == 302


def test_list_asks_few_questions_however_many_rows(
    firm: Workspace, seat: Seat, browser: Browser, django_assert_max_num_queries: Any
) -> None:
    castelo = a_firm(firm)
    for number in range(30):
        a_contact(firm, f"Person {number}", organisation=castelo)
    client = browser(seat())
    client.get(f"/w/{firm.slug}/customers/")
    with django_assert_max_num_queries(18):
        client.get(f"/w/{firm.slug}/customers/")


def test_organisation_is_made_and_never_stands_above_itself(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    client, home = browser(seat()), f"/w/{firm.slug}/organisations/"
    given = {"name": "Castelo", "domains": "castelo.example\ncastelo.test"}
    assert client.post(f"{home}new/", given).status_code == 303
    castelo = Organisation.objects.of(firm).get()
    assert castelo.domains == ["castelo.example", "castelo.test"]
    below = a_firm(firm, "Castelo North", parent=castelo)
    answer = client.post(f"{home}{castelo.pk}/edit/", {**given, "parent": below.name})
    assert answer.status_code == 422
    assert "above itself" in text(answer)
    assert client.post(f"{home}{castelo.pk}/edit/", {**given, "domains": "not one"}).status_code == 422
    assert "Castelo North" in text(client.get(home, {"organisation": castelo.pk}))
    assert client.get(f"{home}names/", {"q": "nor"}).json() == {"names": ["Castelo North"]}


def test_identities_are_added_verified_and_removed(firm: Workspace, seat: Seat, browser: Browser) -> None:
    ada, client = a_contact(firm), browser(seat())
    home = f"/w/{firm.slug}/customers/{ada.pk}/"
    client.post(f"{home}identities/", {"kind": "phone", "value": "+49 171 1234567"})
    identity = Identity.objects.of(firm).get()
    client.post(f"{home}identities/{identity.pk}/verification/", {"how": "called back"})
    shown = text(client.get(f"{home}edit/"))
    assert "called back" in shown
    client.post(f"{home}identities/", {"kind": "email", "value": "nonsense"})
    assert "is not an e-mail address" in text(client.get(f"{home}edit/"))
    assert client.post(f"{home}identities/{identity.pk}/", {"_method": "DELETE"}).status_code == 303
    assert not Identity.objects.of(firm).exists()


def test_move_of_a_key_contact_is_shown_to_the_owner_until_noted(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    bo = seat()
    castelo, vet = a_firm(firm, owner=bo), a_firm(firm, "Vet")
    ada, client = a_contact(firm), browser(bo)
    home = f"/w/{firm.slug}/customers/{ada.pk}/"
    client.post(
        f"{home}memberships/", {"organisation": "castelo", "title": "Head of works", "is_key_contact": "on"}
    )
    ada.refresh_from_db()
    assert ada.organisation_id == castelo.pk
    membership = Membership.objects.of(firm).get()
    client.post(f"{home}memberships/{membership.pk}/", {"until": "2026-11-01", "title": "Head of works"})
    alert = Alert.objects.of(firm).get()
    for page in ("customers/", f"organisations/{castelo.pk}/edit/"):
        assert "Sponsor changed" in text(client.get(f"/w/{firm.slug}/{page}"))
    assert "Sponsor changed" not in text(client.get(f"/w/{firm.slug}/organisations/{vet.pk}/edit/"))
    assert client.post(f"/w/{firm.slug}/alerts/{alert.pk}/seeing/").status_code == 303
    assert "Sponsor changed" not in text(client.get(f"/w/{firm.slug}/customers/"))
    assert client.post(f"{home}memberships/{membership.pk}/", {"until": "soon"}).status_code == 422


def test_fields_are_defined_ordered_archived_and_brought_back(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    client, home = browser(seat(Role.ADMIN)), f"/w/{firm.slug}/settings/fields/"
    assert client.post(f"{home}contact/new/", {"label": "Size", "kind": "choice"}).status_code == 422
    given = {"label": "Size", "kind": "choice", "choices": "S\nL", "is_required": "on"}
    assert client.post(f"{home}contact/new/", given).status_code == 303
    client.post(f"{home}contact/new/", {"label": "Since", "kind": "date"})
    size, since = fields.CustomField.objects.of(firm).order_by("place")
    client.post(f"{home}{since.pk}/place/", {"way": "up"})
    assert [one.label for one in fields.CustomField.objects.of(firm).order_by("place")] == ["Since", "Size"]
    ada = a_contact(firm)
    edit = f"/w/{firm.slug}/customers/{ada.pk}/edit/"
    answer = client.post(edit, {"name": "Ada", "custom-since": "2026-02-30"})
    assert answer.status_code == 422
    assert "not a date" in text(answer)
    assert "This field is required" in text(answer)
    assert client.post(edit, {"name": "Ada", "custom-size": "L"}).status_code == 303
    client.post(f"{home}{size.pk}/", {"_method": "DELETE"})
    assert "The value of 1 record is kept" in text(client.get(home))
    assert client.post(edit, {"name": "Ada", "custom-since": "2026-02-03"}).status_code == 303
    client.post(f"{home}{size.pk}/return/")
    ada.refresh_from_db()
    assert ada.custom == {"size": "L", "since": "2026-02-03"}
    assert "L" in text(client.get(edit))


@pytest.mark.parametrize("role", [Role.COLLABORATOR, Role.AUDITOR])
def test_those_who_only_read_change_nothing(
    firm: Workspace, seat: Seat, browser: Browser, role: Role
) -> None:
    ada, client, home = a_contact(firm), browser(seat(role)), f"/w/{firm.slug}/customers/"
    assert client.get(home).status_code == 200
    assert client.get(f"{home}{ada.pk}/history/name/").status_code == 200
    for page in ("new/", f"{ada.pk}/edit/"):
        assert client.post(f"{home}{page}", {"name": "Eve"}).status_code == 403
    assert client.post(f"{home}bulk/", {"deed": "tier", "everything": "yes"}).status_code == 403
    assert client.get(f"/w/{firm.slug}/settings/fields/").status_code == 403


def test_customers_of_another_workspace_are_not_there(firm: Workspace, seat: Seat, browser: Browser) -> None:
    other = cast.a_workspace("Other")
    theirs, their_firm = a_contact(other, "Theirs"), a_firm(other, "Their firm")
    bo = seat()
    client, here = browser(bo), f"/w/{firm.slug}/"
    assert "Theirs" not in text(client.get(f"{here}customers/"))
    for page in (f"customers/{theirs.pk}/edit/", f"organisations/{their_firm.pk}/edit/"):
        assert client.get(f"{here}{page}").status_code == 404
    answer = client.post(
        f"{here}customers/bulk/", {"deed": "owner", "owner": str(bo.pk), "chosen": str(theirs.pk)}
    )
    assert answer.status_code == 303
    with tenancy.entered(other.pk):
        theirs.refresh_from_db()
        said = Statement.objects.of(other).first()
    assert theirs.owner_id is None
    assert client.post(f"{here}statements/{said.pk}/standing/").status_code == 404
