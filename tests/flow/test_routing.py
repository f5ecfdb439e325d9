"""Routing, end to end: mails come, rules are asked, somebody gets them, and the decision says why."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.cast import a_mail, a_workspace, all_read, an_agent, an_inbox, arrives
from threadwell.flow import reactions, reasoning, routing, ruling
from threadwell.flow.decide import book
from threadwell.kit import clock, ids, tenancy
from threadwell.record.clocks.models import SlaPolicy
from threadwell.record.conversations.models import Conversation
from threadwell.record.journal.models import Event
from threadwell.record.notices.models import Notice
from threadwell.record.people import memberships
from threadwell.record.people.models import Alert, Contact, Organisation
from threadwell.record.rota.models import Absence, Distribution
from threadwell.record.routing.models import RoutingDecision, RoutingRule, RuleBook, RuleVersion
from threadwell.record.workplace.models import Team, TeamSeat
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)


class Firm:
    """A firm with a desk (Bo and Cleo, its manager) and a sales team (Dee)."""

    def __init__(self) -> None:
        self.space = a_workspace()
        self.bo = an_agent(self.space)
        self.cleo = an_agent(self.space, name="Cleo", role=Role.SUPERVISOR)
        self.dee = an_agent(self.space, name="Dee")
        with self.inside():
            self.desk = self.team("Desk", self.bo, self.cleo)
            self.sales = self.team("Sales", self.dee)
        self.inbox = an_inbox(self.space, team=self.desk)

    def inside(self) -> Any:
        return tenancy.entered(self.space.pk)

    def team(self, name: str, *members: Any) -> Team:
        team = Team.objects.create(workspace=self.space, name=name)
        for agent in members:
            TeamSeat.objects.create(workspace=self.space, team=team, agent=agent)
        return team

    def hears(self, text: str = "The gate code is wrong.", **mail: Any) -> Conversation:
        arrives(self.inbox, a_mail(text, **mail))
        all_read(self.space)
        self.heeds()
        return self.last()

    def heeds(self) -> None:
        reactions.catch_up(self.space.pk)

    def last(self) -> Conversation:
        with self.inside():
            rows = Conversation.objects.of(self.space).select_related("team", "owner", "contact")
            return rows.order_by("-number")[0]

    def decisions(self) -> list[RoutingDecision]:
        with self.inside():
            return list(RoutingDecision.objects.of(self.space).order_by("at", "pk"))

    def rule(self, conditions: Any = None, *, first: bool = True, **results: Any) -> RoutingRule:
        moments = results.pop("moments", ["arrived"])
        stops = results.pop("stops", True)
        with self.inside():
            saying = ruling.checked(
                self.space.pk,
                moments=moments,
                conditions_={"all": conditions or []},
                results=results,
                stops=stops,
            )
            rule = ruling.make(f"Rule {ids.new().hex}", saying, is_on=True, by=self.cleo)
            if first:
                ruling.put_in_order(self.space.pk, [rule.pk], by=self.cleo)
            return rule

    def owns(self, owner: Any, name: str = "Ada Customer") -> Contact:
        with self.inside():
            contact: Contact = Contact.objects.of(self.space).get(name=name)
            contact.owner = owner
            contact.save(update_fields=["owner"])
            return contact

    def replays(self) -> bool:
        with self.inside():
            rows = RoutingDecision.objects.of(self.space)
            return all(reasoning.comes_out_the_same(row) for row in rows)


def test_conversation_that_no_rule_fits_stays_with_the_team_of_its_inbox_and_says_so() -> None:
    firm = Firm()
    conversation = firm.hears()
    assert (conversation.team, conversation.owner) == (firm.desk, None)
    [decision] = firm.decisions()
    assert (decision.outcome, decision.cause, decision.because) == ("unmatched", "arrived", "no rule fits")
    assert decision.team_id == firm.desk.pk
    assert firm.replays()


def test_customer_goes_to_the_owner_of_the_account_and_to_their_team() -> None:
    firm = Firm()
    firm.hears()
    firm.owns(firm.dee)
    conversation = firm.hears("Another thing.", subject="Invoice")
    assert (conversation.team, conversation.owner) == (firm.sales, firm.dee)
    decision = firm.decisions()[-1]
    assert decision.outcome == "routed"
    assert [one["outcome"] for one in decision.candidates] == ["chosen"]
    assert decision.candidates[0]["name"] == "Dee"
    assert decision.facts["owner"] == str(firm.dee.pk)
    assert firm.replays()


def test_away_owner_is_stood_in_for_by_the_deputy_else_their_team_has_it() -> None:
    firm = Firm()
    firm.hears()
    firm.owns(firm.dee)
    now = clock.now()
    with firm.inside():
        away = Absence.objects.create(
            workspace=firm.space,
            agent=firm.dee,
            deputy=firm.bo,
            begins_at=now - timedelta(hours=1),
            ends_at=now + timedelta(days=3),
        )
    assert firm.hears("One.", subject="One").owner == firm.bo
    with firm.inside():
        away.deputy = None
        away.save(update_fields=["deputy"])
    conversation = firm.hears("Two.", subject="Two")
    assert (conversation.owner, conversation.team) == (None, firm.sales)
    assert firm.decisions()[-1].is_waiting
    assert firm.replays()


def test_new_leads_take_turns_and_known_customers_do_not() -> None:
    firm = Firm()
    owners = [
        firm.hears(subject="Request for a quote", sender=f"New {number} <n{number}@new.example>").owner
        for number in range(4)
    ]
    assert sorted(str(one) for one in owners) == ["Bo", "Bo", "Cleo", "Cleo"]
    assert firm.hears(subject="Another quote", sender="New 1 <n1@new.example>").owner is None
    assert firm.hears(subject="Gate", sender="New 9 <n9@new.example>").owner is None
    assert firm.replays()


def test_severe_conversation_goes_to_the_manager_once_its_priority_is_raised() -> None:
    firm = Firm()
    conversation = firm.hears()
    with firm.inside():
        conversation.weigh(4, by=firm.bo)
    firm.heeds()
    assert firm.last().owner == firm.cleo
    assert firm.decisions()[-1].cause == "weighed"
    assert firm.replays()


def test_success_manager_hears_of_a_key_contact_who_moves_on() -> None:
    firm = Firm()
    firm.hears()
    with firm.inside():
        organisation = Organisation.objects.create(
            workspace=firm.space, name="Werft", custom={"success_manager": str(firm.bo.pk)}
        )
        ada = Contact.objects.of(firm.space).get(name="Ada Customer")
        membership = memberships.join(ada, organisation, is_key_contact=True, by=firm.cleo)
        memberships.change(membership, until=clock.now().date(), by=firm.cleo)
    firm.heeds()
    firm.heeds()
    with firm.inside():
        assert Alert.objects.of(firm.space).get().owner == firm.bo
        [notice] = Notice.objects.of(firm.space).to(firm.bo)
        assert "Ada Customer" in notice.facts["text"]
    assert firm.decisions()[-1].alert_id is not None
    assert firm.replays()


def test_rule_sets_team_priority_labels_and_policy() -> None:
    firm = Firm()
    with firm.inside():
        policy = SlaPolicy.objects.create(workspace=firm.space, name="Fast", first_response=5)
    rule = firm.rule(
        [
            {"fact": "words", "is": "has", "value": ["gate code"]},
            {"fact": "channel", "is": "is", "value": "email"},
        ],
        team=str(firm.sales.pk),
        priority=3,
        labels=["doors"],
        policy=str(policy.pk),
    )
    conversation = firm.hears()
    assert conversation.team == firm.sales
    assert (conversation.priority, conversation.labels) == (3, ["doors"])
    assert conversation.policy_key == policy.pk
    with firm.inside():
        rule.refresh_from_db()
        names = set(Event.objects.of(firm.space).filter(about=conversation.pk).values_list("name", flat=True))
    assert rule.hits == 1
    assert rule.hit_at
    assert {"conversation.passed", "conversation.weighed", "conversation.labelled"} <= names
    assert firm.decisions()[0].facts["words"] == ["gate code"]
    assert firm.replays()


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        ({"fact": "sender_domain", "is": "is", "value": "customer.example"}, True),
        ({"fact": "sender_domain", "is": "is", "value": "example"}, False),
        ({"fact": "subject", "is": "has", "value": ["code"]}, True),
        ({"fact": "body", "is": "has_all", "value": ["gate", "wrong"]}, True),
        ({"fact": "machine", "is": "yes"}, False),
        ({"fact": "new_lead", "is": "yes"}, True),
        ({"fact": "owner", "is": "known"}, False),
        ({"fact": "organisation", "is": "unknown"}, True),
        ({"fact": "language", "is": "is", "value": "en"}, True),
        ({"fact": "type", "is": "is", "value": ["support"]}, True),
        ({"fact": "open_hours", "is": "known"}, True),
        ({"fact": "work.type", "is": "unknown"}, True),
        ({"fact": "intent", "is": "unknown"}, True),
        ({"fact": "custom.contact.plan", "is": "is", "value": "gold"}, False),
        ({"fact": "load.own", "is": "at_most", "value": 1}, True),
        ({"fact": "priority", "is": "at_least", "value": 2}, True),
    ],
)
def test_facts_that_rules_can_ask_for(condition: dict[str, Any], *, fits: bool) -> None:
    firm = Firm()
    firm.rule([condition], team=str(firm.sales.pk))
    conversation = firm.hears("The gate code is wrong and we are not happy with this.")
    assert (conversation.team == firm.sales) is fits
    assert firm.replays()


def test_busy_team_is_spared() -> None:
    firm = Firm()
    load = {"fact": f"load.{firm.desk.pk}", "is": "at_least", "value": 2}
    firm.rule([load], team=str(firm.sales.pk))
    teams = [firm.hears(subject=f"Matter {number}").team for number in range(3)]
    assert teams == [firm.desk, firm.sales, firm.sales]


def test_what_rules_name_may_go_and_nothing_is_lost() -> None:
    firm = Firm()
    firm.rule(team=str(firm.sales.pk), owner={"who": "agent", "agent": str(firm.dee.pk)})
    with firm.inside():
        TeamSeat.objects.of(firm.space).filter(team=firm.sales).delete()
        Team.objects.of(firm.space).filter(pk=firm.sales.pk).delete()
        firm.dee.left_at = clock.now()
        firm.dee.save(update_fields=["left_at"])
    conversation = firm.hears()
    assert (conversation.team, conversation.owner) == (firm.desk, None)
    [decision] = firm.decisions()
    assert decision.outcome == "fallback"
    assert "not there" in decision.because
    assert firm.replays()


def test_team_that_hands_out_gives_it_to_somebody_without_a_rule() -> None:
    firm = Firm()
    with firm.inside():
        Distribution.objects.create(workspace=firm.space, team=firm.desk, method="least-loaded")
    owners = {str(firm.hears(subject=f"Matter {number}").owner) for number in range(2)}
    assert owners == {"Bo", "Cleo"}
    assert firm.replays()


def test_whoever_took_it_before_the_rules_were_asked_keeps_it() -> None:
    firm = Firm()
    firm.rule(owner={"who": "agent", "agent": str(firm.dee.pk)})
    arrives(firm.inbox, a_mail())
    all_read(firm.space)
    with firm.inside():
        firm.last().assign(firm.bo, by=firm.bo)
    firm.heeds()
    assert firm.last().owner == firm.bo


def test_event_is_decided_about_once_however_often_it_is_read() -> None:
    firm = Firm()
    firm.hears()
    for _ in range(3):
        firm.heeds()
    assert len(firm.decisions()) == 1


def test_work_of_an_absent_owner_that_comes_back_goes_to_whoever_stands_in() -> None:
    firm = Firm()
    conversation = firm.hears(message_id="<first@customer.example>")
    with firm.inside():
        conversation.assign(firm.dee, by=firm.dee)
        conversation.close(by=firm.dee)
    firm.hears("Still wrong.", answers="<first@customer.example>")
    assert firm.last().owner == firm.dee
    now = clock.now()
    with firm.inside():
        firm.last().close(by=firm.dee)
        away = Absence.objects.create(
            workspace=firm.space,
            agent=firm.dee,
            deputy=firm.bo,
            begins_at=now - timedelta(hours=1),
            ends_at=now + timedelta(days=3),
        )
    firm.hears("And again.", answers="<first@customer.example>")
    assert firm.last().owner == firm.bo
    assert firm.last().team == firm.desk
    with firm.inside():
        firm.last().assign(firm.dee, by=firm.cleo)
        firm.last().close(by=firm.cleo)
        away.deputy = None
        away.save(update_fields=["deputy"])
    firm.hears("Once more.", answers="<first@customer.example>")
    assert firm.last().owner is None
    assert firm.decisions()[-1].is_waiting
    assert firm.replays()


def test_old_mail_that_is_told_as_history_asks_for_nobody() -> None:
    firm = Firm()
    firm.rule(owner={"who": "agent", "agent": str(firm.dee.pk)})
    with clock.stopped_at(clock.now() - timedelta(days=30)):
        arrives(firm.inbox, a_mail())
        all_read(firm.space)
    firm.heeds()
    assert firm.last().owner is None
    assert firm.decisions() == []


def test_conversation_that_goes_in_circles_rests_with_its_team_and_the_manager_is_told() -> None:
    firm = Firm()
    conversation = firm.hears()
    firm.rule(moments=["weighed"], owner={"who": "agent", "agent": str(firm.bo.pk)})
    for number in range(8):
        with firm.inside():
            conversation.refresh_from_db()
            conversation.weigh(3 + number % 2, by=firm.cleo)
        firm.heeds()
    outcomes = [one.outcome for one in firm.decisions()]
    assert outcomes == ["unmatched", *["routed"] * 5, "held"]
    assert firm.last().owner is None
    assert firm.last().team == firm.desk
    with firm.inside():
        assert Notice.objects.of(firm.space).to(firm.cleo).count() == 1
    assert firm.replays()


def test_facts_that_cannot_be_read_leave_it_with_its_team(monkeypatch: pytest.MonkeyPatch) -> None:
    firm = Firm()

    def broken(*_args: Any, **_facts: Any) -> dict[UUID, Any]:
        raise RuntimeError("no facts today")

    monkeypatch.setattr("threadwell.flow.decide.facts.gather", broken)
    conversation = firm.hears()
    assert conversation.team == firm.desk
    [decision] = firm.decisions()
    assert (decision.outcome, decision.because) == ("fallback", "the rules failed (RuntimeError)")


def test_closed_conversation_is_not_routed_by_hand() -> None:
    firm = Firm()
    conversation = firm.hears()
    with firm.inside():
        conversation.close(by=firm.bo)
    with pytest.raises(routing.NotOpen), firm.inside():
        routing.route(conversation, cause="by-hand", by=firm.cleo)


def test_versions_are_kept_and_an_older_one_is_restored() -> None:
    firm = Firm()
    rule = firm.rule(team=str(firm.sales.pk))
    firm.hears()
    with firm.inside():
        other = ruling.checked(
            firm.space.pk, moments=["arrived"], conditions_=None, results={"team": str(firm.desk.pk)}
        )
        assert ruling.change(rule, saying=other, by=firm.cleo)
        assert not ruling.change(rule, saying=other, by=firm.cleo)
    assert firm.hears(subject="Two").team == firm.desk
    with firm.inside():
        assert ruling.restore(rule, 1, by=firm.bo)
        versions = list(RuleVersion.objects.of(firm.space).filter(rule=rule).order_by("number"))
    assert [(one.number, one.made_by_id, one.restored_from) for one in versions] == [
        (1, firm.cleo.pk, None),
        (2, firm.cleo.pk, None),
        (3, firm.bo.pk, 1),
    ]
    assert firm.hears(subject="Three").team == firm.sales
    assert firm.replays()


def test_who_switched_what_stands_in_the_journal_and_each_change_makes_a_book() -> None:
    firm = Firm()
    rule = firm.rule(team=str(firm.sales.pk))
    with firm.inside():
        before = RuleBook.objects.of(firm.space).count()
        assert ruling.switch(rule, is_on=False, by=firm.bo)
        assert not ruling.switch(rule, is_on=False, by=firm.bo)
        assert ruling.move(rule, up=False, by=firm.bo)
        ruling.archive(rule, by=firm.bo)
        told = Event.objects.of(firm.space).filter(by=firm.bo).order_by("at", "pk")
        names = list(told.values_list("name", flat=True))
        assert RuleBook.objects.of(firm.space).count() == before + 3
        assert rule.pk not in [one.id for one in book.in_force(firm.space.pk).rules]
    assert names == ["routing-rule.switched_off", "routing-rule.ordered", "routing-rule.archived"]


@pytest.mark.parametrize(
    "results",
    [
        {},
        {"team": "nonsense"},
        {"team": str(UUID(int=5))},
        {"owner": {"who": "somebody"}},
        {"owner": {"who": "agent"}},
        {"owner": {"who": "agent", "agent": str(UUID(int=5))}},
        {"owner": {"who": "field"}},
        {"owner": "Bo"},
        {"priority": 9},
        {"labels": ["x" * 80]},
        {"skills": [[str(UUID(int=5)), 3]]},
        {"skills": 5},
        {"policy": str(UUID(int=5))},
        {"colour": "red"},
    ],
)
def test_results_that_cannot_be_are_refused(results: dict[str, Any]) -> None:
    firm = Firm()
    with firm.inside(), pytest.raises(ruling.BadResults):
        ruling.checked(firm.space.pk, moments=["arrived"], conditions_=None, results=results)


def test_two_rules_of_one_name_are_refused() -> None:
    firm = Firm()
    with firm.inside():
        saying = ruling.checked(firm.space.pk, moments=["arrived"], conditions_=None, results={"priority": 3})
        ruling.make("Doors", saying, by=firm.cleo)
        with pytest.raises(ruling.NameTaken):
            ruling.make("doors", saying, by=firm.cleo)
