"""Roles and what they may do: one table, read by every page and endpoint.

In:    a role and a permission
Out:   yes or no
Touch: nothing
"""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person is in a workspace."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Administrator")
    SUPERVISOR = "supervisor", _("Supervisor")
    AGENT = "agent", _("Agent")
    COLLABORATOR = "collaborator", _("Collaborator (notes only)")
    AUDITOR = "auditor", _("Auditor (reads only)")


class May(StrEnum):
    """What can be allowed. Documented in docs/reference/permissions.md."""

    READ = "read"  #: see conversations, contacts and search
    NOTE = "note"  #: write internal notes
    REPLY = "reply"  #: write to customers
    HANDLE = "handle"  #: assign, close, snooze, label, move and split conversations
    SUPERVISE = "supervise"  #: see everybody's drafts and queues, release quarantine, retry deliveries
    SEE_LEDGER = "see-ledger"  #: see the ledger and the raw mails in it
    AUDIT = "audit"  #: see who looked at what is restricted
    MANAGE = "manage"  #: inboxes, teams, people, block list, imports, tokens of others
    OWN = "own"  #: change owners, remove the workspace or its demo data


_READER = {May.READ}
_WRITER = _READER | {May.NOTE}
_AGENT = _WRITER | {May.REPLY, May.HANDLE}
_SUPERVISOR = _AGENT | {May.SUPERVISE, May.SEE_LEDGER}
_ADMIN = _SUPERVISOR | {May.MANAGE, May.AUDIT}

ALLOWED: dict[Role, frozenset[May]] = {
    Role.OWNER: frozenset(_ADMIN | {May.OWN}),
    Role.ADMIN: frozenset(_ADMIN),
    Role.SUPERVISOR: frozenset(_SUPERVISOR),
    Role.AGENT: frozenset(_AGENT),
    Role.COLLABORATOR: frozenset(_WRITER),
    Role.AUDITOR: frozenset(_READER | {May.SEE_LEDGER, May.AUDIT}),
}

#: What a token may be given; it never may more than the agent who made it. Owning is for people.
SCOPES: tuple[May, ...] = tuple(may for may in May if may is not May.OWN)
