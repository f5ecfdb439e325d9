"""The search page shows what was found, marked and escaped, and never another workspace's."""

import pytest
from django.test import Client

from tests.cast import a_mail, a_workspace, all_read, an_agent, an_inbox, arrives
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.record.workplace.models import Workspace

pytestmark = pytest.mark.django_db(transaction=True)


def _asks(client: Client, firm: Workspace, typed: str) -> str:
    return client.get(f"/w/{firm.slug}/search/", {"q": typed}).content.decode()


def test_what_is_found_is_marked_and_escaped(firm: Workspace, seat: Seat, browser: Browser) -> None:
    arrives(an_inbox(firm), a_mail("The <b>crew</b> was turned away.", subject="Gate <i>code</i>"))
    all_read(firm)
    client = browser(seat())
    shown = _asks(client, firm, "crew")
    assert "<mark>crew</mark>" in shown
    assert "&lt;b&gt;" in shown
    assert "Gate &lt;i&gt;code&lt;/i&gt;" in shown
    assert "<mark>Gate</mark> &lt;i&gt;code&lt;/i&gt;" in _asks(client, firm, "gate")


def test_nothing_found_says_so(firm: Workspace, seat: Seat, browser: Browser) -> None:
    assert "No message has all of these words." in _asks(browser(seat()), firm, "unheardof")


@pytest.mark.parametrize("page", ["search/?q=crew&after=", "desk/open/?cursor="])
def test_a_bent_address_leads_to_the_first_page(
    page: str, firm: Workspace, seat: Seat, browser: Browser
) -> None:
    whole = f"/w/{firm.slug}/{page}bent"
    answer = browser(seat()).get(whole, follow=True)
    begins = f"/w/{firm.slug}/{page.rpartition('?')[0]}"
    assert answer.redirect_chain[0][0].startswith(begins)
    assert "bent" not in answer.redirect_chain[0][0]
    assert "this is the first one" in answer.content.decode()


def test_messages_of_another_workspace_are_not_found(seat: Seat, browser: Browser, firm: Workspace) -> None:
    other = a_workspace("Other")
    arrives(an_inbox(other), a_mail("The crew was turned away."))
    all_read(other)
    assert "turned" not in _asks(browser(seat()), firm, "crew")
    stranger = browser(an_agent(other))
    assert stranger.get(f"/w/{firm.slug}/search/", {"q": "crew"}).status_code == 404
