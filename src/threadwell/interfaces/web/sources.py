"""Sources: a mail as it came, shown so that nothing in it can act.

In:    bytes
Out:   its headers, its beginning as text, the file
Touch: nothing
"""

from email import policy
from email.parser import BytesHeaderParser
from typing import Any

from django.http import HttpResponse

SHOWN = 200_000  #: characters of a source; the download has all of it
HEADERS_WITHIN = 1_000_000  #: bytes


def source_of(raw: bytes) -> dict[str, Any]:
    """What `ledger/delivery.html#source` shows."""
    parsed = BytesHeaderParser(policy=policy.compat32).parsebytes(raw[:HEADERS_WITHIN])
    text = raw[: 4 * SHOWN].decode("utf-8", "replace")
    return {
        "headers": [(name, " ".join(str(value).split())) for name, value in parsed.items()],
        "raw": text[:SHOWN],
        "is_cut": len(text) > SHOWN or len(raw) > 4 * SHOWN,
    }


def download_of(raw: bytes, name: str) -> HttpResponse:
    """The whole mail as a file; never something that a browser shows."""
    response = HttpResponse(raw, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}.eml"'
    return response
