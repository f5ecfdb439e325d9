"""Flowed: paragraphs out of format=flowed lines, and into them (RFC 3676).

In:    text whose soft line breaks end in a space; or text with one line per paragraph.
Out:   text with one line per paragraph, quote marks kept; or its lines, none too long.
Touch: nothing.
"""

import textwrap

_WIDTH = 72


def unflowed(text: str, *, delete_space: bool) -> str:
    """Join the lines that only the sender's program had broken."""
    out: list[str] = []
    depth_before, is_open = 0, False
    for written in text.split("\n"):
        line = written.lstrip(">")
        depth = len(written) - len(line)
        line = line.removeprefix(" ")  # stuffed (§4.4)
        is_signature = line.rstrip() == "--" and line.startswith("-- ")
        flows = line.endswith(" ") and not is_signature
        kept = line[:-1] if flows and delete_space else line
        if is_open and depth == depth_before and not is_signature:
            out[-1] += kept
        else:
            out.append(">" * depth + (" " if depth and kept else "") + kept)
        depth_before, is_open = depth, flows
    return "\n".join(out)


def flowed(text: str) -> str:
    """Break paragraphs into lines that a reading program joins again."""
    return "\n".join(_broken(line) for line in text.split("\n"))


def _broken(written: str) -> str:
    if written in ("-- ", "--"):
        return "-- "
    line = written.lstrip(">")
    marks = written[: len(written) - len(line)]
    line = line.removeprefix(" ").rstrip() if marks else line.rstrip()
    if marks:
        marks += " "
    elif line.startswith((" ", "From ")):
        line = f" {line}"  # stuffed (§4.4)
    width = max(_WIDTH - len(marks), 30)
    pieces = _wrapped(line, width) if len(line) > width else [line]
    return " \n".join(marks + piece for piece in pieces)


def _wrapped(line: str, width: int) -> list[str]:
    # Only between words, at one space each: joined again it is the same line.
    pieces = textwrap.wrap(
        line, width, break_long_words=False, break_on_hyphens=False, drop_whitespace=False, expand_tabs=False
    )
    kept = [piece.removesuffix(" ") for piece in pieces]
    is_whole = " ".join(kept) == line and not any(piece.startswith((" ", ">")) or not piece for piece in kept)
    return kept if is_whole else [line]
