"""Smime: the readable inside of mail that is signed in one piece (RFC 8551, application/pkcs7-mime).

In:    the bytes of the part (CMS, in DER or BER).
Out:   the signed content, or None when it is encrypted or broken. The signature is not verified here.
Touch: nothing.
"""

_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_DATA = bytes.fromhex("06092a864886f70d010701")
_SEQUENCE, _CONTEXT_0, _OCTETS, _OCTETS_IN_PIECES = 0x30, 0xA0, 0x04, 0x24
_DEEPEST = 6


def signed_content(raw: bytes) -> bytes | None:
    """What was signed: the content of the SignedData."""
    # ContentInfo: the object id of SignedData stands within its first bytes.
    if raw[:1] != bytes((_SEQUENCE,)) or not 0 < raw.find(_SIGNED_DATA, 0, 32) < 12:
        return None
    start = raw.find(_DATA, 0, 400)
    if start < 0:
        return None
    try:
        tag, content, _ = _element(raw, start + len(_DATA))
        if tag != _CONTEXT_0:
            return None
        tag, content, _ = _element(content, 0)
        return _octets(tag, content, 0)
    except (IndexError, ValueError):
        return None


def _octets(tag: int, content: bytes, depth: int) -> bytes:
    """A string of octets; in BER it may come in pieces."""
    if tag == _OCTETS:
        return content
    if tag != _OCTETS_IN_PIECES or depth > _DEEPEST:
        raise ValueError("no string of octets")
    pieces: list[bytes] = []
    at = 0
    while at < len(content) and content[at : at + 2] != b"\0\0":
        inner, piece, at = _element(content, at)
        pieces.append(_octets(inner, piece, depth + 1))
    return b"".join(pieces)


def _element(raw: bytes, at: int) -> tuple[int, bytes, int]:
    """Tag, content and end of the element that begins here."""
    tag, length = raw[at], raw[at + 1]
    at += 2
    if length == 0x80:
        # Without a length: whoever reads the content stops at its end mark.
        return tag, raw[at:], len(raw)
    if length > 0x80:
        size = length & 0x7F
        if size > 4:
            raise ValueError("an absurd length")
        length = int.from_bytes(raw[at : at + size])
        at += size
    return tag, raw[at : at + length], at + length
