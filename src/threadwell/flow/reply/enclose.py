"""Enclose: a file goes along with what somebody writes.

In:    a draft, the name and the bytes of a file
Out:   Attachment
Touch: Attachment, blobs
"""

import mimetypes
from os import SEEK_END
from typing import IO

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext as _

from threadwell.channels.email import names
from threadwell.kit import blobs, ids
from threadwell.kit.errors import Invalid
from threadwell.record.conversations.models import Attachment, Draft


class TooLarge(Invalid):
    """More than a draft may carry."""

    code = "too-large"


def put(draft: Draft, source: IO[bytes], *, name: str, is_inline: bool) -> Attachment:
    """Keep the file with the draft; one that is inline gets an id by which the text shows it."""
    name = names.tidy(name) or "file"
    _refuse_over(draft, name=name, size=source.seek(0, SEEK_END))
    source.seek(0)
    content = source.read()
    content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Attachment.objects.create(
        workspace_id=draft.workspace_id,
        draft=draft,
        filename=name[:255],
        content_type=content_type[:127],
        size=len(content),
        sha256=blobs.keep(draft.workspace_id, content),
        is_inline=is_inline,
        content_id=f"{ids.new().hex}@threadwell" if is_inline else "",
        position=min(draft.files.count(), 1000),
        scan=Attachment.Scan.at_first(),
    )


def _refuse_over(draft: Draft, *, name: str, size: int) -> None:
    held = draft.files.aggregate(Sum("size"))["size__sum"] or 0
    if held + size > settings.UPLOAD_LIMIT:
        limit = {"name": name, "limit": f"{settings.UPLOAD_LIMIT // 1024 // 1024} MB"}
        raise TooLarge(
            _("%(name)s is too large: a message carries %(limit)s at most, all files together.") % limit
        )
