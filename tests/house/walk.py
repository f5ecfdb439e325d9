"""Walk: every address of a workspace, each verb with what it needs.

In:    the addresses of the desk
Out:   address, verb, permission
Touch: nothing
"""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver

from threadwell.interfaces.web import entrance, urls
from threadwell.record.workplace.roles import May


def every_address(
    patterns: list[URLPattern | URLResolver], prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from every_address(pattern.url_patterns, address)
        else:
            yield address, pattern


def inside() -> list[tuple[str, URLPattern]]:
    """Addresses under ``/w/<workspace>/``, without those that tests add."""
    return [
        (address, pattern)
        for address, pattern in every_address(urls.inside)
        if not getattr(pattern.callback, "__module__", "").startswith("tests.")
        and not address.startswith("test/")
    ]


def pages() -> Iterator[tuple[str, str, May | None]]:
    """Each verb, and the permission it needs; none where nobody may."""
    for address, pattern in inside():
        for method, needs in sorted(entrance.needs_of(pattern.callback).items()):
            verb = "GET" if method == "*" else method
            assert needs is not None, address
            yield address, verb, needs.look if verb == "GET" else needs.change
