"""Scanning, with a real clamd: mail is never held up, and a file that harms reaches nobody."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from tests.cast import a_mail, a_workspace, all_read, an_agent, an_inbox, arrives
from tests.flow.reply.test_deliver import try_it
from tests.peers import Peer, a_peer
from tests.scanners import AT_MOST, HARM, NAME, Clamd, a_clamd, a_scanner_that_hangs_up
from threadwell.config import checks
from threadwell.flow import outbound, scanning
from threadwell.interfaces.web import gauges
from threadwell.kit import clock, scanner, tenancy
from threadwell.record.conversations.models import Attachment, Conversation, Draft, Message
from threadwell.record.inboxes.models import Inbox
from threadwell.record.journal.models import Event
from threadwell.record.workplace.models import Agent, ApiToken, Workspace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def daemon() -> Iterator[Clamd]:
    with a_clamd() as clamd:
        yield clamd


@pytest.fixture
def clamd(daemon: Clamd, settings: Settings) -> Clamd:
    settings.CLAMAV = daemon.socket
    settings.UNDO_SECONDS = 0
    return daemon


@pytest.fixture
def firm() -> Workspace:
    return a_workspace()


@pytest.fixture
def peer() -> Iterator[Peer]:
    with a_peer() as peer:
        yield peer


@pytest.fixture
def inbox(firm: Workspace, peer: Peer) -> Inbox:
    return an_inbox(firm, settings={"outgoing": {"host": "127.0.0.1", "port": peer.port, "tls": "none"}})


@pytest.fixture
def bo(firm: Workspace) -> Agent:
    return an_agent(firm)


def with_files(**files: bytes) -> bytes:
    mail: EmailMessage = message_from_bytes(a_mail(), policy=policy.SMTP)  # type: ignore[assignment]
    for name, content in files.items():
        mail.add_attachment(content, maintype="image", subtype="png", filename=f"{name}.png")
    return mail.as_bytes()


def comes_in(inbox: Inbox, **files: bytes) -> Conversation:
    arrives(inbox, with_files(**files))
    all_read(inbox.workspace)
    with tenancy.entered(inbox.workspace_id):
        return Conversation.objects.of(inbox.workspace_id).select_related("workspace").latest("pk")


def worker_scans(firm: Workspace) -> None:
    """What the worker does with the jobs that were left for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs"
            " WHERE task_name = 'scanning.scan_files' AND args->>'workspace_id' = %s",
            [str(firm.pk)],
        )
        [asked] = cursor.fetchone()
    assert asked > 0, "nobody asked for it"
    scanning.scan_files(str(firm.pk))


def said_of(firm: Workspace) -> dict[str, tuple[str, str]]:
    with tenancy.entered(firm.pk):
        rows = Attachment.objects.of(firm)
        return {name: (scan, found) for name, scan, found in rows.values_list("filename", "scan", "found")}


def a_letter(inbox: Inbox, by: Agent, **files: bytes) -> Draft:
    """What Bo has written, with files."""
    with tenancy.entered(inbox.workspace_id):
        draft = outbound.new_conversation(inbox, by=by, to=outbound.people_in("ada@customer.example"))
        outbound.save(draft, text="Here it is.", subject="Plan")
        for name, content in files.items():
            outbound.enclose_file(draft, BytesIO(content), name=f"{name}.png")
        return draft


def sent(draft: Draft, by: Agent) -> Message:
    with tenancy.entered(draft.workspace_id):
        return outbound.send(draft, by=by)


def test_mail_is_read_at_once_and_its_harmful_file_is_withheld_for_everybody(
    clamd: Clamd, firm: Workspace, inbox: Inbox, bo: Agent
) -> None:
    conversation = comes_in(inbox, plan=b"harmless", invoice=b"%PDF" + HARM)
    assert set(said_of(firm).values()) == {("waiting", "")}
    worker_scans(firm)
    assert said_of(firm) == {"plan.png": ("clean", ""), "invoice.png": ("withheld", NAME)}
    with tenancy.entered(firm.pk):
        files = {one.filename: one for one in Attachment.objects.of(firm)}
        told = Event.objects.of(firm).get(name="message.file_withheld", about=conversation.pk)
        _token, text = ApiToken.issue(bo, name="Reports", scopes=["read"], expires_at=None)
    assert (told.facts["file"], told.facts["because"]) == ("invoice.png", NAME)

    desk = Client()
    desk.force_login(bo.user)
    page = desk.get(f"/w/{firm.slug}/conversations/{conversation.number}/").content.decode()
    harmless, harmful = (
        f"/w/{firm.slug}/attachments/{files[name].pk}/" for name in ("plan.png", "invoice.png")
    )
    assert harmless in page
    assert harmful not in page
    assert f"withheld: {NAME}" in page
    assert desk.get(f"{harmless}x").content == b"harmless"
    for address in (f"{harmful}x", f"{harmful}x?download"):
        refused = desk.get(address)
        assert refused.status_code == 409
        assert HARM not in refused.content
        assert NAME in refused.content.decode()

    program = {"Authorization": f"Bearer {text}"}
    assert Client().get(f"/api/v1/files/{files['plan.png'].pk}", headers=program).content == b"harmless"
    refused = Client().get(f"/api/v1/files/{files['invoice.png'].pk}", headers=program)
    assert (refused.status_code, refused.json()["code"]) == (409, "file-withheld")
    shown = Client().get(f"/api/v1/conversations/{conversation.number}/messages", headers=program).json()
    [message] = shown["items"]
    assert {file["filename"]: (file["scan"], file["found"]) for file in message["files"]} == said_of(firm)


