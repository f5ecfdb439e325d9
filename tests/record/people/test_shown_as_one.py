"""Whoever was merged is shown, found and counted as the one that stands for them."""

from collections.abc import Iterator

import pytest

from tests import cast
from threadwell.flow import merging
from threadwell.interfaces.web import conversation as panes
from threadwell.kit import tenancy
from threadwell.record.conversations import finding, queues, search
from threadwell.record.conversations.models import Conversation
from threadwell.record.people import by_parts
from threadwell.record.people.models import Contact
from threadwell.record.workplace.models import Agent


@pytest.fixture
def bo(db: None) -> Iterator[Agent]:
    workspace = cast.a_workspace()
    agent = cast.an_agent(workspace)
    inbox = cast.an_inbox(workspace)
    cast.arrives(inbox, cast.a_mail(sender="Ada Lovelace <ada@customer.example>", subject="First"))
    cast.arrives(inbox, cast.a_mail(sender="Countess <countess@other.example>", subject="Second"))
    cast.all_read(workspace)
    with tenancy.entered(workspace.pk):
        ada = Contact.objects.of(workspace).get(name="Ada Lovelace")
        countess = Contact.objects.of(workspace).get(name="Countess")
        merging.merge("contact", [countess.pk], into=ada.pk, by=agent)
        yield agent


def test_the_list_shows_the_one_that_stands_for_them(bo: Agent) -> None:
    rows = queues.shown(Conversation.objects.of(bo.workspace_id), bo)
    assert {one.with_whom for one in rows} == {"Ada Lovelace"}
    assert {one.customer.name for one in rows} == {"Ada Lovelace"}


def test_the_pane_shows_every_address_and_the_other_talks_of_all_of_them(bo: Agent) -> None:
    second = Conversation.objects.of(bo.workspace_id).get(subject="Second")
    told = panes.customer_of(second)
    assert told["contact"].name == "Ada Lovelace"
    assert {one.value for one in told["identities"]} == {"ada@customer.example", "countess@other.example"}
    assert [one.subject for one in told["others"]] == ["First"]


@pytest.mark.parametrize("typed", ["Ada", "Countess", "countess@other"])
def test_they_are_found_by_all_that_any_of_them_is_called(bo: Agent, typed: str) -> None:
    [found] = by_parts.contacts(bo.workspace_id, typed, most=6)
    assert found.name == "Ada Lovelace"
    subjects = {one.subject for one in finding.conversations(bo.workspace_id, typed, most=6)}
    assert subjects == {"First", "Second"}


@pytest.mark.parametrize("typed", ["from:ada", "from:countess", "from:lovelace"])
def test_search_by_sender_finds_what_any_of_them_wrote(bo: Agent, typed: str) -> None:
    asked = search.read(typed, by=bo)
    hits = search.messages(bo.workspace_id, asked, most=10)
    assert {one.conversation.subject for one in hits.messages} == {"First", "Second"}
