"""Asgi: the one application that the web server calls.

In:    requests
Out:   Django's answers, each with a number that also stands in the log
Touch: the log, the counters of requests
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import django
import structlog
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import get_resolver
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from prometheus_client import Counter, Histogram

from threadwell.config import kinship
from threadwell.kit import ids

type Scope = dict[str, Any]
type Receive = Callable[[], Awaitable[Mapping[str, Any]]]
type Send = Callable[[Mapping[str, Any]], Awaitable[None]]
type Application = Callable[[Scope, Receive, Send], Awaitable[None]]

REQUESTS = Counter("threadwell_requests", "Requests answered.", ["method", "status"])
SECONDS = Histogram("threadwell_request_seconds", "Time until the answer began.", ["method"])
_WATCHED_BY_MACHINES = ("/healthz", "/readyz", "/metrics")
_log = structlog.get_logger("threadwell.web")


def numbered(inner: Application) -> Application:
    """Give every request a number, tell it in the log and in the answer, and count."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return
        kinship.go_after(asyncio.get_running_loop())
        number, begun = str(ids.new()), time.perf_counter()
        structlog.contextvars.bind_contextvars(request=number)

        async def send_numbered(event: Mapping[str, Any]) -> None:
            if event["type"] == "http.response.start":
                told = [(b"x-request-id", number.encode())]
                if _is_leaving.is_set():
                    told.append((b"connection", b"close"))  # whoever asks again finds our successor
                event = {**event, "headers": [*event["headers"], *told]}
                _note(scope, status=event["status"], took=time.perf_counter() - begun)
            await send(event)

        try:
            await inner(scope, receive, send_numbered)
        finally:
            structlog.contextvars.clear_contextvars()

    return answer


def _note(scope: Scope, *, status: int, took: float) -> None:
    REQUESTS.labels(scope["method"], status).inc()
    SECONDS.labels(scope["method"]).observe(took)
    if scope["path"] not in _WATCHED_BY_MACHINES:
        # Without what follows the question mark: searches and tokens stand there.
        _log.info(
            "request", method=scope["method"], path=scope["path"], status=status, ms=round(took * 1000, 1)
        )


kinship.vanish_with_parent()
_is_leaving = kinship.hear_of_leaving()
django.setup()
# Now, not at the first request: what is wrong with the pages is told at the start, and nobody waits for it.
_ = get_resolver().url_patterns
application = wrap_asgi_with_proxy_headers(
    numbered(get_asgi_application()), trusted_hosts=list(settings.TRUSTED_PROXIES)
)
kinship.say_ready_to_parent()
