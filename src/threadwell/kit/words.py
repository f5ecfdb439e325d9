"""Words: what a text is found by, in any script.

In:    texts
Out:   words, folded (case, accents, width), with their places; a tsvector in PostgreSQL's own notation
Touch: nothing

PostgreSQL's parser takes "ORD-9704382" for the word "ord" and the number -9704382, and knows no Chinese;
so words are cut here, the same way for what is kept and for what is asked. A compound is kept whole and in
its parts; scripts without spaces are kept as pairs of neighbouring characters.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise

LONGEST = 80  #: characters of a word that count
MOST = 12_000  #: words of a text that count
LAST_PLACE = 16_383  #: tsvector has room for no other behind it

_COMPOUND = re.compile(r"\w+(?:[-./@_:'’&+#]\w+)*")
_PART = re.compile(r"[^\W_]+")
#: An ASCII character before a run of others stays what it is: accents leave, and nothing else joins it.
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
#: Letters that are no other letter with a mark, and are typed as one where keyboards do not have them.
_PLAIN = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "ŧ": "t",
        "ŋ": "n",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)
#: Han, kana, Thai, Lao, Khmer, Burmese: written without spaces
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


def folded(text: str) -> str:
    """The text as it is compared: without case, accents and width."""
    if text.isascii():
        return text.lower()
    return _FOREIGN.sub(_flattened, text.casefold())


def words_of(text: str) -> Iterator[tuple[str, int]]:
    """Words with their places, counted from 1."""
    place = 0
    for match in _COMPOUND.finditer(folded(text)):
        whole = match[0][:LONGEST]
        place += 1
        if place > MOST:
            return
        if whole.isascii() and whole.isalnum():
            yield whole, place
            continue
        parts = [piece for part in _PART.findall(whole) for piece in _pieces(part)]
        yield whole, place
        if len(parts) > 1 or parts != [whole]:
            for part in parts:
                yield part, place
                place += 1
            place -= 1


def places_of(*weighted: tuple[str, Iterable[str]]) -> dict[str, list[str]]:
    """The words of texts with their weights ("A" to "D"), and where each stands: "3A", "17"."""
    places: dict[str, list[str]] = {}
    offset = 0
    for weight, texts in weighted:
        mark = "" if weight == "D" else weight
        for text in texts:
            last = 0
            for word, last in words_of(text):
                place = offset + last
                stands = f"{place if place < LAST_PLACE else LAST_PLACE}{mark}"
                seen = places.get(word)
                if seen is None:
                    places[word] = [stands]
                elif len(seen) < 255:
                    seen.append(stands)
            offset += last + 2  # texts are not neighbours: a phrase does not run across
    return places


def vector_of(places: Mapping[str, list[str]], marks: Iterable[str] = ()) -> str:
    """A tsvector, in PostgreSQL's own notation; marks have no place ("from:ada")."""
    spoken = [f"{_quoted(word)}:{','.join(seen)}" for word, seen in places.items()]
    return " ".join([*spoken, *(_quoted(mark) for mark in dict.fromkeys(marks))])


def marked(prefix: str, texts: Iterable[str]) -> Iterator[str]:
    """Marks of the words of some texts: "from" and "Ada" give "from:ada"."""
    for text in texts:
        for word, _place in words_of(text):
            yield f"{prefix}:{word}"


def beginning(word: str) -> str:
    """A tsquery: a word that begins so."""
    return f"{_quoted(word)}:*"


def any_of(words: Iterable[str]) -> str:
    """A tsquery: one of these words."""
    return " | ".join(_quoted(word) for word in words)


def in_a_row(text: str) -> str:
    """A tsquery: these words, one after another as they stand here."""
    first: dict[int, str] = {}
    for word, place in words_of(text):
        first.setdefault(place, word)
    places = sorted(first)
    steps = [*(f" <{after - before}> " for before, after in pairwise(places)), ""]
    return "".join(_quoted(first[place]) + step for place, step in zip(places, steps, strict=False))


def every_word(text: str) -> str:
    """A tsquery, in PostgreSQL's own notation: all these words occur, or begin a word that does."""
    return " & ".join(dict.fromkeys(f"{_quoted(word)}:*" for word, _place in words_of(text)))


def _flattened(run: re.Match[str]) -> str:
    # One letter among ASCII ones comes again and again; a whole text without them does not.
    return _flat(run[0]) if len(run[0]) <= 4 else _flat.__wrapped__(run[0])


@lru_cache(maxsize=4096)
def _flat(run: str) -> str:
    flat = unicodedata.normalize("NFKD", run)
    return unicodedata.normalize("NFC", "".join(c for c in flat if not unicodedata.combining(c))).translate(
        _PLAIN
    )


def _pieces(part: str) -> list[str]:
    if part.isascii():
        return [part]
    pieces: list[str] = []
    reached = 0
    for run in _SPACELESS.finditer(part):
        if run.start() > reached:
            pieces.append(part[reached : run.start()])
        characters = run.group()
        pieces += [characters[i : i + 2] for i in range(max(1, len(characters) - 1))]
        reached = run.end()
    if reached < len(part):
        pieces.append(part[reached:])
    return pieces


def _quoted(word: str) -> str:
    if word.isalnum():
        return f"'{word}'"
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
