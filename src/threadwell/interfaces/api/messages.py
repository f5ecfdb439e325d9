"""Messages: one message, its files, and what can be done while it leaves.

In:    the key of a message or of a file
Out:   messages, bytes
Touch: nothing but through `outbound`
"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from ninja import Router

from threadwell.flow import outbound
from threadwell.interfaces.api import conversations, talk
from threadwell.interfaces.api.entrance import Call, Scope
from threadwell.interfaces.api.rows import one_of
from threadwell.kit import blobs
from threadwell.kit.errors import NotFound
from threadwell.record.conversations.models import Attachment, Message
from threadwell.record.workplace.roles import May

router = Router(tags=["Messages"])

BYTES = {
    "responses": {200: {"description": "The bytes", "content": {"application/octet-stream": {"schema": {}}}}}
}


@router.get("/messages/{uuid:message_id}", response=talk.MessageShape, auth=Scope(May.READ))
def get_message(request: Call, message_id: UUID) -> Message:
    """One message."""
    return _shown(request, message_id)


@router.get("/files/{uuid:file_id}", response=None, auth=Scope(May.READ), openapi_extra=BYTES)
def get_file(request: Call, file_id: UUID) -> HttpResponse:
    """A file that came with a message, as a download; not one in which something harmful was found."""
    # A draft's files are for its writer alone until it is sent.
    files = Attachment.objects.of(request.workspace_id).exclude(message=None)
    file = one_of(files, pk=file_id)
    outbound.refuse_withheld(file)
    try:
        content = blobs.read(request.workspace_id, file.sha256)
    except blobs.Missing:
        raise NotFound(_("The bytes of this file are not here any more.")) from None
    name = content_disposition_header(as_attachment=True, filename=file.filename or "file")
    return HttpResponse(
        content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": name or "attachment", "X-Content-Type-Options": "nosniff"},
    )


@router.post("/messages/{uuid:message_id}/retry", response=talk.MessageShape, auth=Scope(May.REPLY))
def retry_message(request: Call, message_id: UUID) -> Message:
    """Try again now with everybody who has not got it."""
    outbound.retry(_held(request, message_id), by=request.agent)
    return _shown(request, message_id)


@router.post("/messages/{uuid:message_id}/give-up", response=talk.MessageShape, auth=Scope(May.REPLY))
def give_up_message(request: Call, message_id: UUID) -> Message:
    """Do not try again: whoever has not got it will not get it."""
    outbound.give_up(_held(request, message_id), by=request.agent)
    return _shown(request, message_id)


@router.post("/messages/{uuid:message_id}/recall", response={204: None}, auth=Scope(May.REPLY))
def recall_message(request: Call, message_id: UUID) -> None:
    """Take it back before it leaves: it is a draft of its writer again."""
    outbound.take_back(_held(request, message_id), by=request.agent)


def _shown(request: Call, message_id: UUID) -> Message:
    found: Message = one_of(conversations.messages(request), pk=message_id)
    return found


def _held(request: Call, message_id: UUID) -> Any:
    return one_of(Message.objects.of(request.workspace_id), pk=message_id)
