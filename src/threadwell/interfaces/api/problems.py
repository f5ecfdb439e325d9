"""Problems: how the API says that something cannot be done (RFC 9457).

In:    an error, or a status with a sentence
Out:   a response of type application/problem+json
Touch: the log, when the fault is ours

``type`` is a name, not an address: docs/reference/api.md lists the codes.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from ninja.errors import HttpError, ValidationError

from threadwell.flow.guarding import Walled
from threadwell.flow.outbound import SomethingNew
from threadwell.kit.errors import DomainError
from threadwell.kit.veils import stands_in_the_way
from threadwell.record.conversations.required import FieldsMissing

CONTENT_TYPE = "application/problem+json"
NAMES = "urn:threadwell:problem:"

_log = structlog.get_logger(__name__)


def problem(
    status: int,
    code: str,
    detail: str | Promise,
    *,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> HttpResponse:
    """The one form in which anything is refused."""
    told = {
        "type": f"{NAMES}{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(detail),
        "code": code,
        **more,
    }
    body = json.dumps(told, ensure_ascii=False, default=str)
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE, headers=headers)


def of(error: DomainError) -> HttpResponse:
    """What a domain error says, for a program."""
    more: dict[str, Any] = {"newest": error.stop.newest} if isinstance(error, SomethingNew) else {}
    if isinstance(error, FieldsMissing):
        more["fields"] = [one.key for one in error.fields]
    if isinstance(error, Walled):
        more["restrictions"] = [
            {"id": one.key, "name": one.name, "reason": one.reason, "insiders": one.insiders, "ask": one.ask}
            for one in error.walls
        ]
    return problem(error.status, error.code, error.sentence, **more)


def not_found() -> HttpResponse:
    return problem(404, "not-found", _("There is nothing here, or nothing that you may see."))


def accident(request: HttpRequest, error: Exception) -> HttpResponse:
    """Our fault; what went wrong stands in the log, not in the answer."""
    if stands_in_the_way(error):
        return of(Walled())
    _log.error("an operation of the API failed", method=request.method, path=request.path, exc_info=error)
    return problem(500, "accident", _("Something went wrong here. It was written down; nothing was changed."))


def on_domain_error(_request: HttpRequest, error: DomainError) -> HttpResponse:
    return of(error)


def on_http_error(_request: HttpRequest, error: HttpError) -> HttpResponse:
    # The framework raises it for one thing only: a body that is no JSON.
    return problem(error.status_code, "unreadable", _("The body of this call is not JSON."))


def on_missing(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return not_found()


def on_unusable(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Every field that cannot be used, each with the reason."""
    fields = [
        {"where": _place(one["loc"]), "code": one["type"], "detail": one["msg"]} for one in error.errors
    ]
    return problem(422, "invalid", _("Some of what was sent cannot be used."), errors=fields)


def _place(path: tuple[str | int, ...]) -> str:
    """``("body", "given", "to", 0)`` as ``body.to.0``: the second is our name for the whole body."""
    parts = [path[0], *path[2:]] if path[0] == "body" else path
    return ".".join(str(part) for part in parts)
