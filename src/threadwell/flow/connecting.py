"""Connecting: an address becomes an inbox; how its mail comes in and goes out is chosen, changed, ended.

In:    an inbox's address, the settings of its ways (docs/reference/inboxes.md), its secrets
Out:   the inbox; refusals as domain errors
Touch: inboxes.Inbox, inboxes.Door (the addresses our gateway answers for), events

While an inbox is being set up, its mailbox stands in ``settings["planned"]``: nothing is fetched before a
person has seen the test and said how much of the old mail shall come along.
"""

import secrets as randomness
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.errors import DomainError, Invalid
from threadwell.record.inboxes.models import Door, Inbox, settings_of
from threadwell.record.journal.telling import tell
from threadwell.record.workplace.models import Agent, Team

#: What belongs to signing in with a provider, and is void when another application signs in.
_TOKENS = ("refresh_token", "access_token", "access_until")


class AddressTaken(Invalid):
    """Another inbox receives this address."""

    code = "address-taken"


class NotPlanned(DomainError):
    """There is no mailbox that waits to be followed."""

    code = "not-planned"


def open_inbox(*, address: str, name: str, team: Team | None = None, by: Agent) -> Inbox:
    """A new inbox, not yet connected to anything."""
    inbox = Inbox(workspace_id=by.workspace_id, address=address.lower(), name=name, team=team)
    _save(inbox)
    tell(inbox, "inbox.opened", by=by, address=inbox.address)
    return inbox


def change(
    inbox: Inbox,
    *,
    address: str,
    name: str,
    team: Team | None,
    signature: str,
    by: Agent,
    only_owner: bool = False,
) -> bool:
    """What it is called, whose it is, and who answers there; says whether anything changed."""
    after: dict[str, Any] = {
        "address": address.lower(),
        "name": name,
        "team_id": team and team.pk,
        "signature": signature,
    }
    if only_owner != bool(settings_of(inbox, "answering").get("only_owner")):
        after["settings"] = {**inbox.settings, "answering": {"only_owner": only_owner}}
    before = {key: getattr(inbox, key) for key, value in after.items() if getattr(inbox, key) != value}
    if not before:
        return False
    for key, value in after.items():
        setattr(inbox, key, value)
    _save(inbox)
    _keep_doors(inbox)
    tell(inbox, "inbox.changed", by=by, before=_told(before))
    return True


def _told(before: Mapping[str, Any]) -> dict[str, Any]:
    """What it was before; of its settings only who answers."""
    told = {key: _plain(value) for key, value in before.items() if key != "settings"}
    if "settings" in before:
        told["only_owner"] = bool(before["settings"].get("answering", {}).get("only_owner"))
    return told


def receive_by(
    inbox: Inbox, incoming: Mapping[str, Any], *, by: Agent, secrets: Mapping[str, str] | None = None
) -> None:
    """Choose how mail comes in. A mailbox that was never followed is planned first; see `begin`."""
    way = dict(incoming)
    if way["kind"] == "gateway":
        way["forward_to"] = settings_of(inbox, "incoming").get("forward_to") or _new_address(inbox)
    is_followed = settings_of(inbox, "incoming").get("kind") == "imap"
    if way["kind"] == "imap" and not is_followed:
        inbox.settings = {**inbox.settings, "planned": way}
    else:
        kept = {key: value for key, value in inbox.settings.items() if key != "planned"}
        inbox.settings = {**kept, "incoming": way}
    if way["kind"] != "imap":
        _feel_well(inbox)
    _connected(inbox, by, secrets)


def send_by(
    inbox: Inbox, outgoing: Mapping[str, Any], *, by: Agent, secrets: Mapping[str, str] | None = None
) -> None:
    """Choose how mail goes out; nothing in ``outgoing``: by the system's mail server."""
    inbox.settings = {**inbox.settings, "outgoing": dict(outgoing)}
    _connected(inbox, by, secrets)


