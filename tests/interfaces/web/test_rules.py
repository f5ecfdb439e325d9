"""Routing on the desk: rules are built, tried, switched, put in order; a conversation says why it is here."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.interfaces.web.conftest import Browser, Seat, Talk
from threadwell.flow import rehearsing
from threadwell.record.people.models import Organisation
from threadwell.record.routing.models import DryRun, RoutingRule, RuleVersion
from threadwell.record.workplace.models import Team, Workspace
from threadwell.record.workplace.roles import Role

BUILT = {
    "name": "Doors",
    "moments": ["arrived"],
    "priority": "3",
    "labels": "doors",
    "stops": "on",
    "part-0": "group",
    "kind-0": "all",
    "part-0.0": "ask",
    "fact-0.0": "words",
    "way-0.0": "has",
    "value-0.0": "gate code, lock*",
    "part-0.1": "group",
    "kind-0.1": "none",
    "part-0.1.0": "ask",
    "fact-0.1.0": "machine",
    "way-0.1.0": "yes",
}


@pytest.fixture
def chief(seat: Seat, browser: Browser) -> Client:
    return browser(seat(Role.ADMIN, name="Cleo"))


def at(firm: Workspace, rest: str = "") -> str:
    return f"/w/{firm.slug}/settings/routing/{rest}"


def made(client: Client, firm: Workspace, **facts: Any) -> RoutingRule:
    answer = client.post(at(firm), {**BUILT, "deed": "save", **facts})
    assert answer.status_code == 303, answer.content.decode()
    rule: RoutingRule = RoutingRule.objects.of(firm).get(name=facts.get("name", "Doors"))
    return rule


def test_list_shows_what_every_workspace_begins_with(firm: Workspace, chief: Client) -> None:
    text = chief.get(at(firm)).content.decode()
    assert "New leads take turns" in text
    assert "Owner of the account is known" in text
    assert "stops here" in text


def test_rule_is_kept_as_it_was_built_and_shown_so_again(firm: Workspace, chief: Client) -> None:
    rule = made(chief, firm)
    version = RuleVersion.objects.of(firm).get(rule=rule)
    assert version.conditions == {
        "all": [
            {"fact": "words", "is": "has", "value": ["gate code", "lock*"]},
            {"none": [{"fact": "machine", "is": "yes"}]},
        ]
    }
    assert version.results == {"priority": 3, "labels": ["doors"]}
    assert not rule.is_on
    text = chief.get(at(firm, f"{rule.pk}/")).content.decode()
    assert 'value="gate code, lock*"' in text
    assert "Version 1" in text


def test_parts_are_added_and_taken_away_by_buttons(firm: Workspace, chief: Client) -> None:
    more = chief.post(at(firm), {**BUILT, "deed": "ask:0.1"})
    assert more.status_code == 200
    assert 'name="part-0.1.1"' in more.content.decode()
    deeper = chief.post(at(firm), {**BUILT, "deed": "group:0.1"}).content.decode()
    assert 'name="kind-0.1.1"' in deeper
    less = chief.post(at(firm), {**BUILT, "deed": "remove:0.0"}).content.decode()
    assert 'name="kind-0.0"' in less
    assert "gate code" not in less
    assert 'value="Doors"' in less
    assert not RoutingRule.objects.of(firm).filter(name="Doors").exists()


def test_only_the_builder_is_drawn_anew_for_htmx(firm: Workspace, chief: Client) -> None:
    part = chief.post(
        at(firm), {**BUILT, "deed": "update", "fact-0.0": "channel"}, headers={"HX-Request": "true"}
    )
    text = part.content.decode()
    assert text.strip().startswith("<form")
    assert '<option value="email"' in text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"value-0.0": ""}, "Say what to compare with"),
        ({"moments": []}, "Say when the rule is asked"),
        ({"priority": "", "labels": ""}, "Say what the rule does"),
        ({"who": "agent"}, "Say which colleague"),
        ({"fact-0.0": "organisation", "way-0.0": "is", "value-0.0": "Nobody"}, "no organisation called"),
        ({"fact-0.0": "load.own", "way-0.0": "at_least", "value-0.0": "many"}, "must be a number"),
        ({"fact-0.0": "nonsense", "way-0.0": "is", "value-0.0": "x"}, "There is no fact called"),
        ({"name": "New leads take turns"}, "There is a rule called"),
    ],
)
def test_what_cannot_be_is_said(firm: Workspace, chief: Client, wrong: dict[str, Any], said: str) -> None:
    chief.get(at(firm))
    answer = chief.post(at(firm), {**BUILT, "deed": "save", **wrong})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_organisation_is_named_and_its_key_is_kept(firm: Workspace, chief: Client) -> None:
    werft = Organisation.objects.create(workspace=firm, name="Werft")
    rule = made(chief, firm, **{"fact-0.0": "organisation", "way-0.0": "is", "value-0.0": "werft"})
    version = RuleVersion.objects.of(firm).get(rule=rule)
    assert version.conditions["all"][0]["value"] == [str(werft.pk)]
    assert 'value="Werft"' in chief.get(at(firm, f"{rule.pk}/")).content.decode()


def test_change_makes_a_version_and_an_older_one_can_be_restored(firm: Workspace, chief: Client) -> None:
    rule = made(chief, firm)
    page = at(firm, f"{rule.pk}/")
    assert chief.post(page, {**BUILT, "deed": "save", "priority": "4"}).status_code == 303
    assert "Version 2" in chief.get(page).content.decode()
    assert chief.post(f"{page}versions/1/").status_code == 303
    rule.refresh_from_db()
    assert rule.version == 3
    assert chief.post(f"{page}versions/9/").status_code == 404


def test_rules_are_switched_ordered_removed_and_brought_back(firm: Workspace, chief: Client) -> None:
    rule = made(chief, firm)
    page = at(firm, f"{rule.pk}/")
    chief.post(f"{page}switch/", {"is_on": "yes"})
    chief.post(f"{page}place/", {"way": "up"})
    names = [one.name for one in RoutingRule.objects.of(firm).in_order()]
    assert names[-2] == "Doors"
    chief.post(at(firm, "order/"), {"rule": [str(rule.pk), "nonsense"]})
    assert RoutingRule.objects.of(firm).in_order()[0] == rule
    chief.post(page, {"_method": "delete"})
    assert chief.get(page).status_code == 404
    chief.post(f"{page}return/")
    assert chief.get(page).status_code == 200
    rule.refresh_from_db()
    assert rule.is_on


def test_dry_run_tells_what_would_go_elsewhere_before_the_rule_counts(
    firm: Workspace, chief: Client, talk: Talk
) -> None:
    conversation = talk()
    sales = Team.objects.create(workspace=firm, name="Sales")
    answer = chief.post(
        at(firm),
        {
            **BUILT,
            "deed": "try",
            "team": str(sales.pk),
            "fact-0.0": "channel",
            "way-0.0": "is",
            "value-0.0": "email",
        },
    )
    run = DryRun.objects.of(firm).get()
    assert answer["Location"].endswith(f"/settings/routing/runs/{run.pk}/")
    assert "0 of 1 conversations tried" in chief.get(answer["Location"]).content.decode()
    rehearsing.go_on(str(firm.pk), str(run.pk))
    text = re.sub(r"\s+", " ", chief.get(answer["Location"]).content.decode())
    assert "1 would go elsewhere" in text
    assert "Sales" in text
    assert f"C-{conversation.number}" in text
    conversation.refresh_from_db()
    assert conversation.team_id is None


def test_conversation_says_why_it_is_here_and_where_it_would_go_now(
    firm: Workspace, chief: Client, talk: Talk
) -> None:
    conversation = talk()
    page = f"/w/{firm.slug}/conversations/{conversation.number}/routing/"
    assert "No rule has been asked" in chief.get(page).content.decode()
    assert chief.post(page).status_code == 303
    text = chief.get(f"{page}?now=yes").content.decode()
    assert "No rule fits" in text
    assert "it did not fit: Owner of the account is known" in text
    assert "it comes out the same" in text
    assert "Had it come just now" in text
    sheet = chief.get(page, headers={"HX-Request": "true"}).content.decode()
    assert 'id="sheet-title"' in sheet
    assert "<html" not in sheet


def test_agent_sees_the_rules_and_changes_none(firm: Workspace, seat: Seat, browser: Browser) -> None:
    client = browser(seat(Role.AGENT))
    assert client.get(at(firm)).status_code == 200
    assert client.get(at(firm, "new/")).status_code == 403
    assert client.post(at(firm), {**BUILT, "deed": "save"}).status_code == 403
