"""Preferences: how a customer likes to be spoken to: what was learned, why, and what one knows better.

In:    a contact; a preference as somebody tells it
Out:   lines for the card; the page of the customer
Touch: nothing but through `learning`
"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext, ngettext

from threadwell.flow import learning
from threadwell.interfaces.web import contacts, deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.interfaces.web.places import house_of
from threadwell.interfaces.web.templatetags.threadwell import CHANNELS, channel_name
from threadwell.kit.errors import Invalid
from threadwell.record.people.models import Contact, Preference
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import May

ICONS = {"channel": "message-circle", "hours": "clock", "language": "languages", "agent": "user-check"}


@allowed(May.HANDLE)
def update(request: Request, contact_id: UUID, kind: str) -> HttpResponse:
    """POST .../customers/<id>/preferences/<kind>/"""
    contact = contacts.one(request, contact_id)
    learning.tell_preference(contact, kind, _value(request, kind), by=request.agent)
    toast(request, gettext("Saved."))
    return _back(request, contact)


@allowed(May.HANDLE)
def destroy(request: Request, contact_id: UUID, kind: str) -> HttpResponse:
    """DELETE .../customers/<id>/preferences/<kind>/: what the messages say holds again."""
    contact = contacts.one(request, contact_id)
    contact.workspace = request.workspace
    learning.forget_told(contact, kind, by=request.agent)
    toast(request, gettext("What the messages say holds again."))
    return _back(request, contact)


def lines_of(request: Request, contact: Contact) -> list[dict[str, Any]]:
    """For each kind of preference: what it is, and why; empty where nothing is known."""
    known = {one.kind: one for one in Preference.objects.of(request.workspace).filter(contact_id=contact.pk)}
    names = _names(request, known)
    return [
        {
            "kind": kind,
            "label": label,
            "icon": ICONS[kind],
            "text": _told(one, names) if (one := known.get(kind)) else "",
            "because": _because(one, names) if one else "",
            "is_by_hand": bool(one and one.is_by_hand),
            "value": one.value if one else "",
        }
        for kind, label in Preference.Kind.choices
    ]


def offered(request: Request) -> dict[str, Any]:
    """What the fields of the card offer."""
    return {"agents": house_of(request).agents, "channels": [(key, CHANNELS[key][1]) for key in CHANNELS]}


def _names(request: Request, known: dict[str, Preference]) -> dict[str, str]:
    keys = {str(one.said_by_id) for one in known.values() if one.said_by_id}
    if agent := known.get(Preference.Kind.AGENT):
        keys.add(str(agent.value))
    names = {str(one.pk): one.name for one in house_of(request).agents}
    if missing := keys - names.keys():
        rows = Agent.objects.of(request.workspace).filter(pk__in=missing)
        names |= {str(pk): name for pk, name in rows.values_list("pk", "name")}
    return names


def _told(one: Preference, names: dict[str, str]) -> str:
    match one.kind:
        case Preference.Kind.CHANNEL:
            return channel_name(str(one.value))
        case Preference.Kind.HOURS:
            first, last = one.value
            return gettext("%(first)02d:00 to %(last)02d:00") % {"first": first, "last": last}
        case Preference.Kind.AGENT:
            return names.get(str(one.value), "")
        case _:
            return str(one.value)


def _because(one: Preference, names: dict[str, str]) -> str:
    if one.is_by_hand:
        return gettext("told by %(name)s") % {"name": names.get(str(one.said_by_id), "")}
    counts = {"count": one.evidence.get("count", 0), "of": one.evidence.get("of", 0)}
    if one.kind == Preference.Kind.AGENT:
        told = ngettext(
            "brought %(count)s of %(of)s closed conversation to its end",
            "brought %(count)s of %(of)s closed conversations to their end",
            counts["of"],
        )
    else:
        told = ngettext("%(count)s of %(of)s message", "%(count)s of the last %(of)s messages", counts["of"])
    zone = f", {one.evidence['zone']}" if "zone" in one.evidence else ""
    return told % counts + zone


def _value(request: Request, kind: str) -> Any:
    given = request.POST.get("value", "").strip()
    match kind:
        case Preference.Kind.CHANNEL if given in CHANNELS:
            return given
        case Preference.Kind.LANGUAGE if 2 <= len(given) <= 16 and given.replace("-", "").isalpha():
            return given.lower()
        case Preference.Kind.AGENT if owner := deeds.owner_of(request, given):
            return str(owner.pk)
        case Preference.Kind.HOURS:
            return _hours(given, request.POST.get("until", "").strip())
        case _:
            raise Invalid(gettext("Choose something first."))


def _hours(first: str, last: str) -> list[int]:
    if first.isdecimal() and last.isdecimal() and len(first) < 3 > len(last) and int(first) < int(last) <= 24:
        return [int(first), int(last)]
    raise Invalid(gettext("Write the hours as 9 and 12."))


def _back(request: Request, contact: Contact) -> HttpResponse:
    to = deeds.came_from(request) or contacts.edit_url(request, contact)
    return page(request, contacts.FORM, to=f"{to}#preferences")
