"""Live: the stream by which a page learns what others do, as it happens.

In:    a page that is open: its list, its conversation, its story, the last event it knows of
Out:   server-sent events (docs/reference/front-end.md, "The live stream")
Touch: nothing; it holds no connection to the database while it streams
"""

from collections.abc import AsyncIterator
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone, translation
from prometheus_client import Gauge

from threadwell.interfaces.web import listing, live_hub, timelines
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.live_parts import Look, Screen
from threadwell.interfaces.web.live_stories import Story
from threadwell.record.conversations.models import Conversation
from threadwell.record.workplace.roles import May

STREAMS = Gauge("threadwell_streams", "Live pages that are open.", multiprocess_mode="livesum")
RETRY = 3000  #: milliseconds after which a browser tries again by itself


@allowed(May.READ)
def stream(request: Request) -> HttpResponseBase:
    """GET .../live/?view=&conversation=&story=&after="""
    screen = _screen(request)
    after = _key(request.GET.get("after") or request.headers.get("Last-Event-ID", ""))
    mine = live_hub.Stream(screen=screen, session_key=request.session.session_key or "")
    response = StreamingHttpResponse(_pieces(mine, after), content_type="text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # proxies shall pass each piece on
    return response


async def _pieces(mine: live_hub.Stream, after: UUID | None) -> AsyncIterator[bytes]:
    # Django gives the connection back when the answer ends, which may be in hours.
    await sync_to_async(_give_back, thread_sensitive=True)()
    hub = live_hub.hub()
    hub.join(mine)
    STREAMS.inc()
    try:
        yield f"retry: {RETRY}\n\n".encode()
        await hub.catch_up(mine, after)
        while not mine.is_over or not mine.waiting.empty():
            piece = await mine.waiting.get()
            if piece is None:
                return
            yield piece
    finally:
        STREAMS.dec()
        hub.leave(mine)


def _give_back() -> None:
    # The connection is this thread's own, so it has to be looked up here.
    connection.close()


def _screen(request: Request) -> Screen:
    number = request.GET.get("conversation", "")
    opened = Conversation.objects.of(request.workspace).filter(
        number=int(number) if number.isdecimal() and len(number) < 18 else 0
    )
    get_token(request)  # forms that come by the stream carry it
    return Screen(
        workspace=request.workspace,
        agent=request.agent,
        look=Look(timezone.get_current_timezone_name(), translation.get_language() or "", request.agent.role),
        view=_view(request),
        conversation_id=opened.values_list("pk", flat=True).first(),
        veil=request.veil,
        request=request,
        story=_story(request),
        is_overview=bool(request.GET.get("overview")),
    )


def _view(request: Request) -> listing.View | None:
    key = request.GET.get("view", "")
    if not key:
        return None
    try:
        return listing.view_of(request, key, request.GET)
    except Http404:
        return None


def _story(request: Request) -> Story | None:
    """A customer, a piece of work, or a kind of work whose board is open."""
    kind, _, text = request.GET.get("story", "").partition(":")
    key = _key(text)
    if kind == "board" and key:
        return Story(keys=frozenset({key}))
    try:
        return Story.of(timelines.scope_at(request, kind, key)) if key else None
    except Http404:
        return None


def _key(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
