"""The small words of templates."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template
from django.utils import timezone

from threadwell.interfaces.web.templatetags import threadwell as words
from threadwell.kit import clock

NOW = datetime(2026, 11, 23, 10, 24, tzinfo=UTC)


def rendered(source: str, **context: object) -> str:
    return Template("{% load threadwell %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=12), "12 s"),
        (timedelta(minutes=38), "38 m"),
        (timedelta(hours=4, minutes=5), "4 h 05 m"),
        (timedelta(days=1, hours=3), "1 day"),
        (timedelta(days=3), "3 days"),
        (-timedelta(minutes=26), "26 m"),
        (None, ""),
    ],
)
def test_a_span_says_as_much_as_a_reader_needs(span, text):
    assert words.duration(span) == text


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(days=3, hours=23, minutes=55), "3 days 23 h 55 m"),
        (timedelta(days=1, minutes=4), "1 day 4 m"),
        (timedelta(days=2), "2 days"),
        (timedelta(hours=4, minutes=5), "4 h 05 m"),
    ],
)
def test_whoever_reckons_along_is_told_every_minute(span, text):
    assert words.duration(span, "exact") == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "0 B"),
        (640, "640 B"),
        (1000, "1.0 kB"),
        (43_210, "43 kB"),
        (999_900, "1.0 MB"),
        (1_200_000, "1.2 MB"),
        (7_000_000_000, "7.0 GB"),
        (7_000_000_000_000, "7000 GB"),
    ],
)
def test_sizes_are_for_people(count, text):
    assert words.size_of(count) == text


@pytest.mark.parametrize(
    ("ago", "style", "text"),
    [
        (timedelta(minutes=7), "short", "10:17"),
        (timedelta(days=3), "short", "Fri"),
        (timedelta(days=9), "short", "14 Nov"),
        (timedelta(days=400), "short", "19 Oct 2025"),
        (timedelta(minutes=7), "relative", "7 m ago"),
        (timedelta(minutes=-7), "relative", "in 7 m"),
        (timedelta(seconds=7), "relative", "just now"),
        (timedelta(days=3), "time", "10:24"),
        (timedelta(days=3), "day", "Friday 20 November"),
    ],
)
def test_a_moment_is_as_short_as_it_may_be(ago, style, text):
    with clock.stopped_at(NOW), timezone.override(UTC):
        said = rendered("{% when moment style %}", moment=NOW - ago, style=style)
    assert f">{text}</time>" in said


def test_a_moment_stands_in_the_readers_zone():
    with clock.stopped_at(NOW), timezone.override("Asia/Kolkata"):
        assert ">15:54</time>" in rendered("{% when moment %}", moment=NOW)


def test_no_moment_is_no_word():
    assert rendered("{% when moment %}", moment=None) == ""


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Ana Duarte", "AD"),
        ("ana", "A"),
        ("Pieter van Damme", "PD"),
        ("x@y.example", "XY"),
        ("", "?"),
        ("…", "?"),
    ],
)
def test_initials(name, initials):
    assert words.initials_of(name) == initials


def test_a_name_with_markup_is_only_a_name():
    said = rendered("{% avatar name labelled=True %}", name='"><script>')
    assert "<script>" not in said


def test_an_icon_with_a_label_is_an_image():
    assert 'role="img" aria-label="Verified"' in rendered('{% icon "check" "Verified" %}')
    assert 'aria-hidden="true"' in rendered('{% icon "check" %}')


@pytest.mark.parametrize(("share", "name"), [(None, "spent--0"), (0.68, "spent--7"), (3, "spent--10")])
def test_a_clock_ring_is_a_class(share, name):
    assert words.spent(share) == name


def test_an_unknown_zone_has_no_time():
    assert words.local_time("Nowhere/Land") == ""
    with clock.stopped_at(NOW):
        assert words.local_time("America/Sao_Paulo") == "07:24 in Sao Paulo"


def test_the_import_map_names_every_module():
    imports = json.loads(words.import_map())["imports"]
    assert {"trix", "tw/desk", "tw/dom"} <= set(imports)
    assert "tw/theme" not in imports
