"""Pieces of pages are drawn once, and again as soon as anything in them changes."""

from datetime import UTC, datetime

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from threadwell.interfaces.web.templatetags.kept import Pieces

PIECE = "{% load kept threadwell %}{% kept 'test' name %}{{ name }} {{ other }}{% endkept %}"
FORM = "{% load kept %}{% kept 'test-form' name %}<form>{% csrf_token %}{{ name }}</form>{% endkept %}"
EACH = (
    "{% load kept %}{% keptfor one in rows by looks 'test-each' side %}"
    "{{ one.name }}{{ other }}{% csrf_token %}{% endkeptfor %}"
)
LATE = "{% load kept threadwell %}{% kept 'test-time' at %}{% when at 'time' %}{% endkept %}"


def drawn(template: str, **facts: object) -> str:
    return str(Template(template).render(Context(facts)))


def test_it_is_drawn_once_for_the_same_values() -> None:
    assert drawn(PIECE, name="Ada", other="first") == "Ada first"
    assert drawn(PIECE, name="Ada", other="second") == "Ada first"
    assert drawn(PIECE, name="Bo", other="second") == "Bo second"


def test_of_many_only_those_that_changed_are_drawn() -> None:
    def each(*names: str, other: str, side: str = "left") -> str:
        return drawn(EACH, rows=[{"name": name} for name in names], looks=names, other=other, side=side)

    assert each("Ada", "Bo", other="1 ") == "Ada1 Bo1 "
    assert each("Cleo", "Bo", "Ada", other="2 ") == "Cleo2 Bo1 Ada1 "
    assert each("<b>", other="3 ", side="right") == each("<b>", other="4 ", side="right") == "&lt;b&gt;3 "
    assert each(other="5 ") == ""


def test_of_many_each_holds_the_reader_s_own_token() -> None:
    for token in ("d" * 64, "e" * 64):
        html = drawn(EACH, rows=[{"name": "Dana"}] * 2, looks=["Dana", "Dana"], csrf_token=token)
        assert html.count(f'value="{token}"') == 2


def test_what_is_kept_stays_escaped() -> None:
    for _ in range(2):
        assert drawn(PIECE, name="<b>", other="&") == "&lt;b&gt; &amp;"


def test_each_reader_has_their_own_token_in_its_forms() -> None:
    for token in ("a" * 64, "b" * 64):
        assert f'value="{token}"' in drawn(FORM, name="Ada", csrf_token=token)
    assert "csrfmiddlewaretoken" not in drawn(FORM, name="Ada")
    assert f'value="{"c" * 64}"' in drawn(FORM, name="Ada", csrf_token="c" * 64)


def test_language_and_zone_divide_its_readers() -> None:
    at = datetime(2026, 12, 23, 10, 0, tzinfo=UTC)
    seen = set()
    for zone in ("Europe/Berlin", "Asia/Tokyo"):
        for language in ("en", "de"):
            with timezone.override(zone), translation.override(language):
                seen.add(drawn(LATE, at=at))
    assert len(seen) == 4


def test_no_more_is_kept_than_may_be() -> None:
    pieces = Pieces(most=100)
    for number in range(30):
        pieces.put(number, "x" * 10)  # type: ignore[arg-type]
        pieces.get(0)
    assert pieces.size <= 100
    assert pieces.get(0) is not None
    assert pieces.get(5) is None


@pytest.mark.parametrize(
    ("template", "facts"),
    [
        ('{% load threadwell %}{% icon "check" %}', {}),
        ("{% load threadwell %}{% icon name %}", {"name": "check"}),
        ('{% load threadwell %}{% icon name|default:"check" %}', {"name": ""}),
    ],
)
def test_an_icon_is_the_same_however_it_is_named(template: str, facts: dict[str, str]) -> None:
    assert drawn(template, **facts) == drawn('{% load threadwell %}{% icon "check" "" %}')
