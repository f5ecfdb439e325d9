"""Facts: a letter as plain values, for commands, tests and everybody who wants JSON.

In:    Letter.
Out:   a mapping of texts, lists and truths; the same letter always gives the same mapping.
Touch: nothing.
"""

from threadwell.channels.port import Address, Letter

type Fact = str | list[str] | list[dict[str, str]] | list[dict[str, object]] | None


def facts(letter: Letter) -> dict[str, Fact]:
    """What the letter says."""
    return {
        "from": _people(letter.from_),
        "reply_to": _people(letter.reply_to),
        "to": _people(letter.to),
        "cc": _people(letter.cc),
        "bcc": _people(letter.bcc),
        "subject": letter.subject,
        "date": letter.date.isoformat() if letter.date else None,
        "message_id": letter.message_id,
        "in_reply_to": letter.in_reply_to[0] if letter.in_reply_to else None,
        "references": list(letter.references),
        "text": letter.text,
        "visible_text": letter.visible_text,
        "html": letter.html,
        "attachments": [
            {
                "filename": part.filename,
                "content_type": part.content_type,
                "size": part.size,
                "sha256": part.sha256,
                "inline": part.inline,
            }
            for part in letter.parts
        ],
        "kind": letter.kind.value,
        "bounces": [
            {
                "recipient": bounce.recipient,
                "status": bounce.status,
                "reason": bounce.reason,
                "hard": bounce.hard,
            }
            for bounce in letter.bounces
        ],
        "warnings": list(letter.warnings),
    }


def _people(named: tuple[Address, ...]) -> list[dict[str, str]]:
    return [{"name": one.name, "email": one.email} for one in named]
