"""The main job: a mail comes in, somebody answers it, and the customer's next words find their place."""

from playwright.sync_api import Route, expect

from tests.browser import mails, steps
from tests.browser.conftest import JOURNEY, Sit
from tests.browser.people import Firm

pytestmark = JOURNEY


def test_a_mail_is_answered_and_the_next_one_joins_its_conversation(firm: Firm, sit: Sit) -> None:
    page = sit(path="desk/open/").page
    page.wait_for_load_state()
    asked = mails.a_mail("Gate code 4711", sender="Ada Ström <ada@strom.example>")
    firm.product.receive(asked)
    steps.open_row(page, "Gate code 4711")  # it came by itself: nobody loaded the page again
    expect(steps.said(page, "The gate code is wrong.")).to_be_visible()
    address = page.url

    page.keyboard.press("r")
    rich = page.get_by_role("button", name="Rich text")
    if rich.get_attribute("aria-pressed") == "false":
        rich.click()
    page.locator("trix-editor").click()
    page.keyboard.type("Dear Ada, it is ")
    page.get_by_role("button", name="Bold").click()
    page.keyboard.type("2580")
    page.get_by_role("button", name="Bold").click()
    page.keyboard.type(". Sorry!")
    page.set_input_files("[data-composer] input[name=files]", {
        "name": "gate plan.txt", "mimeType": "text/plain", "buffer": b"left, then right\n",
    })  # fmt: skip
    expect(page.locator(".upload--done", has_text="gate plan.txt")).to_be_visible()
    page.get_by_role("button", name="Send Ctrl").click()
    expect(page.get_by_role("button", name="Take back")).to_be_visible()

    [answer] = firm.product.caught("Gate code 4711")
    assert answer["To"].addresses[0].addr_spec == "ada@strom.example"
    assert answer["In-Reply-To"] == asked["Message-ID"]
    assert asked["Message-ID"] in answer["References"]
    assert answer["Message-ID"] not in {None, asked["Message-ID"]}
    assert "List-Unsubscribe" not in answer
    assert "Dear Ada, it is 2580. Sorry!" in mails.plain(answer)
    html = answer.get_body(("html",))
    assert html is not None
    assert "<strong>2580</strong>" in html.get_content()
    [plan] = answer.iter_attachments()
    assert plan.get_filename() == "gate plan.txt"
    assert plan.get_content().strip() == "left, then right"
    expect(page.locator(".message--out").get_by_text("sent", exact=False).last).to_be_visible()

    firm.product.receive(mails.the_reply(answer, "Thank you, it opens now."))
    expect(steps.said(page, "Thank you, it opens now.")).to_be_visible()
    assert page.url == address
    expect(steps.row(page, "Gate code 4711")).to_have_count(1)


def test_an_answer_is_taken_back_while_it_is_held(firm: Firm, sit: Sit) -> None:
    firm.product.receive(mails.a_mail("Taken back 1"))
    page = sit(path="desk/open/").page
    steps.open_row(page, "Taken back 1")
    page.keyboard.press("r")
    steps.field(page).click()
    page.keyboard.type("This is wrong")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Take back").click()
    expect(steps.field(page)).to_have_value("This is wrong")
    assert not [mail for mail in firm.product.left() if "Taken back" in mail["Subject"]]


def test_who_writes_is_stopped_when_something_came_meanwhile(firm: Firm, sit: Sit) -> None:
    first = mails.a_mail("Two pallets", "One pallet is missing.")
    firm.product.receive(first)
    screen = sit(path="desk/open/")
    screen.forgiven = "409 (Conflict)"  # the browser's own word for our stop
    page = screen.page
    steps.open_row(page, "Two pallets")
    page.keyboard.press("r")
    steps.field(page).click()
    page.keyboard.type("We will send it again.")
    meanwhile = mails.a_mail("Re: Two pallets", "Never mind, it is here!")
    meanwhile["In-Reply-To"] = meanwhile["References"] = first["Message-ID"]
    firm.product.receive(meanwhile)
    expect(steps.said(page, "Never mind, it is here!")).to_be_visible()
    page.keyboard.press("Control+Enter")
    stop = page.get_by_role("alert").filter(has_text="this happened since you began to write")
    expect(stop).to_contain_text("Never mind, it is here!")
    assert not [mail for mail in firm.product.left() if "Two pallets" in mail["Subject"]]
    page.get_by_role("button", name="Send it as it is").click()
    [answer] = firm.product.caught("Two pallets")
    assert "We will send it again." in mails.plain(answer)


def test_an_answer_waits_for_the_file_that_is_still_going_up(firm: Firm, sit: Sit) -> None:
    subject = f"Forklift papers {'and so on ' * 40}".strip()
    firm.product.receive(mails.a_mail(subject))
    page = sit(path="desk/open/").page
    steps.open_row(page, "Forklift papers")
    head = page.locator("#subject").bounding_box()
    assert head is not None
    assert head["height"] < 100  # of a subject without end three lines; the rest when one points at it
    assert page.locator("#subject").get_attribute("title") == subject
    going: list[Route] = []

    def on_its_way(route: Route) -> None:  # Playwright takes no method of a list
        going.append(route)

    page.route("**/uploads/", on_its_way)
    page.keyboard.press("r")
    page.keyboard.type("Here they are.")
    page.set_input_files("[data-composer] input[name=files]", {
        "name": "papers.txt", "mimeType": "text/plain", "buffer": b"stamped\n",
    })  # fmt: skip
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Goes as soon as the files are up")).to_be_visible()
    expect(steps.said(page, "Here they are.")).to_have_count(0)
    [upload] = going
    upload.continue_()
    expect(steps.said(page, "Here they are.")).to_be_visible()
    [answer] = firm.product.caught("Forklift papers")
    assert [file.get_filename() for file in answer.iter_attachments()] == ["papers.txt"]
