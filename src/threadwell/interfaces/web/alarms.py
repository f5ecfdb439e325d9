"""Alarms: what is wrong with the mail, in red on every page of those who can mend it.

In:    a request inside a workspace
Out:   sentences, each with a way to where it is mended
Touch: nothing
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import TextField, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext

from threadwell.interfaces.web.entrance import Request
from threadwell.kit import disk
from threadwell.kit.questions import Question
from threadwell.record.inboxes.models import Delivery, Inbox
from threadwell.record.workplace.roles import May

MOST = 20
SOON = 2  #: times the reserve: then the disk is low


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that a person must see to."""

    text: str
    url: str = ""
    link: str = ""


def alarms_of(request: Request) -> list[Alarm]:
    """What is wrong now, for whoever may manage; nothing for others."""
    if May.MANAGE not in request.agent.may:
        return []
    return [*_of_the_disk(), *_of_inboxes(request)]


def _of_the_disk() -> Iterator[Alarm]:
    free = disk.free()
    if free < settings.DISK_RESERVE:
        yield Alarm(text=gettext("The disk is full: no mail is taken in until there is room again."))
    elif free < SOON * settings.DISK_RESERVE:
        yield Alarm(text=gettext("The disk is nearly full. Make room before mail can no longer be taken in."))


def _of_inboxes(request: Request) -> Iterator[Alarm]:
    failed = set[Any]()
    for kind, key, name, because in WRONG(request.workspace.pk):
        if kind == "broken":
            yield Alarm(
                text=gettext("%(name)s: mail does not come in. %(because)s")
                % {"name": name, "because": because},
                url=reverse("web:inbox", args=[request.workspace.slug, key]),
                link=gettext("See to it"),
            )
        elif kind == "mute":
            yield Alarm(
                text=gettext("%(name)s: mail does not leave; it waits. %(because)s")
                % {"name": name, "because": because},
                url=reverse("web:inbox", args=[request.workspace.slug, key]),
                link=gettext("See to it"),
            )
        elif key not in failed:
            failed.add(key)
            ledger = reverse("web:ledger_inbox", args=[request.workspace.slug, key])
            yield Alarm(
                text=gettext("%(name)s: some mail could not be read. It is kept.") % {"name": name},
                url=f"{ledger}?state={Delivery.State.FAILED}",
                link=gettext("Open the ledger"),
            )


def _wrong(workspace_id: UUID) -> Any:
    """One question for all."""
    inboxes = Inbox.objects.of(workspace_id).filter(closed_at=None)
    broken = inboxes.filter(health=Inbox.Health.BROKEN)
    mute = inboxes.exclude(unsendable_since=None)
    failed = Delivery.objects.of(workspace_id).failed().order_by("-pk")
    return (
        broken.annotate(what=Value("broken"), called=Cast("name", TextField()))
        .values_list("what", "pk", "called", "health_because")
        .union(
            mute.annotate(what=Value("mute"), called=Cast("name", TextField())).values_list(
                "what", "pk", "called", "unsendable_because"
            ),
            failed.annotate(what=Value("failed"), called=Cast("inbox__name", TextField())).values_list(
                "what", "inbox_id", "called", "because"
            )[:MOST],
            all=True,
        )
        .order_by("what", "called")
    )


WRONG = Question(_wrong)
