"""Entrance: every page of a workspace stands behind it.

In:    a request under ``/w/<workspace>/``, a view that says with `allowed` what it needs
Out:   the view's answer, given inside the workspace; a way to the sign-in; "no such page" for strangers
Touch: the session (which workspace was used last); the database session's workspace and veil; AuditEntry

It fails closed: a view that does not say what it needs is never run. A view is one unit of work: it runs
in a transaction that row-level security holds to the workspace, and a domain error undoes it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, cast

import structlog
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, InterfaceError, OperationalError, ProgrammingError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django_htmx.middleware import HtmxDetails

from threadwell.flow.guarding import Caller, Walled, named, note, note_refused, refuse
from threadwell.interfaces.web import knocking
from threadwell.interfaces.web.accounts import note_seen
from threadwell.interfaces.web.page import TOASTS, page
from threadwell.kit import tenancy
from threadwell.kit.errors import DomainError, NotAllowed, NotFound
from threadwell.kit.paging import BadCursor
from threadwell.kit.questions import Question
from threadwell.kit.veils import Veil, stands_in_the_way, veiled
from threadwell.record.journal.models import AuditEntry
from threadwell.record.sight.seeing import veil_of
from threadwell.record.workplace.models import Agent, User, Workspace
from threadwell.record.workplace.roles import May

type View = Callable[..., HttpResponseBase]

INSIDE = "/w/"
LAST_USED = "workspace"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CURSORS = ("after", "cursor")  #: where in an address a page says from which row on
READING = frozenset({May.READ, May.SEE_LEDGER, May.AUDIT})

WORKSPACE: Question[Workspace] = Question(lambda slug: Workspace.objects.filter(slug=slug))
SEAT: Question[Agent] = Question(
    lambda workspace_id, user_id: Agent.objects.of(workspace_id).filter(user_id=user_id, left_at=None)
)

_log = structlog.get_logger(__name__)


class Request(HttpRequest):
    """What a view under ``/w/<workspace>/`` is handed."""

    workspace: Workspace
    agent: Agent
    user: User
    veil: Veil
    htmx: HtmxDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What one must be allowed, to look and to change; nothing for ``change`` means: it changes nothing."""

    look: May
    change: May | None


def allowed[V: Callable[..., Any]](may: May, *, changes: May | None = None) -> Callable[[V], V]:
    """Say what a view needs. The permissions that only read never cover a change.

    A view that reads with one permission and changes with another says both:
    ``@allowed(May.READ, changes=May.HANDLE)``.
    """
    change = changes or (None if may in READING else may)

    def mark(view: V) -> V:
        cast("Any", view).needs = Needs(look=may, change=change)
        return view

    return mark


