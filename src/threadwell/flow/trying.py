"""Trying: does an inbox's connection work? Step by step, told while it goes on.

In:    an inbox as it is set up, or planned
Out:   Tried, kept for a day where every process sees it
Touch: the inbox's mail servers (nothing is fetched, changed or sent); the shared cache
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from django.core.cache import cache
from django.utils import translation
from django.utils.translation import gettext as _

from threadwell.channels.email import connection, oauth
from threadwell.channels.email.connection import Findings, Step
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import DomainError
from threadwell.kit.later import job, later
from threadwell.record.inboxes.models import Inbox, settings_of

KEPT = timedelta(days=1)
PATIENCE = timedelta(minutes=4)  #: a test that takes longer has died


@dataclass(slots=True, kw_only=True)
class Part:
    """One way, in or out, and how far its test is."""

    name: str
    steps: list[Step] = field(default_factory=list)
    trying: str = ""

    @property
    def is_good(self) -> bool:
        return bool(self.steps) and all(step.is_good for step in self.steps)


@dataclass(slots=True, kw_only=True)
class Tried:
    """A test: its parts, in the order they are tried."""

    begun_at: datetime
    is_over: bool = False
    parts: list[Part] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        return not self.is_over and clock.now() - self.begun_at < PATIENCE

    @property
    def is_good(self) -> bool:
        return self.is_over and bool(self.parts) and all(part.is_good for part in self.parts)

    @classmethod
    def read(cls, facts: dict[str, Any]) -> Self:
        parts = [
            Part(name=part["name"], trying=part["trying"], steps=[Step(**step) for step in part["steps"]])
            for part in facts["parts"]
        ]
        return cls(begun_at=facts["begun_at"], is_over=facts["is_over"], parts=parts)


def begin(inbox: Inbox, *, language: str = "") -> Tried:
    """Start a test in the background; what it finds is told in ``language``."""
    tried = Tried(begun_at=clock.now())
    _keep(inbox.pk, tried)
    later(try_connection, workspace_id=inbox.workspace_id, inbox_id=inbox.pk, language=language)
    return tried


def last_of(inbox: Inbox) -> Tried | None:
    """The last test of this inbox, running or over."""
    facts = cache.get(_key(inbox.pk))
    return Tried.read(facts) if facts else None


def forget(inbox: Inbox) -> None:
    """What was found no longer holds: the inbox is reached by another way now."""
    cache.delete(_key(inbox.pk))


def can_be_tried(inbox: Inbox) -> bool:
    """There is a server to ask."""
    return bool(_mailbox_of(inbox) or settings_of(inbox, "outgoing").get("host"))


@job("try-connection")
def try_connection(workspace_id: str, inbox_id: str, language: str) -> None:
    """Try both ways of an inbox, and keep what was found after each step."""
    with tenancy.entered(UUID(workspace_id)):
        inbox = Inbox.objects.of(UUID(workspace_id)).filter(pk=inbox_id).first()
    if inbox is None:
        return
    tried = Tried(begun_at=clock.now())
    with translation.override(language or None):
        mailbox, outgoing = _mailbox_of(inbox), settings_of(inbox, "outgoing")
        if mailbox:
            part = _part(tried, _("Receiving"))
            with_secret = _secret(inbox, mailbox, "incoming_password", part)
            if with_secret is not None:
                connection.try_incoming(mailbox, secret=with_secret, tell=_teller(inbox.pk, tried, part))
        if outgoing.get("host"):
            part = _part(tried, _("Sending"))
            with_secret = _secret(inbox, outgoing, "outgoing_password", part)
            if with_secret is not None:
                connection.try_outgoing(
                    outgoing, secret=with_secret, sender=inbox.address, tell=_teller(inbox.pk, tried, part)
                )
    tried.is_over = True
    _keep(inbox.pk, tried)


def _part(tried: Tried, name: str) -> Part:
    part = Part(name=name)
    tried.parts.append(part)
    return part


def _mailbox_of(inbox: Inbox) -> dict[str, Any]:
    planned, incoming = settings_of(inbox, "planned"), settings_of(inbox, "incoming")
    return planned or (incoming if incoming.get("kind") == "imap" else {})


def _secret(inbox: Inbox, way: dict[str, Any], password: str, part: Part) -> str | None:
    """The password, or an access token; None, with the reason as a step, when there is no token."""
    if way.get("auth") != "oauth":
        return inbox.secrets.get(password, "")
    try:
        return oauth.access_token(inbox)
    except DomainError as problem:
        sentence = str(problem.sentence)
        part.steps.append(Step(name=_("Permission"), is_good=False, what=sentence, mend="", seconds=0))
        return None


def _teller(inbox_id: UUID, tried: Tried, part: Part) -> Callable[[Findings], None]:
    def tell(findings: Findings) -> None:
        part.steps, part.trying = findings.steps, findings.trying
        _keep(inbox_id, tried)

    return tell


def _keep(inbox_id: UUID, tried: Tried) -> None:
    cache.set(_key(inbox_id), asdict(tried), int(KEPT.total_seconds()))


def _key(inbox_id: UUID) -> str:
    return f"connection-test:{inbox_id}"
