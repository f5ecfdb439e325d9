"""Filing: how files are named, pictured and opened on pages.

In:    an Attachment
Out:   what a page shows of it; the type under which a browser may open it
Touch: nothing
"""

import re
from typing import Any

from django.urls import reverse

from threadwell.record.conversations.models import Attachment
from threadwell.record.workplace.models import Workspace

#: What a browser may open by itself: nothing here runs anything. All else is downloaded.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif"})
PDF = "application/pdf"
TEXTS = frozenset({"text/plain", "text/csv", "text/markdown", "text/x-log"})
_ICONS = (
    ("image/", "file-image"),
    ("text/", "file-text"),
    ("application/pdf", "file-text"),
    ("video/", "video"),
)
_ENDINGS = {
    **dict.fromkeys(("zip", "rar", "7z", "gz", "tar"), "file-archive"),
    **dict.fromkeys(("xls", "xlsx", "ods", "csv"), "file-spreadsheet"),
    **dict.fromkeys(("doc", "docx", "odt", "rtf"), "file-text"),
}
PREVIEWED = 3_000_000  #: pictures up to this size are shown beneath their message


def shown(file: Attachment) -> Attachment:
    """The file with what its chip shows."""
    dressed: Any = file
    dressed.icon = _icon(file)
    is_shown = file.scan not in {Attachment.Scan.WAITING, Attachment.Scan.WITHHELD}
    dressed.is_withheld = file.scan == Attachment.Scan.WITHHELD
    dressed.is_unscanned = file.scan == Attachment.Scan.WAITING
    dressed.is_unread = file.scan == Attachment.Scan.UNREAD
    dressed.is_viewable = is_shown and bool(opens_as(file.content_type))
    dressed.is_picture = is_shown and file.content_type.lower() in PICTURES and file.size <= PREVIEWED
    dressed.url_name = re.sub(r"[^\w.\- ]+", "_", file.filename).strip(". ") or "file"
    return file


def address_of(workspace: Workspace, file: Attachment) -> str:
    """Where a browser finds it."""
    dressed: Any = shown(file)
    return reverse("web:attachment", args=[workspace.slug, file.pk, dressed.url_name])


def opens_as(content_type: str) -> str:
    """The type under which a browser may open it, or nothing."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in PICTURES or kind == PDF:
        return kind
    return "text/plain; charset=utf-8" if kind in TEXTS else ""


def _icon(file: Attachment) -> str:
    if named := _ENDINGS.get(file.filename.rpartition(".")[2].lower()):
        return named
    kind = file.content_type.lower()
    return next((icon for begin, icon in _ICONS if kind.startswith(begin)), "file")
