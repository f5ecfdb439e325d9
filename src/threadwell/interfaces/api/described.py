"""Described: the API's own description, in the form of OpenAPI 3.1.

In:    the operations
Out:   /api/v1/openapi.json
Touch: nothing
"""

from functools import cache
from typing import Any, override

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.operation import Operation

from threadwell.interfaces.api import problems
from threadwell.interfaces.api.entrance import Scope
from threadwell.record.workplace.roles import May

_WRITES = ("post", "put", "delete", "patch")

PROBLEM = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "a sentence for people"},
        "code": {"type": "string", "description": "a name for programs"},
        "newest": {"type": "string", "format": "uuid", "description": "with something-new"},
        "fields": {
            "type": "array",
            "description": "with fields-missing: the keys of the fields that are empty",
            "items": {"type": "string"},
        },
        "errors": {
            "type": "array",
            "description": "with invalid: each field that cannot be used",
            "items": {
                "type": "object",
                "required": ["where", "code", "detail"],
                "properties": {name: {"type": "string"} for name in ("where", "code", "detail")},
            },
        },
    },
}
_ANSWER = {
    "description": "A problem (RFC 9457)",
    "content": {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "The call is done once under this key, and answered the same again for 24 hours",
}


class Described(NinjaAPI):
    """An API whose operations are named by their functions."""

    @override
    def get_openapi_operation_id(self, operation: Operation) -> str:
        return str(operation.view_func.__name__)


def openapi(api: NinjaAPI) -> dict[str, Any]:
    """The description, with what holds for every operation."""
    told: dict[str, Any] = dict(api.get_openapi_schema())
    told["components"]["schemas"]["Problem"] = PROBLEM
    scopes = scopes_of(api)
    for path in told["paths"].values():
        for method, operation in path.items():
            operation["summary"] = operation["description"].split(".")[0]
            operation["security"] = [{"Scope": [scopes[operation["operationId"]].value]}]
            operation["responses"]["default"] = _ANSWER
            if method in _WRITES:
                operation["parameters"] = [*operation["parameters"], _KEY]
    return told


def scopes_of(api: NinjaAPI) -> dict[str, May]:
    """What each operation needs, by its name."""
    operations = [
        one
        for router in api._get_bound_routers()
        for view in router.path_operations.values()
        for one in view.operations
    ]
    return {
        one.view_func.__name__: check.may
        for one in operations
        for check in one.auth_callbacks
        if isinstance(check, Scope)
    }


def page_of(api: NinjaAPI) -> Any:
    """The view that serves it; whoever may read the documentation may read this, so it needs no token."""

    @cache
    def made() -> dict[str, Any]:
        return openapi(api)

    def show(_request: HttpRequest) -> HttpResponse:
        return JsonResponse(made(), headers={"Cache-Control": "public, max-age=300"})

    return show
