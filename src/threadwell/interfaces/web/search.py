"""Search: all history on one page.

In:    what somebody typed
Out:   the messages that fit, the newest first, with what was found marked; work of that number or name
Touch: nothing
"""

from dataclasses import dataclass
from time import perf_counter
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.record.conversations import marking, search
from threadwell.record.conversations.models import Attachment, Message
from threadwell.record.work import finding as works
from threadwell.record.workplace.models import Workspace
from threadwell.record.workplace.roles import May

MOST = 30
WORK = 5  #: pieces of work above the messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A message that fits, as the page shows it."""

    message: Message
    url: str
    title: SafeString
    who: str
    marked: SafeString
    files: list[str]


@allowed(May.READ)
def show(request: Request) -> HttpResponse:
    """GET .../search/?q=&after="""
    typed = request.GET.get("q", "").strip()
    began = perf_counter()
    asked = search.read(typed, by=request.agent)
    found = search.messages(request.workspace.pk, asked, most=MOST, cursor=request.GET.get("after", ""))
    files = _files_of(request.workspace, found.messages)
    hits = [_hit(request, message, asked, files.get(message.pk, [])) for message in found.messages]
    took = gettext("found in %(ms)d ms") % {"ms": (perf_counter() - began) * 1000}
    on = urlencode({"q": typed, "after": found.next})
    older = f"{reverse('web:search', args=[request.workspace.slug])}?{on}"
    context = {
        "q": typed,
        "hits": hits,
        "older_url": older if found.next else "",
        "took": took,
        "not_understood": asked.not_understood,
        "work": works.by_words(request.workspace.pk, typed, most=WORK) if typed else [],
        "here": "search",
    }
    return page(request, "search/search.html", context)


def _hit(request: Request, message: Message, asked: search.Asked, files: list[str]) -> Hit:
    return Hit(
        message=message,
        url=f"{deeds.home_of(request, message.conversation)}#message-{message.pk}",
        title=_marked(message.subject or message.conversation.subject, asked),
        who=message.from_name or message.from_address,
        marked=_marked(message.text or message.quoted, asked),
        files=[name for name in files if any(word in name.lower() for word in asked.marked)] or files[:3],
    )


def _marked(text: str, asked: search.Asked) -> SafeString:
    shown = marking.pieces(text, asked.marked)
    return format_html_join("", "{}", ((_piece(*one),) for one in shown))


def _piece(text: str, is_marked: bool) -> SafeString:  # noqa: FBT001 - a Piece, unpacked
    return format_html("<mark>{}</mark>" if is_marked else "{}", text)


def _files_of(workspace: Workspace, messages: list[Message]) -> dict[object, list[str]]:
    files: dict[object, list[str]] = {}
    with_files = [message.pk for message in messages if message.attachment_count]
    if with_files:
        rows = Attachment.objects.of(workspace).filter(message_id__in=with_files, is_inline=False)
        for message_id, name in rows.order_by("position").values_list("message_id", "filename"):
            files.setdefault(message_id, []).append(name)
    return files
