"""Wording: what a message is found by.

In:    what a message says of itself
Out:   its tsvector (subject A, names B, files C, text D, the marks "from:..." and "to:..."), and its words
Touch: conversations.Word, which learns every word once
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from django.db import connection

from threadwell.kit import words

REMEMBERED = 300_000  #: words that this process knows to be written; then it begins anew

LEARN = """
    INSERT INTO conversations_word (id, workspace_id, word)
    SELECT gen_random_uuid(), %s, word FROM unnest(%s::varchar[]) AS word
    ON CONFLICT (workspace_id, word) DO NOTHING
"""

_written: set[tuple[UUID, str]] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of a message, as they are kept and as they are learned."""

    vector: str
    words: frozenset[str]


def wording_of(
    *,
    subject: str,
    text: str,
    writer: Iterable[str],
    recipients: Iterable[str] = (),
    files: Iterable[str] = (),
) -> Wording:
    """``writer`` and ``recipients`` are names and addresses."""
    writer, recipients = list(writer), list(recipients)
    places = words.places_of(("A", [subject]), ("B", [*writer, *recipients]), ("C", files), ("D", [text]))
    marks = chain(words.marked("from", writer), words.marked("to", recipients))
    return Wording(vector=words.vector_of(places, marks), words=frozenset(places))


def unlearned(workspace_id: UUID, said: Wording) -> list[str]:
    """The words that may be new to the workspace, in the one order in which everybody writes them."""
    return sorted(word for word in said.words if (workspace_id, word) not in _written)


def learned(workspace_id: UUID, new: Iterable[str]) -> None:
    """These are written now; call it when the transaction was kept."""
    if len(_written) > REMEMBERED:
        _written.clear()
    _written.update((workspace_id, word) for word in new)


def learn(workspace_id: UUID, said: Wording) -> None:
    """Write the new words in the current transaction."""
    if new := unlearned(workspace_id, said):
        with connection.cursor() as cursor:
            cursor.execute(LEARN, [workspace_id, new])
