"""Working together: soft claims, the owner alone, side conversations, hand-overs, followers, reactions."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from tests.cast import a_mail, a_workspace, all_read, an_agent, an_inbox, arrives
from tests.interfaces.web.conftest import Browser
from threadwell.flow import handing_over
from threadwell.kit import clock, tenancy
from threadwell.record.conversations.models import Conversation, Message, Viewing
from threadwell.record.inboxes.models import Inbox
from threadwell.record.notices.models import Notice
from threadwell.record.teamwork.models import Follow, Handover
from threadwell.record.workplace.models import Agent, Team, TeamSeat, Workspace
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def firm() -> Workspace:
    return a_workspace()


@pytest.fixture
def inbox(firm: Workspace) -> Inbox:
    return an_inbox(firm)


@pytest.fixture
def talk(firm: Workspace, inbox: Inbox) -> Conversation:
    arrives(inbox, a_mail("The gate code is wrong."))
    all_read(firm)
    with tenancy.entered(firm.pk):
        found: Conversation = Conversation.objects.of(firm).get()
        return found


@pytest.fixture
def bo(firm: Workspace) -> Agent:
    return an_agent(firm)


@pytest.fixture
def cleo(firm: Workspace) -> Agent:
    return an_agent(firm, name="Cleo", role=Role.SUPERVISOR)


def at(talk: Conversation, rest: str = "") -> str:
    return f"/w/{talk.workspace.slug}/conversations/{talk.number}/{rest}"


def says(client: Client, talk: Conversation, **more: str) -> int:
    form = {
        "as": "reply",
        "text": "Try 4711.",
        "reply-to": "ada@customer.example",
        "begun_at": clock.now().isoformat(),
        **more,
    }
    headers = {"HX-Request": "true"}
    return client.post(at(talk, "answers/"), form, headers=headers).status_code


def test_whoever_begins_to_answer_claims_softly_and_the_others_are_warned(
    talk: Conversation, bo: Agent, cleo: Agent, browser: Browser
) -> None:
    first, second = browser(bo), browser(cleo)
    first.post(at(talk, "presence/"), {"doing": "replying", "tab": "a"})
    second.post(at(talk, "presence/"), {"doing": "replying", "tab": "b"})
    assert "Bo is answering" in (page := second.get(at(talk)).content.decode())
    assert "You can write as well" in page
    seen = first.get(at(talk)).content.decode()
    assert "Cleo is writing a reply" in seen
    assert "Cleo is answering" not in seen

    first.post(at(talk, "presence/"), {"doing": "hidden", "tab": "a"})
    assert "Bo is answering" in second.get(at(talk)).content.decode()
    first.post(at(talk, "presence/"), {"doing": "left", "tab": "a"})
    assert "Bo is answering" not in second.get(at(talk)).content.decode()
    second.post(at(talk, "presence/"), {"doing": "replying", "tab": "b"})
    assert "Cleo is answering" in first.get(at(talk)).content.decode()
    assert says(first, talk) == 200  # warned, never locked


def test_a_claim_ends_with_its_minutes_with_the_answer_and_with_an_owner(
    talk: Conversation, bo: Agent, cleo: Agent, browser: Browser
) -> None:
    first, second = browser(bo), browser(cleo)

    def claims() -> bool:
        return "Bo is answering" in second.get(at(talk)).content.decode()

    first.post(at(talk, "presence/"), {"doing": "replying", "tab": "a"})
    with tenancy.entered(talk.workspace_id):
        Viewing.objects.of(talk.workspace_id).filter(agent=bo).update(
            at=clock.now() - timedelta(minutes=4), claims_until=clock.now() + timedelta(minutes=1)
        )
    assert claims()
    with tenancy.entered(talk.workspace_id):
        Viewing.objects.of(talk.workspace_id).filter(agent=bo).update(claims_until=clock.now())
    assert not claims()

    first.post(at(talk, "presence/"), {"doing": "replying", "tab": "a"})
    assert claims()
    assert says(first, talk) == 200
    assert not claims()

    first.post(at(talk, "owner/"), {"owner": str(bo.pk)})
    first.post(at(talk, "presence/"), {"doing": "replying", "tab": "a"})
    assert not claims()


def test_where_only_the_owner_answers_others_take_it_first(
    talk: Conversation, inbox: Inbox, bo: Agent, cleo: Agent, browser: Browser
) -> None:
    admin = an_agent(talk.workspace, name="Uma", role=Role.ADMIN)
    form = {"address": inbox.address, "name": inbox.name, "only_owner": "on"}
    browser(admin).post(f"/w/{talk.workspace.slug}/inboxes/{inbox.pk}/", form)
    client = browser(bo)
    assert "Only the owner answers here" in client.get(at(talk)).content.decode()
    assert says(client, talk) == 409
    with tenancy.entered(talk.workspace_id):
        assert not Message.objects.of(talk.workspace_id).filter(direction="out").exists()
    assert says(client, talk, take="yes") == 200
    with tenancy.entered(talk.workspace_id):
        talk.refresh_from_db()
        assert talk.owner_id == bo.pk
    assert says(browser(cleo), talk) == 409
    assert says(client, talk) == 200


def test_a_third_party_is_asked_on_the_page_and_the_customer_cannot_be(
    talk: Conversation, bo: Agent, browser: Browser
) -> None:
    client = browser(bo)
    assert client.get(at(talk, "asides/new/")).status_code == 200
    letter = {"to": "gates@supplier.example", "subject": "A code", "text": "Which one?"}
    wrong = client.post(at(talk, "asides/"), {**letter, "to": "Ada <ada@customer.example>"})
    assert wrong.status_code == 422
    assert "is not written to aside" in wrong.content.decode()
    opened = client.post(at(talk, "asides/"), letter)
    assert opened.status_code == 303
    sheet = client.get(opened["Location"]).content.decode()
    assert "Which one?" in sheet
    assert "waits for them" in sheet
    assert "A code" in client.get(at(talk, "together/")).content.decode()
    page = client.get(at(talk)).content.decode()
    assert "1 side conversation waits for a third party" in page
    assert "gates@supplier.example" not in page
    with tenancy.entered(talk.workspace_id):
        aside = Conversation.objects.of(talk.workspace_id).exclude(aside_of=None).get()
    where = f"/w/{talk.workspace.slug}/asides/{aside.number}/"
    assert client.get(at(aside))["Location"] == where
    assert client.get(f"{where}lines/", headers={"HX-Request": "true"}).status_code == 200
    more = {"to": "gates@supplier.example", "text": "And by when?"}
    assert client.post(where, more, headers={"HX-Request": "true"}).status_code == 200
    assert client.post(where, {**more, "to": "ada@customer.example"}).status_code == 422
    assert "done" in client.post(f"{where}finishing/", headers={"HX-Request": "true"}).content.decode()
    assert client.post(f"{where}finishing/", {"_method": "DELETE"}).status_code == 303
    with tenancy.entered(talk.workspace_id):
        letter_out = aside.messages.order_by("-at").first()
    back = client.post(f"{where}letters/{letter_out.pk}/recall/", headers={"HX-Request": "true"})
    assert "And by when?" in back.content.decode()


def test_a_hand_over_waits_until_it_is_accepted(
    talk: Conversation, bo: Agent, cleo: Agent, browser: Browser
) -> None:
    giver, receiver = browser(bo), browser(cleo)
    giver.post(at(talk, "owner/"), {"owner": str(bo.pk)})
    form = giver.get(at(talk, "handovers/new/")).content.decode()
    assert "The gate code is wrong." in form
    packet = {
        "receiver": f"agent:{cleo.pk}",
        "reason": "Holiday",
        "summary": "Wants a new code",
        "patience": "4",
    }
    assert giver.post(at(talk, "handovers/"), {**packet, "reason": ""}).status_code == 422
    assert giver.post(at(talk, "handovers/"), packet).status_code == 303
    with tenancy.entered(talk.workspace_id):
        talk.refresh_from_db()
        assert (talk.owner_id, talk.handed_to) == (bo.pk, "Cleo")
        handover = Handover.objects.of(talk.workspace_id).get()
        [notice] = Notice.objects.of(talk.workspace_id).filter(agent=cleo, kind="handover")
    assert "Cleo is asked to take it over" in giver.get(at(talk)).content.decode()
    base = f"/w/{talk.workspace.slug}/handovers/"
    assert "Wants a new code" in receiver.get(f"{base}{handover.pk}/").content.decode()
    assert "Gate code" in receiver.get(base).content.decode()
    assert "Gate code" not in giver.get(base).content.decode()
    assert "Gate code" in giver.get(f"{base}?show=given").content.decode()
    assert (
        "Bo asks you to take it over" in receiver.get(f"/w/{talk.workspace.slug}/notices/").content.decode()
    )
    assert notice.conversation_id == talk.pk

    assert receiver.post(f"{base}{handover.pk}/return/", {"because": ""}).status_code == 422
    assert receiver.post(f"{base}{handover.pk}/return/", {"because": "Full"}).status_code == 303
    assert "returns it to you: Full" in giver.get(f"/w/{talk.workspace.slug}/notices/").content.decode()
    giver.post(at(talk, "handovers/"), packet)
    with tenancy.entered(talk.workspace_id):
        again = Handover.objects.of(talk.workspace_id).pending().get()
    assert giver.post(f"{base}{again.pk}/acceptance/").status_code >= 400
    assert receiver.post(f"{base}{again.pk}/acceptance/").status_code == 303
    assert receiver.post(f"{base}{again.pk}/acceptance/").status_code >= 400
    with tenancy.entered(talk.workspace_id):
        talk.refresh_from_db()
        assert (talk.owner_id, talk.handed_to) == (cleo.pk, "")
        assert Follow.objects.of(talk.workspace_id).filter(agent=bo, conversation=talk).exists()
    assert "took it over from Bo" in giver.get(at(talk)).content.decode()


def test_nobody_takes_over_what_was_given_to_somebody_or_closed_meanwhile(
    talk: Conversation, bo: Agent, cleo: Agent, browser: Browser
) -> None:
    eve = an_agent(talk.workspace, name="Eve")
    giver, asked = browser(bo), browser(cleo)
    packet = {"receiver": f"agent:{cleo.pk}", "reason": "Holiday", "summary": "A code", "patience": "1"}
    base = f"/w/{talk.workspace.slug}/handovers/"

    def pending() -> list[UUID]:
        with tenancy.entered(talk.workspace_id):
            talk.refresh_from_db()
            return [one.pk for one in Handover.objects.of(talk.workspace_id).pending()]

    giver.post(at(talk, "handovers/"), packet)
    [first] = pending()
    giver.post(at(talk, "owner/"), {"owner": str(eve.pk)})
    assert (pending(), talk.handed_to, talk.owner_id) == ([], "", eve.pk)
    assert asked.post(f"{base}{first}/acceptance/").status_code == 409
    assert (pending(), talk.owner_id) == ([], eve.pk)

    giver.post(at(talk, "handovers/"), packet)
    giver.post(at(talk, "closing/"))
    later = clock.now() + timedelta(hours=2)
    assert handing_over.escalate(talk.workspace_id, now=later) == 0
    assert (pending(), talk.handed_to) == ([], "")
    assert "took the hand-over to Cleo back" in giver.get(at(talk)).content.decode()
    assert giver.post(at(talk, "handovers/"), packet).status_code == 422


def test_a_team_is_asked_and_what_nobody_answers_is_escalated_once(
    talk: Conversation, bo: Agent, cleo: Agent, browser: Browser
) -> None:
    eve = an_agent(talk.workspace, name="Eve")
    with tenancy.entered(talk.workspace_id):
        team = Team.objects.create(workspace=talk.workspace, name="Gates")
    giver = browser(bo)
    packet = {"receiver": f"team:{team.pk}", "reason": "Yours", "summary": "A code", "patience": "1"}
    assert giver.post(at(talk, "handovers/"), packet).status_code == 422  # nobody there
    with tenancy.entered(talk.workspace_id):
        TeamSeat.objects.create(workspace=talk.workspace, team=team, agent=eve)
    assert giver.post(at(talk, "handovers/"), packet).status_code == 303
    later = clock.now() + timedelta(hours=2)
    assert handing_over.escalate(talk.workspace_id, now=later) == 1
    assert handing_over.escalate(talk.workspace_id, now=later) == 0
    with tenancy.entered(talk.workspace_id):
        late = Notice.objects.of(talk.workspace_id).filter(facts__what="late")
        assert {one.agent_id for one in late} == {bo.pk, cleo.pk}
        handover = Handover.objects.of(talk.workspace_id).get()
        talk.refresh_from_db()
        assert talk.owner_id == bo.pk
    taken = browser(eve).post(f"/w/{talk.workspace.slug}/handovers/{handover.pk}/acceptance/")
    assert taken.status_code == 303
    with tenancy.entered(talk.workspace_id):
        talk.refresh_from_db()
        assert (talk.owner_id, talk.team_id) == (eve.pk, team.pk)


def test_followers_are_told_and_who_stops_is_left_alone(
    talk: Conversation, inbox: Inbox, bo: Agent, cleo: Agent, browser: Browser
) -> None:
    client, other = browser(bo), browser(cleo)
    assert (
        "Stop following"
        in other.post(at(talk, "following/"), headers={"HX-Request": "true"}).content.decode()
    )
    says(client, talk)
    client.post(at(talk, "closing/"))
    arrives(inbox, a_mail("Still wrong.", subject="Re: Gate code", answers="<x@y>"))
    all_read(talk.workspace)

    def told(agent: Agent) -> list[str]:
        with tenancy.entered(talk.workspace_id):
            rows = (
                Notice.objects.of(talk.workspace_id).filter(agent=agent, kind="followed").order_by("made_at")
            )
            return [one.facts["what"] for one in rows]

    assert told(cleo)[:2] == ["answered", "closed"]
    assert "Bo closed it" in other.get(f"/w/{talk.workspace.slug}/notices/").content.decode()
    other.post(at(talk, "following/"), {"_method": "DELETE"})
    before = told(cleo)
    client.post(at(talk, "notes/"), {"as": "note", "text": "Look, @Cleo"})
    assert told(cleo) == before  # called, not followed anew
    assert "Bo calls you in a note" in other.get(f"/w/{talk.workspace.slug}/notices/").content.decode()


def test_a_note_calls_a_team_and_everybody_on_it_follows(
    talk: Conversation, bo: Agent, cleo: Agent, browser: Browser
) -> None:
    with tenancy.entered(talk.workspace_id):
        team = Team.objects.create(workspace=talk.workspace, name="Night Shift")
        TeamSeat.objects.create(workspace=talk.workspace, team=team, agent=cleo)
        TeamSeat.objects.create(workspace=talk.workspace, team=team, agent=bo)
    client = browser(bo)
    assert "Night Shift" in client.get(f"/w/{talk.workspace.slug}/colleagues/").json()["names"]
    client.post(at(talk, "notes/"), {"as": "note", "text": "For you, @night shift."})
    with tenancy.entered(talk.workspace_id):
        [notice] = Notice.objects.of(talk.workspace_id).filter(kind="mentioned")
        assert notice.agent_id == cleo.pk
        assert Follow.objects.of(talk.workspace_id).filter(agent=cleo, because="mentioned").exists()


def test_reactions_stand_on_the_card_and_are_taken_back_by_the_same_button(
    talk: Conversation, bo: Agent, cleo: Agent, browser: Browser
) -> None:
    with tenancy.entered(talk.workspace_id):
        message = talk.messages.get()
    where = f"/w/{talk.workspace.slug}/messages/{message.pk}/reactions/"
    assert browser(cleo).post(where, {"kind": "thanks"}).status_code == 303
    card = browser(bo).post(where, {"kind": "thanks"}, headers={"HX-Request": "true"}).content.decode()
    assert "thanks: Cleo, Bo" in card
    card = browser(bo).post(where, {"kind": "thanks"}, headers={"HX-Request": "true"}).content.decode()
    assert "thanks: Cleo<" in card
    assert browser(bo).post(where, {"kind": "rage"}).status_code == 422
    assert "thanks: Cleo" in browser(bo).get(at(talk)).content.decode()
    auditor = an_agent(talk.workspace, name="Abe", role=Role.AUDITOR)
    assert browser(auditor).post(where, {"kind": "thanks"}).status_code == 403
