"""Quotes: what is new in a letter, without the history that mail programs carry along.

In:    the text of a letter, or its HTML.
Out:   the new part as text; or both parts as HTML, so that the desk can fold the old one.
Touch: nothing.

Letters passed on are kept whole, answers between quoted lines keep what they answer, and a signature that
ends the letter goes.
"""

import re

from threadwell.channels.email import quotes_html
from threadwell.channels.email.quotes_lines import Line, news
from threadwell.channels.email.quotes_words import is_end_of_address

_SIGNED_BY_PGP = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----\r?\n(?:[A-Za-z]+: [^\n]*\n)*\s*\n"
    r"((?:(?!^-----BEGIN PGP )[^\n]*\n)*)"
    r"^-----BEGIN PGP SIGNATURE-----\r?\n(?:(?!^-----END)[^\n]*\n)*-----END PGP SIGNATURE-----[ \t]*",
    re.MULTILINE,
)
_DASH_BEFORE_DASH = re.compile(r"^- (?=-)", re.MULTILINE)


def visible(text: str) -> str:
    """The text without quoted history."""
    lines = _lines_of(_unsealed(text) if "-----BEGIN PGP SIGNED MESSAGE-----" in text else text)
    kept = [line.text for line, is_new in zip(lines, news(lines), strict=True) if is_new]
    return "\n".join(kept).strip("\n").rstrip()


def history(text: str) -> list[str]:
    """The lines of the text that were said before, as they stand; the signature is none of them."""
    lines = _lines_of(text)
    is_new = news(lines, keep_signature=True)
    return [line.text for line, new in zip(lines, is_new, strict=True) if line.is_marked or not new]


def visible_html(html: str) -> str:
    """The new part of a letter in HTML, as text."""
    lines = [row.line for row in quotes_html.rows_of(html)]
    kept = [line.text for line, is_new in zip(lines, news(lines), strict=True) if is_new]
    return "\n".join(kept).strip()


def fold_html(html: str) -> tuple[str, str]:
    """The HTML of the new part and that of the history after it, which is empty where there is none."""
    rows = quotes_html.rows_of(html)
    is_new = news([row.line for row in rows], keep_signature=True)
    first_old = len(rows)
    while first_old and (not is_new[first_old - 1] or rows[first_old - 1].line.is_blank):
        first_old -= 1
    if first_old == 0 or all(is_new[first_old:]):
        return html, ""
    while rows[first_old].line.is_blank:
        first_old += 1
    return quotes_html.parted(html, at=rows[first_old].node)


def _unsealed(text: str) -> str:
    """The words between the marks of PGP, without the signature over them (RFC 9580 §7)."""
    return _DASH_BEFORE_DASH.sub("", _SIGNED_BY_PGP.sub(r"\1", text))


def _lines_of(text: str) -> list[Line]:
    return [
        Line(text=line, is_marked=line.lstrip().startswith(">") and not is_end_of_address(line))
        for line in text.replace("\r\n", "\n").split("\n")
    ]
