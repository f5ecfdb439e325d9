"""Page: the one way a view answers a browser.

In:    a request, a template's name with an optional ``#part``, what the template shows
Out:   a whole page, a part of it for htmx, or a redirect after a plain post
Touch: the session's waiting messages, which ride along with a part as toasts
"""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers

SEE_OTHER = 303
TOASTS = "parts/toasts.html#riding"


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    to: str | object | None = None,
    events: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Answer with ``template``, or with its ``#part`` when htmx asked.

    ``to`` (an address, or a noun with ``get_absolute_url``) is where a plain post goes afterwards.
    ``events`` are our own events, told to the page's elements by name.
    """
    whole, _, part = template.partition("#")
    asked_by_htmx = request.headers.get("HX-Request") == "true"
    if to is not None and not (asked_by_htmx and part):
        return varied(HttpResponseRedirect(address(to), status=SEE_OTHER))
    shown = dict(context or {})
    if not (asked_by_htmx and part):
        return varied(HttpResponse(render_to_string(whole, shown, request), status=status))
    body = render_to_string(template, shown, request) + render_to_string(TOASTS, {}, request)
    response = HttpResponse(body, status=status)
    if events:
        response["HX-Trigger"] = json.dumps(dict(events))
    return varied(response)


def anew(request: HttpRequest, to: str) -> HttpResponse:
    """After what was pressed anywhere, such as an undo: that page, loaded whole."""
    if request.headers.get("HX-Request") == "true":
        return varied(HttpResponse(status=204, headers={"HX-Redirect": to}))
    return varied(HttpResponseRedirect(to, status=SEE_OTHER))


def toast(request: HttpRequest, text: str, *, undo: str = "", level: int = messages.SUCCESS) -> None:
    """Tell the reader in a corner what was done; ``undo`` is the address that takes it back."""
    messages.add_message(request, level, text, extra_tags=undo)


def address(to: str | object) -> str:
    return to if isinstance(to, str) else str(to.get_absolute_url())  # type: ignore[attr-defined]


def varied(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["HX-Request"])
    return response
