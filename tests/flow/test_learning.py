"""Learning: preferences come from what was said, with their counts; what a colleague told stands."""

from datetime import timedelta
from typing import Any

import pytest

from tests import cast
from tests.interfaces.web.conftest import browser, firm, seat  # noqa: F401 (fixtures)
from threadwell.flow import learning
from threadwell.kit import clock, tenancy
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.people.models import Contact, Preference
from threadwell.record.workplace.models import Agent, Workspace

pytestmark = pytest.mark.django_db
GERMAN = "Guten Tag, die Lieferung ist nicht angekommen und wir bitten um eine Antwort."


@pytest.fixture
def bo(firm: Workspace) -> Agent:  # noqa: F811 (the fixture)
    return cast.an_agent(firm)


@pytest.fixture
def ada(firm: Workspace, bo: Agent) -> Contact:  # noqa: F811 (as above)
    """She wrote in four conversations, each of which Bo brought to its end."""
    inbox = cast.an_inbox(firm)
    with tenancy.entered(firm.pk):
        ada = Contact.objects.create(workspace=firm, name="Ada", zone="Europe/Berlin")
        for number in range(1, 5):
            at = clock.now() - timedelta(days=number)
            told: dict[str, Any] = {"workspace": firm, "contact": ada, "at": at}
            talk = Conversation.objects.create(
                workspace=firm,
                number=number,
                subject="Gate",
                inbox=inbox,
                contact=ada,
                status="closed",
                last_message_at=at,
            )
            Message.objects.create(conversation=talk, direction="in", text=GERMAN, **told)
            Message.objects.create(conversation=talk, direction="out", agent=bo, text="Gelöst.", **told)
    return ada


def kept(contact: Contact) -> dict[str, Any]:
    with tenancy.entered(contact.workspace_id):
        return dict(Preference.objects.of(contact.workspace_id).values_list("kind", "value"))


def test_preferences_are_learned_told_better_and_learned_again(ada: Contact, bo: Agent) -> None:
    with tenancy.entered(ada.workspace_id):
        learning.learn(ada)
    known = kept(ada)
    assert (known["channel"], known["language"], known["agent"]) == ("email", "de", str(bo.pk))
    with tenancy.entered(ada.workspace_id):
        learning.tell_preference(ada, "language", "pt", by=bo)
        learning.learn(ada)
    assert kept(ada)["language"] == "pt"
    with tenancy.entered(ada.workspace_id):
        learning.forget_told(ada, "language", by=bo)
    assert kept(ada)["language"] == "de"


def test_hourly_job_looks_at_whoever_wrote_and_forgets_what_no_longer_holds(ada: Contact) -> None:
    learning.learn_lately(str(ada.workspace_id))
    assert kept(ada) == {}
    learning.learn_lately(str(ada.workspace_id), back=timedelta(days=2).total_seconds())
    assert "language" in kept(ada)
    with tenancy.entered(ada.workspace_id):
        Message.objects.of(ada.workspace_id).filter(direction="in").update(text="?")
    learning.learn_lately(str(ada.workspace_id), back=timedelta(days=2).total_seconds())
    assert "language" not in kept(ada)


def test_card_says_why_and_takes_what_one_knows_better(ada: Contact, bo: Agent, browser: Any) -> None:  # noqa: F811
    with tenancy.entered(ada.workspace_id):
        learning.learn(ada)
    client, home = browser(bo), f"/w/{ada.workspace.slug}/customers/{ada.pk}/"
    shown = client.get(f"{home}edit/").content.decode()
    assert "4 of the last 4 messages" in shown
    assert "brought 4 of 4 closed conversations to their end" in shown
    for kind, given in (
        ("hours", {"value": "9", "until": "12"}),
        ("channel", {"value": "phone"}),
        ("agent", {"value": str(bo.pk)}),
    ):
        assert client.post(f"{home}preferences/{kind}/", given).status_code == 303
    shown = client.get(f"{home}edit/").content.decode()
    assert "09:00 to 12:00" in shown
    assert "told by Bo" in shown
    for kind, given in (
        ("hours", {"value": "12", "until": "9"}),
        ("channel", {"value": "pigeon"}),
        ("nonsense", {}),
        ("language", {"value": "<b>"}),
    ):
        assert client.post(f"{home}preferences/{kind}/", given).status_code == 422
    assert client.post(f"{home}preferences/channel/", {"_method": "DELETE"}).status_code == 303
    assert kept(ada)["channel"] == "email"
