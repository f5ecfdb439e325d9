"""Merging on the desk: compared side by side, merged, taken back; proposals decided; faults mended."""

from typing import Any

import pytest
from django.test import Client

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.flow import duplicates
from threadwell.kit import clock, tenancy
from threadwell.record.people import saying
from threadwell.record.people.models import (
    Contact,
    DuplicateSearch,
    Identity,
    Merge,
    MergeProposal,
    Organisation,
    Source,
)
from threadwell.record.workplace.models import Agent, Workspace


@pytest.fixture
def bo(seat: Seat) -> Agent:
    return seat()


@pytest.fixture
def desk(bo: Agent, browser: Browser) -> Client:
    return browser(bo)


@pytest.fixture
def pair(firm: Workspace) -> list[Contact]:
    with tenancy.entered(firm.pk):
        return [
            _known_as(firm, "Ada Lovelace", "ada.lovelace@one.example"),
            _known_as(firm, "Lovelace, Ada", "adalovelace@two.example"),
        ]


def _known_as(firm: Workspace, name: str, email: str, **facts: Any) -> Contact:
    contact: Contact = Contact.objects.create(workspace=firm, name=name)
    Identity.objects.create(
        workspace=firm, contact=contact, kind="email", value=email, shown=email, source="mail", **facts
    )
    return contact


def proposed(firm: Workspace, pair: list[Contact]) -> MergeProposal:
    with tenancy.entered(firm.pk):
        duplicates.look_at(firm.pk, pair[0].pk)
        found: MergeProposal = MergeProposal.objects.of(firm).get()
        return found


def test_two_are_compared_merged_and_taken_apart(firm: Workspace, desk: Client, pair: list[Contact]) -> None:
    ada, again = pair
    url = f"/w/{firm.slug}/merges/contact/"
    page = desk.get(url, {"q": "lovelace"}).content.decode()
    assert "Ada Lovelace" in page
    page = desk.get(url, {"chosen": [ada.pk, again.pk]}).content.decode()
    assert "adalovelace@two.example" in page
    assert "2 addresses and numbers" in page

    told = desk.post(url, {"chosen": [ada.pk, again.pk], "into": ada.pk})
    assert told.status_code == 303
    again.refresh_from_db()
    assert again.one_with_id == ada.pk
    edge = Merge.objects.of(firm).get()
    assert "Take apart" in desk.get(url, {"chosen": ada.pk}).content.decode()
    assert desk.post(f"/w/{firm.slug}/merges/{edge.pk}/undoing/").status_code == 303
    again.refresh_from_db()
    assert again.one_with_id is None


def test_comparison_shows_who_said_what(firm: Workspace, desk: Client) -> None:
    with tenancy.entered(firm.pk):
        made = saying.make(
            Contact, firm.pk, {"name": "Ada", "tier": "gold"}, source=Source.IMPORT, because="crm.csv"
        )
        other = Contact.objects.create(workspace=firm, name="Ada C.", tier="silver")
    shown = desk.get(f"/w/{firm.slug}/merges/contact/?chosen={made.pk}&chosen={other.pk}").content.decode()
    assert shown.count("crm.csv") == 2
    assert "silver" in shown


def test_a_merge_is_taken_back_from_the_toast(firm: Workspace, desk: Client, pair: list[Contact]) -> None:
    desk.post(f"/w/{firm.slug}/merges/contact/", {"chosen": [one.pk for one in pair], "into": pair[0].pk})
    batch = Merge.objects.of(firm).get().batch
    desk.post(f"/w/{firm.slug}/merges/batches/{batch}/undoing/")
    assert not Merge.objects.of(firm).filter(undone_at=None).exists()


def test_the_second_who_merges_is_told(firm: Workspace, desk: Client, pair: list[Contact]) -> None:
    url, keys = f"/w/{firm.slug}/merges/contact/", [one.pk for one in pair]
    desk.post(url, {"chosen": keys, "into": keys[0]})
    told = desk.post(url, {"chosen": keys, "into": keys[1]})
    assert told.status_code == 409
    assert "already" in told.content.decode()


def test_a_proposal_says_in_words_what_speaks_for_it(
    firm: Workspace, desk: Client, pair: list[Contact]
) -> None:
    proposed(firm, pair)
    page = desk.get(f"/w/{firm.slug}/duplicates/").content.decode()
    assert "nearly the same" in page
    assert "speaks strongly for it" in page


