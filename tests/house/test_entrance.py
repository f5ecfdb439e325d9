"""Every page of a workspace says what one must be allowed; none is reached without it."""

import pytest
from django.urls import URLPattern

from tests.house import walk
from threadwell.interfaces.web import entrance

INSIDE = walk.inside()


@pytest.mark.parametrize(
    "pattern", [one for _, one in INSIDE], ids=[address or "(start)" for address, _ in INSIDE]
)
def test_page_says_what_it_needs(pattern: URLPattern) -> None:
    silent = [method for method, needs in entrance.needs_of(pattern.callback).items() if needs is None]
    assert silent == []
