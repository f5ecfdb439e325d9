"""Once: a write that carries a key is done once, however often it is asked for.

In:    a call with the header Idempotency-Key
Out:   the answer; for a call that was answered before, the same answer again
Touch: workplace.ApiAnswer, an advisory lock of PostgreSQL

The answer is kept in the transaction of the write: both are there, or neither is. So a refused call, and
one that a crash cut short, may be tried again under its key.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.errors import DomainError, Invalid
from threadwell.record.workplace.models import ApiAnswer, ApiToken

REMEMBERED = timedelta(hours=24)
LONGEST = 200
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class StillRunning(DomainError):
    """The first call with this key has not been answered yet."""

    code = "still-running"


class KeyReused(Invalid):
    """The key was used for another call."""

    code = "key-reused"


def answered(request: HttpRequest, token: ApiToken, do: Callable[[], HttpResponse]) -> HttpResponse:
    """``do``, unless its answer is known; runs inside the call's transaction."""
    key = request.headers.get("Idempotency-Key", "")
    if not key or request.method in _READING:
        return do()
    if len(key) > LONGEST or not key.isprintable():
        raise Invalid(_("An idempotency key has at most 200 printable characters."))
    _hold(token.pk, key)
    asked = _print_of(request)
    mine = ApiAnswer.objects.of(token.workspace_id).filter(token=token)
    mine.filter(made_at__lt=clock.now() - REMEMBERED).delete()
    if known := mine.filter(key=key).first():
        return _again(known, asked)
    response = do()
    if response.status_code < 400:
        ApiAnswer.objects.create(
            workspace_id=token.workspace_id,
            token=token,
            key=key,
            print=asked,
            status=response.status_code,
            body=response.content.decode(),
        )
    return response


def _hold(token_id: UUID, key: str) -> None:
    """Nobody else answers this key until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"{token_id} {key}"])
        if not cursor.fetchone()[0]:
            raise StillRunning(_("The first call with this key is still running. Ask again in a moment."))


def _again(known: ApiAnswer, asked: str) -> HttpResponse:
    if known.print != asked:
        raise KeyReused(_("This idempotency key was used for another call."))
    return HttpResponse(
        known.body,
        status=known.status,
        content_type="application/json; charset=utf-8",
        headers={"Idempotency-Replayed": "true"},
    )


def _print_of(request: HttpRequest) -> str:
    told = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(told + request.body).hexdigest()
