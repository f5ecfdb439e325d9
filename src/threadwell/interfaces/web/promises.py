"""Promises: the lists of words that were given, and one promise: made, put off, kept, broken, taken back.

In:    which list; a promise's key; the form
Out:   the page, its list, or the answer after a deed
Touch: nothing but through `committing` and the verbs of a promise
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise as Later
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threadwell.flow import committing
from threadwell.interfaces.web.commitments_forms import PromiseForm
from threadwell.interfaces.web.commitments_parts import about_of, done, one, query_of, rows_of, said_in
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.moments import moment
from threadwell.interfaces.web.page import page
from threadwell.kit import clock, paging
from threadwell.record.commitments.models import Promise
from threadwell.record.workplace.roles import May

SIZE = 50
TABS: dict[str, tuple[Later, str]] = {
    "due": (gettext_lazy("To be kept"), "comes_at"),
    "overdue": (gettext_lazy("Overdue"), "comes_at"),
    "kept": (gettext_lazy("Kept"), "-kept_at"),
    "broken": (gettext_lazy("Broken"), "-broken_at"),
}


@allowed(May.READ)
def index(request: Request) -> HttpResponse:
    """GET .../promises/?show=due|overdue|kept|broken&side=us|customer&cursor="""
    show, side = request.GET.get("show", "due"), request.GET.get("side", "")
    if show not in TABS:
        raise Http404
    rows = _listed(request, show)
    if side in {"us", "customer"}:
        rows = rows.filter(side=side)
    found = paging.page(rows, by=TABS[show][1], size=SIZE, cursor=request.GET.get("cursor", ""))
    base = reverse("web:promises", args=[request.workspace.slug])
    own = f"{base}?show={show}" + (f"&side={side}" if side in {"us", "customer"} else "")
    facts: dict[str, Any] = {
        "here": "promises",
        "show": show,
        "tabs": [
            {"key": key, "name": name, "url": f"{base}?show={key}"} for key, (name, _by) in TABS.items()
        ],
        "promises": found.rows,
        "list_url": own,
        "next_url": f"{own}&cursor={found.next}" if found.next else "",
    }
    return page(request, "commitments/promises.html#rows", facts)


@allowed(May.NOTE)
def new(request: Request) -> HttpResponse:
    """GET .../promises/new/?message=&text="""
    about = about_of(request)
    message = about.message
    initial = {
        "text": said_in(request, about),
        "side": "customer" if message and message.direction == "in" else "us",
        "agent": str(message.agent_id) if message and message.agent_id else str(request.agent.pk),
    }
    return _form(request, PromiseForm(request=request, initial=initial))


@allowed(May.NOTE)
def create(request: Request) -> HttpResponse:
    """POST .../promises/"""
    about = about_of(request)
    form = PromiseForm(request.POST, request=request)
    if not form.is_valid():
        return _form(request, form, status=422)
    promise = committing.mark_promise(about, by=request.agent, **form.facts())
    return done(request, _("The promise is marked."), undo="promise_withdrawing", key=promise.pk)


@allowed(May.READ)
def show(request: Request, promise_id: UUID) -> HttpResponse:
    """GET .../promises/<id>/"""
    promise = rows_of(request, Promise).filter(pk=promise_id).first()
    if promise is None:
        raise Http404
    return page(request, "commitments/promise.html#form", {"promise": promise, "here": "promises"})


@allowed(May.NOTE)
def put_off(request: Request, promise_id: UUID) -> HttpResponse:
    """POST .../promises/<id>/due/: another date was agreed."""
    promise: Promise = one(Promise.objects.of(request.workspace), promise_id)
    wanted = request.POST.get("due_at", "").strip()
    due_at = moment(wanted) if wanted else None
    zone = timezone.get_current_timezone_name()
    changed = committing.put_off(promise, due_at=due_at, zone=zone, by=request.agent)
    return done(request, _("Another date is set.") if changed else "")


@allowed(May.NOTE)
def keep(request: Request, promise_id: UUID) -> HttpResponse:
    """POST .../promises/<id>/keeping/"""
    promise: Promise = one(Promise.objects.of(request.workspace), promise_id)
    changed = promise.keep(by=request.agent, note=committing.noted(request.POST.get("note", "")))
    return done(request, _("Promise kept.") if changed else "", undo="promise_reopening", key=promise.pk)


@allowed(May.NOTE)
def break_(request: Request, promise_id: UUID) -> HttpResponse:
    """POST .../promises/<id>/breaking/"""
    promise: Promise = one(Promise.objects.of(request.workspace), promise_id)
    changed = promise.break_(by=request.agent, note=committing.noted(request.POST.get("note", "")))
    return done(request, _("Promise broken.") if changed else "", undo="promise_reopening", key=promise.pk)


@allowed(May.NOTE)
def reopen(request: Request, promise_id: UUID) -> HttpResponse:
    """POST .../promises/<id>/reopening/"""
    promise: Promise = one(Promise.objects.of(request.workspace), promise_id)
    return done(request, _("The promise is to be kept again.") if promise.reopen(by=request.agent) else "")


@allowed(May.NOTE)
def withdraw(request: Request, promise_id: UUID) -> HttpResponse:
    """POST .../promises/<id>/withdrawing/"""
    promise: Promise = one(Promise.objects.of(request.workspace), promise_id)
    changed = promise.withdraw(by=request.agent)
    return done(
        request, _("It is no promise any more.") if changed else "", undo="promise_restoring", key=promise.pk
    )


@allowed(May.NOTE)
def restore(request: Request, promise_id: UUID) -> HttpResponse:
    """POST .../promises/<id>/restoring/"""
    promise: Promise = one(Promise.objects.of(request.workspace), promise_id)
    return done(request, _("The promise stands again.") if promise.restore(by=request.agent) else "")


def _listed(request: Request, show: str) -> Any:
    rows = rows_of(request, Promise)
    match show:
        case "overdue":
            return rows.overdue(now=clock.now())
        case "kept":
            return rows.kept()
        case "broken":
            return rows.broken()
        case _:
            return rows.open()


def _form(request: Request, form: PromiseForm, *, status: int = 200) -> HttpResponse:
    facts = {"form": form, "about": query_of(request.GET), "here": "promises"}
    return page(request, "commitments/promise_form.html#form", facts, status=status)
