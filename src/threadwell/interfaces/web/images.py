"""Images: pictures from outside, fetched by us, so that the sender learns nothing about the reader.

In:    an address that we have signed for one message
Out:   the picture's bytes; nothing when it is no picture, too big, too slow, or stands in a private network
Touch: the network
"""

from asyncio import to_thread
from uuid import UUID

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control

from threadwell.interfaces.web.entrance import allowed
from threadwell.kit import outside
from threadwell.record.workplace.roles import May

LIMIT = 10_000_000
SECONDS = 10.0
VALID = 86_400  #: seconds; a page that stays open longer shows its pictures after the next look
#: What each kind begins with. SVG is none of them: it can carry scripts.
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
)


def address_of(slug: str, message_id: UUID, url: str) -> str:
    """Where the desk shows the picture that stands at ``url`` in that message."""
    signed = signing.dumps(url, salt=_salt(slug, message_id), compress=True)
    return f"{reverse('web:picture', args=[slug, message_id])}?at={signed}"


@allowed(May.READ)
async def show(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """GET .../messages/<id>/picture/?at=<signed address>

    No transaction is open here, so that slow servers outside hold none of our connections.
    """
    slug = request.path_info.split("/")[2]
    try:
        url = signing.loads(request.GET.get("at", ""), salt=_salt(slug, message_id), max_age=VALID)
        content = await to_thread(outside.fetch, url, limit=LIMIT, seconds=SECONDS)
    except (signing.BadSignature, outside.NotFetched):
        raise Http404 from None
    kind = kind_of(content)
    if not kind:
        raise Http404
    response = HttpResponse(content, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Disposition"] = "inline"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    patch_cache_control(response, private=True, max_age=VALID)
    return response


def kind_of(content: bytes) -> str:
    """The type of a picture by its first bytes, whatever its server called it."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    return next((kind for begin, kind in _BEGINNINGS if content.startswith(begin)), "")


def _salt(slug: str, message_id: UUID) -> str:
    return f"picture:{slug}:{message_id}"
