"""Params: the parameters behind a header's value, in RFC 2231's way and in all the others.

In:    the value of Content-Type or Content-Disposition, as bytes.
Out:   a mapping from names in lower case to text.
Touch: nothing.
"""

import re
from urllib.parse import unquote_to_bytes

from threadwell.channels.email.charsets import decode
from threadwell.channels.email.words import unworded

type Params = dict[str, str]

# name = "quoted with \" escapes" | a token; a quote that never closes runs to the end of the value.
_PARAM = re.compile(rb";\s*([^\s=;\"]{1,80})\s*=\s*(?:\"((?:[^\"\\]|\\.)*)(?:\"|\\?\Z)|([^;]*))", re.DOTALL)
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?\Z")


def parameters(value: bytes) -> Params:
    """Every parameter of a header value; the first of a name wins."""
    params: Params = {}
    split: dict[str, list[tuple[int, bool, bytes]]] = {}
    for found in _PARAM.finditer(value[:20_000]):
        name = found[1].decode("latin-1").lower()
        raw = re.sub(rb"\\(.)", rb"\1", found[2]) if found[2] is not None else found[3].strip()
        section = _SECTION.match(name) if "*" in name else None
        if section:
            split.setdefault(section[1], []).append((int(section[2] or 0), bool(section[3]), raw))
        else:
            params.setdefault(name, _plain(raw))
    for name, sections in split.items():
        params[name] = _joined(sections) or params.get(name, "")
    return params


def _plain(raw: bytes) -> str:
    """Senders write RFC 2047 words here though they must not, and naked bytes of some charset."""
    return unworded(raw) if b"=?" in raw else decode(raw)[0]


def _joined(sections: list[tuple[int, bool, bytes]]) -> str:
    """RFC 2231: sections by number, the charset before the first quote mark, escapes by %."""
    charset, whole = "", b""
    for place, (_, is_extended, raw) in enumerate(sorted(sections, key=lambda section: section[0])):
        if is_extended and place == 0 and raw.count(b"'") >= 2:
            label, _, rest = raw.split(b"'", 2)
            charset, whole = label.decode("latin-1"), unquote_to_bytes(rest)
        else:
            whole += unquote_to_bytes(raw) if is_extended else raw
    return decode(whole, charset)[0] if charset or b"=?" not in whole else unworded(whole)
