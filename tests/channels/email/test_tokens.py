"""A conversation's token comes home in an address or a Message-ID, and nobody else can make one."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from threadwell.channels.email import tokens

CONVERSATION = UUID("0193a1b2-0000-7000-8000-0123456789ab")


def test_a_token_has_its_length_and_stays_the_same() -> None:
    assert len(tokens.of(CONVERSATION)) == tokens.LENGTH
    assert tokens.of(CONVERSATION) == tokens.of(CONVERSATION)


@pytest.mark.parametrize(
    "text",
    [
        "support+{}@example.com",
        "Support+{} <x@example.com>",
        "<0193a1b2000070008000aaaaaaaaaaaa.{}@example.com>",
        "{}",
    ],
)
@pytest.mark.parametrize("change", [str.lower, str.upper], ids=["lower", "upper"])
def test_a_token_is_found_wherever_it_stands(text: str, change: type[str]) -> None:
    assert tokens.conversation_in(change(text.format(tokens.of(CONVERSATION)))) == CONVERSATION


def test_a_token_changed_in_one_place_is_nobodys() -> None:
    token = tokens.of(CONVERSATION)
    for place in range(len(token) - 1):
        forged = token[:place] + ("b" if token[place] == "a" else "a") + token[place + 1 :]
        assert tokens.conversation_in(forged) is None


def test_a_longer_word_around_a_token_is_no_token() -> None:
    assert tokens.conversation_in("x" + tokens.of(CONVERSATION)) is None


def test_tokens_of_an_earlier_key_still_count(settings: Settings) -> None:
    token = tokens.of(CONVERSATION)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key of some length", [settings.SECRET_KEY]
    assert tokens.conversation_in(token) == CONVERSATION
    assert tokens.of(CONVERSATION) != token
    settings.SECRET_KEY_FALLBACKS = []
    assert tokens.conversation_in(token) is None


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    assert tokens.conversation_in(text) is None
