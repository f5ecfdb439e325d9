"""Charsets: bytes to text, whatever the label says.

In:    bytes and the label they carry (wrong, unknown or absent).
Out:   clean text: no NUL, no control characters, no lone surrogates; and whether we had to guess.
Touch: nothing.
"""

import codecs
import re
from functools import lru_cache

from charset_normalizer import from_bytes

# Labels met in mail that Python's codecs do not know, and labels that everybody reads as their superset.
_ALIASES = {
    "ansi": "cp1252", "ansi_x3.4-1968": "us-ascii", "646": "us-ascii", "iso646": "us-ascii",
    "ascii-8bit": "us-ascii", "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "iso_8859-1": "cp1252",
    "latin1": "cp1252", "latin-1": "cp1252", "l1": "cp1252", "iso-8859-1-windows-3.1-latin-1": "cp1252",
    "x-ansi": "cp1252", "x-cp1252": "cp1252", "win-1252": "cp1252", "cp-1252": "cp1252",
    "iso-8859-9": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874", "windows-874": "cp874",
    "iso-8859-8-i": "iso8859_8", "iso-8859-8-e": "iso8859_8", "iso-8859-6-i": "iso8859_6",
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949", "ks_c_5601-1989": "cp949",
    "ksc_5601": "cp949", "euc-kr": "cp949", "euckr": "cp949", "korean": "cp949", "x-windows-949": "cp949",
    "windows-949": "cp949", "gb2312": "gb18030", "gb_2312-80": "gb18030", "gb_2312": "gb18030",
    "gbk": "gb18030", "x-gbk": "gb18030", "cn-gb": "gb18030", "chinese": "gb18030", "euc-cn": "gb18030",
    "x-euc-cn": "gb18030", "csgb2312": "gb18030", "gb18030-2000": "gb18030", "hz-gb-2312": "hz",
    "big5": "cp950", "big-5": "cp950", "x-x-big5": "cp950", "cn-big5": "cp950", "csbig5": "cp950",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "ms_kanji": "cp932",
    "windows-31j": "cp932", "cswindows31j": "cp932", "x-ms-cp932": "cp932", "windows-932": "cp932",
    "iso-2022-jp": "iso2022_jp_ext", "csiso2022jp": "iso2022_jp_ext", "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext", "x-euc-jp": "euc_jp", "eucjp-ms": "euc_jp", "x-euc-tw": "big5",
    "unicode-1-1-utf-7": "utf-7", "csunicode11utf7": "utf-7", "x-unicode-2-0-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8", "utf8mb4": "utf-8", "utf-8mb4": "utf-8", "unicode": "utf-16",
    "iso-10646-ucs-2": "utf-16-be", "ucs-2": "utf-16", "x-mac-roman": "mac_roman", "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic", "x-mac-ce": "mac_latin2", "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish", "x-mac-japanese": "cp932", "x-mac-chinesesimp": "gb18030",
    "dos-850": "cp850", "dos-862": "cp862", "dos-866": "cp866", "x-cp1250": "cp1250",
    "x-cp1251": "cp1251", "win-1251": "cp1251", "koi8": "koi8_r", "x-koi8-r": "koi8_r",
    "x-user-defined": "cp1252",
}  # fmt: skip

