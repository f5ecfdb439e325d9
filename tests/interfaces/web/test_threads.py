"""A conversation on the desk: read, answered, noted, taken back; with scripts and without."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.flow import outbound
from threadwell.kit import clock, ids, tenancy
from threadwell.record.conversations import sending
from threadwell.record.conversations.models import (
    Attachment,
    Conversation,
    Draft,
    Mention,
    Message,
    Outgoing,
    Viewing,
)
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import Agent, Workspace
from threadwell.record.workplace.roles import Role

HTMX = {"HTTP_HX_REQUEST": "true"}
type Get = Callable[..., Any]


@pytest.fixture
def inbox(firm: Workspace) -> Inbox:
    return cast.an_inbox(firm)


@pytest.fixture
def talk(firm: Workspace, inbox: Inbox) -> Conversation:
    """Ada has written once."""
    cast.arrives(inbox, cast.a_mail(Cc="Eve <eve@customer.example>", to="support@firm.example"))
    cast.all_read(firm)
    with tenancy.entered(firm.pk):
        found: Conversation = Conversation.objects.of(firm).get()
    return found


@pytest.fixture
def bo(seat: Seat) -> Agent:
    return seat()


@pytest.fixture
def desk(bo: Agent, browser: Browser) -> Client:
    return browser(bo)


def at(talk: Conversation, rest: str = "") -> str:
    return f"/w/{talk.workspace.slug}/conversations/{talk.number}/{rest}"


def an_answer(talk: Conversation, text: str = "We look into it.", **facts: str) -> dict[str, str]:
    with tenancy.entered(talk.workspace_id):
        first = talk.messages.earliest("at")
    return {
        "as": "reply",
        "answers": str(first.pk),
        "begun_at": clock.now().isoformat(),
        "reply-to": "Ada <ada@customer.example>",
        "text": text,
        **facts,
    }


def said(talk: Conversation, direction: str) -> list[Message]:
    with tenancy.entered(talk.workspace_id):
        return list(talk.messages.filter(direction=direction).order_by("at"))


def drafts(talk: Conversation) -> list[Draft]:
    with tenancy.entered(talk.workspace_id):
        return list(Draft.objects.of(talk.workspace_id).filter(conversation=talk))


def test_thread_shows_what_was_said_and_by_whom(talk: Conversation, desk: Client) -> None:
    page = desk.get(at(talk)).content.decode()
    assert "The gate code is wrong." in page
    assert "Ada Customer" in page
    assert "ada@customer.example" in page
    assert 'value="Ada Customer &lt;ada@customer.example&gt;"' in page


def test_reading_asks_few_questions(
    talk: Conversation, desk: Client, django_assert_max_num_queries: Any
) -> None:
    desk.get(at(talk), **HTMX)
    with django_assert_max_num_queries(40):
        desk.get(at(talk), **HTMX)


def test_longer_thread_is_read_back_in_pieces(
    talk: Conversation, firm: Workspace, bo: Agent, desk: Client
) -> None:
    with tenancy.entered(firm.pk):
        for number in range(40):
            outbound.note(talk, by=bo, text=f"note number {number:03}")
    newest = desk.get(at(talk)).content.decode()
    assert "note number 039" in newest
    assert "note number 009" not in newest
    earlier = newest.partition("/lines/?before=")[2].partition('"')[0]
    older = desk.get(at(talk, f"lines/?before={earlier}"), **HTMX).content.decode()
    assert "note number 009" in older
    assert "The gate code is wrong." in older
    assert "note number 010" not in older


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_answer_is_said_signed_and_can_be_taken_back(
    headers: dict[str, str], talk: Conversation, bo: Agent, desk: Client
) -> None:
    with tenancy.entered(talk.workspace_id):
        bo.signature = "Bo\nThe firm"
        bo.save(update_fields=["signature"])
    response = desk.post(at(talk, "answers/"), an_answer(talk), **headers)
    assert response.status_code == (200 if headers else 303)
    [message] = said(talk, "out")
    assert message.text == "We look into it.\n\n-- \nBo\nThe firm"
    assert message.state == Message.State.HELD
    if headers:
        assert f'id="message-{message.pk}"' in response.content.decode()
        assert "answer-sent" in response["HX-Trigger"]
    desk.post(f"/w/{talk.workspace.slug}/messages/{message.pk}/recall/", **headers)
    assert said(talk, "out") == []
    [draft] = drafts(talk)
    assert draft.text.startswith("We look into it.")
    assert "We look into it." in desk.get(at(talk)).content.decode()


def test_a_delayed_answer_is_given_up(talk: Conversation, desk: Client) -> None:
    desk.post(at(talk, "answers/"), an_answer(talk))
    [message] = said(talk, "out")
    with tenancy.entered(talk.workspace_id):
        sending.turn(message, Message.State.DELAYED, by=None, because="busy, come later")
    assert "Stop trying" in desk.get(at(talk)).content.decode()
    told = desk.post(f"/w/{talk.workspace.slug}/messages/{message.pk}/giving-up/", **HTMX)
    assert "busy, come later" in told.content.decode()
    assert said(talk, "out")[0].state == Message.State.FAILED


def test_what_happened_meanwhile_stops_the_answer_until_it_was_seen(
    talk: Conversation, seat: Seat, desk: Client
) -> None:
    began = clock.now() - timedelta(seconds=5)
    with tenancy.entered(talk.workspace_id):
        outbound.note(talk, by=seat(name="Cleo"), text="Do not answer yet!")
    answer = an_answer(talk, begun_at=began.isoformat())
    stopped = desk.post(at(talk, "answers/"), answer, **HTMX)
    assert stopped.status_code == 409
    page = stopped.content.decode()
    assert "Do not answer yet!" in page
    assert "We look into it." in page
    assert said(talk, "out") == []
    newest = page.partition('name="seen" value="')[2].partition('"')[0]
    desk.post(at(talk, "answers/"), {**answer, "seen": newest}, **HTMX)
    assert len(said(talk, "out")) == 1


def test_stop_without_scripts_is_a_page(talk: Conversation, seat: Seat, desk: Client) -> None:
    began = clock.now() - timedelta(seconds=5)
    with tenancy.entered(talk.workspace_id):
        outbound.note(talk, by=seat(name="Cleo"), text="Do not answer yet!")
    stopped = desk.post(at(talk, "answers/"), an_answer(talk, begun_at=began.isoformat()))
    assert stopped.status_code == 409
    assert "<html" in stopped.content.decode()


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"reply-to": ""}, "Nobody is named"),
        ({"reply-to": "nobody"}, "no address"),
        ({"text": "  "}, "Nothing is written"),
        ({"then": "later", "send_at": "2001-01-01T10:00"}, "still to come"),
        ({"then": "later", "send_at": "soon"}, "Choose a date"),
        ({"snooze_until": "9999999"}, "Choose a date"),
    ],
)
def test_answer_that_cannot_leave_says_why_and_keeps_the_words(
    facts: dict[str, str], told: str, talk: Conversation, desk: Client
) -> None:
    refused = desk.post(at(talk, "answers/"), {**an_answer(talk), **facts}, **HTMX)
    assert refused.status_code == 422
    assert told in refused.content.decode()
    assert said(talk, "out") == []
    if "text" not in facts:
        assert [draft.text for draft in drafts(talk)] == ["We look into it."]


def test_answer_can_close_snooze_or_wait(talk: Conversation, desk: Client) -> None:
    desk.post(at(talk, "answers/"), an_answer(talk, then="close"))
    talk.refresh_from_db()
    assert talk.status == Conversation.Status.CLOSED
    later = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    desk.post(at(talk, "answers/"), an_answer(talk, "And this.", snooze_until=later))
    talk.refresh_from_db()
    assert talk.status == Conversation.Status.SNOOZED
    planned = an_answer(talk, "In two days.", then="later", send_at=later, cancels="on")
    desk.post(at(talk, "answers/"), planned)
    with tenancy.entered(talk.workspace_id):
        way = Outgoing.objects.of(talk.workspace_id).latest("pk")
    assert way.due_at - clock.now() > timedelta(days=1)
    assert way.cancel_on_reply


def test_earlier_lines_of_no_message_are_not_found(talk: Conversation, desk: Client) -> None:
    for before in ("", "?before=", "?before=x"):
        assert desk.get(at(talk, f"lines/{before}")).status_code == 404


def test_draft_is_kept_per_person_and_follows_the_kind(talk: Conversation, desk: Client) -> None:
    assert desk.post(at(talk, "draft/"), {"as": "reply", "text": ""}).status_code == 204
    assert drafts(talk) == []
    desk.post(at(talk, "draft/"), an_answer(talk, "Half a sen"))
    desk.post(at(talk, "draft/"), {**an_answer(talk, "Half a sentence"), "as": "note"})
    [draft] = drafts(talk)
    assert (draft.kind, draft.text) == (Draft.Kind.NOTE, "Half a sentence")
    assert "Half a sentence" in desk.get(at(talk)).content.decode()
    desk.delete(at(talk, "draft/"))
    assert drafts(talk) == []


@pytest.mark.parametrize(
    ("there", "known", "then"),
    [
        ("", "", "Of the device"),
        ("Begun", "Begun", "Of the device"),
        ("From elsewhere", "Begun", "From elsewhere\n\nOf the device"),
        ("It says\n\nOf the device", "Begun", "It says\n\nOf the device"),
    ],
)
def test_words_of_a_device_write_over_nothing_but_what_it_knew(
    talk: Conversation, desk: Client, bo: Agent, there: str, known: str, then: str
) -> None:
    if there:
        desk.post(at(talk, "draft/"), an_answer(talk, there))
    given = {"text": "Of the device", "known": known, "as": "reply", "whose": str(bo.pk)}
    assert desk.post(at(talk, "draft/"), given).status_code == 204
    [draft] = drafts(talk)
    assert (draft.text, draft.to[0]["email"]) == (then, parseaddr(cast.ADA)[1])


def test_words_that_somebody_else_left_on_a_device_are_not_taken(talk: Conversation, desk: Client) -> None:
    given = {"text": "Theirs", "as": "reply", "whose": str(ids.new())}
    assert desk.post(at(talk, "draft/"), given).status_code == 409
    assert drafts(talk) == []


def test_draft_on_its_way_when_the_answer_left_is_not_kept(talk: Conversation, desk: Client) -> None:
    drawn = clock.now().isoformat()
    desk.post(at(talk, "answers/"), an_answer(talk))
    desk.post(at(talk, "draft/"), an_answer(talk, drawn_at=drawn))
    assert drafts(talk) == []


def test_note_calls_colleagues_and_carries_files(talk: Conversation, seat: Seat, desk: Client) -> None:
    cleo = seat(name="Cleo Lead")
    plan = SimpleUploadedFile("plan.txt", b"turn left")
    desk.post(at(talk, "notes/"), {"as": "note", "text": "@Cleo Lead please", "files": plan})
    [note] = said(talk, "note")
    with tenancy.entered(talk.workspace_id):
        assert Mention.objects.of(talk.workspace_id).get().agent_id == cleo.pk
        assert note.attachments.get().filename == "plan.txt"
    assert '<b class="call">@Cleo Lead</b>' in desk.get(at(talk)).content.decode()
    names = desk.get(f"/w/{talk.workspace.slug}/colleagues/").json()["names"]
    assert names == ["Cleo Lead"]


def test_collaborators_write_notes_and_nothing_else(talk: Conversation, seat: Seat, browser: Browser) -> None:
    guest = browser(seat(Role.COLLABORATOR, name="Olu"))
    assert guest.post(at(talk, "answers/"), an_answer(talk)).status_code == 403
    assert guest.post(at(talk, "draft/"), an_answer(talk)).status_code == 403
    assert guest.post(at(talk, "notes/"), {"text": "seen"}).status_code == 303
    assert said(talk, "out") == []
    assert 'value="reply"' not in guest.get(at(talk)).content.decode()


def test_auditors_only_read(talk: Conversation, seat: Seat, browser: Browser) -> None:
    auditor = browser(seat(Role.AUDITOR, name="Aud"))
    assert auditor.get(at(talk)).status_code == 200
    for rest in ("notes/", "draft/", "uploads/", "answers/"):
        assert auditor.post(at(talk, rest), {"text": "x"}).status_code == 403


def test_file_comes_up_goes_along_and_can_be_taken_out(talk: Conversation, desk: Client) -> None:
    line = desk.post(at(talk, "uploads/"), {"file": SimpleUploadedFile("../../etc/pass\r\nwd.txt", b"hello")})
    assert line.status_code == 200
    with tenancy.entered(talk.workspace_id):
        file = Attachment.objects.of(talk.workspace_id).get()
    assert "/" not in file.filename
    assert "\n" not in file.filename
    assert str(file.pk) in line.content.decode()
    second = desk.post(at(talk, "uploads/"), {"file": SimpleUploadedFile("b.txt", b"b")})
    assert second.status_code == 200
    desk.post(at(talk, "answers/"), an_answer(talk, removed=str(file.pk)))
    [message] = said(talk, "out")
    with tenancy.entered(talk.workspace_id):
        assert [one.filename for one in message.attachments.all()] == ["b.txt"]


def test_file_that_is_too_large_is_refused_in_words(talk: Conversation, desk: Client, settings: Any) -> None:
    settings.UPLOAD_LIMIT = 10
    refused = desk.post(at(talk, "uploads/"), {"file": SimpleUploadedFile("big.bin", b"x" * 11)})
    assert refused.status_code == 422
    assert "too large" in refused.content.decode()


def test_picture_in_the_text_goes_along_by_its_content_id(talk: Conversation, desk: Client) -> None:
    picture = SimpleUploadedFile("p.png", b"\x89PNG\r\n\x1a\n")
    told = desk.post(at(talk, "uploads/"), {"file": picture, "inline": "yes"}).json()
    html = f'<div>See <img src="{told["url"]}"></div>'
    desk.post(at(talk, "answers/"), an_answer(talk, "See", html=html))
    [message] = said(talk, "out")
    assert f"cid:{told['cid']}" in message.html
    assert message.attachment_count == 0


@pytest.mark.parametrize(
    ("name", "content_type", "shown_as"),
    [
        ("a.png", "image/png", "image/png"),
        ("a.pdf", "application/pdf", "application/pdf"),
        ("a.txt", "text/plain", "text/plain; charset=utf-8"),
        ("a.html", "text/html", ""),
        ("a.svg", "image/svg+xml", ""),
        ("a.xml", "application/xhtml+xml", ""),
        ("a.js", "text/javascript", ""),
        ('q"uo;te\r\n.exe', "application/x-dosexec", ""),
    ],
)
def test_file_of_a_message_runs_nothing(
    name: str, content_type: str, shown_as: str, talk: Conversation, inbox: Inbox, desk: Client
) -> None:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = cast.ADA, inbox.address, "A file"
    mail.set_content("here")
    maintype, _, subtype = content_type.partition("/")
    mail.add_attachment(b"<script>1</script>", maintype=maintype, subtype=subtype, filename="x")
    cast.arrives(inbox, mail.as_bytes())
    cast.all_read(inbox.workspace)
    with tenancy.entered(inbox.workspace_id):
        file = Attachment.objects.of(inbox.workspace).get()
        Attachment.objects.of(inbox.workspace).update(filename=name)
    response = desk.get(f"/w/{talk.workspace.slug}/attachments/{file.pk}/x")
    assert response["Content-Type"] == (shown_as or "application/octet-stream")
    assert response["Content-Disposition"].startswith("inline" if shown_as else "attachment")
    assert "\n" not in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("default-src 'none'")


def test_source_shows_the_mail_as_it_came(talk: Conversation, desk: Client) -> None:
    [message] = said(talk, "in")
    page = desk.get(f"/w/{talk.workspace.slug}/messages/{message.pk}/source/").content.decode()
    assert "Message-ID" in page
    raw = desk.get(f"/w/{talk.workspace.slug}/messages/{message.pk}/mail.eml")
    assert b"Subject: Gate code" in raw.content
    assert raw["Content-Disposition"].startswith("attachment")


def test_others_see_who_reads_and_who_writes(
    talk: Conversation, seat: Seat, desk: Client, browser: Browser
) -> None:
    cleo = browser(seat(name="Cleo"))
    cleo.post(at(talk, "presence/"), {"doing": "reading", "tab": "one"})
    cleo.post(at(talk, "presence/"), {"doing": "replying", "tab": "two"})
    page = desk.get(at(talk)).content.decode()
    assert "Cleo is answering" in page
    assert "viewers--clash" in page
    assert "Cleo is answering" not in cleo.get(at(talk)).content.decode()
    cleo.post(at(talk, "presence/"), {"doing": "left", "tab": "two"})
    assert "Cleo is reading" in desk.get(at(talk)).content.decode()
    with tenancy.entered(talk.workspace_id):
        Viewing.objects.of(talk.workspace_id).update(at=clock.now() - timedelta(seconds=61))
    assert "Cleo is reading" not in desk.get(at(talk)).content.decode()
    assert cleo.post(at(talk, "presence/"), {"doing": "dancing"}).status_code == 422


def test_agent_writes_first(talk: Conversation, inbox: Inbox, desk: Client) -> None:
    address = f"/w/{talk.workspace.slug}/conversations/new/"
    assert desk.get(address).status_code == 200
    letter = {
        "inbox": str(inbox.pk),
        "new-to": "new@else.example",
        "new-subject": "Your meter",
        "text": "Hello",
    }
    assert desk.post(f"{address}draft/", letter).status_code == 204
    assert "Your meter" in desk.get(address).content.decode()
    refused = desk.post(address, {**letter, "new-to": ""})
    assert refused.status_code == 422
    assert desk.post(address, letter).status_code == 303
    with tenancy.entered(inbox.workspace_id):
        opened = Conversation.objects.of(inbox.workspace).get(subject="Your meter")
        assert opened.messages.get().recipients["to"][0]["email"] == "new@else.example"


@pytest.mark.parametrize(
    "rest",
    ["", "lines/", "history/", "answers/", "notes/", "draft/", "uploads/", "presence/"],
)
def test_other_workspaces_do_not_exist(rest: str, talk: Conversation, seat: Seat, browser: Browser) -> None:
    elsewhere = cast.a_workspace("Elsewhere")
    stranger = browser(seat(workspace=elsewhere, name="Eve"))
    form = {**an_answer(talk), "doing": "reading"}
    for slug in (talk.workspace.slug, elsewhere.slug):
        address = f"/w/{slug}/conversations/{talk.number}/{rest}"
        ask = stranger.get if rest in ("", "lines/", "history/") else stranger.post
        assert ask(address, form).status_code == 404, address


@pytest.mark.parametrize(
    "rest", ["frame", "images", "picture", "retry", "recall", "giving-up", "tools", "source", "mail.eml"]
)
def test_messages_of_other_workspaces_do_not_exist(
    rest: str, talk: Conversation, seat: Seat, browser: Browser
) -> None:
    elsewhere = cast.a_workspace("Elsewhere")
    stranger = browser(seat(workspace=elsewhere, name="Eve"))
    [message] = said(talk, "in")
    ask = stranger.post if rest in ("images", "retry", "recall", "giving-up") else stranger.get
    tail = rest if "." in rest else f"{rest}/"
    assert ask(f"/w/{elsewhere.slug}/messages/{message.pk}/{tail}").status_code == 404
    assert ask(f"/w/{talk.workspace.slug}/messages/{message.pk}/{tail}").status_code == 404


def test_opening_a_conversation_asks_only_for_what_is_there(talk: Conversation, desk: Client) -> None:
    def asks(**headers: str) -> list[str]:
        with CaptureQueriesContext(connection) as asked:
            desk.get(at(talk), **headers)  # type: ignore[arg-type]
        return [query["sql"] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]

    asks()
    # Who asks where (5), conversation, names, what there is, messages, events, customer (2), our addresses.
    assert len(asks(**HTMX)) <= 14
    # Also the list and the counts.
    assert len(asks()) <= 16
