"""Commitments' parts: what the pages of tasks, promises, decisions, notes and talks have in common.

In:    a request, keys in its address
Out:   what a commitment is about; rows dressed for a list; the answer after a deed
Touch: the session's waiting messages
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse

from threadwell.flow.committing import About
from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.questions import Question
from threadwell.kit.questions_of_many import QuestionOfMany
from threadwell.kit.tenancy import OwnedQuerySet
from threadwell.record.commitments import next_step
from threadwell.record.commitments.models import Decision, Promise, Task
from threadwell.record.commitments.next_step import NextStep
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.people.models import Contact, Organisation

SHOWN = 8  #: of a kind, beside a conversation or at a customer
NAMED = ("contact", "organisation", "conversation", "message", "work_item")
LEADING = frozenset({"tasks", "promises", "letters"})  #: of these is the next step
CHANGED = "commitments-changed"  #: our event: lists and panels ask anew


def about_of(request: Request) -> About:
    """What the address names; 404 for what is not of this workspace."""
    given = request.GET
    number = given.get("conversation", "")
    return About(
        contact=_named(
            Contact.objects.of(request.workspace).select_related("organisation"), given.get("contact")
        ),
        organisation=_named(Organisation.objects.of(request.workspace), given.get("organisation")),
        conversation=deeds.one(request, int(number)) if number.isdecimal() and len(number) < 20 else None,
        message=_named(
            Message.objects.of(request.workspace).select_related(
                "agent",
                "contact__organisation",
                "conversation__contact__organisation",
                "conversation__organisation",
            ),
            given.get("message"),
        ),
        work_item_id=_uuid(given.get("work_item")),
    )


def query_of(given: QueryDict) -> str:
    """What the address says about whom it is, to be sent along with the form."""
    return urlencode({name: given[name] for name in NAMED if given.get(name)})


def said_in(request: Request, about: About) -> str:
    """What a form begins with: the words that were selected, else those of the message."""
    chosen = request.GET.get("text", "").strip()
    return (chosen or (about.message.text if about.message else "")).strip()[:2000]


def one[M](rows: OwnedQuerySet[Any], key: UUID, _of: type[M] | None = None) -> M:
    """A row of this workspace, held for what is about to be done with it."""
    found = rows.select_for_update(of=("self",)).filter(pk=key).first()
    if found is None:
        raise Http404
    return cast("M", found)


def rows_of(request: Request, model: Any) -> Any:
    """With all that a row of a list shows."""
    owner = "owner" if model is Task else "agent"
    return model.objects.of(request.workspace).select_related(
        owner, "contact", "organisation", "conversation"
    )


def done(request: Request, said: str = "", *, undo: str = "", key: UUID | None = None) -> HttpResponse:
    """It was done: lists ask anew, an open dialog closes, and a toast takes it back."""
    if said:
        way_back = reverse(f"web:{undo}", args=[request.workspace.slug, key]) if undo else ""
        toast(request, said, undo=way_back)
    home = deeds.came_from(request) or reverse("web:tasks", args=[request.workspace.slug])
    return page(
        request, "commitments/done.html#nothing", to=_listed(request, home), events={CHANGED: {}, "done": {}}
    )


def of_conversation(conversation: Conversation, *, without: Collection[str] = ()) -> dict[str, Any]:
    """What binds us and the customer in this conversation; ``without`` what is known not to be there."""
    has_none = LEADING.issubset(without)
    return {
        "about": f"conversation={conversation.number}",
        "next_step": None if has_none else next_step.next_step_of_conversation(conversation),
        **{
            name: [] if name in without else list(question(conversation.workspace_id, conversation.pk))
            for name, question in IN_CONVERSATION.items()
        },
    }


def of_contact(contact: Contact, members: Sequence[UUID], step: NextStep | None) -> dict[str, Any]:
    """What binds us and a customer; ``members`` are the keys of all records that are one with it."""
    return {
        "about": f"contact={contact.pk}",
        "next_step": step,
        **{name: list(rows(members, contact.workspace_id)) for name, rows in OF_CONTACT.items()},
    }


def of_organisation(
    organisation: Organisation, members: Sequence[UUID], step: NextStep | None
) -> dict[str, Any]:
    """What binds us and an organisation and its people."""
    return {
        "about": f"organisation={organisation.pk}",
        "next_step": step,
        **{name: list(rows(members, organisation.workspace_id)) for name, rows in OF_ORGANISATION.items()},
    }


def _tasks(workspace_id: UUID, **about: Any) -> Any:
    tasks = Task.objects.of(workspace_id).open().filter(**about).select_related("owner")
    return tasks.order_by("comes_at", "pk")[:SHOWN]


def _promises(workspace_id: UUID, **about: Any) -> Any:
    promises = Promise.objects.of(workspace_id).open().filter(**about).select_related("agent")
    return promises.order_by("comes_at", "pk")[:SHOWN]


def _decisions(workspace_id: UUID, **about: Any) -> Any:
    decisions = Decision.objects.of(workspace_id).standing().filter(**about).select_related("agent")
    return decisions.order_by("-decided_at", "-pk")[:SHOWN]


_STANDING: dict[str, Callable[..., Any]] = {
    "tasks": _tasks,
    "promises": _promises,
    "decisions": _decisions,
}


def _in_conversation(rows: Callable[..., Any]) -> Question[Any]:
    return Question(lambda workspace_id, key: rows(workspace_id, conversation_id=key))


def _of_members(rows: Callable[..., Any], column: str) -> QuestionOfMany[Any]:
    return QuestionOfMany(lambda members, workspace_id: rows(workspace_id, **{f"{column}__in": members}))


OF_CONTACT = {name: _of_members(rows, "contact_id") for name, rows in _STANDING.items()}
OF_ORGANISATION = {name: _of_members(rows, "organisation_id") for name, rows in _STANDING.items()}
#: The same for the page that is asked for most often.
IN_CONVERSATION = {name: _in_conversation(rows) for name, rows in _STANDING.items()}


def _listed(request: Request, home: str) -> str:
    """Where a plain post goes: not back to a form that was sent."""
    is_form = home.partition("?")[0].endswith(("/new/", "/finishing/"))
    return reverse("web:tasks", args=[request.workspace.slug]) if is_form else home


def _named(rows: Any, key: str | None) -> Any:
    if not key:
        return None
    wanted = _uuid(key)
    found = rows.filter(pk=wanted).first() if wanted else None
    if found is None:
        raise Http404
    return found


def _uuid(key: str | None) -> UUID | None:
    if not key:
        return None
    try:
        return UUID(key)
    except ValueError:
        raise Http404 from None
