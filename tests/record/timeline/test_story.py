"""A year with a customer in figures: they wait from the first word that nobody has answered."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import cast
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.timeline import answers, story
from threadwell.record.workplace.models import Workspace

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
type Told = Callable[..., Contact]


@pytest.fixture
def told(db: None) -> Told:
    workspace = cast.a_workspace()
    inbox = cast.an_inbox(workspace)

    def tell(*talks: str) -> Contact:
        """A talk is "in 0, in 2, out 3": who spoke, and at which hour."""
        with tenancy.entered(workspace.pk):
            works = Organisation.objects.create(workspace=workspace, name="Works")
            ada = Contact.objects.create(workspace=workspace, name="Ada", organisation=works)
            for number, talk in enumerate(talks, 1):
                spoken = Conversation.objects.create(
                    workspace=workspace, number=number, inbox=inbox, contact=ada, subject="Gate"
                )
                for one in talk.split(", "):
                    direction, hour, *rest = one.split()
                    Message.objects.create(
                        **_facts(workspace, spoken, ada),
                        direction=direction,
                        kind=rest[0] if rest else "message",
                        at=NOW - timedelta(days=9) + timedelta(hours=float(hour)),
                    )
        return ada

    return tell


def _facts(workspace: Workspace, spoken: Conversation, ada: Contact) -> dict[str, Any]:
    return {
        "workspace": workspace,
        "conversation": spoken,
        "contact": ada,
        "organisation": ada.organisation,
        "text": "The gate.",
    }


@pytest.mark.parametrize(
    ("talks", "hours", "contacts"),
    [
        (["in 0, out 3"], 3, 2),
        (["in 0, in 2, out 3"], 3, 3),
        (["in 0, out 3, out 5"], 3, 3),
        (["in 0, out 1, in 10, in 11, out 15"], 3, 5),
        (["out 0, in 1, out 3"], 2, 3),
        (["in 0, note 1, out 4"], 4, 2),
        (["in 0, out 1 automatic, out 4"], 4, 2),
        (["in 0, in 1"], None, 2),
        (["out 0"], None, 1),
        (["in 0, out 1", "in 0, out 2", "in 0, in 1, out 9"], 2, 7),
        (["in 0", "out 1"], None, 2),
    ],
)
def test_an_answer_is_measured_from_the_first_word_that_waited(
    told: Told, talks: list[str], hours: float | None, contacts: int
) -> None:
    ada = told(*talks)
    with tenancy.entered(ada.workspace_id):
        for account in (ada, ada.organisation):
            assert account
            year = story.of_year(answers.scope_of(account), now=NOW, zone="UTC")
            assert year.answer_time == (None if hours is None else timedelta(hours=hours))
            assert year.contacts == contacts
