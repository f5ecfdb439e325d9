"""Somebody writes in a conversation that is joined into another: their words go along, none is lost."""

from typing import Any

import pytest
from django.test import Client

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.flow import surgery
from threadwell.kit import ids, tenancy
from threadwell.record.conversations.models import Conversation, Draft, Message
from threadwell.record.workplace.models import Agent, Workspace
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)


class Desk:
    """Bo writes in the conversation about the lamp, and Cleo finds that it is about the gate."""

    def __init__(self, firm: Workspace, bo: Agent, cleo: Agent, client: Client) -> None:
        self.firm, self.bo, self.cleo, self.client = firm, bo, cleo, client
        inbox = cast.an_inbox(firm)
        for subject in ("Gate", "Lamp"):
            cast.arrives(inbox, cast.a_mail(subject=subject, message_id=f"<{subject}@customer.example>"))
        cast.all_read(firm)
        with tenancy.entered(firm.pk):
            found = {one.subject: one for one in Conversation.objects.of(firm)}
            self.gate, self.lamp = found["Gate"], found["Lamp"]
            [self.asked] = self.lamp.messages.all()

    def writes(self, text: str, deed: str = "draft", *, at: Conversation | None = None, **more: str) -> Any:
        told = {
            "as": "reply",
            "text": text,
            "answers": str(self.asked.pk),
            "reply-to": cast.ADA,
            "begun_at": "2030-01-01T00:00:00Z",
            **more,
        }
        return self.client.post(self.place(at or self.lamp, deed), told)

    def place(self, talk: Conversation, rest: str) -> str:
        return f"/w/{self.firm.slug}/conversations/{talk.number}/{rest}{'/' if rest else ''}"

    def join(self) -> None:
        surgery.join(self.firm.pk, self.lamp.pk, into=self.gate.pk, because="the same", by=self.cleo)

    def drafts(self) -> dict[str, str]:
        """The words of each draft, by the subject of where it stands."""
        with tenancy.entered(self.firm.pk):
            return {
                one.conversation.subject: one.text
                for one in Draft.objects.of(self.firm).select_related("conversation")
                if one.conversation
            }

    def said(self) -> list[Message]:
        with tenancy.entered(self.firm.pk):
            rows = Message.objects.of(self.firm).exclude(direction="in").select_related("conversation")
            return list(rows.order_by("pk"))


@pytest.fixture
def desk(firm: Workspace, seat: Seat, browser: Browser) -> Desk:
    bo = seat()
    return Desk(firm, bo, seat(name="Cleo"), browser(bo))


def test_what_is_written_on_goes_on_in_the_other(desk: Desk) -> None:
    assert desk.writes("Try").status_code == 204
    desk.join()
    assert desk.drafts() == {"Gate": "Try"}
    assert desk.writes("Try 4711").status_code == 204
    assert desk.drafts() == {"Gate": "Try 4711"}


def test_what_is_begun_after_the_join_stands_in_the_other(desk: Desk) -> None:
    desk.join()
    desk.writes("Try")
    assert desk.drafts() == {"Gate": "Try"}


def test_two_drafts_of_one_agent_stay_apart_until_one_is_sent(desk: Desk) -> None:
    desk.writes("About the gate", at=desk.gate, answers="")
    desk.writes("About the lamp")
    desk.join()
    desk.writes("About the lamp and more")
    assert desk.drafts() == {"Gate": "About the gate", "Lamp": "About the lamp and more"}
    assert desk.writes("About the lamp and more", "answers").status_code == 303
    [sent] = desk.said()
    assert (sent.conversation.subject, sent.text) == ("Gate", "About the lamp and more")
    assert sent.facts["in_reply_to"] == ["Lamp@customer.example"]
    assert desk.drafts() == {"Gate": "About the gate"}


def test_answer_from_a_page_of_before_answers_its_letter_where_it_stands_now(desk: Desk) -> None:
    desk.writes("Try 4711")
    desk.join()
    response = desk.writes("Try 4711", "answers")
    [sent] = desk.said()
    assert response["Location"].startswith(desk.place(desk.gate, ""))
    assert sent.conversation.subject == "Gate"
    assert sent.facts["in_reply_to"] == ["Lamp@customer.example"]
    assert desk.drafts() == {}


def test_answer_from_a_page_of_before_is_stopped_by_what_came_into_the_other(desk: Desk) -> None:
    desk.writes("Try 4711")
    desk.join()
    with tenancy.entered(desk.firm.pk):
        inbox = desk.gate.inbox
    more = cast.a_mail("Never mind.", subject="Gate", answers="<Gate@customer.example>")
    cast.arrives(inbox, more)
    cast.all_read(desk.firm)
    response = desk.writes("Try 4711", "answers", begun_at="2020-01-01T00:00:00Z")
    assert response.status_code == 409
    assert "Never mind." in response.content.decode()
    assert desk.drafts() == {"Gate": "Try 4711"}
    assert desk.said() == []


def test_note_from_a_page_of_before_stands_where_people_see_it(desk: Desk) -> None:
    desk.join()
    assert desk.writes("Look", "notes", **{"as": "note"}).status_code == 303
    [noted] = desk.said()
    assert noted.conversation.subject == "Gate"


def test_draft_thrown_away_on_a_page_of_before_is_gone(desk: Desk) -> None:
    desk.writes("Try")
    desk.join()
    desk.client.delete(desk.place(desk.lamp, "draft"))
    assert desk.drafts() == {}


def test_joined_conversation_leads_on_within_its_view_and_says_so(desk: Desk) -> None:
    desk.join()
    asked = {"HX-Request": "true"}
    response = desk.client.get(f"{desk.place(desk.lamp, '')}?view=open", headers=asked, follow=True)
    assert response.redirect_chain[0][0] == f"{desk.place(desk.gate, '')}?view=open"
    body = response.content.decode()
    assert f'id="composer-{desk.gate.pk}"' in body
    assert "goes on here" in body
    assert response.context["view"].key == "open"


def test_strangers_are_led_nowhere(desk: Desk, browser: Browser) -> None:
    desk.join()
    elsewhere = cast.a_workspace(f"Elsewhere {ids.new().hex[:6]}")
    stranger = browser(cast.an_agent(elsewhere, role=Role.OWNER))
    assert stranger.get(desk.place(desk.lamp, "")).status_code == 404
    assert stranger.post(desk.place(desk.lamp, "draft"), {"text": "x", "as": "note"}).status_code == 404
    assert desk.drafts() == {}
