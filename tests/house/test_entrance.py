"""Every page of a workspace says what one must be allowed; none is reached without it."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver

from threadwell.interfaces.web import entrance, urls


def every_address(
    patterns: list[URLPattern | URLResolver], prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from every_address(pattern.url_patterns, address)
        else:
            yield address, pattern


INSIDE = list(every_address(urls.inside))


@pytest.mark.parametrize(
    "pattern", [one for _, one in INSIDE], ids=[address or "(start)" for address, _ in INSIDE]
)
def test_page_says_what_it_needs(pattern: URLPattern) -> None:
    silent = [method for method, needs in entrance.needs_of(pattern.callback).items() if needs is None]
    assert silent == []
