"""Shipped: the routing rules that every workspace begins with.

In:    a workspace that has no rules yet
Out:   its rules, in force: severe cases, account owners, new leads, key contacts who move on
Touch: RoutingRule, RuleVersion, RuleBook

They are a beginning: a firm changes them, switches them off or puts its own before them.
"""

from typing import Any, NamedTuple
from uuid import UUID

from threadwell.record.routing.rule import Moment, RoutingRule, RuleBook, RuleVersion

#: Words by which somebody who never wrote before asks to buy; in the languages that our customers write.
BUYING = (
    *("quote", "quotation", "pricing", "price list", "offer", "demo", "trial", "buy", "purchase"),
    *("proposal", "new customer", "become a customer", "interested in"),
    *("angebot", "preisanfrage", "preisliste", "kaufen", "bestellen", "testzugang", "interesse an"),
    *("devis", "tarif", "tarifs", "acheter", "démonstration"),
    *("presupuesto", "precios", "comprar", "preventivo", "offerta", "offerte", "tilbud", "offert"),
)
#: The key of a field of organisations that names the colleague; a firm that has none: the account's owner.
SUCCESS_MANAGER = "success_manager"
NOT_A_MACHINE = {"fact": "machine", "is": "no"}


class Shipped(NamedTuple):
    """One of them."""

    key: str
    name: str
    moments: tuple[str, ...]
    conditions: dict[str, Any]
    results: dict[str, Any]


RULES = (
    Shipped(
        "severe",
        "Severe cases go to the manager",
        (Moment.ARRIVED, Moment.WEIGHED),
        {"all": [{"fact": "priority", "is": "at_least", "value": 4}]},
        {"owner": {"who": "manager"}},
    ),
    Shipped(
        "account-owner",
        "Customers go to the owner of their account",
        (Moment.ARRIVED, Moment.REOPENED),
        {"all": [{"fact": "owner", "is": "known"}, NOT_A_MACHINE]},
        {"team": "account-owner", "owner": {"who": "account-owner"}},
    ),
    Shipped(
        "new-leads",
        "New leads take turns",
        (Moment.ARRIVED,),
        {
            "all": [
                {"fact": "new_lead", "is": "yes"},
                NOT_A_MACHINE,
                {
                    "any": [
                        {"fact": "type", "is": "is", "value": ["sales"]},
                        {"fact": "intent", "is": "is", "value": ["sales"]},
                        {"fact": "subject", "is": "has", "value": list(BUYING)},
                    ]
                },
            ]
        },
        {"owner": {"who": "round-robin"}},
    ),
    Shipped(
        "key-contact",
        "The success manager hears of key contacts who move on",
        (Moment.KEY_CONTACT,),
        {"all": []},
        {"owner": {"who": "field", "field": f"organisation.{SUCCESS_MANAGER}"}},
    ),
)


def make(workspace_id: UUID) -> None:
    """Give a workspace that has none its rules. Nobody did it, so the journal is silent."""
    rules = [
        RoutingRule(
            workspace_id=workspace_id, name=one.name, place=place * 10, is_on=True, shipped_as=one.key
        )
        for place, one in enumerate(RULES, start=1)
    ]
    versions = [
        RuleVersion(
            workspace_id=workspace_id,
            rule=rule,
            number=1,
            moments=list(one.moments),
            conditions=one.conditions,
            results=one.results,
        )
        for rule, one in zip(rules, RULES, strict=True)
    ]
    RoutingRule.objects.bulk_create(rules)
    RuleVersion.objects.bulk_create(versions)
    pages = [[str(rule.pk), str(version.pk)] for rule, version in zip(rules, versions, strict=True)]
    RuleBook.objects.create(workspace_id=workspace_id, number=1, pages=pages)
