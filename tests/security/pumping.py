"""Pumping: every regular expression of the product against texts made to keep it busy.

In:    the product's modules; how long a text, and how many seconds of this process's own time it may take
Out:   a line for each expression that took longer, with the text's beginning; at the end how many were tried
Touch: nothing

The texts come from the expression itself: for each repetition, what leads to it, then what it repeats many
times, then something that fits nothing. Time is the processor's, so a busy machine changes nothing.
"""

import importlib
import json
import pkgutil
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

LONG, SECONDS = 10_000, 0.25  # the slowest of ours takes 0.02
WAYS = frozenset({"search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split"})
ENDS = ("\x01", "!\n", "x", "")


class TooLong(Exception):
    """It went on and on."""


def expressions() -> dict[str, tuple[re.Pattern[Any], frozenset[str]]]:
    """Those that stand in modules, whatever they are kept in, and how each is used."""
    import threadwell

    found: dict[str, tuple[re.Pattern[Any], frozenset[str]]] = {}
    for module in pkgutil.walk_packages(threadwell.__path__, "threadwell."):
        if ".migrations" in module.name or module.name.endswith(
            ("__main__", "asgi", "config.commands.manage")
        ):
            continue
        loaded = importlib.import_module(module.name)
        text = Path(loaded.__file__ or "").read_text(encoding="utf-8")
        # What is kept in a table is used in a way that its module uses somewhere.
        kept = frozenset(re.findall(r"\.(\w+)\(", text)) & (WAYS - {"split"})
        for name, value in list(vars(loaded).items()):
            ways = frozenset(re.findall(rf"\b{re.escape(name)}\.(\w+)\(", text)) & WAYS
            for one in inside(value):
                key = f"{one.flags} {one.pattern!r}"
                known = found.get(key, (one, frozenset()))[1]
                found[key] = one, known | (ways or kept | {"fullmatch"})
    return found


def inside(value: Any, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 4 and isinstance(value, dict):
        for one in value.values():
            yield from inside(one, depth + 1)
    elif depth < 4 and isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from inside(one, depth + 1)


def texts(pattern: re.Pattern[Any]) -> Iterator[str]:
    """What may keep it busy."""
    plain = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = parser.parse(
        plain, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    )
    seen = set()
    for before, body in repetitions(tree, ""):
        for piece in {body, body + " ", body[:1]} - {""}:
            pumped = before + piece * (LONG // len(piece))
            for end in ENDS:
                if (text := pumped + end) not in seen:
                    seen.add(text)
                    yield text
                    yield piece * (LONG // len(piece)) + end


def repetitions(tree: Any, before: str) -> Iterator[tuple[str, str]]:
    for code, value in tree:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            _least, most, body = value
            if most is codes.MAXREPEAT or most > 20:
                yield before, sample(body)
            yield from repetitions(body, before)
        elif code is codes.SUBPATTERN:
            yield from repetitions(value[3], before)
        elif code is codes.BRANCH:
            for one in value[1]:
                yield from repetitions(one, before)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            yield from repetitions(value[1], before)
        before += sample([(code, value)])


def sample(tree: Any) -> str:
    """The shortest text that fits."""
    found = ""
    for code, value in tree:
        match code:
            case codes.LITERAL:
                found += chr(value)
            case codes.NOT_LITERAL:
                found += "a" if value != ord("a") else "b"
            case codes.ANY:
                found += "a"
            case codes.IN:
                found += of_class(value)
            case codes.MAX_REPEAT | codes.MIN_REPEAT | codes.POSSESSIVE_REPEAT:
                found += sample(value[2]) * max(value[0], 1)
            case codes.SUBPATTERN:
                found += sample(value[3])
            case codes.BRANCH:
                found += sample(value[1][0])
            case codes.ATOMIC_GROUP:
                found += sample(value)
    return found


CATEGORIES = {
    codes.CATEGORY_DIGIT: "1",
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_WORD: "a",
    codes.CATEGORY_NOT_DIGIT: "a",
    codes.CATEGORY_NOT_SPACE: "a",
    codes.CATEGORY_NOT_WORD: "-",
}


def of_class(members: Any) -> str:
    if members and members[0][0] is codes.NEGATE:
        taken = re.compile("[" + "".join(text_of(one) for one in members[1:]) + "]")
        return next((one for one in "a1 -.\n\u00e9" if not taken.match(one)), "\u2603")
    code, value = members[0]
    return CATEGORIES[value] if code is codes.CATEGORY else chr(value[0] if code is codes.RANGE else value)


def text_of(member: Any) -> str:
    code, value = member
    if code is codes.CATEGORY:
        return {"1": r"\d", " ": r"\s", "a": r"\w", "-": r"\W"}[CATEGORIES[value]]
    if code is codes.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    return re.escape(chr(value))


def stop(*_said: Any) -> None:
    raise TooLong


def main() -> None:
    signal.signal(signal.SIGVTALRM, stop)
    tried = 0
    for name, (pattern, ways) in sorted(expressions().items()):
        # Whatever looks through the whole text does what `search` does.
        how = [pattern.search] if ways - {"match", "fullmatch"} else [getattr(pattern, one) for one in ways]
        for text in texts(pattern):
            tried += 1
            given = text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
            try:
                for look in how:
                    look(given)
            except TooLong:
                print(json.dumps({"slow": name, "text": text[:60]}), flush=True)
                break
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    print(json.dumps({"expressions": len(expressions()), "texts": tried}))


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    LONG = int(sys.argv[1]) if len(sys.argv) > 1 else LONG
    main()
