"""Routing: decisions a second, with fifty rules and two hundred agents.

In:    nothing
Out:   decisions a second, pure and as a whole, beside the cost of one round trip each; fairness; replays
Touch: a firm of its own
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from time import perf_counter, process_time
from typing import Any

from django.db import connection

from bench import stage
from bench.figures import Figure, Watch
from bench.mails import NAMES, THINGS, TROUBLES
from bench.stage import Firm
from threadwell.flow import reasoning, routing, ruling
from threadwell.flow.decide import book, facts, rules
from threadwell.kit import clock, tenancy
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.people.models import Contact
from threadwell.record.rota.models import Workload
from threadwell.record.routing.models import RoutingDecision
from threadwell.record.workplace.models import Agent, Team, TeamSeat, User

CONVERSATIONS, RULES, AGENTS, TEAMS = 10_000, 50, 200, 10
TOGETHER = 200
SAMPLE = 2_000  #: decisions that are made once more


def figures(_size: str) -> Iterator[Figure]:
    """All of it in one process, as the worker does it."""
    firm = stage.found("routing", "routing@desk.bench.example")
    with tenancy.entered(firm.workspace.pk):
        teams = _teams(firm)
        _rules(firm, teams)
    keys = _conversations(firm)
    stage.settle()
    floor = _round_trips()
    yield from _pure(firm, keys)
    calls = [routing.Call(conversation_id=key, cause=reasoning.Cause.ARRIVED) for key in keys]
    watch, cpu = Watch(), process_time()
    for first in range(0, len(calls), TOGETHER):
        routing.route_all(firm.workspace.pk, calls[first : first + TOGETHER])
    rate, each = len(calls) / watch.seconds, 1000 * (process_time() - cpu) / len(calls)
    yield Figure(
        name="conversations routed and given to somebody",
        value=rate,
        unit="/s",
        floor=floor,
        goal=400,
        more_is_better=True,
        note=f"{RULES} rules, {AGENTS} agents; CPU {each:.2f} ms each; floor: one round trip each",
    )
    yield from _checked(firm, teams)


def _teams(firm: Firm) -> list[Team]:
    Workload.objects.create(workspace=firm.workspace, capacity=None)
    teams = [Team(workspace=firm.workspace, name=f"Team {number}") for number in range(TEAMS)]
    users = [
        User(email=f"a{number}@routing.bench.example", name=f"Agent {number}") for number in range(AGENTS)
    ]
    agents = [Agent(workspace=firm.workspace, user=user, name=user.name) for user in users]
    seats = [
        TeamSeat(workspace=firm.workspace, team=teams[number % TEAMS], agent=agent)
        for number, agent in enumerate(agents)
    ]
    for rows in (users, teams, agents, seats):
        type(rows[0]).objects.bulk_create(rows)  # type: ignore[attr-defined]  # models, each with its own
    return teams


def _rules(firm: Firm, teams: Sequence[Team]) -> None:
    """Most fit nobody, as most rules of a firm fit few; the last ones hand out what is left."""
    made: list[tuple[str, list[Any], dict[str, Any]]] = []
    tier = {"fact": "tier", "is": "is", "value": ["gold", "silver"]}

    def domain(number: int) -> dict[str, Any]:
        return {"fact": "sender_domain", "is": "is", "value": [f"firm{number}.example"]}

    for number in range(RULES - 4 - TEAMS):
        asked: list[Any] = [
            {"fact": "words", "is": "has", "value": [f"product {number}", f"crate {number}"]},
            {"any": [tier, domain(number), {"none": [{"fact": "machine", "is": "no"}]}]},
        ]
        made.append((f"Special {number}", asked, {"labels": [f"special-{number}"]}))
    for number, team in enumerate(teams):
        words = [f"lot {place}" for place in range(number * 10, number * 10 + 10)]
        results = {"team": str(team.pk), "owner": {"who": "round-robin" if number % 2 else "least-loaded"}}
        made.append((team.name, [{"fact": "subject", "is": "has", "value": words}], results))
    for name, asked, results in made:
        saying = ruling.checked(
            firm.workspace.pk, moments=["arrived"], conditions_={"all": asked}, results=results
        )
        ruling.make(name, saying, is_on=True, by=firm.owner)
    assert len(book.in_force(firm.workspace.pk).rules) == RULES


def _conversations(firm: Firm) -> list[Any]:
    chance, now = random.Random(5), clock.now()
    contacts = [Contact(workspace=firm.workspace, name=chance.choice(NAMES)) for _ in range(2_000)]
    rows = [
        Conversation(
            workspace=firm.workspace,
            number=number,
            subject=f"{chance.choice(THINGS)} {chance.choice(TROUBLES)}, lot {number % 100}",
            inbox=firm.inbox,
            contact=contacts[number % len(contacts)],
            last_message_at=now,
            waiting_since=now,
        )
        for number in range(1, CONVERSATIONS + 1)
    ]
    messages = [
        Message(
            workspace=firm.workspace,
            conversation=row,
            direction="in",
            contact=row.contact,
            from_address=f"c{row.number}@cust.example",
            subject=row.subject,
            text="Hello, this is about our order. Please help us as soon as you can. " * 8,
        )
        for row in rows
    ]
    with tenancy.entered(firm.workspace.pk):
        for made in (contacts, rows, messages):
            type(made[0]).objects.bulk_create(made, batch_size=1_000)  # type: ignore[attr-defined]  # as above
    return [row.pk for row in rows]


def _round_trips() -> float:
    """Questions a second that only go there and come back, on the connection that routing uses."""
    connection.ensure_connection()
    cursor = connection.connection.cursor()
    watch = Watch()
    for _ in range(CONVERSATIONS):
        cursor.execute("SELECT 1")
        cursor.fetchone()
    rate = CONVERSATIONS / watch.seconds
    cursor.close()
    return rate


def _pure(firm: Firm, keys: Sequence[Any]) -> Iterator[Figure]:
    """Asking the rules, once the facts are there; and fetching the facts."""
    with tenancy.entered(firm.workspace.pk):
        in_force = book.in_force(firm.workspace.pk)
        began = perf_counter()
        known = [
            facts.gather(firm.workspace.pk, keys[first : first + TOGETHER], in_force.asked, now=clock.now())
            for first in range(0, len(keys), TOGETHER)
        ]
        fetched = perf_counter() - began
    every = [one for some in known for one in some.values()]
    began = perf_counter()
    for one in every:
        rules.match(in_force.rules, one, moment="arrived")
    asked = perf_counter() - began
    yield Figure(name="rules asked, facts at hand", value=len(every) / asked, unit="/s", more_is_better=True)
    yield Figure(name="facts fetched", value=len(every) / fetched, unit="/s", more_is_better=True)


def _checked(firm: Firm, teams: Sequence[Team]) -> Iterator[Figure]:
    with tenancy.entered(firm.workspace.pk):
        rows = Conversation.objects.of(firm.workspace).exclude(owner=None)
        owners = Counter(rows.values_list("owner_id", flat=True))
        decisions = RoutingDecision.objects.of(firm.workspace)
        decided = decisions.count()
        sample = list(decisions.order_by("-at")[:SAMPLE])
        same = sum(reasoning.comes_out_the_same(one) for one in sample)
        seats = TeamSeat.objects.of(firm.workspace).values_list("team_id", "agent_id")
        spread = max(
            max(owners[agent] for team, agent in seats if team == one.pk)
            - min(owners[agent] for team, agent in seats if team == one.pk)
            for one in teams
        )
    with stage.as_owner() as owner:
        row = owner.execute("SELECT pg_total_relation_size('routing_routingdecision')").fetchone()
    size = row[0] / decided / 1000 if row else 0
    for name, count, of in (
        ("routed: every conversation once", decided, CONVERSATIONS),
        ("routed: every one has an owner", owners.total(), CONVERSATIONS),
        ("decided once more from the record, the same", same, len(sample)),
    ):
        yield Figure(name=name, value=count, unit="", floor=of, goal=1.0, is_ratio=True, more_is_better=True)
    yield Figure(name="spread within a team", value=spread, unit="", goal=1)
    yield Figure(name="disk for a decision, with indexes", value=size, unit="kB")
