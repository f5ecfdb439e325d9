"""Unpack: keep the files that came with a letter.

In:    the Parts of a letter
Out:   Attachment rows
Touch: blobs, written before the row that names them
"""

from collections.abc import Iterable
from uuid import UUID

from threadwell.channels.port import Part
from threadwell.kit import blobs
from threadwell.record.conversations.models import Attachment, Message


def keep(workspace_id: UUID, parts: Iterable[Part]) -> list[Attachment]:
    """Store the bytes; the rows still want their message."""
    return [
        Attachment(
            workspace_id=workspace_id,
            filename=part.filename[:255],
            content_type=part.content_type[:127],
            size=part.size,
            sha256=blobs.keep(workspace_id, part.content),
            is_inline=part.inline,
            content_id=part.content_id[:300],
            position=position,
            scan=Attachment.Scan.at_first(),
        )
        for position, part in enumerate(parts)
    ]


def rows(files: Iterable[Attachment], message: Message) -> list[Attachment]:
    """The rows, now that there is a message they belong to."""
    for file in files:
        file.message_id = message.pk
    return list(files)
