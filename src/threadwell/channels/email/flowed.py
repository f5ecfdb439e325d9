"""Flowed: paragraphs out of format=flowed lines (RFC 3676).

In:    text whose soft line breaks end in a space.
Out:   text with one line per paragraph, quote marks kept.
Touch: nothing.
"""


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
