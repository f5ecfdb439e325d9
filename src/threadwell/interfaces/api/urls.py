"""Addresses of the API: which operation answers where.

In:    a path under ``/api/``
Out:   an operation, behind the entrance
Touch: nothing
"""

from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from ninja.errors import HttpError, ValidationError

from threadwell.interfaces.api import (
    accounts,
    clocks,
    commitments,
    conversations,
    customers,
    deeds,
    deliveries,
    followups,
    imports,
    inboxes,
    merges,
    messages,
    notices,
    oversight,
    people,
    problems,
    restrictions,
    rota,
    routing,
    searching,
    surgeries,
    surveys,
    teamwork,
    work,
    writing,
)
from threadwell.interfaces.api.described import Described, page_of
from threadwell.interfaces.api.entrance import CLOSED, guarded, nothing_here
from threadwell.kit.errors import DomainError

ROOMS = (
    people,
    accounts,
    customers,
    surveys,
    merges,
    commitments,
    conversations,
    clocks,
    messages,
    notices,
    writing,
    teamwork,
    deeds,
    surgeries,
    followups,
    searching,
    inboxes,
    deliveries,
    restrictions,
    work,
    imports,
    routing,
    rota,
    oversight,
)

api = Described(
    title="Threadwell",
    version="1",
    description="Every conversation with every customer. Told in docs/reference/api.md.",
    urls_namespace="api",
    openapi_url=None,
    auth=CLOSED,
)
for room in ROOMS:
    api.add_router("", room.router)


def let_through(_request: HttpRequest, error: Exception) -> HttpResponse:
    """The entrance says it."""
    raise error


ANSWERS: dict[type[Exception], Any] = {
    Exception: problems.accident,
    OperationalError: let_through,
    InterfaceError: let_through,
    DomainError: problems.on_domain_error,
    HttpError: problems.on_http_error,
    Http404: problems.on_missing,
    ValidationError: problems.on_unusable,
}
for kind, answer in ANSWERS.items():
    api.add_exception_handler(kind, answer)

_operations, _app, _namespace = api.urls
for operation in _operations:
    assert isinstance(operation, URLPattern)
    operation.callback = guarded(operation.callback)

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/openapi.json", page_of(api), name="openapi"),
    path("v1/", (_operations, _app, _namespace)),
    re_path("", nothing_here),
]
