"""Tnef: what Outlook packs into winmail.dat.

In:    the bytes of the file.
Out:   Packed (text, HTML, files), or None when it cannot be read.
Touch: nothing.
"""

from dataclasses import dataclass

from tnefparse import TNEF

from threadwell.channels.email.charsets import decode

_BIGGEST = 80_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    text: str
    html: str
    files: tuple[tuple[str, bytes], ...]


def unpacked(raw: bytes) -> Packed | None:
    """The content of a winmail.dat."""
    if len(raw) > _BIGGEST:
        return None
    try:
        parcel = TNEF(raw)
        text, html = _told(parcel.body), _told(parcel.htmlbody)
        files = tuple(
            (file.long_filename() or file.name or "", bytes(file.data or b"")) for file in parcel.attachments
        )
    except Exception:  # the library raises whatever broken files make it stumble over
        return None
    if not (text or html or files):
        return None
    return Packed(text=text, html=html, files=files)


def _told(written: str | bytes | None) -> str:
    if isinstance(written, bytes):
        written = decode(written)[0]
    return (written or "").replace("\r\n", "\n").strip("\0\n")