def test_while_clamd_is_away_mail_is_read_and_its_files_wait_for_the_next_minute(
    clamd: Clamd, firm: Workspace, inbox: Inbox, bo: Agent, settings: Settings
) -> None:
    settings.CLAMAV = clamd.nobody
    conversation = comes_in(inbox, plan=b"harmless")
    worker_scans(firm)
    assert said_of(firm) == {"plan.png": ("waiting", "")}
    desk = Client()
    desk.force_login(bo.user)
    page = desk.get(f"/w/{firm.slug}/conversations/{conversation.number}/").content.decode()
    assert "not yet scanned" in page
    assert "file__picture" not in page
    gauges._kept.clear()
    assert "threadwell_files_unscanned 1.0" in Client().get("/metrics").content.decode()
    [finding] = checks.of_scanner()
    assert (finding.level, "files wait to be scanned" in finding.what) == (checks.Level.WARN, True)
    settings.CLAMAV = clamd.socket
    scanning.each_minute(0)
    assert said_of(firm) == {"plan.png": ("clean", "")}
    [finding] = checks.of_scanner()
    assert (finding.level, "scanned by ClamAV" in finding.what) == (checks.Level.OK, True)


def test_letter_waits_until_its_files_have_been_scanned_then_leaves(
    clamd: Clamd, firm: Workspace, inbox: Inbox, bo: Agent, peer: Peer
) -> None:
    message = sent(a_letter(inbox, bo, plan=b"harmless"), bo)
    way = try_it(message)
    assert (message.state, len(peer.taken)) == ("held", 0)
    assert way.due_at > clock.now()
    worker_scans(firm)
    try_it(message, at=way.due_at)
    assert (message.state, len(peer.taken)) == ("sent", 1)


def test_letter_with_a_file_that_harms_never_leaves_and_says_why(
    clamd: Clamd, firm: Workspace, inbox: Inbox, bo: Agent, peer: Peer
) -> None:
    message = sent(a_letter(inbox, bo, plan=HARM), bo)
    due = try_it(message).due_at
    worker_scans(firm)
    try_it(message, at=due)
    assert message.state == "failed"
    assert NAME in message.state_because
    with tenancy.entered(firm.pk):
        outbound.retry(message, by=bo)
    try_it(message)
    assert (message.state, len(peer.taken)) == ("failed", 0)


def test_draft_with_a_file_that_harms_is_not_sent_until_the_file_is_taken_out(
    clamd: Clamd, firm: Workspace, inbox: Inbox, bo: Agent
) -> None:
    draft = a_letter(inbox, bo, plan=HARM)
    worker_scans(firm)
    with pytest.raises(outbound.Withheld, match=NAME):
        sent(draft, bo)
    with tenancy.entered(firm.pk):
        draft.files.delete()
    assert sent(draft, bo).state == "held"


def test_what_is_passed_on_leaves_the_harmful_file_behind(
    clamd: Clamd, firm: Workspace, inbox: Inbox, bo: Agent
) -> None:
    conversation = comes_in(inbox, plan=b"harmless", invoice=HARM)
    worker_scans(firm)
    with tenancy.entered(firm.pk):
        draft = outbound.begin(conversation, "forward", by=bo)
        assert [(file.filename, file.scan) for file in draft.files] == [("plan.png", "clean")]


def test_file_that_is_too_large_for_the_scanner_is_said_to_be_unscanned_and_holds_nothing_up(
    clamd: Clamd, firm: Workspace, inbox: Inbox, bo: Agent, peer: Peer
) -> None:
    message = sent(a_letter(inbox, bo, plan=b"x" * (AT_MOST * 4 * 2**20)), bo)
    worker_scans(firm)
    assert said_of(firm) == {"plan.png": ("unread", "")}
    try_it(message)
    assert (message.state, len(peer.taken)) == ("sent", 1)


def test_file_over_which_the_scanner_falls_keeps_no_other_waiting(
    clamd: Clamd, firm: Workspace, inbox: Inbox, settings: Settings
) -> None:
    comes_in(inbox, plan=b"harmless")
    with a_scanner_that_hangs_up() as settings.CLAMAV:
        worker_scans(firm)
    assert said_of(firm) == {"plan.png": ("unread", "")}


def test_without_a_scanner_nothing_waits_and_what_waited_is_let_go(
    clamd: Clamd, firm: Workspace, inbox: Inbox, bo: Agent, peer: Peer, settings: Settings
) -> None:
    message = sent(a_letter(inbox, bo, plan=b"harmless"), bo)
    settings.CLAMAV = None
    comes_in(inbox, invoice=HARM)
    try_it(message)
    assert (message.state, len(peer.taken)) == ("sent", 1)
    assert said_of(firm) == {"plan.png": ("waiting", ""), "invoice.png": ("", "")}
    scanning.each_hour(0)
    assert said_of(firm) == {"plan.png": ("", ""), "invoice.png": ("", "")}


def test_scanner_says_who_it_is_what_it_finds_and_that_it_is_away(clamd: Clamd, settings: Settings) -> None:
    assert scanner.version().startswith("ClamAV")
    assert (scanner.look(b""), scanner.look(b"x" * 200_000)) == ("", "")
    assert scanner.look(b"x" * 100_000 + HARM + b"x") == NAME
    with pytest.raises(scanner.Unread):
        scanner.look(b"x" * (AT_MOST * 4 * 2**20))
    for nobody in (clamd.nobody, ("127.0.0.1", 9)):
        settings.CLAMAV = nobody
        with pytest.raises(scanner.Away):
            scanner.look(b"x")
