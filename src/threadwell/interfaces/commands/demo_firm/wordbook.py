"""Wordbook: what people write, by language.

In:    words/*.toml
Out:   Language (phrases, and the topics one can write about)
Touch: reads those files
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Something that customers write about, as sentences with gaps."""

    subjects: list[str]
    opening: list[str]
    answer: list[str]
    more: list[str]
    answer2: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """How people greet, ask and thank, and what their mail programs call things."""

    greetings: list[str]
    dear: list[str]
    partings: list[str]
    farewell: str
    thanks: list[str]
    any_news: list[str]
    wrote: str
    date: str
    head: list[str]
    answer_mark: str
    phone: str
    days: list[str]
    items: list[str]
    away_subject: str
    away: list[str]
    meeting: str
    details: list[str]
    topics: dict[str, Topic]


@cache
def language(code: str) -> Language:
    told = read(code)
    topics = {name: Topic(**sentences) for name, sentences in told.pop("topics").items()}
    return Language(topics=topics, **told)


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
