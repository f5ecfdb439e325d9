"""Downloads: a file that is made for one reader, however long it gets.

In:    its bytes in pieces, or a file of ours that nobody else needs; a name; a type
Out:   an answer that sends it piece by piece
Touch: a file in the system's folder for such, gone when the answer is
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import IO

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

PIECE = 1 << 18


def download(
    request: HttpRequest, pieces: Iterable[bytes], name: str, content_type: str
) -> StreamingHttpResponse:
    """Write it now, while the reader's workspace is entered; send it afterwards."""
    held = tempfile.TemporaryFile()  # noqa: SIM115 (closed by the one who sends it)
    for piece in pieces:
        held.write(piece)
    return sent(request, held, name, content_type)


def sent(request: HttpRequest, held: IO[bytes], name: str, content_type: str) -> StreamingHttpResponse:
    """Send what was written there."""
    size = held.tell()
    held.seek(0)
    # Django would read the whole of a plain iterator before an asynchronous server sends it.
    body = _slowly(held) if isinstance(request, ASGIRequest) else _plainly(held)
    response = StreamingHttpResponse(body, content_type=content_type)
    response["Content-Length"] = str(size)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _plainly(held: IO[bytes]) -> Iterator[bytes]:
    with held:
        while piece := held.read(PIECE):
            yield piece


async def _slowly(held: IO[bytes]) -> AsyncIterator[bytes]:
    with held:
        while piece := await asyncio.to_thread(held.read, PIECE):
            yield piece
