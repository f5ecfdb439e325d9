"""Somebody writes in a conversation that is joined into another: their words go along, none is lost."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.flow import surgery
from threadwell.kit import ids, tenancy
from threadwell.record.conversations import queues
from threadwell.record.conversations.models import Conversation, Draft, Join, Message
from threadwell.record.conversations.queues import Place
from threadwell.record.inboxes.models import Inbox
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

    def brings_in(self, text: str, *, other: Conversation | None = None, **more: str) -> None:
        """Bo has this in the composer and asks for the words from the other."""
        wanted = (other or self.lamp).pk
        deed = next(f"drafts/{one.pk}" for one in self.rows() if one.conversation_id == wanted)
        assert self.writes(text, deed, at=self.gate, **more).status_code == 303

    def part(self) -> None:
        with tenancy.entered(self.firm.pk):
            edge = Join.objects.of(self.firm).get(absorbed=self.lamp, undone_at=None)
            surgery.part(edge, by=self.cleo)

    def shows(self) -> dict[str, Any]:
        """The composer of the gate."""
        found: dict[str, Any] = self.client.get(self.place(self.gate, "")).context["composer"]
        return found

    def gate_inbox(self) -> Inbox:
        with tenancy.entered(self.firm.pk):
            return self.gate.inbox

    def rows(self) -> list[Draft]:
        with tenancy.entered(self.firm.pk):
            return list(Draft.objects.of(self.firm))

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


@pytest.fixture
def both(desk: Desk) -> Desk:
    """Bo has begun to write in both, and they are joined."""
    desk.writes("About the gate", at=desk.gate, answers="")
    desk.writes("About the lamp")
    desk.join()
    return desk


def test_draft_that_stayed_behind_is_offered_where_the_conversation_goes_on(both: Desk) -> None:
    shown = both.shows()
    assert (shown["text"], [one.words for one in shown["others"]]) == ("About the gate", ["About the lamp"])
    assert (
        f"Another draft of yours, from {both.lamp}"
        in both.client.get(both.place(both.gate, "")).content.decode()
    )


def test_draft_that_stayed_behind_keeps_its_place_among_the_drafts(both: Desk) -> None:
    both.client.delete(both.place(both.gate, "draft"))
    with tenancy.entered(both.firm.pk):
        assert list(queues.at(Place.DRAFTS, both.bo)) == [both.gate]
        assert list(queues.at(Place.DRAFTS, both.cleo)) == []


def test_words_of_both_stand_together_and_leave_together(both: Desk) -> None:
    both.brings_in("About the gate now")
    shown = both.shows()
    assert (shown["text"], shown["others"]) == ("About the gate now\n\nAbout the lamp", [])
    both.writes("About the gate now\n\nAbout the lamp", "answers", at=both.gate)
    [sent] = both.said()
    assert sent.text == "About the gate now\n\nAbout the lamp"
    both.part()
    assert both.drafts() == {}


def test_after_taking_apart_each_has_its_own_draft_again(both: Desk) -> None:
    both.brings_in("About the gate")
    both.writes("About the gate, tomorrow\n\nAbout the lamp", at=both.gate)
    both.part()
    assert both.drafts() == {"Gate": "About the gate, tomorrow", "Lamp": "About the lamp"}


def test_words_that_were_written_over_stay_in_both(both: Desk) -> None:
    both.brings_in("About the gate")
    both.writes("All in one sentence", at=both.gate)
    both.part()
    assert both.drafts() == {"Gate": "All in one sentence", "Lamp": "About the lamp"}


def test_formatted_words_go_in_and_out_too(both: Desk) -> None:
    page = {"html": "<div>About the <strong>gate</strong></div>"}
    both.brings_in("About the gate", **page)
    [draft] = [one for one in both.rows() if one.conversation_id == both.gate.pk]
    assert draft.html == f"{page['html']}<div><br></div><div>About the lamp</div>"
    # As an editor puts it.
    page = {"html": "<div>About the <strong>gate</strong><br><br>About the lamp</div>"}
    both.writes("About the gate\n\nAbout the lamp", at=both.gate, **page)
    both.part()
    assert {one.html for one in both.rows()} == {"<div>About the <strong>gate</strong></div>", ""}


def test_bringing_in_twice_puts_the_words_there_once(both: Desk) -> None:
    for _time in range(2):
        both.brings_in("About the gate\n\nAbout the lamp")
    assert both.shows()["text"] == "About the gate\n\nAbout the lamp"


def test_words_that_are_changed_where_they_came_from_are_offered_again(both: Desk) -> None:
    both.brings_in("About the gate")
    both.writes("About the lamp, and the bulb")
    assert [one.words for one in both.shows()["others"]] == ["About the lamp, and the bulb"]


def test_files_go_along_with_the_words_and_come_back_with_them(both: Desk) -> None:
    file = SimpleUploadedFile("lamp.txt", b"a lamp")
    both.client.post(both.place(both.lamp, "uploads"), {"file": file})
    both.brings_in("About the gate")
    assert [one.filename for one in both.shows()["files"]] == ["lamp.txt"]
    both.part()
    assert both.shows()["files"] == []
    both.join()
    both.brings_in("About the gate")
    both.writes("About the gate\n\nAbout the lamp", "answers", at=both.gate)
    [sent] = both.said()
    with tenancy.entered(both.firm.pk):
        assert [one.filename for one in sent.attachments.all()] == ["lamp.txt"]


def test_draft_that_is_thrown_away_takes_what_was_brought_in_along(both: Desk) -> None:
    both.brings_in("About the gate")
    both.client.delete(both.place(both.gate, "draft"))
    assert both.drafts() == {}


def test_without_a_draft_of_its_own_the_other_stands_there_as_it_is(both: Desk) -> None:
    both.client.delete(both.place(both.gate, "draft"))
    assert both.shows()["text"] == ""
    both.brings_in("")
    assert both.drafts() == {"Gate": "About the lamp"}
    both.part()
    assert both.drafts() == {"Lamp": "About the lamp"}


def test_note_and_answer_do_not_swallow_each_other(desk: Desk) -> None:
    desk.writes("About the gate", at=desk.gate, answers="")
    desk.writes("Only for us", **{"as": "note"})
    desk.join()
    desk.writes("About the gate and more", at=desk.gate, answers="")
    assert desk.drafts() == {"Gate": "About the gate and more", "Lamp": "Only for us"}
    assert [one.kind for one in desk.shows()["others"]] == ["note"]
    desk.brings_in("For us too", **{"as": "note"})
    desk.part()
    assert desk.drafts() == {"Gate": "For us too", "Lamp": "Only for us"}


def test_what_was_brought_in_goes_out_of_a_draft_that_stood_in_a_third_one(desk: Desk) -> None:
    cast.arrives(desk.gate_inbox(), cast.a_mail(subject="Bell", message_id="<Bell@customer.example>"))
    cast.all_read(desk.firm)
    with tenancy.entered(desk.firm.pk):
        bell = Conversation.objects.of(desk.firm).get(subject="Bell")
    desk.writes("About the lamp")
    desk.writes("About the bell", at=bell, answers="")
    desk.join()
    with tenancy.entered(desk.firm.pk):
        surgery.unite([bell.pk], into=desk.gate.pk, by=desk.cleo)
    desk.brings_in("About the lamp", other=bell)
    assert desk.shows()["text"] == "About the lamp\n\nAbout the bell"
    desk.part()
    assert desk.drafts() == {"Lamp": "About the lamp", "Bell": "About the bell"}
    assert [one.words for one in desk.shows()["others"]] == ["About the bell"]


def test_drafts_of_colleagues_are_not_offered(both: Desk, browser: Browser) -> None:
    theirs = browser(both.cleo).get(both.place(both.gate, "")).context["composer"]
    assert (theirs["text"], theirs["others"]) == ("", [])


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
