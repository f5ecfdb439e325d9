"""Frames: a customer's HTML as a page of its own that runs nothing, and fetches nothing but our pictures.

In:    a message
Out:   its HTML under its own content policy, history folded
Touch: nothing

Three walls: the HTML was made harmless when it came in and is once more here; the policy of the page allows
no script, no form, no style sheet but ours and no picture but ours; the desk frames it in a sandbox.
"""

import re
from collections.abc import Iterable
from uuid import UUID

from django.http import Http404, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from selectolax.lexbor import LexborHTMLParser, LexborNode

from threadwell.channels.email import quotes
from threadwell.interfaces.web import filing, images
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.kit import html
from threadwell.record.conversations.models import Attachment, Message
from threadwell.record.workplace.roles import May

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        # Without the attributes no letter would look as it was sent. What they may say is a list (kit.html),
        # and nothing on it fetches.
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'none'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox",
    )
)
_FOLLOWED = re.compile(r"(?:https?|mailto|tel|sms|webcal|geo):", re.IGNORECASE)
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
_WRONG_SIZE = re.compile(r"[^0-9.%]")


@allowed(May.READ)
def show(request: Request, message_id: UUID) -> HttpResponse:
    """GET .../messages/<id>/frame/"""
    try:
        message = Message.objects.of(request.workspace).only("html", "quoted").get(pk=message_id)
    except Message.DoesNotExist:
        raise Http404 from None
    files = Attachment.objects.of(request.workspace).filter(message_id=message_id).exclude(content_id="")
    body = harmless(request, message, files, with_images=request.GET.get("images") == "yes")
    response = HttpResponse(_document(body))
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


def harmless(request: Request, message: Message, files: Iterable[Attachment], *, with_images: bool) -> str:
    """What stands in the page's body."""
    new, history = quotes.fold_html(html.sanitise(message.html))
    inside = {file.content_id: _address(request, file) for file in files}
    body = _dressed(request, message, new, inside, with_images=with_images)
    if history:
        folded = _dressed(request, message, history, inside, with_images=with_images)
        said = escape(_("Earlier messages, quoted"))
        body += f'<details class="history"><summary>{said}</summary><div>{folded}</div></details>'
    return body


def _dressed(
    request: Request, message: Message, page: str, inside: dict[str, str], *, with_images: bool
) -> str:
    tree = LexborHTMLParser(page)
    for link in tree.css("a[href]"):
        _lead_out(link)
    for picture in tree.css("img"):
        _show(picture, request, message, inside, with_images=with_images)
    return (tree.body.inner_html or "") if tree.body else ""


def _lead_out(link: LexborNode) -> None:
    attributes = link.attrs
    href = _INVISIBLE.sub("", attributes.get("href") or "")
    if not _FOLLOWED.match(href):
        del attributes["href"]
        return
    attributes["target"] = "_blank"
    attributes["rel"] = "noopener noreferrer nofollow"


def _show(
    picture: LexborNode, request: Request, message: Message, inside: dict[str, str], *, with_images: bool
) -> None:
    attributes = picture.attrs
    address = (attributes.get("src") or "").strip()
    remote = attributes.get("data-remote-src") or ""
    if "data-remote-src" in attributes:
        del attributes["data-remote-src"]
    for name in ("width", "height"):
        if name in attributes and _WRONG_SIZE.search(attributes[name] or "x"):
            del attributes[name]
    if remote:
        shown = images.address_of(request.workspace.slug, message.pk, remote) if with_images else ""
    elif address[:4].lower() == "cid:":
        shown = inside.get(address[4:].strip("<>"), "")
    else:
        shown = address if address[:11].lower() == "data:image/" else ""
    if shown:
        attributes["src"] = shown
        attributes["loading"] = "lazy"
        return
    if "src" in attributes:
        del attributes["src"]
    attributes["class"] = "blocked"


def _document(body: str) -> str:
    direction = "rtl" if get_language_bidi() else "ltr"
    return (
        f'<!doctype html><html lang="{get_language() or "en"}" dir="{direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>-</title>'
        f'<link rel="stylesheet" href="{static("css/frame.css")}"></head>'
        f'<body dir="auto">{body}</body></html>'
    )


def _address(request: Request, file: Attachment) -> str:
    if file.content_type.lower() not in filing.PICTURES or file.scan == Attachment.Scan.WITHHELD:
        return ""
    dressed = filing.shown(file)
    return reverse("web:attachment", args=[request.workspace.slug, file.pk, dressed.url_name])  # type: ignore[attr-defined]