# Codecs of Python that are no charsets of mail; some of them would execute escapes or take forever.
_NO_CHARSETS = frozenset(
    ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "palmos")
)
# Every byte means something here, so a decoding that works proves nothing.
_SINGLE_BYTE = re.compile(r"(?:iso8859|cp125|cp8|cp4|cp7|koi8|mac|latin|kz1048|tis|hp)", re.ASCII)
_LIKELY = [
    "gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1251", "koi8_r", "cp1252", "cp1250", "iso8859_2",
    "cp1253", "cp1254", "cp1255", "cp1256", "cp866", "cp1257",
]  # fmt: skip
_HIGH_RUN = re.compile(rb"[\xa1-\xfe]+")
_LONG_RUN = re.compile(rb"[\x80-\xff]{3}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_SAMPLE = 6_000


def decode(raw: bytes, label: str = "") -> tuple[str, bool]:
    """The text of these bytes, and whether the label told the truth."""
    if raw.isascii() and b"\x1b" not in raw:
        codec = codec_of(label)
        if codec not in ("utf-7", "hz") and not codec.startswith(("utf-16", "utf-32")):
            return clean(raw.decode("ascii")), True
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        label = "utf-16"  # the mark of byte order knows better than any label
    text, honest = _decoded(raw, codec_of(label))
    return clean(text), honest


def clean(text: str) -> str:
    """Text that any store takes: without control characters, lone surrogates and marks of byte order."""
    if not text.isprintable():
        text = _CONTROLS.sub("", text)
    if not text.isascii():
        text = _SURROGATES.sub("\ufffd", text).removeprefix("\ufeff")
    return text


def label_for(raw: bytes, *, hint: str) -> str:
    """A label for naked bytes in headers, of which nobody says what they are; `hint` is the body's."""
    codec = codec_of(hint)
    if _LONG_RUN.search(raw) is None:
        # Lone letters with accents among plain ones.
        return hint if codec and codec != "utf-8" else "cp1252"
    likely = [hint] if codec and not _SINGLE_BYTE.match(codec) else []
    for label in (*likely, "utf-8"):
        try:
            raw.decode(codec_of(label))
        except UnicodeError:
            continue
        return label
    return _guess(raw)


@lru_cache(maxsize=512)
def codec_of(label: str) -> str:
    """Python's name for a charset label, or empty when there is no such charset."""
    name = label.strip(" \t\r\n\"'<>;").partition("*")[0].lower()
    name = name.removeprefix("charset=").partition("$")[0].lstrip("_").replace(" ", "")
    for guess in (name, name.replace("_", "-"), name.removeprefix("x-"), name.removeprefix("cs")):
        if not guess.isascii() or len(guess) > 60 or "\0" in guess:
            continue
        try:
            codec = codecs.lookup(_ALIASES.get(guess, guess))
        except (LookupError, ValueError):
            continue
        if codec.name not in _NO_CHARSETS and getattr(codec, "_is_text_encoding", True):
            return codec.name if codec.name != "ascii" else ""
    return ""


def _decoded(raw: bytes, codec: str) -> tuple[str, bool]:
    if codec and not _SINGLE_BYTE.match(codec):
        try:
            return raw.decode(codec), True
        except (UnicodeError, ValueError):
            pass
    # Text in a single-byte charset is as good as never valid UTF-8 by chance; a wrong label is common.
    try:
        return raw.decode("utf-8"), codec in ("", "utf-8")
    except UnicodeDecodeError as accident:
        # A mail cut off inside a character is still UTF-8.
        if accident.start > 8 and accident.start >= len(raw) - 3:
            return raw.decode("utf-8", "replace"), True
    if codec and _SINGLE_BYTE.match(codec):
        try:
            return raw.decode(codec), True
        except UnicodeDecodeError:
            return raw.decode(codec, "replace"), False
    return _mended(raw, codec), False


def _mended(raw: bytes, codec: str) -> str:
    """A few broken characters are replaced; text that is broken throughout had the wrong label."""
    if codec.startswith("iso2022_jp") and b"\x1b" not in raw:
        # Japanese under the label of mail, in the charset of the sender's machine.
        for other in ("cp932", "euc_jp"):
            try:
                return raw.decode(other)
            except UnicodeDecodeError:
                continue
    if codec:
        text = raw.decode(codec, "replace")
        if text.count("\ufffd") * 20 <= len(text):
            return text
    if (text := raw.decode("utf-8", "replace")).count("\ufffd") * 50 <= len(text):
        return text
    return raw.decode(_guess(raw), "replace")


def _guess(raw: bytes) -> str:
    if b"\x1b$" in raw or b"\x1b(" in raw:
        return "iso2022_jp_ext"
    if east := _eastern(_telling(raw)):
        return east
    best = from_bytes(_telling(raw), cp_isolation=_LIKELY, chunk_size=512).best() if len(raw) > 3 else None
    return codec_of(best.encoding) or "cp1252" if best else "cp1252"


def _eastern(raw: bytes) -> str:
    """Chinese, Korean, Japanese in pairs of high bytes: the leading ones tell them apart."""
    runs = _HIGH_RUN.findall(raw)
    leads = b"".join(run[::2] for run in runs)
    if (
        len(leads) < 2
        or any(len(run) % 2 for run in runs)
        or not raw.translate(None, b"".join(runs)).isascii()
    ):
        return ""
    if sum(lead in (0xA4, 0xA5) for lead in leads) * 3 > len(leads):
        return "euc_jp"
    if sum(0xB0 <= lead <= 0xC8 for lead in leads) * 10 > len(leads) * 9 and len(leads) > 4:
        return "cp949"
    return "gb18030" if sum(0xB0 <= lead <= 0xD7 for lead in leads) * 10 > len(leads) * 6 else ""


def _telling(raw: bytes) -> bytes:
    """A sample round the first byte that is not ASCII: guessing costs time by the byte."""
    first = next((at for at, byte in enumerate(raw) if byte > 127), 0)
    return raw[max(0, first - 200) : first + _SAMPLE]
