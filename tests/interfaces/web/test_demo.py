"""The demo in the browser: every page says what it is, and its owner can end it."""

import pytest
from django.urls import reverse

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.kit.setup_token import setup_token
from threadwell.record.workplace.models import Workspace
from threadwell.record.workplace.roles import Role

MARK = "Nothing leaves here"


@pytest.fixture
def demo(firm: Workspace) -> Workspace:
    firm.is_demo = True
    firm.save(update_fields=["is_demo"])
    return firm


def test_pages_of_a_demo_say_so_and_no_others(demo: Workspace, seat: Seat, browser: Browser) -> None:
    for workspace, is_marked in ((demo, True), (cast.a_workspace(), False)):
        shown = browser(seat(workspace=workspace)).get(reverse("web:settings", args=[workspace.slug]))
        assert (MARK in shown.text) is is_marked


def test_owner_removes_the_demo_and_is_signed_out(demo: Workspace, seat: Seat, browser: Browser) -> None:
    owner = browser(seat(Role.OWNER))
    address = reverse("web:demo", args=[demo.slug])
    assert address in owner.get(reverse("web:workspace", args=[demo.slug])).text
    removed = owner.post(address, {"_method": "delete"})
    assert (removed.status_code, removed["Location"]) == (303, "/")
    assert not Workspace.objects.exists()
    assert owner.get("/").status_code == 200


def test_nobody_else_removes_it(demo: Workspace, seat: Seat, browser: Browser) -> None:
    admin = browser(seat(Role.ADMIN))
    address = reverse("web:demo", args=[demo.slug])
    assert address not in admin.get(reverse("web:workspace", args=[demo.slug])).text
    assert admin.post(address, {"_method": "delete"}).status_code == 403
    assert Workspace.objects.exists()


def test_workspace_that_is_no_demo_cannot_be_removed_so(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    answer = browser(seat(Role.OWNER)).post(reverse("web:demo", args=[firm.slug]), {"_method": "delete"})
    assert answer.status_code == 404
    assert Workspace.objects.exists()


def test_demo_does_not_stand_in_the_way_of_the_first_workspace(
    demo: Workspace, seat: Seat, browser: Browser
) -> None:
    assert browser(seat()).get(reverse("setup", args=[setup_token()])).status_code == 200
