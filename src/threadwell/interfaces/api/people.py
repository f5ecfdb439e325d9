"""People: customers, colleagues and teams; and whom a token speaks for.

In:    a contact's key, letters of a name or an address
Out:   contacts, agents, teams
Touch: nothing
"""

from typing import Any
from uuid import UUID

from django.db import models
from ninja import Router

from threadwell.interfaces.api import shapes
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.rows import one_of, paged
from threadwell.interfaces.api.texts import Address, Cursor, Limit, Word
from threadwell.record.people import by_parts
from threadwell.record.people.models import Contact, Identity
from threadwell.record.workplace.models import Agent, Team
from threadwell.record.workplace.roles import May

router = Router(tags=["People"])


@router.get("/me", response=shapes.Me, auth=Scope(May.READ))
def get_me(request: Call) -> dict[str, Any]:
    """The workspace, the agent and the scopes of this token."""
    token = request.token
    scopes = sorted(scope for scope in token.scopes if scope in token.agent.may)
    return {
        "workspace": token.workspace,
        "agent": token.agent,
        "token": token.name,
        "scopes": scopes,
        "expires_at": token.expires_at,
    }


@router.get("/contacts", response=shapes.Contacts, auth=Scope(May.READ))
def list_contacts(
    request: Call, q: Word = "", email: Address = "", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Customers: all, the few that letters of a name or an address fit (`q`), or the one with an address."""
    rows = _contacts(request)
    if q:
        found = by_parts.contacts(request.workspace_id, q, most=limit)
        known = {one.pk: one for one in rows.filter(pk__in=[one.pk for one in found])}
        return {"items": [known[one.pk] for one in found], "next": None}
    if email:
        known_as = Identity.objects.of(request.workspace_id).filter(
            kind=Identity.Kind.EMAIL, value=email.lower()
        )
        rows = rows.filter(pk__in=known_as.values("contact_id"))
    return paged(rows, by="pk", cursor=cursor, limit=limit)


@router.get("/contacts/{uuid:contact_id}", response=shapes.ContactShape, auth=Scope(May.READ))
def get_contact(request: Call, contact_id: UUID) -> Any:
    """One customer, and how they are known."""
    return one_of(_contacts(request), pk=contact_id)


@router.get("/agents", response=shapes.Agents, auth=Scope(May.READ))
def list_agents(request: Call, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Colleagues, those who left too."""
    return paged(Agent.objects.of(request.workspace_id), by="pk", cursor=cursor, limit=limit)


@router.get("/teams", response=shapes.Teams, auth=Scope(May.READ))
def list_teams(request: Call, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Teams."""
    return paged(Team.objects.of(request.workspace_id), by="pk", cursor=cursor, limit=limit)


def _contacts(request: Call) -> Any:
    rows = Contact.objects.of(request.workspace_id).select_related("organisation", "owner")
    return rows.prefetch_related("identities").fetch_mode(models.FETCH_RAISE)
