"""Numbering: how the numbers of a type are written: ``ORD-{number:05}`` makes ORD-00042.

In:    a format, a number, a year
Out:   the number as it is written; a refusal for a format that cannot be used
Touch: nothing
"""

import re

from django.utils.translation import gettext as _

from threadwell.kit.errors import Invalid

LONGEST = 40  #: of a number as it is written
WIDEST = 12  #: digits that a format may ask for

# Our own gaps only: str.format would read attributes of what it is given.
_GAP = re.compile(r"\{(?:(?P<year>year)|number(?::0?(?P<width>\d{1,2}))?)\}")


class BadFormat(Invalid):
    """A format from which no numbers can be made."""

    code = "bad-number-format"


def checked(text: str) -> str:
    """The format; refused when it makes no numbers that can be told apart."""
    text = text.strip()
    gaps = list(_GAP.finditer(text))
    around = _GAP.sub("", text)
    widths = [int(gap["width"] or 0) for gap in gaps if not gap["year"]]
    if len(widths) != 1 or "{" in around or "}" in around:
        raise BadFormat(_("Write {number} once where the number goes, such as ORD-{number:05}."))
    if max(widths) > WIDEST:
        raise BadFormat(_("A number has at most %(most)s digits.") % {"most": WIDEST})
    if not around.isprintable() or len(written(text, 10**WIDEST, year=9999)) > LONGEST:
        raise BadFormat(_("This format is too long."))
    return text


def written(text: str, number: int, *, year: int) -> str:
    """A number in that format."""
    return _GAP.sub(
        lambda gap: str(year) if gap["year"] else f"{number:0{int(gap['width'] or 0)}}", text
    ).upper()
