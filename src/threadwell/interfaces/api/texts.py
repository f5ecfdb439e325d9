"""Texts: the words that programs send, as far as they can be kept.

In:    texts of a call, the choices of a field
Out:   types for its fields
Touch: nothing
"""

from datetime import time
from typing import Annotated

from django.db.models import TextChoices
from ninja import Field
from pydantic import AfterValidator, WithJsonSchema


def choice_of(choices: type[TextChoices]) -> WithJsonSchema:
    """Describe the values where they stand: two of our nouns may each have a State, the description one."""
    return WithJsonSchema({"type": "string", "enum": list(choices.values)})


def _without_nul(text: str) -> str:
    # PostgreSQL keeps every character but this one.
    if "\0" in text:
        raise ValueError("a text cannot hold the character U+0000")
    return text


def _without_zone(moment: time) -> time:
    # It is meant in the reader's own zone, which another one could only contradict.
    if moment.tzinfo is not None:
        raise ValueError("a time of day has no zone here")
    return moment


Kept = AfterValidator(_without_nul)
TimeOfDay = Annotated[
    time,
    AfterValidator(_without_zone),
    WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$"}),
]

Word = Annotated[str, Field(max_length=200), Kept]
Question = Annotated[str, Field(min_length=1, max_length=400), Kept]
Subject = Annotated[str, Field(max_length=998), Kept]
Text = Annotated[str, Field(max_length=1_000_000), Kept]
Address = Annotated[str, Field(max_length=320), Kept]
Cursor = Annotated[str, Field(max_length=500, description="`next` of the page before"), Kept]
Limit = Annotated[int, Field(ge=1, le=100, description="how many at most")]
