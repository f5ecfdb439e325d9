"""Surgeries: conversations become one, are parted again, and messages go to another conversation.

In:    a conversation or a message, and those it belongs with
Out:   a page to choose from, with what would come of it; then the conversation, and a way back
Touch: nothing but through `surgery`
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from threadwell.flow import foreseeing, surgery
from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.errors import Invalid
from threadwell.record.conversations import finding, queues
from threadwell.record.conversations.models import Conversation, Join, Message
from threadwell.record.people.models import Contact
from threadwell.record.people.one import family_of, root_of
from threadwell.record.workplace.roles import May

OFFERED = 20
SHOWN = 300  #: messages to choose from; of a longer conversation the newest


@allowed(May.HANDLE)
def choose_twins(request: Request, number: int) -> HttpResponse:
    """GET .../conversations/<number>/merge/?chosen=&q=: what would come of it."""
    conversation = deeds.one(request, number)
    rows = _rows(request, [number, *_numbers(request.GET.getlist("chosen"))])
    into = _survivor(rows, request.GET.get("into", ""))
    asked = request.GET.get("q", "").strip()[:200]
    taken = {one.pk for one in rows}
    facts = {
        "conversation": conversation,
        "rows": rows,
        "into": into,
        "foreseen": foreseeing.joined(rows, into=into) if len(rows) > 1 else None,
        "candidates": [one for one in _candidates(request, conversation, asked) if one.pk not in taken],
        "joins": _joins(conversation),
        "q": asked,
        "is_full": len(rows) > surgery.MOST,
    }
    return page(request, "desk/merge.html", facts)


@allowed(May.HANDLE)
def merge(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/merge/"""
    rows = _rows(request, [deeds.one(request, number).number, *_numbers(request.POST.getlist("chosen"))])
    if len(rows) < 2:
        raise Invalid(gettext("Choose at least two conversations."))
    into = _survivor(rows, request.POST.get("into", ""))
    undo = surgery.unite([one.pk for one in rows], into=into.pk, by=request.agent)
    said = gettext("Merged: everything is in %(number)s.") % {"number": into}
    toast(request, said, undo=deeds.way_back(request, undo))
    return page(request, "desk/desk.html", to=deeds.home_of(request, into))


@allowed(May.HANDLE)
def part(request: Request, join_id: UUID) -> HttpResponse:
    """POST .../joins/<id>/parting/"""
    try:
        edge = Join.objects.of(request.workspace).get(pk=join_id)
    except Join.DoesNotExist:
        raise Http404 from None
    freed = surgery.part(edge, by=request.agent)
    toast(request, gettext("%(number)s stands by itself again.") % {"number": freed})
    return page(request, "desk/desk.html", to=deeds.home_of(request, freed))


@allowed(May.HANDLE)
def choose_home(request: Request, message_id: UUID) -> HttpResponse:
    """GET .../messages/<id>/moving/"""
    message = _message(request, message_id)
    conversation = deeds.one(request, message.conversation.number)
    asked = request.GET.get("q", "").strip()[:200]
    candidates = _candidates(request, conversation, asked)
    facts = {
        "conversation": conversation,
        "candidates": [one for one in candidates if one.pk != conversation.pk],
        "q": asked,
        "title": gettext("Move the message"),
        "text": gettext("Only this message goes to the other conversation. Later answers to it follow."),
        "word": gettext("Move here"),
    }
    return page(request, "desk/choose.html", facts)


@allowed(May.HANDLE)
def move(request: Request, message_id: UUID) -> HttpResponse:
    """POST .../messages/<id>/moving/"""
    message, target = _message(request, message_id), _target(request)
    undo = surgery.move(message.conversation, [message.pk], to=target, by=request.agent)
    said = gettext("Moved to %(number)s.") % {"number": target}
    toast(request, said, undo=deeds.way_back(request, undo))
    return page(request, "desk/desk.html", to=deeds.home_of(request, target))


