"""In a real browser: passkeys work under our content policy, and the pages of people pass axe."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests import cast
from threadwell.flow import joining
from threadwell.kit import tenancy
from threadwell.kit.setup_token import setup_token
from threadwell.record.workplace.models import Agent, ApiToken, Team, TeamSeat, Workspace
from threadwell.record.workplace.roles import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).parents[2] / "vendor" / "axe.min.js"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PASSWORD = "seven green lorries"
PHONE, DESKTOP = {"width": 375, "height": 812}, {"width": 1440, "height": 900}


@pytest.fixture
def owner(live_server: LiveServer) -> Agent:
    """Made before the browser starts: its event loop would keep Django's models from this thread."""
    cache.clear()
    firm = cast.a_workspace()
    agent = cast.an_agent(firm, name="Cleo", role=Role.OWNER)
    agent.user.set_password(PASSWORD)
    agent.user.save()
    return agent


@pytest.fixture
def chromium(live_server: LiveServer) -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


def opened(browser: Browser, server: LiveServer, **how: Any) -> tuple[Page, list[str]]:
    """A page of a browser of its own, and what it complains of."""
    page = browser.new_context(base_url=server.url, **how).new_page()
    # This server cannot stream; tests/browser looks at what is live.
    page.route("**/live/**", lambda route: route.fulfill(content_type="text/event-stream", body=": \n\n"))
    complaints: list[str] = []
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page, complaints


def sign_in(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main form .button--primary")
    page.wait_for_url("**/w/**")


def test_a_passkey_is_made_and_signs_in(owner: Agent, chromium: Browser, live_server: LiveServer) -> None:
    page, complaints = opened(chromium, live_server)
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    key |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": key})

    sign_in(page, owner.user.email)
    page.goto("/accounts/2fa/webauthn/add/")
    page.fill("[name=password]", PASSWORD)
    page.click("main .button--primary")
    page.fill("[name=name]", "Laptop")
    page.check("[name=passwordless]")
    page.wait_for_load_state()  # the button is a script's
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: "/add/" not in url)
    page.goto("/accounts/2fa/webauthn/")
    assert page.get_by_text("Laptop", exact=True).count()

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.wait_for_load_state()
    page.click("#passkey_login")
    page.wait_for_url("**/w/**")
    assert complaints == []


OUTSIDE = ["/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/", "/nothing/"]
INSIDE = [
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/workspaces/",
]
SETTINGS = ["", "profile/", "people/", "teams/", "teams/new/", "tokens/", "workspace/"]


@pytest.mark.parametrize(("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)], ids=["desktop", "phone"])
def test_pages_of_people_pass_axe(
    owner: Agent, live_server: LiveServer, request: pytest.FixtureRequest, scheme: str, size: dict[str, int]
) -> None:
    asked = peopled(owner)
    chromium: Browser = request.getfixturevalue("chromium")
    page, complaints = opened(chromium, live_server, color_scheme=scheme, viewport=size)
    wrong: dict[str, list[str]] = {}
    for address in [*OUTSIDE, f"/setup/{setup_token()}/", f"/join/{asked.token}/"]:
        wrong[address] = wrong_with(page, address)
    sign_in(page, owner.user.email)
    inside = [f"/w/{owner.workspace.slug}/settings/{place}" for place in SETTINGS]
    for address in [*INSIDE, *inside]:
        wrong[address] = wrong_with(page, address)
    assert {address: found for address, found in wrong.items() if found} == {}
    assert [text for text in complaints if "404" not in text and "410" not in text] == []


def peopled(owner: Agent) -> joining.Asked:
    firm: Workspace = owner.workspace
    with tenancy.entered(firm.pk):
        team = Team.objects.create(workspace=firm, name="Claims")
        TeamSeat.objects.create(workspace=firm, team=team, agent=owner)
        ApiToken.issue(owner, name="reports", scopes=["read"], expires_at=None)
        return joining.invite("dana@firm.example", role=Role.AGENT, teams=[team], by=owner)


def wrong_with(page: Page, address: str) -> list[str]:
    page.goto(address)
    if shots := os.environ.get("SHOTS"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        name = address.strip("/").replace("/", "-") or "start"
        page.screenshot(path=f"{shots}/{name[-40:]}-{width}.png", full_page=True)
    too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    told = [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
    return [*told, *(["wider than the screen"] if too_wide else [])]
