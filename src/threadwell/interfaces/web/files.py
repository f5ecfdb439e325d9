"""Files: what comes up for a draft, and what came with a message, looked at or downloaded.

In:    an upload; the key of an attachment
Out:   a line of the composer; the bytes, under a type that runs nothing in a browser
Touch: Attachment, blobs
"""

from typing import IO, Any, cast
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from threadwell.flow import outbound
from threadwell.interfaces.web import composer, filing
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.kit import blobs
from threadwell.record.conversations.models import Attachment, Draft
from threadwell.record.workplace.roles import May

#: The browser's own viewer of PDF does not work in a sandbox; it runs nothing of ours either.
_FOR_PDF = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:"
_FOR_REST = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox"


@allowed(May.NOTE)
def create(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/uploads/"""
    conversation = composer.place_of(request, number)
    draft = composer.draft_of(conversation, request.agent)
    if draft is None:
        kind = composer.REPLY if May.REPLY in request.agent.may else composer.NOTE
        draft = outbound.begin(conversation, kind, by=request.agent)
        outbound.save(draft, text="")
    return attached(request, draft)


@allowed(May.READ)
def show(request: Request, attachment_id: UUID, filename: str) -> HttpResponse:
    """GET .../attachments/<id>/<filename>"""
    try:
        file = Attachment.objects.of(request.workspace).select_related("draft").get(pk=attachment_id)
        if file.draft and file.draft.agent_id != request.agent.pk:
            raise Http404
        outbound.refuse_withheld(file)
        content = blobs.read(request.workspace.pk, file.sha256)
    except (Attachment.DoesNotExist, blobs.Missing):
        raise Http404 from None
    except blobs.Unreachable:
        words = _("The file cannot be fetched right now. Please try again in a moment.")
        return HttpResponse(words, status=503, content_type="text/plain; charset=utf-8")
    kind = "" if "download" in request.GET else filing.opens_as(file.content_type)
    response = HttpResponse(content, content_type=kind or "application/octet-stream")
    disposition = content_disposition_header(as_attachment=not kind, filename=file.filename or "file")
    response["Content-Disposition"] = disposition or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = _FOR_PDF if kind == filing.PDF else _FOR_REST
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    is_settled = file.scan != Attachment.Scan.WAITING
    response["Cache-Control"] = "private, max-age=86400, immutable" if is_settled else "private, no-store"
    return response


def attached(request: Request, draft: Draft) -> HttpResponse:
    """Keep the file that was posted; its line for the composer, or its address for the editor."""
    upload = request.FILES.get("file")
    is_inline = request.POST.get("inline") == "yes"
    if upload is None:
        return _refused(_("No file came with this."))
    try:
        file = _kept(draft, upload, is_inline=is_inline)
    except outbound.TooLarge as wrong:
        return _refused(str(wrong.sentence))
    if is_inline:
        return JsonResponse({"url": filing.address_of(request.workspace, file), "cid": file.content_id})
    # The element asks by itself, not through htmx, and wants the line alone.
    return HttpResponse(render_to_string("desk/composer.html#file", {"file": filing.shown(file)}, request))


def take_posted(request: Request, draft: Draft) -> None:
    """Files that came with the form itself, from browsers without scripts."""
    for upload in request.FILES.getlist("files"):
        _kept(draft, upload, is_inline=False)


def _kept(draft: Draft, upload: "UploadedFile[Any]", *, is_inline: bool) -> Attachment:
    source = cast("IO[bytes]", upload)
    return outbound.enclose_file(draft, source, name=upload.name or "", is_inline=is_inline)


def _refused(sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=422, content_type="text/plain; charset=utf-8")
