"""Entrance: every call of the API stands behind it.

In:    a call with the header ``Authorization: Bearer tw_...``
Out:   the operation's answer, given inside the token's workspace; or a problem
Touch: the token's row (when it was used, how fast it calls); the database session's workspace

A call is one unit of work: one transaction that row-level security holds to the workspace, undone when the
answer is a problem. The cookie of a signed-in browser opens nothing here. An operation says with `Scope`
what it needs; one that says nothing is open to nobody.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any, cast, override
from uuid import UUID

import structlog
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from ninja.security.base import AuthBase

from threadwell.flow import guarding
from threadwell.interfaces.api import once, problems
from threadwell.kit import clock, pace, secrets, tenancy
from threadwell.kit.errors import DomainError, NotAllowed
from threadwell.kit.veils import veiled
from threadwell.record.journal.models import AuditEntry
from threadwell.record.sight.seeing import veil_of
from threadwell.record.workplace.models import Agent, ApiToken
from threadwell.record.workplace.roles import May

CALLS = 600  #: a minute, for each token; as many may come at once
GUESSES = 60  #: calls a minute without a token that works, from one address
WINDOW = timedelta(minutes=1)
USED_EVERY = timedelta(minutes=1)  #: when a token was last used is known as exactly as this

_TOKEN = re.compile(r"tw_([0-9a-f]{32})_[\w-]{20,100}", re.ASCII)
_log = structlog.get_logger(__name__)

type View = Callable[..., HttpResponse]


class Call(HttpRequest):
    """What an operation is handed."""

    token: ApiToken
    agent: Agent
    workspace_id: UUID


class Unknown(DomainError):
    """There is no such token, or it does not work any more."""

    code = "token-unknown"
    status = 401


class TooFast(DomainError):
    """The token has called too often."""

    code = "too-fast"
    status = 429

    def __init__(self, wait: timedelta) -> None:
        super().__init__(_("Too many calls; wait as long as Retry-After says."))
        self.seconds = max(1, math.ceil(wait.total_seconds()))


class Scope(AuthBase):
    """What an operation needs: of the token, and of the agent whose token it is."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, may: May) -> None:
        super().__init__()
        self.may = may

    @override
    def __call__(self, request: HttpRequest) -> ApiToken:
        token = cast("Call", request).token
        if self.may not in token.agent.may:
            role = token.agent.get_role_display()
            raise NotAllowed(_("The role here (%(role)s) does not include this.") % {"role": role})
        if self.may not in token.scopes:
            raise NotAllowed(_("This token does not have the scope “%(scope)s”.") % {"scope": self.may.value})
        return token


#: Nobody's token has it: what an operation stands behind that does not say what it needs.
CLOSED = Scope(May.OWN)


def guarded(view: View) -> View:
    """The view behind the entrance."""

    @csrf_exempt  # a browser sends no token by itself
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return _inside(request, lambda: view(request, *args, **kwargs), kwargs)
        except Unknown as error:
            response = problems.of(error)
            response["WWW-Authenticate"] = "Bearer"
        except TooFast as error:
            response = problems.of(error)
            response["Retry-After"] = str(error.seconds)
        except DomainError as error:
            response = problems.of(error)
        except Http404:
            response = problems.not_found()
        except RequestDataTooBig:
            response = problems.problem(413, "too-large", _("This is more than one call may carry."))
        except (SuspiciousOperation, UnreadablePostError):
            response = problems.problem(400, "unreadable", _("This call cannot be read."))
        except (OperationalError, InterfaceError):
            _log.exception("the database did not answer")
            wait = {"Retry-After": "10"}
            response = problems.problem(503, "away", _("The database does not answer."), headers=wait)
        return _told(response)

    return cast("View", answer)


def nothing_here(_request: HttpRequest) -> HttpResponse:
    """Whatever no operation answers."""
    return _told(problems.not_found())


