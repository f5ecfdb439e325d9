"""Names: what a part is called, safe to show and to save.

In:    a part of the tree.
Out:   a file name without paths, control characters or tricks; never empty.
Touch: nothing.
"""

import mimetypes
import re
import unicodedata

from threadwell.channels.email import words
from threadwell.channels.email.parts import Node

_LONGEST = 180
# Direction marks can make "exe.gpj" look like a picture.
_TRICKS = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_FORBIDDEN = re.compile(r'[\\/<>"|?*]+')
_EXTENSIONS = {
    "message/rfc822": ".eml", "message/global": ".eml", "text/plain": ".txt", "text/html": ".html",
    "message/delivery-status": ".txt", "message/disposition-notification": ".txt",
    "text/rfc822-headers": ".txt",
    "message/feedback-report": ".txt", "text/calendar": ".ics", "application/ics": ".ics",
    "image/jpeg": ".jpg", "image/jpg": ".jpg", "image/pjpeg": ".jpg", "image/png": ".png",
    "image/gif": ".gif",
    "application/pgp-signature": ".asc", "application/pgp-encrypted": ".asc", "application/pgp-keys": ".asc",
    "application/pkcs7-signature": ".p7s", "application/x-pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m", "application/x-pkcs7-mime": ".p7m", "application/octet-stream": ".bin",
    "application/ms-tnef": ".dat", "text/vcard": ".vcf", "text/x-vcard": ".vcf", "text/csv": ".csv",
}  # fmt: skip
_USUAL = {
    "message/delivery-status": "delivery-status", "text/rfc822-headers": "headers",
    "application/pgp-signature": "signature", "application/pkcs7-signature": "smime",
    "application/x-pkcs7-signature": "smime", "application/pkcs7-mime": "smime",
    "application/x-pkcs7-mime": "smime", "text/calendar": "invitation", "message/rfc822": "message",
}  # fmt: skip


def written_name(node: Node) -> str:
    """The name that the sender gave the part, or empty."""
    for params, key in (
        (node.disposition_params, "filename"),
        (node.params, "name"),
        (node.params, "filename"),
    ):
        if name := params.get(key, "").strip():
            return name
    return ""


def file_name(node: Node, number: int) -> str:
    """The name to list the part by: the sender's, else one that tells what it is."""
    if name := tidy(written_name(node)):
        return name
    for told in (_subject(node), words.line(node.first("content-description")), _location(node)):
        if name := tidy(told.replace("/", "-").replace("\\", "-")):
            return with_extension(name, node.content_type)
    return with_extension(_USUAL.get(node.content_type, f"part-{number}"), node.content_type)


def tidy(name: str) -> str:
    """A name without what could lead a file system or a reader astray."""
    name = _TRICKS.sub("", unicodedata.normalize("NFC", name))
    name = re.split(r"[\\/]", name.rstrip("\\/ "))[-1]
    name = " ".join(_FORBIDDEN.sub("_", name).split()).strip(". ")
    if len(name) > _LONGEST:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: _LONGEST - 20]}.{ending}" if dot and len(ending) < 12 else name[:_LONGEST]
    return name


def type_of(name: str) -> str:
    """The content type that a file name suggests."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def with_extension(name: str, content_type: str) -> str:
    ending = _EXTENSIONS.get(content_type) or mimetypes.guess_extension(content_type) or ".bin"
    known = mimetypes.guess_type(name)[0] is not None and not content_type.startswith("message/")
    return name if known or name.lower().endswith(ending) else name + ending


def _subject(node: Node) -> str:
    if node.content_type not in ("message/rfc822", "message/global"):
        return ""
    inner = re.search(
        rb"^subject:((?:.*(?:\r?\n[ \t])?)*)", node.content()[:20_000], re.IGNORECASE | re.MULTILINE
    )
    return words.line(inner[1]) if inner else ""


def _location(node: Node) -> str:
    written = words.line(node.first("content-location"))
    return "" if ":" in written else written
