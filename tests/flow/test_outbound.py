"""Outbound, end to end: a draft begins from its message, is checked and leaves; its answer comes home."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import Settings

from tests.cast import a_mail, a_workspace, all_read, an_agent, an_inbox, arrives
from tests.peers import a_peer
from threadwell.channels.email import read, tokens
from threadwell.channels.port import Address, Bounce
from threadwell.flow import outbound, resting, silence
from threadwell.flow.outbound import DraftGone, SomethingNew, TooLate
from threadwell.flow.reply import compose, deliver
from threadwell.kit import blobs, clock, tenancy
from threadwell.kit.errors import Invalid
from threadwell.record.conversations.models import (
    Attachment,
    Conversation,
    Dispatch,
    Draft,
    Mention,
    Message,
    Outgoing,
    Viewing,
)
from threadwell.record.inboxes.models import Inbox
from threadwell.record.journal.models import Event
from threadwell.record.people.models import Identity
from threadwell.record.workplace.models import Agent, Workspace

pytestmark = pytest.mark.django_db(transaction=True)


class Desk:
    """A firm with one conversation that waits, Bo who answers it, and a mail server to send by."""

    def __init__(self, *, port: int = 1) -> None:
        self.firm: Workspace = a_workspace()
        facts = {"host": "127.0.0.1", "port": port, "tls": "none"}
        self.inbox: Inbox = an_inbox(self.firm, settings={"outgoing": facts})
        self.bo: Agent = an_agent(self.firm)
        self.cleo: Agent = an_agent(self.firm, name="Cleo Larsen")
        self.hears(
            "The gate code is wrong.", message_id="<1@customer.example>", Cc="Eve <eve@customer.example>"
        )

    def hears(self, text: str, **facts: str) -> None:
        arrives(self.inbox, a_mail(text, **facts))
        all_read(self.firm)

    @property
    def conversation(self) -> Conversation:
        return Conversation.objects.of(self.firm).filter(joined_into=None).order_by("pk")[0]

    def writes(self, text: str = "Try 4711.", kind: str = "reply", **fields: object) -> Draft:
        draft = outbound.begin(self.conversation, kind, by=self.bo)
        outbound.save(draft, text=text + draft.text, **fields)
        return draft

    def says(self, text: str = "Try 4711.", kind: str = "reply", **facts: object) -> Message:
        return outbound.send(self.writes(text, kind), by=self.bo, **facts)  # type: ignore[arg-type]

    def events(self) -> list[str]:
        return list(Event.objects.of(self.firm).order_by("at", "pk").values_list("name", flat=True))


def time_passes(*, message: Message | None = None) -> int:
    """What is due is handed over; how many there were."""
    due = deliver.claim(50)
    for one in due:
        deliver.deliver(one, build=compose.mail_of, leave=outbound._leave)
    if message is not None:
        with tenancy.entered(message.workspace_id):
            message.refresh_from_db()
    return len(due)


@pytest.fixture(autouse=True)
def nothing_to_wait_for(settings: Settings) -> None:
    settings.UNDO_SECONDS = 0


@pytest.mark.parametrize(
    ("kind", "to", "cc", "subject"),
    [
        ("reply", ["ada@customer.example"], [], "Re: Gate code"),
        ("reply_all", ["ada@customer.example"], ["eve@customer.example"], "Re: Gate code"),
        ("forward", [], [], "Fwd: Gate code"),
        ("note", [], [], ""),
    ],
)
def test_recipients_and_subject_come_from_the_message_answered(
    kind: str, to: list[str], cc: list[str], subject: str
) -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        draft = outbound.begin(desk.conversation, kind, by=desk.bo)
        assert [one["email"] for one in draft.to] == to
        assert [one["email"] for one in draft.cc] == cc
        assert draft.subject == subject


def test_reply_all_after_reply_keeps_the_words() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        first = desk.writes("Half a sentence")
        again = outbound.begin(desk.conversation, "reply_all", by=desk.bo)
        assert (again.pk, again.text) == (first.pk, "Half a sentence")
        assert [one["email"] for one in again.cc] == ["eve@customer.example"]


def test_an_answer_leaves_and_the_answer_to_it_joins_the_same_conversation() -> None:
    with a_peer() as peer:
        desk = Desk(port=peer.port)
        with tenancy.entered(desk.firm.pk):
            message = desk.says("Try 4711.")
            assert message.state == "held"
            assert desk.conversation.waiting_since is None
            assert desk.conversation.last_word == "us"
            assert not Draft.objects.of(desk.firm).exists()
        assert time_passes(message=message) == 1
        assert time_passes() == 0
        assert message.state == "sent"
    letter = read.letter(peer.taken[0].original_content)
    assert letter.from_ == (Address(name="Bo via Support", email="support@firm.example"),)
    assert letter.to == (Address(name="Ada Customer", email="ada@customer.example"),)
    assert letter.subject == "Re: Gate code"
    assert letter.in_reply_to == ("1@customer.example",)
    assert letter.references == ("1@customer.example",)
    assert letter.message_id == message.message_id
    assert tokens.conversation_in(letter.message_id) == message.conversation_id
    assert letter.text.startswith("Try 4711.")
    assert "> The gate code is wrong." in letter.text
    assert letter.visible_text.strip() == "Try 4711."
    desk.hears("It works, thanks.", answers=f"<{letter.message_id}>", subject="Re: Gate code")
    with tenancy.entered(desk.firm.pk):
        assert desk.conversation.messages.count() == 3
        assert Conversation.objects.of(desk.firm).count() == 1


def test_an_answer_that_names_nothing_comes_home_by_the_tag_in_the_address() -> None:
    with a_peer() as peer:
        desk = Desk(port=peer.port)
        desk.inbox.settings["outgoing"]["plus_address"] = True
        with tenancy.entered(desk.firm.pk):
            desk.inbox.save()
            message = desk.says()
        time_passes()
    [back] = read.letter(peer.taken[0].original_content).reply_to
    assert back.email == f"support+{tokens.of(message.conversation_id)}@firm.example"
    arrives(desk.inbox, a_mail("Thanks", subject="x", to=back.email.upper()), rcpt=[back.email])
    all_read(desk.firm)
    with tenancy.entered(desk.firm.pk):
        assert desk.conversation.messages.count() == 3


def test_rich_words_leave_with_their_pictures_and_files() -> None:
    with a_peer() as peer:
        desk = Desk(port=peer.port)
        with tenancy.entered(desk.firm.pk):
            draft = desk.writes()
            shown, gone, paper = (
                Attachment.objects.create(
                    workspace=desk.firm,
                    draft=draft,
                    filename=name,
                    content_type=kind,
                    size=3,
                    sha256=blobs.keep(desk.firm.pk, name.encode()),
                    is_inline=kind == "image/png",
                    content_id=f"{name}@desk" if kind == "image/png" else "",
                )
                for name, kind in [
                    ("a.png", "image/png"),
                    ("b.png", "image/png"),
                    ("c.pdf", "application/pdf"),
                ]
            )
            page = f'<div>See <img src="/w/x/attachments/{shown.pk}/"><script>alert(1)</script></div>'
            outbound.save(draft, html=page)
            message = outbound.send(draft, by=desk.bo)
            assert 'src="cid:a.png@desk"' in message.html
            assert "script" not in message.html
            assert message.attachment_count == 1
            assert set(message.attachments.values_list("pk", flat=True)) == {shown.pk, paper.pk}
            assert not Attachment.objects.of(desk.firm).filter(pk=gone.pk).exists()
        time_passes()
    letter = read.letter(peer.taken[0].original_content)
    assert {(part.filename, part.inline, part.content) for part in letter.parts} == {
        ("a.png", True, b"a.png"),
        ("c.pdf", False, b"c.pdf"),
    }
    assert "<blockquote" in (letter.html or "")


def test_a_letter_passed_on_takes_its_files_along_and_starts_a_thread_of_its_own() -> None:
    with a_peer() as peer:
        desk = Desk(port=peer.port)
        with tenancy.entered(desk.firm.pk):
            first = desk.conversation.messages.get()
            Attachment.objects.create(
                workspace=desk.firm, message=first, filename="plan.pdf", content_type="application/pdf",
                size=4,
                sha256=blobs.keep(desk.firm.pk, b"plan"),
            )  # fmt: skip
            draft = desk.writes("", kind="forward", to=[Address(name="", email="fitter@partner.example")])
            outbound.send(draft, by=desk.bo)
            assert first.attachments.count() == 1
        time_passes()
    letter = read.letter(peer.taken[0].original_content)
    assert (letter.subject, letter.in_reply_to) == ("Fwd: Gate code", ())
    assert [part.filename for part in letter.parts] == ["plan.pdf"]
    assert "From: Ada Customer <ada@customer.example>" in letter.text
    assert "The gate code is wrong." in letter.text


def test_blind_copies_are_on_the_envelope_alone() -> None:
    with a_peer() as peer:
        desk = Desk(port=peer.port)
        with tenancy.entered(desk.firm.pk):
            outbound.send(desk.writes(bcc=[Address(name="", email="boss@firm.example")]), by=desk.bo)
        time_passes()
    [mail] = peer.taken
    assert sorted(mail.rcpt_tos) == ["ada@customer.example", "boss@firm.example"]
    assert b"boss@firm.example" not in mail.original_content


def test_what_happened_meanwhile_stops_the_sending_until_it_was_seen() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        draft = desk.writes()
        assert outbound.check(draft) is None
    desk.hears("Never mind, solved.", answers="<1@customer.example>", subject="Re: Gate code")
    with tenancy.entered(desk.firm.pk):
        outbound.note(desk.conversation, by=desk.cleo, text="I called her.")
        with pytest.raises(SomethingNew) as stopped:
            outbound.send(draft, by=desk.bo)
        stop = stopped.value.stop
        assert [message.text for message in stop.messages] == ["Never mind, solved.", "I called her."]
        assert outbound.send(draft, by=desk.bo, despite=stop.newest).state == "held"


def test_ones_own_words_are_no_news() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        draft = desk.writes()
        outbound.note(desk.conversation, by=desk.bo, text="Looking into it.")
        assert outbound.check(draft) is None


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({}, []),
        ({"to": []}, ["no-recipient"]),
        ({"to": [Address(name="", email="ada@")]}, ["address-invalid"]),
        ({"to": [Address(name="", email="new@elsewhere.example")]}, ["outside"]),
        ({"to": [Address(name="", email="support@firm.example")]}, []),
        ({"text": "  "}, ["empty"]),
        ({"text": "\n\n-- \nBo"}, ["empty"]),
        ({"text": "The plan is attached."}, ["attachment-missing"]),
        ({"text": "Den Plan finden Sie anbei."}, ["attachment-missing"]),
        ({"text": "図面を添付します"}, ["attachment-missing"]),
        ({"subject": ""}, ["subject-missing"]),
    ],
)
def test_what_is_worth_a_second_look_is_said(fields: dict[str, object], codes: list[str]) -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        draft = desk.writes()
        outbound.save(draft, **fields)
        assert [warning.code for warning in outbound.warnings(draft)] == codes


@pytest.mark.parametrize("fields", [{"to": []}, {"to": [Address(name="", email="a b@c")]}, {"text": ""}])
def test_what_cannot_be_sent_is_refused_and_kept(fields: dict[str, object]) -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        draft = desk.writes()
        outbound.save(draft, **fields)
        with pytest.raises(Invalid):
            outbound.send(draft, by=desk.bo)
        assert Draft.objects.of(desk.firm).get().pk == draft.pk
        assert not Dispatch.objects.exists()


def test_a_line_break_in_a_subject_or_name_stays_text() -> None:
    with a_peer() as peer:
        desk = Desk(port=peer.port)
        evil = Address(name="Ada\r\nBcc: evil@x.example", email="ada@customer.example")
        with tenancy.entered(desk.firm.pk):
            outbound.send(desk.writes(subject="Hi\r\nX-Evil: 1", to=[evil]), by=desk.bo)
        time_passes()
    head = peer.taken[0].original_content.partition(b"\r\n\r\n")[0].lower()
    assert b"\r\nx-evil:" not in head
    assert b"\r\nbcc:" not in head
    assert peer.taken[0].rcpt_tos == ["ada@customer.example"]


def test_taken_back_it_is_a_draft_again_and_the_customer_waits_as_before(settings: Settings) -> None:
    settings.UNDO_SECONDS = 10
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        waited = desk.conversation.waiting_since
        draft = desk.writes("Try 4711.")
        before = (draft.text, draft.to, draft.subject, draft.answers_id, draft.begun_at)
        message = outbound.send(draft, by=desk.bo, then="close")
        assert desk.conversation.status == "closed"
    assert time_passes() == 0
    with tenancy.entered(desk.firm.pk):
        again = outbound.take_back(message, by=desk.bo)
        again.refresh_from_db()
        assert (again.text, again.to, again.subject, again.answers_id, again.begun_at) == before
        conversation = desk.conversation
        assert (conversation.status, conversation.waiting_since, conversation.message_count) == (
            "open",
            waited,
            1,
        )
        assert conversation.messages.count() == 1
        assert not Outgoing.objects.of(desk.firm).exists()
    assert not Dispatch.objects.exists()


def test_taking_back_keeps_what_was_begun_since(settings: Settings) -> None:
    settings.UNDO_SECONDS = 10
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        message = desk.says("First.")
        desk.writes("Second.")
        assert outbound.take_back(message, by=desk.bo).text == "First.\n\nSecond."


def test_what_is_on_its_way_cannot_be_taken_back() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        message = desk.says()
    assert len(deliver.claim(5)) == 1
    with tenancy.entered(desk.firm.pk), pytest.raises(TooLate):
        outbound.take_back(message, by=desk.bo)


def test_send_and_snooze_then_the_time_comes() -> None:
    desk = Desk()
    tomorrow = clock.now() + timedelta(days=1)
    with tenancy.entered(desk.firm.pk):
        desk.says(then="snooze", until=tomorrow)
        Viewing.objects.create(workspace=desk.firm, agent=desk.bo, conversation=desk.conversation, tab="1")
    outbound.each_minute(0)
    resting.each_minute(0)
    with tenancy.entered(desk.firm.pk):
        assert desk.conversation.status == "snoozed"
        assert Viewing.objects.of(desk.firm).exists()
    with clock.stopped_at(tomorrow + timedelta(seconds=1)):
        outbound.each_minute(0)
        resting.each_minute(0)
    with tenancy.entered(desk.firm.pk):
        assert desk.conversation.status == "open"
        assert not Viewing.objects.of(desk.firm).exists()
        with pytest.raises(Invalid):
            desk.says(then="snooze", until=clock.now() - timedelta(days=1))


def test_what_is_planned_for_later_leaves_later_and_the_customer_waits_till_then() -> None:
    with a_peer() as peer:
        desk = Desk(port=peer.port)
        later = clock.now() + timedelta(hours=5)
        with tenancy.entered(desk.firm.pk):
            message = desk.says(at=later)
            assert desk.conversation.waiting_since is not None
        assert time_passes() == 0
        with clock.stopped_at(later + timedelta(seconds=1)):
            assert time_passes(message=message) == 1
    assert message.state == "sent"
    assert message.at > later
    with tenancy.entered(desk.firm.pk):
        assert desk.conversation.waiting_since is None


def test_what_was_to_be_sent_only_to_silence_is_a_draft_again_when_the_customer_answers() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        desk.says(at=clock.now() + timedelta(days=2), cancel_on_reply=True)
        [draft] = silence.broken(desk.conversation)
        assert draft.text == "Try 4711."
        assert "message.taken_back" in desk.events()
    assert not Dispatch.objects.exists()


def test_an_answer_that_comes_while_it_is_being_sent_is_kept_all_the_same() -> None:
    desk = Desk()
    later = clock.now() + timedelta(days=2)
    with tenancy.entered(desk.firm.pk):
        desk.says(at=later, cancel_on_reply=True)
    with clock.stopped_at(later):
        assert len(deliver.claim(5)) == 1
        with tenancy.entered(desk.firm.pk):
            assert silence.broken(desk.conversation) == []
            assert desk.conversation.messages.count() == 2


def test_an_agent_writes_first_and_the_answer_finds_the_conversation() -> None:
    with a_peer() as peer:
        desk = Desk(port=peer.port)
        with tenancy.entered(desk.firm.pk):
            to = [Address(name="Nils Berg", email="Nils@Berg.example")]
            draft = outbound.new_conversation(desk.inbox, by=desk.bo, to=to, subject="Your delivery")
            outbound.save(draft, text="We come on Monday.")
            message = outbound.send(draft, by=desk.bo)
            opened = message.conversation
            assert (opened.owner, opened.type, opened.message_count) == (desk.bo, "outbound", 1)
            assert opened.contact is not None
            assert opened.contact.name == "Nils Berg"
        time_passes()
    desk.hears(
        "Fine.", sender="nils@berg.example", answers=f"<{message.message_id}>", subject="Re: Your delivery"
    )
    with tenancy.entered(desk.firm.pk):
        assert opened.messages.count() == 2
        assert Identity.objects.of(desk.firm).filter(value="nils@berg.example").count() == 1


def test_a_new_conversation_taken_back_is_a_draft_without_one(settings: Settings) -> None:
    settings.UNDO_SECONDS = 10
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        draft = outbound.new_conversation(
            desk.inbox, by=desk.bo, to=[Address(name="", email="n@berg.example")]
        )
        outbound.save(draft, text="We come on Monday.")
        first = outbound.send(draft, by=desk.bo)
        again = outbound.take_back(first, by=desk.bo)
        assert (again.conversation_id, again.text) == (None, "We come on Monday.")
        assert not Conversation.objects.of(desk.firm).filter(pk=first.conversation_id).exists()
        second = outbound.send(again, by=desk.bo)
        assert second.conversation.number == first.conversation.number + 1


def test_a_new_conversation_in_which_more_has_been_said_outlives_its_first_letter(settings: Settings) -> None:
    settings.UNDO_SECONDS = 10
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        draft = outbound.new_conversation(
            desk.inbox, by=desk.bo, to=[Address(name="", email="n@berg.example")]
        )
        outbound.save(draft, text="We come on Monday.")
        first = outbound.send(draft, by=desk.bo)
        outbound.begin(first.conversation, "note", by=desk.cleo)
        outbound.take_back(first, by=desk.bo)
        assert Conversation.objects.of(desk.firm).filter(pk=first.conversation_id).exists()


def test_a_note_calls_whom_it_names() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        outbound.save(outbound.begin(desk.conversation, "note", by=desk.bo), text="x")
        note = outbound.note(
            desk.conversation, by=desk.bo, text="@cleo larsen, can you look? Mail bo@Bo.example"
        )
        assert (note.direction, note.text.startswith("@cleo")) == ("note", True)
        assert [one.agent for one in Mention.objects.of(desk.firm)] == [desk.cleo]
        assert not Draft.objects.of(desk.firm).exists()
        assert desk.conversation.waiting_since is not None
        with pytest.raises(Invalid):
            outbound.note(desk.conversation, by=desk.bo, text=" ")


def test_a_report_of_a_bounce_becomes_the_state_of_the_letter_and_wakes_the_conversation() -> None:
    with a_peer() as peer:
        desk = Desk(port=peer.port)
        with tenancy.entered(desk.firm.pk):
            message = desk.says(then="close")
        time_passes()
    bounce = Bounce(
        recipient="Ada@customer.example", status="5.1.1", reason="userunknown", hard=True,
        original_message_id=message.message_id,
    )  # fmt: skip
    with tenancy.entered(desk.firm.pk):
        assert outbound.report(desk.firm.pk, [bounce]) == [message]
        assert outbound.report(desk.firm.pk, [bounce]) == []
        message.refresh_from_db()
        assert (message.state, message.state_because) == (
            "bounced",
            "ada@customer.example: 5.1.1 userunknown",
        )
        assert desk.conversation.status == "open"
        assert desk.conversation.waiting_since is not None
        assert desk.events().count("message.bounced") == 1
        identity = Identity.objects.of(desk.firm).get(value="ada@customer.example")
        assert identity.unreachable_because == "5.1.1 userunknown"


def test_a_report_that_the_letter_is_late_is_told_and_a_bounce_after_it_counts() -> None:
    with a_peer() as peer:
        desk = Desk(port=peer.port)
        with tenancy.entered(desk.firm.pk):
            message = desk.says()
        time_passes()

    def told(reason: str, status: str, *, is_trying: bool = False) -> str:
        bounce = Bounce(
            recipient="ada@customer.example",
            status=status,
            reason=reason,
            hard=False,
            original_message_id="",
            is_trying=is_trying,
        )
        with tenancy.entered(desk.firm.pk):
            outbound.report(desk.firm.pk, [bounce], desk.conversation)
            message.refresh_from_db()
            return message.state

    assert told("delivered", "2.0.0") == "sent"
    assert told("feedback", "") == "sent"
    assert told("expired", "4.4.1", is_trying=True) == "delayed"
    assert told("expired", "4.4.7") == "bounced"
    assert told("expired", "4.4.1", is_trying=True) == "bounced"


def test_a_report_about_a_letter_of_another_workspace_changes_nothing() -> None:
    desk, other = Desk(), Desk()
    with tenancy.entered(other.firm.pk):
        message = other.says()
    bounce = Bounce(
        recipient="ada@customer.example", status="5.1.1", reason="userunknown", hard=True,
        original_message_id=message.message_id,
    )  # fmt: skip
    with tenancy.entered(desk.firm.pk):
        assert outbound.report(desk.firm.pk, [bounce]) == []


def test_only_a_message_of_the_conversation_is_answered_there() -> None:
    desk, other = Desk(), Desk()
    with tenancy.entered(other.firm.pk):
        strange = other.conversation.messages.get()
    with tenancy.entered(desk.firm.pk):
        with pytest.raises(Invalid):
            outbound.begin(desk.conversation, "reply", by=desk.bo, answers=strange)
        with pytest.raises(Invalid):
            outbound.begin(desk.conversation, "new", by=desk.bo)
        note = outbound.note(desk.conversation, by=desk.bo, text="x")
        with pytest.raises(Invalid):
            outbound.begin(desk.conversation, "reply", by=desk.bo, answers=note)
        with pytest.raises(outbound.NotSendable):
            outbound.retry(note, by=desk.bo)


def test_pressing_send_twice_sends_once_and_a_late_autosave_brings_nothing_back() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        draft = desk.writes()
        twin, late = Draft.objects.of(desk.firm).get(), Draft.objects.of(desk.firm).get()
        outbound.send(draft, by=desk.bo)
        with pytest.raises(DraftGone):
            outbound.send(twin, by=desk.bo)
        with pytest.raises(DraftGone):
            outbound.save(late, text="Try 47")
        assert not Draft.objects.of(desk.firm).exists()
        assert desk.conversation.messages.filter(direction="out").count() == 1


def test_two_agents_who_press_send_at_once_do_not_both_answer() -> None:
    desk = Desk()
    results: list[str] = []
    with tenancy.entered(desk.firm.pk):
        drafts = [desk.writes(), outbound.begin(desk.conversation, "reply", by=desk.cleo)]
        outbound.save(drafts[1], text="Use the back door.")
    barrier = threading.Barrier(2)

    def press(draft: Draft, by: Agent) -> None:
        barrier.wait()
        try:
            with tenancy.entered(desk.firm.pk):
                outbound.send(draft, by=by)
            results.append("sent")
        except SomethingNew:
            results.append("stopped")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=press, args=pair) for pair in zip(drafts, (desk.bo, desk.cleo), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(results) == ["sent", "stopped"]


def test_an_editor_gets_addresses_for_the_pictures_and_gives_them_back() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        draft = desk.writes()
        picture = Attachment.objects.create(
            workspace=desk.firm, draft=draft, filename="a.png", content_type="image/png", size=1,
            sha256="0" * 64, is_inline=True, content_id="a@desk",
        )  # fmt: skip
        outbound.save(draft, html=f'<div><img src="/files/{picture.pk}/"></div>')
        assert 'src="cid:a@desk"' in draft.html
        shown = outbound.html_for_editor(draft, address_of=lambda file: f"/files/{file.pk}/")
        assert f'src="/files/{picture.pk}/"' in shown


def test_a_draft_thrown_away_takes_its_files_with_it() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        draft = desk.writes()
        Attachment.objects.create(
            workspace=desk.firm, draft=draft, filename="x", content_type="text/plain", size=1, sha256="0" * 64
        )
        outbound.discard(draft)
        assert not Attachment.objects.of(desk.firm).exists()
        assert not Draft.objects.of(desk.firm).exists()


def test_words_of_a_sent_message_are_found_by_search() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        message = desk.says("Zweitschlüssel liegt bereit")
        found = Message.objects.of(desk.firm).extra(where=["words @@ 'zweitschlussel'::tsquery"])
        assert [one.pk for one in found] == [message.pk]


def test_people_as_they_are_typed_are_read() -> None:
    assert outbound.people_in('Ada B <ada@x.example>, "Doe, J" <j@x.example>, c@x.example') == (
        Address(name="Ada B", email="ada@x.example"),
        Address(name="Doe, J", email="j@x.example"),
        Address(name="", email="c@x.example"),
    )
    assert outbound.people_in("rubbish, c@x.example") == (
        Address(name="", email="rubbish"),  # whoever refuses it can say what
        Address(name="", email="c@x.example"),
    )


def test_the_newest_seen_must_be_named_exactly() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        draft = desk.writes()
        outbound.note(desk.conversation, by=desk.cleo, text="wait")
        with pytest.raises(SomethingNew):
            outbound.send(draft, by=desk.bo, despite=UUID(int=0))


def test_an_inbox_whose_server_is_away_says_so_until_it_is_back() -> None:
    desk = Desk()
    with tenancy.entered(desk.firm.pk):
        message = desk.says("Nobody listens there.")
    time_passes(message=message)
    with tenancy.entered(desk.firm.pk):
        desk.inbox.refresh_from_db()
        assert desk.inbox.unsendable_since is not None
        assert desk.inbox.unsendable_because in message.state_because
        assert desk.events().count("inbox.unsendable") == 1
    with a_peer() as peer:
        with tenancy.entered(desk.firm.pk):
            desk.inbox.settings = {"outgoing": {"host": "127.0.0.1", "port": peer.port, "tls": "none"}}
            desk.inbox.save(update_fields=["settings"])
            outbound.retry(message, by=desk.bo)
        time_passes(message=message)
    with tenancy.entered(desk.firm.pk):
        desk.inbox.refresh_from_db()
        assert (desk.inbox.unsendable_since, desk.inbox.unsendable_because) == (None, "")
        assert desk.events().count("inbox.sendable") == 1