def sign_in_with(
    inbox: Inbox, oauth: Mapping[str, Any], *, by: Agent, secrets: Mapping[str, str] | None = None
) -> None:
    """Choose the provider, and the application registered there, with which a person then signs in."""
    if settings_of(inbox, "oauth") != dict(oauth):
        inbox.secrets = {key: value for key, value in inbox.secrets.items() if key not in _TOKENS}
    inbox.settings = {**inbox.settings, "oauth": dict(oauth)}
    _connected(inbox, by, secrets)


def signed_in(inbox: Inbox, *, by: Agent) -> None:
    """A person has come back from the provider: whoever follows the mailbox tries again at once."""
    _connected(inbox, by, None)


def begin(inbox: Inbox, *, history: str, by: Agent) -> None:
    """Follow the planned mailbox from now on, with the old mail that ``history`` names."""
    planned = settings_of(inbox, "planned")
    if not planned:
        raise NotPlanned(_("This mailbox is followed already, or none was entered."))
    kept = {key: value for key, value in inbox.settings.items() if key != "planned"}
    inbox.settings = {**kept, "incoming": {**planned, "history": history}}
    inbox.health, inbox.health_because = Inbox.Health.NEW, ""
    _connected(inbox, by, None)
    tell(inbox, "inbox.begun", by=by, history=history)


def close(inbox: Inbox, *, by: Agent) -> None:
    """Receive and send nothing more; everything that is held stays."""
    if inbox.closed_at is None:
        inbox.closed_at = clock.now()
        inbox.save(update_fields=["closed_at"])
        _keep_doors(inbox)
        tell(inbox, "inbox.closed", by=by)


def reopen(inbox: Inbox, *, by: Agent) -> None:
    """Go on where it was closed."""
    if inbox.closed_at is not None:
        inbox.closed_at = None
        _save(inbox)
        _keep_doors(inbox)
        tell(inbox, "inbox.reopened", by=by)


def _connected(inbox: Inbox, by: Agent, secrets: Mapping[str, str] | None) -> None:
    inbox.settings = {**inbox.settings, "connected_at": clock.now().isoformat()}
    if secrets:
        inbox.secrets = {**inbox.secrets, **secrets}
    _save(inbox)
    _keep_doors(inbox)
    tell(inbox, "inbox.connected", by=by)


def _feel_well(inbox: Inbox) -> None:
    """Nothing is asked anywhere, so nothing can fail."""
    inbox.health, inbox.health_because, inbox.healthy_at = Inbox.Health.GOOD, "", clock.now()


def _new_address(inbox: Inbox) -> str:
    """An address at our gateway that mail can be forwarded to, and that nobody guesses."""
    name = "".join(letter for letter in inbox.address.partition("@")[0] if letter.isalnum())[:24]
    return f"{name or 'mail'}-{randomness.token_hex(4)}@{settings.GATEWAY_NAME}".lower()


def _keep_doors(inbox: Inbox) -> None:
    """The gateway answers for an inbox that waits for mail there, and for no other."""
    incoming = settings_of(inbox, "incoming")
    wanted = set()
    if incoming.get("kind") == "gateway" and inbox.closed_at is None:
        wanted = {inbox.address.lower(), incoming["forward_to"]}
    Door.objects.filter(inbox_id=inbox.pk).exclude(pk__in=wanted).delete()
    for address in sorted(wanted):
        place = {"workspace_id": inbox.workspace_id, "inbox_id": inbox.pk}
        door, _is_new = Door.objects.get_or_create(address=address, defaults=place)
        if door.inbox_id != inbox.pk:
            raise AddressTaken(
                _("The mail gateway takes %(address)s for another workspace already.") % {"address": address}
            )


def _save(inbox: Inbox) -> None:
    try:
        with transaction.atomic():
            inbox.save()
    except IntegrityError as taken:
        raise AddressTaken(
            _("There is an inbox for %(address)s already.") % {"address": inbox.address}
        ) from taken


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else str(value)