def _inside(request: HttpRequest, do: Callable[[], HttpResponse], given: Mapping[str, Any]) -> HttpResponse:
    token = _known(request)
    try:
        return _answered(request, token, do, given)
    except guarding.Walled as error:
        with tenancy.entered(token.workspace_id):
            guarding.note_refused(_caller(request, token), error)
        raise


def _answered(
    request: HttpRequest, token: ApiToken, do: Callable[[], HttpResponse], given: Mapping[str, Any]
) -> HttpResponse:
    _ = request.body  # before the transaction: whoever sends slowly, or too much, holds nothing up
    user = token.agent.user
    with (
        timezone.override(user.zone or token.workspace.zone),
        tenancy.entered(token.workspace_id, user_id=user.pk),
    ):
        call = cast("Call", request)
        call.token, call.agent, call.workspace_id = token, token.agent, token.workspace_id
        with veiled(veil_of(token.agent, token.workspace)):
            response = once.answered(request, token, do)
            if token.workspace.is_restricted:
                _guard(request, token, response, given)
        if response.status_code >= 400:
            transaction.set_rollback(True)
        return _told(response)


def _guard(request: HttpRequest, token: ApiToken, response: HttpResponse, given: Mapping[str, Any]) -> None:
    """Say why nothing was found, if it is because of a wall; write down what was seen behind one."""
    things = guarding.named(token.workspace_id, given)
    if response.status_code == 404:
        guarding.refuse(token.agent, things)
    elif response.status_code < 400:
        is_reading = request.method in ("GET", "HEAD")
        deed = AuditEntry.Deed.SAW if is_reading else AuditEntry.Deed.CHANGED
        guarding.note(_caller(request, token), things, deed)


def _caller(request: HttpRequest, token: ApiToken) -> guarding.Caller:
    origin = str(request.META.get("REMOTE_ADDR") or "")
    return guarding.Caller(agent=token.agent, place=request.path_info, origin=origin, token=token.name)


def _told(response: HttpResponse) -> HttpResponse:
    if response.status_code == 405:
        allow = {"Allow": response.headers.get("Allow", "")}
        response = problems.problem(
            405, "method", _("This address does not know that method."), headers=allow
        )
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _known(request: HttpRequest) -> ApiToken:
    """Whose token it is; counts the call."""
    scheme, _blank, text = request.headers.get("Authorization", "").partition(" ")
    form = _TOKEN.fullmatch(text.strip()) if scheme.lower() == "bearer" else None
    if form is None:
        _count_guess(request)
        raise Unknown(_("This needs a token: “Authorization: Bearer tw_…”."))
    now, where = clock.now(), UUID(form[1])
    living = ApiToken.objects.of(where).filter(
        Q(expires_at=None) | Q(expires_at__gt=now), mark=secrets.mark_of(text.strip()), revoked_at=None
    )
    with tenancy.entered(where):
        seats = living.filter(agent__left_at=None, agent__user__is_active=True)
        token: ApiToken | None = seats.select_related("agent__user", "workspace").first()
        if token and (token.used_at is None or abs(now - token.used_at) > USED_EVERY):
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit = off")  # it may be lost in a crash
            living.filter(pk=token.pk).update(used_at=now)
    if token is None:
        who = _count_guess(request)
        guarding.count_knock(where, origin=who, place=request.path_info)
        raise Unknown(_("No such token works here: it may have expired or been revoked."))
    if wait := pace.wait_for(f"call:{token.pk}", most=CALLS, within=WINDOW):
        raise TooFast(wait)
    return token


def _count_guess(request: HttpRequest) -> str:
    """Whoever tries tokens that do not work is slowed down, whichever process they meet; who it is."""
    who = pace.caller(str(request.META.get("REMOTE_ADDR") or ""))
    if wait := pace.wait_for(f"token:{who}", most=GUESSES, within=WINDOW):
        raise TooFast(wait)
    return who
