"""A view's answer: a whole page, a part of it, or the way to the next one."""

import json
from dataclasses import dataclass

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest
from django.test import RequestFactory

from threadwell.interfaces.web.page import page, toast

PAGES = {
    "note.html": "<h1>Note</h1>{% partialdef body inline %}<p>{{ text }}</p>{% endpartialdef body %}",
}


@pytest.fixture(autouse=True)
def pages(settings):
    [engine] = settings.TEMPLATES
    folders = "django.template.loaders.filesystem.Loader"
    settings.TEMPLATES = [
        {
            **engine,
            "APP_DIRS": False,
            "OPTIONS": {
                **engine["OPTIONS"],
                "context_processors": ["django.contrib.messages.context_processors.messages"],
                "loaders": [("django.template.loaders.locmem.Loader", PAGES), folders],
            },
        }
    ]


def asked(method: str = "get", *, by_htmx: bool = False) -> HttpRequest:
    headers = {"HX-Request": "true"} if by_htmx else {}
    request = getattr(RequestFactory(), method)("/here/", headers=headers)
    request.session = {}
    request._messages = FallbackStorage(request)
    return request


def test_a_browser_gets_the_whole_page():
    response = page(asked(), "note.html#body", {"text": "a & b"})
    assert response.content.decode() == "<h1>Note</h1><p>a &amp; b</p>"


def test_htmx_gets_the_part():
    response = page(asked(by_htmx=True), "note.html#body", {"text": "a"})
    assert response.content.decode().strip() == "<p>a</p>"


def test_htmx_gets_the_whole_page_where_no_part_is_named():
    assert b"<h1>" in page(asked(by_htmx=True), "note.html", {"text": "a"}).content


@pytest.mark.parametrize("by_htmx", [False, True])
def test_caches_are_told_that_the_two_differ(by_htmx):
    assert page(asked(by_htmx=by_htmx), "note.html#body")["Vary"] == "HX-Request"


@dataclass
class Noun:
    def get_absolute_url(self) -> str:
        return "/noun/7/"


@pytest.mark.parametrize(("to", "address"), [("/there/", "/there/"), (Noun(), "/noun/7/")])
def test_a_plain_post_goes_on_with_303(to, address):
    response = page(asked("post"), "note.html#body", to=to)
    assert (response.status_code, response["Location"]) == (303, address)


def test_a_post_by_htmx_gets_the_part_instead():
    response = page(asked("post", by_htmx=True), "note.html#body", {"text": "kept"}, to="/there/")
    assert (response.status_code, response.content.decode().strip()) == (200, "<p>kept</p>")


def test_a_refused_form_keeps_its_status():
    assert page(asked("post", by_htmx=True), "note.html#body", status=422).status_code == 422


def test_our_events_travel_in_the_header():
    response = page(asked(by_htmx=True), "note.html#body", events={"answer-sent": {"number": 7}})
    assert json.loads(response["HX-Trigger"]) == {"answer-sent": {"number": 7}}


def test_a_toast_rides_along_with_a_part_and_can_be_undone():
    request = asked("post", by_htmx=True)
    toast(request, "Closed <it>", undo="/w/x/undo/1/")
    body = page(request, "note.html#body", {"text": "a"}).content.decode()
    assert 'hx-swap-oob="beforeend:#toasts"' in body
    assert "Closed &lt;it&gt;" in body
    assert 'action="/w/x/undo/1/"' in body