@allowed(May.HANDLE)
def choose_part(request: Request, message_id: UUID) -> HttpResponse:
    """GET .../messages/<id>/splitting/: which messages shall go; at first this and the later ones."""
    message = _message(request, message_id)
    conversation = deeds.one(request, message.conversation.number)
    rows = conversation.messages.select_related("agent").defer("words", "html", "quoted")
    said = list(rows.order_by("-at", "-pk")[:SHOWN])[::-1]
    chosen = set(surgery.later_ones(message))
    if chosen.issuperset(one.pk for one in said):
        chosen = {message.pk}  # something has to stay behind
    facts = {"conversation": conversation, "message": message, "said": said, "chosen": chosen}
    return page(request, "desk/split.html", facts)


@allowed(May.HANDLE)
def split(request: Request, message_id: UUID) -> HttpResponse:
    """POST .../messages/<id>/splitting/"""
    message = _message(request, message_id)
    chosen = _keys(request.POST.getlist("chosen")) or surgery.later_ones(message)
    subject = " ".join(request.POST.get("subject", "").split())
    opened, undo = surgery.split(message.conversation, chosen, by=request.agent, subject=subject)
    said = ngettext(
        "Split off: %(count)s message is now %(number)s.",
        "Split off: %(count)s messages are now %(number)s.",
        len(chosen),
    ) % {"number": opened, "count": len(chosen)}
    toast(request, said, undo=deeds.way_back(request, undo))
    return page(request, "desk/desk.html", to=deeds.home_of(request, opened))


def address_of(request: Request, rows: Sequence[Conversation]) -> str:
    """The page on which these are merged."""
    first, *others = sorted(one.number for one in rows)
    address = reverse("web:merge", args=[request.workspace.slug, first])
    query = "&".join(f"chosen={number}" for number in others)
    return f"{address}?{query}" if query else address


def _rows(request: Request, numbers: Sequence[int]) -> list[Conversation]:
    wanted = dict.fromkeys(numbers)
    if len(wanted) > surgery.MOST:
        raise Invalid(gettext("Choose %(most)s conversations at most.") % {"most": surgery.MOST})
    found = Conversation.objects.of(request.workspace).filter(number__in=wanted, joined_into=None)
    return list(found.select_related(*queues.SHOWN).order_by("made_at", "pk"))


def _survivor(rows: Sequence[Conversation], number: str) -> Conversation:
    """The one that was named, else the oldest."""
    if not rows:
        raise Invalid(gettext("It goes on in another conversation. Open that one."))
    return next((one for one in rows if str(one.number) == number), rows[0])


def _candidates(request: Request, conversation: Conversation, asked: str) -> list[Conversation]:
    if asked:
        return finding.conversations(request.workspace.pk, asked, most=OFFERED)
    return _kin(conversation)


def _kin(conversation: Conversation) -> list[Conversation]:
    """The customer's other conversations: one of them it will be, most of the time."""
    if not conversation.contact:
        return []
    rows = Conversation.objects.of(conversation.workspace_id).filter(joined_into=None)
    root = root_of(conversation.contact)
    theirs = family_of(Contact, conversation.workspace_id, root.pk)
    same = rows.filter(contact_id__in=theirs).select_related("contact__one_with")
    return list(same.order_by("-last_message_at")[: OFFERED + 1])


def _joins(conversation: Conversation) -> list[Join]:
    """What was joined into it, or into what was joined into it."""
    edges = Join.objects.of(conversation.workspace_id).filter(undone_at=None)
    theirs = edges.filter(absorbed__joined_into=conversation)
    return list(theirs.select_related("absorbed", "survivor", "by").order_by("-at", "-pk")[: surgery.MOST])


def _target(request: Request) -> Conversation:
    number = request.POST.get("number", "")
    try:
        found: Conversation = Conversation.objects.of(request.workspace).get(
            number=int(number), joined_into=None
        )
    except (ValueError, OverflowError, Conversation.DoesNotExist):
        raise Invalid(gettext("There is no such conversation. Choose one from the list.")) from None
    return found


def _message(request: Request, message_id: UUID) -> Any:
    try:
        return Message.objects.of(request.workspace).select_related("conversation").get(pk=message_id)
    except Message.DoesNotExist:
        raise Http404 from None


def _numbers(given: Sequence[str]) -> list[int]:
    return [int(number) for number in given if number.isdecimal() and len(number) < 18]


def _keys(given: Sequence[str]) -> list[UUID]:
    try:
        return [UUID(key) for key in given]
    except ValueError:
        raise Invalid(gettext("What was chosen is no longer there. Load the page again.")) from None
