"""Surveying: who was helped is asked once; machines and forgers are not; what they answer is kept."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
import zstandard
from django.conf import settings

from tests import cast
from threadwell.flow import handling, merging, moving_out, outbound, surgery, surveying
from threadwell.flow.reply import compose
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import Invalid, NotFound
from threadwell.record.conversations.models import Conversation, Message, Outgoing
from threadwell.record.inboxes.models import Block, Inbox
from threadwell.record.journal.models import Event
from threadwell.record.journal.telling import Happening
from threadwell.record.notices import saying
from threadwell.record.notices.models import Notice
from threadwell.record.people.models import Contact, Identity
from threadwell.record.surveys import links
from threadwell.record.surveys.models import Survey
from threadwell.record.timeline import answers, around, story
from threadwell.record.timeline.scope import of_contact
from threadwell.record.workplace.models import Agent, Workspace

pytestmark = pytest.mark.django_db


class Desk:
    """A firm whose inbox asks."""

    def __init__(self, name: str = "firm", **wish: Any) -> None:
        self.firm: Workspace = cast.a_workspace(name)
        self.inbox: Inbox = cast.an_inbox(self.firm, address=f"support@{name}.example")
        self.bo: Agent = cast.an_agent(self.firm)
        with tenancy.entered(self.firm.pk):
            surveying.choose(self.inbox, by=self.bo, **{"is_on": True, **wish})

    def gets(self, **mail: Any) -> Conversation:
        """Somebody writes."""
        cast.arrives(self.inbox, cast.a_mail(**{"to": self.inbox.address, **mail}))
        cast.all_read(self.firm)
        with tenancy.entered(self.firm.pk):
            newest = Conversation.objects.of(self.firm).order_by("-pk").select_related("contact").first()
            assert newest is not None
            return newest

    def helps(self, conversation: Conversation) -> None:
        """Bo answers and closes."""
        with tenancy.entered(self.firm.pk):
            conversation.refresh_from_db()
            handling.handle([conversation], handling.Assign(owner=self.bo), by=self.bo)
            draft = outbound.begin(conversation, "reply", by=self.bo)
            outbound.save(draft, text="It is 4711.")
            outbound.send(draft, by=self.bo)
            handling.handle([conversation], handling.Close(), by=self.bo)
        self.hears()

    def hears(self) -> None:
        """The worker reads what happened."""
        with tenancy.entered(self.firm.pk):
            rows = Event.objects.of(self.firm).filter(name="conversation.closed")
            told = [
                Happening(event_id=key, about=about, name=surveying.CLOSED)
                for key, about in rows.values_list("pk", "about")
            ]
        surveying.act_on(self.firm.pk, told)

    def waits(self, **time: int) -> Survey | None:
        """Time passes, and whoever is due is asked."""
        moment = clock.now() + timedelta(**time)
        with clock.stopped_at(moment):
            surveying.ask_due(self.firm.pk, now=moment)
        return self.survey()

    def survey(self) -> Survey | None:
        with tenancy.entered(self.firm.pk):
            rows: Any = Survey.objects.of(self.firm).select_related(
                "message", "inbox", "conversation", "contact"
            )
            found: Survey | None = rows.order_by("-pk").first()
            return found

    def asked(self) -> list[Message]:
        """The letters that ask."""
        with tenancy.entered(self.firm.pk):
            return list(
                Message.objects.of(self.firm).filter(kind="automatic", direction="out").order_by("pk")
            )

    def mails(self) -> list[EmailMessage]:
        """What leaves without anybody pressing Send."""
        with tenancy.entered(self.firm.pk):
            rows = Outgoing.objects.of(self.firm).filter(message__kind="automatic")
            ways = rows.select_related("message__conversation", "inbox").order_by("pk")
            built = [zstandard.ZstdDecompressor().decompress(compose.mail_of(one)) for one in ways]
        return [message_from_bytes(one, policy=default) for one in built]

    def helped(self, **mail: Any) -> Survey:
        """Somebody who wrote, was answered and asked."""
        self.helps(self.gets(**mail))
        survey = self.waits(hours=2)
        assert survey is not None
        return survey

    def says(self, survey: Survey, score: int, words: str = "") -> Survey:
        with tenancy.entered(self.firm.pk):
            return surveying.answer(surveying.token_of(survey), score=score, words=words)


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def test_who_was_helped_is_asked_once_the_delay_has_passed(desk: Desk) -> None:
    desk.helps(desk.gets(message_id="<1@customer.example>"))
    assert desk.waits(minutes=50) is not None
    assert desk.asked() == []
    survey = desk.waits(hours=2)
    assert survey is not None
    [letter] = desk.asked()
    assert survey.message == letter
    assert letter.recipients["to"][0]["email"] == "ada@customer.example"
    assert letter.facts["auto_submitted"] == "auto-generated"
    assert letter.facts["in_reply_to"] == ["1@customer.example"]
    assert letter.text.startswith("How did we do?")
    assert "/rate/" not in letter.text + letter.html, "nobody of us answers for a customer"
    [mail] = desk.mails()
    plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert rich is not None
    found = re.findall(r"https?://\S+", plain.get_content())
    token = surveying.token_of(survey)
    assert found == [f"{settings.PUBLIC_URL}/rate/{token}/?score={score}" for score in (5, 4, 3, 2, 1)]
    assert all(link in rich.get_content() for link in found)
    assert desk.waits(hours=3) == survey
    assert len(desk.asked()) == 1
    with tenancy.entered(desk.firm.pk):
        assert Conversation.objects.of(desk.firm).get().status == "closed", "to ask opens nothing"


def test_an_inbox_asks_nobody_until_it_is_told_to(db: None) -> None:
    desk = Desk(is_on=False)
    desk.helps(desk.gets())
    assert desk.waits(hours=2) is None
    with tenancy.entered(desk.firm.pk):
        surveying.choose(desk.inbox, by=desk.bo, is_on=True)
    desk.hears()
    with tenancy.entered(desk.firm.pk):
        surveying.choose(desk.inbox, by=desk.bo, is_on=False)
    survey = desk.waits(hours=2)
    assert survey is not None
    assert survey.left_out_because == "off"


def test_what_goes_on_is_asked_about_when_it_is_done(desk: Desk) -> None:
    talk = desk.gets(message_id="<1@customer.example>")
    desk.helps(talk)
    cast.arrives(desk.inbox, cast.a_mail("And the door?", answers="<1@customer.example>"))
    cast.all_read(desk.firm)
    assert desk.waits(hours=2) is None, "the plan is gone: it is open again"
    with tenancy.entered(desk.firm.pk):
        handling.handle([talk], handling.Close(), by=desk.bo)
    desk.hears()
    assert desk.waits(hours=2) is not None
    assert len(desk.asked()) == 1


UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "a machine that has a name": ({"sender": "Shop <owner-orders@shop.example>"}, "machine"),
    "a list": ({"List_Id": "<news.customer.example>"}, "list"),
    "an address nobody reads": ({"sender": "Shop <no-reply@shop.example>"}, "nobody"),
    "a forgery": (
        {"Authentication_Results": "mx.firm.example; dmarc=fail header.from=customer.example"},
        "forged",
    ),
}


@pytest.mark.parametrize(("headers", "because"), UNFIT.values(), ids=UNFIT)
def test_nobody_who_is_no_person_is_asked(desk: Desk, headers: dict[str, Any], because: str) -> None:
    desk.gets(**headers)
    with tenancy.entered(desk.firm.pk):
        talks = list(Conversation.objects.of(desk.firm))
    for talk in talks:
        desk.helps(talk)
        survey = desk.waits(hours=2)
        assert survey is not None
        assert survey.left_out_because == because
    assert desk.asked() == []


def test_spam_makes_no_conversation_that_could_be_asked_about(desk: Desk) -> None:
    cast.arrives(
        desk.inbox,
        cast.a_mail(
            to="support@firm.example", X_Spam_Flag="YES", X_Spam_Status="Yes, score=15.0 required=5.0"
        ),
    )
    cast.all_read(desk.firm)
    with tenancy.entered(desk.firm.pk):
        assert not Conversation.objects.of(desk.firm).exists()


def test_who_was_blocked_since_or_cannot_be_reached_is_not_asked(desk: Desk) -> None:
    desk.helps(desk.gets())
    desk.helps(desk.gets(sender="Eve <eve@there.example>", subject="Door"))
    with tenancy.entered(desk.firm.pk):
        Block.objects.create(workspace=desk.firm, pattern="ada@customer.example", reason="spam", by=desk.bo)
        Identity.objects.of(desk.firm).filter(value="eve@there.example").update(unreachable_since=clock.now())
    desk.waits(hours=2)
    with tenancy.entered(desk.firm.pk):
        told = set(Survey.objects.of(desk.firm).values_list("left_out_because", flat=True))
    assert told == {"blocked", "unreachable"}
    assert desk.asked() == []


def test_who_was_never_answered_is_not_asked(desk: Desk) -> None:
    talk = desk.gets()
    with tenancy.entered(desk.firm.pk):
        handling.handle([talk], handling.Close(), by=desk.bo)
    desk.hears()
    survey = desk.waits(hours=2)
    assert survey is not None
    assert survey.left_out_because == "nobody"


def test_nobody_is_asked_again_within_the_days_that_were_chosen(desk: Desk) -> None:
    desk.helped(subject="Gate")
    desk.helps(desk.gets(subject="Door"))
    second = desk.waits(hours=2)
    assert second is not None
    assert second.left_out_because == "recent"
    moment = clock.now() + timedelta(days=31)
    with clock.stopped_at(moment):
        desk.helps(desk.gets(subject="Bell"))
        third = desk.waits(hours=2)
    assert third is not None
    assert third.asked_at is not None
    assert len(desk.asked()) == 2


def test_the_days_count_for_a_person_under_all_their_records(desk: Desk) -> None:
    desk.helped(subject="Gate")
    desk.helps(desk.gets(subject="Door", sender="Ada <ada@home.example>"))
    with tenancy.entered(desk.firm.pk):
        one, other = Contact.objects.of(desk.firm).order_by("pk")
        merging.merge("contact", [other.pk], into=one.pk, by=desk.bo)
    survey = desk.waits(hours=2)
    assert survey is not None
    assert survey.left_out_because == "recent"


def test_what_was_due_long_ago_is_past(desk: Desk) -> None:
    desk.helps(desk.gets())
    survey = desk.waits(days=8)
    assert survey is not None
    assert survey.left_out_because == "late"
    assert desk.asked() == []


def test_an_answer_stands_on_the_timeline_and_in_the_figures(desk: Desk) -> None:
    survey = desk.helped()
    answered = desk.says(survey, 4, "Quick.\0")
    assert (answered.score, answered.words) == (4, "Quick.")
    with tenancy.entered(desk.firm.pk):
        ada = Contact.objects.of(desk.firm).get()
        whose = of_contact(ada)
        now = clock.now() + timedelta(hours=3)
        found = around.commitments(whose, since=now - timedelta(days=1), until=now)
        assert [(one.kind, one.score, one.words, one.who) for one in found] == [
            ("survey", 4, "Quick.", "Ada Customer")
        ]
        year = story.of_year(whose, now=now, zone="UTC")
        assert (year.satisfaction, year.rated) == (4.0, 1)
        assert b'"score": 4' in b"".join(moving_out.customer_json(ada))
        [event] = Event.objects.of(desk.firm).filter(name="conversation.rated")
        assert event.about == survey.conversation_id
        assert (event.facts["score"], event.facts["survey"]) == (4, str(survey.pk))
        assert answers.of_contact(ada, whose).last_talk is not None


def test_an_answer_can_be_changed_and_the_same_again_tells_nothing(desk: Desk) -> None:
    survey = desk.helped()
    for score in (2, 2, 5):
        desk.says(survey, score)
    with tenancy.entered(desk.firm.pk):
        told = Event.objects.of(desk.firm).filter(name="conversation.rated").order_by("pk")
        assert [(one.facts.get("before"), one.facts["score"]) for one in told] == [(None, 2), (2, 5)]
        kept = Survey.objects.of(desk.firm).get()
        assert kept.score == 5
        assert kept.answered_at is not None


def test_after_its_days_it_is_over(desk: Desk) -> None:
    survey = desk.helped()
    with clock.stopped_at(clock.now() + timedelta(days=15)), pytest.raises(surveying.SurveyOver):
        desk.says(survey, 5)
    kept = desk.survey()
    assert kept is not None
    assert kept.score is None


@pytest.mark.parametrize("score", [0, 6, -1, 99])
def test_a_score_that_was_not_offered_is_refused(desk: Desk, score: int) -> None:
    survey = desk.helped()
    with pytest.raises(Invalid):
        desk.says(survey, score)


def test_thumbs_know_two_answers(db: None) -> None:
    desk = Desk(scale="thumbs", question="Was it good, {first_name}?")
    survey = desk.helped()
    [letter] = desk.asked()
    assert letter.text.startswith("Was it good, Ada?")
    assert letter.text.count("ood") == 3
    with pytest.raises(Invalid):
        desk.says(survey, 3)
    assert desk.says(survey, 1).score == 1


@pytest.mark.parametrize(
    "bend", ["", "x", "A" * 43 + ".x", "../../etc", "é"], ids=["empty", "word", "unsigned", "path", "foreign"]
)
def test_a_link_that_we_did_not_sign_leads_nowhere(desk: Desk, bend: str) -> None:
    survey = desk.helped()
    with pytest.raises(NotFound):
        links.place_of(bend)
    token = surveying.token_of(survey)
    with pytest.raises(NotFound):
        links.place_of(token[1:])


def test_a_bad_answer_is_told_to_the_owner_once(desk: Desk) -> None:
    survey = desk.helped()
    desk.says(survey, 2, "Slow.")
    desk.says(survey, 1)
    with tenancy.entered(desk.firm.pk):
        [notice] = Notice.objects.of(desk.firm).filter(kind="rated")
        assert notice.agent == desk.bo
        assert saying.said(notice) == "Ada Customer rated it 2 of 5: “Slow.”"
    desk.says(survey, 5)
    desk.says(survey, 1)
    with tenancy.entered(desk.firm.pk):
        assert Notice.objects.of(desk.firm).filter(kind="rated").count() == 2


def test_a_good_answer_calls_nobody(desk: Desk) -> None:
    desk.says(desk.helped(), 3)
    with tenancy.entered(desk.firm.pk):
        assert not Notice.objects.of(desk.firm).filter(kind="rated").exists()


def test_an_answer_goes_along_when_conversations_are_joined(desk: Desk) -> None:
    survey = desk.helped(subject="Gate")
    desk.says(survey, 4)
    other = desk.gets(subject="Door")
    with tenancy.entered(desk.firm.pk):
        surgery.unite([survey.conversation_id], into=other.pk, by=desk.bo)
        assert Survey.objects.of(desk.firm).get().conversation_id == other.pk


def test_another_workspace_has_nothing_of_it(desk: Desk) -> None:
    survey = desk.helped()
    other = Desk("other")
    with tenancy.entered(other.firm.pk), pytest.raises(NotFound):
        surveying.answer(surveying.token_of(survey), score=5, words="")


@pytest.mark.parametrize(
    "wish",
    [
        {"scale": "stars"},
        {"language": "xx"},
        {"delay_hours": 9999},
        {"open_days": 0},
        {"question": "?" * 201},
    ],
    ids=["scale", "language", "delay", "days", "question"],
)
def test_what_cannot_be_chosen_is_refused(desk: Desk, wish: dict[str, Any]) -> None:
    with tenancy.entered(desk.firm.pk), pytest.raises(Invalid):
        surveying.choose(desk.inbox, by=desk.bo, **wish)
    assert surveying.wishes_of(desk.inbox)["scale"] == "five"