@pytest.mark.parametrize(
    ("deed", "given", "state"),
    [
        ("acceptance", {}, "accepted"),
        ("rejection", {}, "rejected"),
        ("rejection", {"never": "yes"}, "never"),
    ],
)
def test_a_proposal_is_decided_and_stands_in_its_list(
    firm: Workspace, desk: Client, pair: list[Contact], deed: str, given: dict[str, str], state: str
) -> None:
    proposal = proposed(firm, pair)
    base = f"/w/{firm.slug}/duplicates/"
    assert desk.post(f"{base}{proposal.pk}/{deed}/", given).status_code == 303
    proposal.refresh_from_db()
    assert proposal.state == state
    listed = "merged" if state == "accepted" else state
    assert "Lovelace" in desk.get(base, {"state": listed}).content.decode()
    if state != "accepted":
        desk.post(f"{base}{proposal.pk}/question/")
        proposal.refresh_from_db()
        assert proposal.state == "open"


def test_the_whole_base_is_searched_and_the_page_tells_how_far_it_is(firm: Workspace, desk: Client) -> None:
    base = f"/w/{firm.slug}/duplicates/"
    assert "never searched" in desk.get(base).content.decode()
    assert desk.post(f"{base}searches/").status_code == 303
    search = DuplicateSearch.objects.of(firm).get()
    part = desk.get(f"{base}searches/{search.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "every 2s" in part
    duplicates.search_all(str(firm.pk), str(search.pk))
    assert "0 records searched" in desk.get(base).content.decode()


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("unreachable", "Bounced"),
        ("unknown", "Nobody Knows"),
        ("unowned", "Nobody Knows"),
        ("alone", "Nobody Knows"),
        ("organisations-unowned", "Nordhavn"),
        ("organisations-unknown", "Nordhavn"),
        ("nameless", "(no name)"),
        ("stale", "Nobody Knows"),
        ("organisations-stale", "Nordhavn"),
    ],
)
def test_faults_are_counted_and_listed_with_the_way_to_mend_them(
    firm: Workspace, desk: Client, fault: str, name: str
) -> None:
    long_ago = clock.now().replace(year=2020)
    with tenancy.entered(firm.pk):
        _known_as(firm, "Bounced", "gone@one.example", unreachable_since=clock.now())
        Contact.objects.create(workspace=firm, name="Nobody Knows", made_at=long_ago, changed_at=long_ago)
        Contact.objects.create(workspace=firm)
        Organisation.objects.create(workspace=firm, name="Nordhavn", made_at=long_ago, changed_at=long_ago)
    page = desk.get(f"/w/{firm.slug}/data-quality/", {"fault": fault}).content.decode()
    assert name in page
    assert "/edit/" in page


def test_pages_of_what_is_not_there(firm: Workspace, desk: Client) -> None:
    assert desk.get(f"/w/{firm.slug}/merges/dragon/").status_code == 404
    assert desk.get(f"/w/{firm.slug}/data-quality/", {"fault": "dragons"}).status_code == 404
    assert desk.get(f"/w/{firm.slug}/duplicates/", {"state": "dragons"}).status_code == 404
    assert desk.get(f"/w/{firm.slug}/merges/contact/", {"chosen": "x"}).status_code == 422
    unknown = cast.ids.new()
    for path in (
        f"merges/{unknown}/undoing/",
        f"merges/batches/{unknown}/undoing/",
        f"duplicates/{unknown}/acceptance/",
    ):
        assert desk.post(f"/w/{firm.slug}/{path}").status_code == 404


def test_a_list_leads_to_the_comparison_and_a_record_to_what_it_may_be(
    firm: Workspace, desk: Client, pair: list[Contact]
) -> None:
    ada, again = pair
    told = desk.post(f"/w/{firm.slug}/merges/contact/choice/", {"chosen": [ada.pk, again.pk]})
    assert told.headers["Location"] == f"/w/{firm.slug}/merges/contact/?chosen={ada.pk}&chosen={again.pk}"
    proposed(firm, pair)
    page = desk.get(f"/w/{firm.slug}/customers/{ada.pk}/edit/").content.decode()
    assert "Perhaps the same person" in page
    desk.post(f"/w/{firm.slug}/merges/contact/", {"chosen": [ada.pk, again.pk], "into": ada.pk})
    page = desk.get(f"/w/{firm.slug}/customers/{ada.pk}/edit/").content.decode()
    assert "1 other record was merged into this one" in page