def verbs(**views: View) -> View:
    """One address with a view per HTTP method: ``verbs(GET=closings.show, DELETE=closings.destroy)``.

    A form without JavaScript can only post; its hidden field ``_method`` names the method it means.
    """

    def choose(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        view = _chosen(choose, request)
        return view(request, *args, **kwargs) if view else HttpResponseNotAllowed(views)

    cast("Any", choose).by_method = views
    return choose


def needs_of(view: View) -> Mapping[str, Needs | None]:
    """What each method of an address needs, for the test that walks all of them."""
    by_method = getattr(view, "by_method", {"*": view})
    return {method: getattr(one, "needs", None) for method, one in by_method.items()}


def seat_for(request: HttpRequest, slug: str) -> tuple[Workspace, Agent]:
    """The workspace and the reader's seat there; there is "no such page" for anybody without one."""
    workspace = _workspace(slug)
    user = cast("User", request.user)
    with tenancy.entered(workspace.pk, user_id=user.pk):
        return workspace, _seat(workspace, user)


class Entrance:
    """The middleware; it stands last, for it runs the views inside."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # The zone that a page sets ends with it; the next one on this thread may be for somebody else.
        with timezone.override(None):
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: Any, kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        try:
            if request.path_info.startswith(INSIDE):
                return _inside(request, view, args, kwargs)
            if too_often := knocking.refused(request):
                return too_often
            _make_at_home(request)
        except (OperationalError, InterfaceError):
            _log.exception("the database did not answer")
            return _away()
        return None


def _inside(request: HttpRequest, view: View, args: Any, kwargs: dict[str, Any]) -> HttpResponseBase | None:
    user = request.user
    if not isinstance(user, User):
        return _sign_in(request)
    workspace = _workspace(kwargs.pop("workspace", ""))
    chosen = _chosen(view, request)
    try:
        with tenancy.entered(workspace.pk, user_id=user.pk):
            known = cast("Request", request)
            known.workspace, known.agent = workspace, _seat(workspace, user)
            _make_at_home(request, workspace)
            if chosen is None:
                return HttpResponseNotAllowed(needs_of(view))
            _refuse_unless_allowed(known, chosen)
            if iscoroutinefunction(chosen):
                # Transactions do not work in async code: such a view enters the workspace when it needs it.
                return None
            known.veil = veil_of(known.agent, workspace)
            with veiled(known.veil):
                return _private(_answered(known, chosen, args, kwargs))
    except BadCursor as error:
        return _first_page(request, error)
    except DomainError as error:
        if isinstance(error, Walled):
            # What the view did is undone; that it was tried is not.
            with tenancy.entered(workspace.pk, user_id=user.pk):
                note_refused(caller_of(known), error)
        return refusal(request, error)


def _answered(request: Request, view: View, args: Any, kwargs: Mapping[str, Any]) -> HttpResponseBase:
    """The view's answer; where something is restricted, with a word about walls, and a line for the audit."""
    if not request.workspace.is_restricted:
        return view(request, *args, **kwargs)
    things = named(request.workspace.pk, kwargs)
    try:
        response = view(request, *args, **kwargs)
    except (Http404, NotFound):
        refuse(request.agent, things)
        raise
    except (IntegrityError, ProgrammingError) as error:
        if stands_in_the_way(error):
            raise Walled from error
        raise
    if response.status_code < 400:
        deed = AuditEntry.Deed.SAW if request.method in SAFE else AuditEntry.Deed.CHANGED
        note(caller_of(request), things, deed)
    return response


def caller_of(request: Request) -> Caller:
    """Who asks for what, for the audit; the name of a file says too much."""
    match = request.resolver_match
    place = request.path_info.removesuffix(str(match.kwargs.get("filename", "")) if match else "")
    return Caller(agent=request.agent, place=place, origin=str(request.META.get("REMOTE_ADDR") or ""))


def _first_page(request: HttpRequest, error: BadCursor) -> HttpResponseBase:
    """Whoever follows an address that was bent on its way begins at the first page, and is told."""
    if request.headers.get("HX-Request") == "true" or request.method != "GET":
        return refusal(request, error)
    messages.info(request, _("That address was no page of ours; this is the first one."))
    asked = request.GET.copy()
    for name in CURSORS:
        asked.pop(name, None)
    return redirect(f"{request.path}?{asked.urlencode()}" if asked else request.path)


def _private(response: HttpResponseBase) -> HttpResponseBase:
    # No proxy may keep it; and after signing out, "back" asks us again.
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def _workspace(slug: str) -> Workspace:
    for workspace in WORKSPACE(slug):
        return workspace
    raise Http404


def _chosen(view: View, request: HttpRequest) -> View | None:
    by_method: Mapping[str, View] | None = getattr(view, "by_method", None)
    if by_method is None:
        return view
    method = "GET" if request.method == "HEAD" else request.method
    if method == "POST":
        method = request.POST.get("_method", "POST").upper()
    return by_method.get(method or "")


def _seat(workspace: Workspace, user: User) -> Agent:
    for seat in SEAT(workspace.pk, user.pk):
        # Both are at hand: nothing needs to ask for them again.
        seat.workspace, seat.user = workspace, user
        return seat
    raise Http404


def _make_at_home(request: HttpRequest, workspace: Workspace | None = None) -> None:
    if not request.COOKIES or not isinstance(user := request.user, User):
        return
    note_seen(request)
    if zone := user.zone or (workspace.zone if workspace else ""):
        timezone.activate(zone)
    if user.language:
        translation.activate(user.language)
        cast("Any", request).LANGUAGE_CODE = translation.get_language()
    if workspace and request.session.get(LAST_USED) != workspace.slug:
        request.session[LAST_USED] = workspace.slug


def _refuse_unless_allowed(request: Request, view: View) -> None:
    needs: Needs | None = getattr(view, "needs", None)
    if needs is None:
        raise ImproperlyConfigured(
            f"{view.__module__}.{view.__name__} does not say what it needs: @allowed(May.…)"
        )
    needed = needs.look if request.method in SAFE else needs.change
    if needed is None or needed not in request.agent.may:
        role = request.agent.get_role_display()
        raise NotAllowed(_("Your role here (%(role)s) does not include this.") % {"role": role})


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A page that says what cannot be done; for htmx a toast, and the page stays as it is."""
    if request.headers.get("HX-Request") != "true":
        template = "walled.html" if isinstance(error, Walled) and error.walls else "refused.html"
        return page(request, template, {"error": error}, status=error.status)
    messages.error(request, str(error.sentence))
    # 409, for our pages let htmx read the bodies of few statuses, and the toast rides in this one's.
    response = HttpResponse(render_to_string(TOASTS, {}, request), status=409)
    response["HX-Reswap"] = "none"
    return response


def _sign_in(request: HttpRequest) -> HttpResponse:
    asked_by_htmx = request.headers.get("HX-Request") == "true"
    way = redirect_to_login(_page_of(request) if asked_by_htmx else request.get_full_path())
    if not asked_by_htmx:
        return way
    return HttpResponse(status=401, headers={"HX-Redirect": way.url})


def _page_of(request: HttpRequest) -> str:
    _scheme, _slashes, rest = request.headers.get("HX-Current-URL", "").partition("://")
    return "/" + rest.partition("/")[2]


def _away() -> HttpResponse:
    return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "10"})
