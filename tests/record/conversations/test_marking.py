"""The piece of a text that a search shows begins near the first word that was asked for, and marks words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadwell.kit.words import folded
from threadwell.record.conversations.marking import AROUND, LENGTH, pieces

FILLER = "nothing of interest stands here " * 40
WORDS = st.sampled_from(["order", "ORD-9704", "Größe", "parcel,", "x", "depot", "łódź", "(late)", "o'clock"])


@pytest.mark.parametrize(
    ("text", "asked", "marked"),
    [
        pytest.param(f"{FILLER} Order ORD-9704 is late", ["9704"], ["ORD-9704"], id="far into a letter"),
        pytest.param(f"{FILLER} Die Größe fehlt", ["grosse"], ["Größe"], id="with an accent"),
        pytest.param("parcel one, Parcel two", ["parcel"], ["parcel", "Parcel"], id="twice"),
        pytest.param(f"parcel {FILLER} parcel", ["parcel"], ["parcel"], id="the second is too far away"),
        pytest.param(FILLER, ["parcel"], [], id="nowhere"),
        pytest.param("", ["parcel"], [], id="no text"),
    ],
)
def test_words_that_were_asked_for_are_marked(text: str, asked: list[str], marked: list[str]) -> None:
    assert [piece.text for piece in pieces(text, asked) if piece.is_marked] == marked


@given(said=st.lists(WORDS, max_size=80), asked=st.lists(WORDS, min_size=1, max_size=3))
def test_a_piece_is_a_part_of_the_text_around_its_first_word(said: list[str], asked: list[str]) -> None:
    text, wanted = " ".join(said), [folded(word).strip(",()") for word in asked]
    shown = pieces(text, wanted)
    whole = "".join(piece.text for piece in shown).strip("…")
    assert whole in text
    assert len(whole) <= LENGTH
    assert all(any(word in folded(piece.text) for word in wanted) for piece in shown if piece.is_marked)
    if any(word in folded(text) for word in wanted):
        first = next(piece for piece in shown if piece.is_marked)
        assert whole.index(first.text) <= AROUND
