"""Every page passes axe at a desk and on a phone, by day and by night, and fits the narrowest screen."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import mails, people, steps
from tests.browser.conftest import JOURNEY, Sit
from tests.browser.people import AXE, CLEO, DESKTOP, NARROW, PHONE, Firm
from tests.patience import eventually
from threadwell.kit import ids

pytestmark = JOURNEY

OUTSIDE = ["accounts/login/", "accounts/password/reset/", "accounts/password/reset/done/", "nothing/here/"]
ACCOUNT = [
    "accounts/2fa/",
    "accounts/sessions/",
    "accounts/email/",
    "accounts/password/change/",
    "workspaces/",
]
MAIL = ["inboxes/", "inboxes/new/", "ledger/", "quarantine/", "settings/blocks/", "settings/imports/"]
SETTINGS = ["", "profile/", "people/", "teams/", "teams/new/", "tokens/", "workspace/"]
VIEWS = ["open", "mine", "unassigned", "mentions", "drafts", "snoozed", "closed"]


#: Colours fade when the light changes, children after their parents: one on its way says nothing of contrast.
SETTLED = """async () => {
  const frame = () => new Promise(requestAnimationFrame)
  const isMoving = () => document.getAnimations().some(one => one.playState === "running")
  do { await frame(); await frame() } while (isMoving())
}"""


def wrong_everywhere(page: Page, where: str, *, within: str = "html") -> list[str]:
    """What is wrong at both sizes, in both lights, and at 320 pixels."""
    told: list[str] = []
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        for light in ("light", "dark"):
            page.emulate_media(color_scheme=light, reduced_motion="reduce")
            page.evaluate(SETTLED)
            found = page.evaluate("async within => (await axe.run(within)).violations", within)
            told += [
                f"{where} {size['width']} {light}: {one['id']}: {node['html'][:200]}"
                for one in found
                for node in one["nodes"]
            ]
    for size in (PHONE, NARROW):
        page.set_viewport_size(size)
        if people.is_too_wide(page):
            told.append(f"{where} is wider than {size['width']}")
    page.set_viewport_size(DESKTOP)
    return told


@pytest.fixture
def talk(firm: Firm) -> str:
    """The subject of a conversation with a little of everything in it."""
    subject = "Everything at once"
    if not any(subject in str(mail["Subject"]) for mail in sent):
        first = mails.a_mail(subject, "Short.", sender="Ada Ström <ada@strom.example>")
        second = mails.a_mail(
            f"Re: {subject}",
            "Long words.",
            sender="Ada Ström <ada@strom.example>",
            html="<p>Long words.</p><img src='https://outside.example/a.png'><table><tr><td>1<td>2</table>",
        )
        second["In-Reply-To"] = second["References"] = first["Message-ID"]
        second.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="sheet " + "x" * 80 + ".csv")
        firm.product.receive(first, second)
        sent.extend([first, second])
    return subject


sent: list[EmailMessage] = []


def test_pages_before_the_desk(firm: Firm, chromium: Browser) -> None:
    screen = people.opened(chromium, firm)
    screen.forgiven = "404 (Not Found)"
    wrong: list[str] = []
    for path in OUTSIDE:
        screen.page.goto(f"/{path}")
        wrong += wrong_everywhere(screen.page, path)
    assert "\n".join(wrong) == ""
    assert screen.complaints == screen.outside == []


def test_settings_and_accounts(firm: Firm, sit: Sit) -> None:
    page = sit(CLEO).page
    wrong: list[str] = []
    for path in [*(f"/{one}" for one in ACCOUNT), *(firm.place(f"settings/{one}") for one in SETTINGS)]:
        page.goto(path)
        wrong += wrong_everywhere(page, path)
    page.goto(firm.place("settings/teams/new/"))
    page.get_by_label("Name").fill(f"Crews {ids.new().hex[:6]}")
    page.get_by_role("button", name="Save").click()
    page.goto(firm.place("settings/teams/"))
    page.get_by_role("link", name="Change Crews").first.click()
    page.wait_for_url("**/settings/teams/*/")
    wrong += wrong_everywhere(page, "a team")
    assert "\n".join(wrong) == ""


def test_mail_rooms(firm: Firm, sit: Sit, talk: str) -> None:
    page = sit(CLEO, "inboxes/").page
    page.get_by_role("link", name=mails.SUPPORT).first.click()
    page.wait_for_url(re.compile(r"/inboxes/[-0-9a-f]{36}/$"))
    inbox = page.url
    paths = [
        *(firm.place(one) for one in MAIL),
        *(inbox + one for one in ("", "receiving/", "receiving/?way=imap", "receiving/?way=google")),
        *(inbox + one for one in ("sending/", "sending/?way=smtp", "test/")),
        inbox.replace("/inboxes/", "/ledger/"),
    ]
    wrong: list[str] = []
    for path in paths:
        page.goto(path)
        wrong += wrong_everywhere(page, path)
    page.goto(inbox.replace("/inboxes/", "/ledger/"))
    page.locator("main a[href*='/deliveries/']").first.click()
    page.wait_for_url("**/deliveries/**")
    wrong += wrong_everywhere(page, "a delivery")
    spam = mails.a_mail("Cheap watches", sender="Mallory <mallory@watches.example>")
    spam["X-Spam-Flag"] = "YES"
    firm.product.receive(spam)
    page.goto(firm.place("quarantine/"))
    eventually(lambda: is_there(page, "Cheap watches"), "what was quarantined")
    wrong += wrong_everywhere(page, "quarantine with something in it")
    page.get_by_role("link", name="Cheap watches").first.click()
    page.wait_for_url("**/deliveries/**")
    wrong += wrong_everywhere(page, "a quarantined delivery")
    assert "\n".join(wrong) == ""


def test_lists(firm: Firm, sit: Sit, talk: str) -> None:
    page = sit(path="desk/open/").page
    expect(steps.row(page, talk)).to_be_visible()
    wrong: list[str] = []
    for view in VIEWS:
        page.goto(firm.place(f"desk/{view}/"))
        wrong += wrong_everywhere(page, view)
    page.goto(firm.place("desk/open/?unread=on"))
    page.evaluate("document.getElementById('filter').showPopover()")
    page.get_by_label("Save this view as").fill("Unread ones")
    page.locator("#filter").get_by_role("button", name="Save").click()
    page.goto(firm.place("desk/open/"))
    page.get_by_role("link", name="Unread ones").first.click()
    expect(page.get_by_role("heading", name="Unread ones")).to_be_visible()
    wrong += wrong_everywhere(page, "a saved view")
    for path in ("search/", "search/?q=words", "search/?q=zzznothing", "conversations/new/"):
        page.goto(firm.place(path))
        wrong += wrong_everywhere(page, path)
    assert "\n".join(wrong) == ""


def test_conversation_and_what_opens_from_it(firm: Firm, sit: Sit, talk: str) -> None:
    page = sit(path="desk/open/").page
    steps.open_row(page, talk)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    wrong = wrong_everywhere(page, "conversation")
    page.reload()
    wrong += wrong_everywhere(page, "conversation, loaded whole")
    for menu in ("owner", "team", "priority", "snooze", "labelling", "more", "send-as", "sort", "filter"):
        with shown(page, menu):
            wrong += wrong_everywhere(page, f"menu {menu}", within=f"#{menu}")
    for key, name in (("Control+k", "goto"), ("?", "keys")):
        page.keyboard.press(key)
        expect(page.locator(f"dialog#{name}")).to_be_visible()
        wrong += wrong_everywhere(page, name, within=f"#{name}")
        page.keyboard.press("Escape")
        expect(page.locator(f"dialog#{name}")).to_be_hidden()
    page.keyboard.press("n")
    expect(steps.field(page)).to_be_focused()
    wrong += wrong_everywhere(page, "a note", within="[data-composer]")
    page.keyboard.press("Escape")
    number = page.locator("presence-beat").get_attribute("data-conversation")
    message = page.locator("li.message[data-channel]").first.get_attribute("id") or ""
    key = message.removeprefix("message-")
    about = (f"conversations/{number}/history/", f"conversations/{number}/merge/")
    for path in (*about, f"messages/{key}/source/", f"messages/{key}/moving/"):
        page.goto(firm.place(path))
        wrong += wrong_everywhere(page, path)
    assert "\n".join(wrong) == ""


def is_there(page: Page, text: str) -> bool:
    page.reload()
    return page.get_by_text(text).count() > 0


@contextmanager
def shown(page: Page, menu: str) -> Iterator[None]:
    page.evaluate("id => document.getElementById(id).showPopover()", menu)
    yield
    page.evaluate("id => document.getElementById(id).hidePopover()", menu)


def test_the_desk_scrolls_its_panes_and_never_the_page(firm: Firm, sit: Sit) -> None:
    for number in range(4):
        steps.a_conversation(firm, f"Once more {number}")
    page = sit(viewport={"width": 1440, "height": 420}, path="desk/open/").page
    steps.open_row(page, "Once more 3")
    assert page.evaluate("document.documentElement.scrollHeight") <= 420
