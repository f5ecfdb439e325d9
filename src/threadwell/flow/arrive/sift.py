"""Sift: is this letter for the desk, for quarantine, or for nobody?

In:    a Letter, what the delivery knows, the block that its sender falls under, where it would belong
Out:   Sifting (its fate, and why)
Touch: nothing (pure)
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from threadwell.channels.port import Kind, Letter
from threadwell.record.inboxes.models import Block


class Fate(StrEnum):
    """What becomes of a letter."""

    DESK = "desk"
    ASIDE = "aside"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifting:
    """The fate of a letter, and why."""

    fate: Fate
    because: str = ""


DESK = Sifting(fate=Fate.DESK)


def at_the_door(letter: Letter, facts: dict[str, Any], block: Block | None) -> Sifting:
    """Before we ask who it is from: spam makes no contact."""
    if facts.get("released_by") or facts.get("is_sent") or facts.get("imported"):
        return DESK
    if block:
        return Sifting(fate=Fate.QUARANTINED, because=f"{block.pattern} is blocked: {block.reason}")
    if letter.spam and letter.spam.is_spam:
        return Sifting(
            fate=Fate.QUARANTINED, because=f"{letter.spam.filter} marked it as spam: {letter.spam.because}"
        )
    return DESK


def at_the_desk(
    letter: Letter, facts: dict[str, Any], *, is_placed: bool, is_answer: bool, twin: str
) -> Sifting:
    """Once we know where it would belong: machines open nothing, and nothing comes twice.

    ``twin`` says which letter that we hold is the same, or is empty; ``is_answer``: it claims to answer one.
    """
    if facts.get("released_by") or (is_placed and not twin):
        return DESK
    if twin:
        return Sifting(fate=Fate.ASIDE, because=twin)
    if letter.kind in {Kind.BOUNCE, Kind.DELIVERY_REPORT}:
        return Sifting(fate=Fate.ASIDE, because="a delivery report about a mail that did not leave from here")
    if letter.kind is Kind.FEEDBACK:
        return Sifting(
            fate=Fate.ASIDE, because="a complaint report about a mail that did not leave from here"
        )
    # A form or a shop that writes by itself may still want something of us; an absence note does not.
    if letter.kind is Kind.AUTOMATIC and (
        is_answer or letter.auto_submitted.lower().startswith("auto-replied")
    ):
        return Sifting(
            fate=Fate.ASIDE, because=f"an automatic answer to nothing that we hold ({letter.kind_because})"
        )
    return DESK
