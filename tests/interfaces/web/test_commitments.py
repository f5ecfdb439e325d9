"""Tasks, promises, decisions, notes and talks on their pages and beside a conversation."""

from typing import Any

import pytest
from django.test import Client

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.kit import tenancy
from threadwell.record.commitments.models import Decision, Promise, Task
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.people.models import Contact, Identity
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
NOBODY = "01a20000-0000-7000-8000-000000000000"  #: a key of nothing; always the same, for it names tests


class Desk:
    """Bo at the desk, and Ada who asked something."""

    def __init__(self, bo: Agent, browser: Client) -> None:
        self.bo, self.browser = bo, browser
        self.base = f"/w/{bo.workspace.slug}/"
        inbox = cast.an_inbox(bo.workspace)
        with tenancy.entered(bo.workspace_id):
            self.ada = Contact.objects.create(workspace=bo.workspace, name="Ada")
            Identity.objects.create(
                workspace=bo.workspace,
                contact=self.ada,
                kind="phone",
                value="+351911222333",
                shown="911 222 333",
                source="agent",
            )
            self.conversation = Conversation.objects.create(
                workspace=bo.workspace, number=7, inbox=inbox, contact=self.ada, subject="Gate code"
            )
            self.message = Message.objects.create(
                workspace=bo.workspace,
                conversation=self.conversation,
                direction="in",
                contact=self.ada,
                text="We send the photos by Friday.",
                from_name="Ada",
            )

    def get(self, path: str, **more: Any) -> str:
        answer = self.browser.get(self.base + path, **more)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.content.decode()

    def post(self, path: str, given: dict[str, Any], *, status: int = 200) -> Any:
        answer = self.browser.post(self.base + path, given, headers=HTMX)
        assert answer.status_code == status, answer.content.decode()[:2000]
        return answer

    def rows(self, model: Any) -> list[Any]:
        with tenancy.entered(self.bo.workspace_id):
            return list(model.objects.of(self.bo.workspace_id).order_by("pk"))


@pytest.fixture
def desk(seat: Seat, browser: Browser) -> Desk:
    bo = seat()
    return Desk(bo, browser(bo))


def test_task_is_added_done_with_a_note_and_opened_again(desk: Desk) -> None:
    answer = desk.post(
        "tasks/?conversation=7",
        {"title": "Send the code", "due_at": "2026-11-20T10:00", "owner": str(desk.bo.pk)},
    )
    assert "commitments-changed" in answer.headers["HX-Trigger"]
    [task] = desk.rows(Task)
    assert (task.contact_id, task.conversation_id) == (desk.ada.pk, desk.conversation.pk)
    for show in ("mine", "all", "overdue"):
        assert "Send the code" in desk.get(f"tasks/?show={show}")
    assert "Send the code" in desk.get("conversations/7/")
    desk.post(f"tasks/{task.pk}/finishing/", {"note": "told her on the phone"})
    assert "told her on the phone" in desk.get("tasks/?show=done")
    assert "Send the code" not in desk.get("tasks/")
    desk.post(f"tasks/{task.pk}/reopening/", {})
    assert "Send the code" in desk.get("tasks/")
    desk.post(f"tasks/{task.pk}/withdrawing/", {})
    assert "Send the code" not in desk.get("tasks/?show=all")


def test_changed_task_keeps_what_was_not_changed(desk: Desk) -> None:
    desk.post(
        "tasks/",
        {"title": "Ring back", "due_at": "2026-12-01T10:00", "remind": "60", "owner": str(desk.bo.pk)},
    )
    [task] = desk.rows(Task)
    form = desk.get(f"tasks/{task.pk}/", headers=HTMX)
    assert 'value="60" selected' in form
    desk.post(
        f"tasks/{task.pk}/", {"title": "Ring Ada", "due_at": "2026-12-01T10:00", "remind": "60", "owner": ""}
    )
    [task] = desk.rows(Task)
    assert (task.title, task.owner_id) == ("Ring Ada", None)
    assert task.remind_at is not None


def test_promise_is_marked_in_a_message_and_shown_on_its_line(desk: Desk) -> None:
    form = desk.get(f"promises/new/?message={desk.message.pk}", headers=HTMX)
    assert "We send the photos by Friday." in form
    assert 'value="customer" selected' in form
    desk.post(f"promises/?message={desk.message.pk}", {"text": "photos by Friday", "side": "customer"})
    [promise] = desk.rows(Promise)
    assert (promise.side, promise.message_id, promise.contact_id) == (
        "customer",
        desk.message.pk,
        desk.ada.pk,
    )
    page = desk.get("conversations/7/")
    assert page.count("photos by Friday") >= 3  # its line, the panel, the event
    desk.post(f"promises/{promise.pk}/due/", {"due_at": "2020-01-01T10:00"})
    assert "photos by Friday" in desk.get("promises/?show=overdue")
    desk.post(f"promises/{promise.pk}/breaking/", {})
    assert "photos by Friday" in desk.get("promises/?show=broken")
    desk.post(f"promises/{promise.pk}/reopening/", {})
    desk.post(f"promises/{promise.pk}/keeping/", {})
    assert "photos by Friday" in desk.get("promises/?show=kept&side=customer")
    assert "photos by Friday" not in desk.get("promises/?show=kept&side=us")
    assert "promise kept" in desk.get("conversations/7/")
    assert "Kept" in desk.get(f"promises/{promise.pk}/")


def test_decision_is_marked_and_listed(desk: Desk) -> None:
    desk.get(f"decisions/new/?message={desk.message.pk}&text=No+deposit")
    desk.post(f"decisions/?message={desk.message.pk}", {"text": "No deposit", "side": "us"})
    [decision] = desk.rows(Decision)
    assert "No deposit" in desk.get("decisions/")
    desk.post(f"decisions/{decision.pk}/withdrawing/", {})
    assert "No deposit" not in desk.get("decisions/")
    desk.post(f"decisions/{decision.pk}/restoring/", {})
    assert "No deposit" in desk.get("decisions/")


def test_no_next_step_is_shown_as_a_fault_with_a_form_to_mend_it(desk: Desk) -> None:
    for path in ("conversations/7/", f"customers/{desk.ada.pk}/commitments/"):
        assert "No next step" in desk.get(path)
    desk.post(f"tasks/?contact={desk.ada.pk}", {"title": "Ask how it went"})
    page = desk.get(f"customers/{desk.ada.pk}/commitments/")
    assert "Ask how it went" in page
    assert "No next step" not in page


def test_call_is_logged_at_a_customer_on_one_form(desk: Desk) -> None:
    page = desk.get(f"customers/{desk.ada.pk}/calls/new/")
    assert "911 222 333" in page
    given = {
        "kind": "call",
        "direction": "in",
        "minutes": "6",
        "discussed": "Wednesday suits.",
        "outcome": "spoke",
        "next_step": "Book the crew",
        "due_at": "2026-12-01T10:00",
    }
    answer = desk.browser.post(f"{desk.base}customers/{desk.ada.pk}/calls/new/", given)
    assert answer.status_code == 303
    shown = desk.browser.get(answer.headers["Location"]).content.decode()
    assert "Wednesday suits." in shown
    assert "Call, 6 minutes" in shown
    assert "Book the crew" in shown
    with tenancy.entered(desk.bo.workspace_id):
        message = Message.objects.of(desk.bo.workspace_id).get(channel="phone")
        assert message.conversation.status == "closed"
    assert "by-hand@invalid" not in desk.get("inboxes/")
    assert "by-hand@invalid" not in desk.get("conversations/new/")


def test_call_may_stand_in_an_open_conversation(desk: Desk) -> None:
    given = {
        "kind": "visit",
        "direction": "out",
        "outcome": "turned_away",
        "into": "7",
        "contact": str(desk.ada.pk),
    }
    desk.post("calls/new/", given, status=204)
    with tenancy.entered(desk.bo.workspace_id):
        message = Message.objects.of(desk.bo.workspace_id).get(channel="visit")
        assert message.conversation_id == desk.conversation.pk
        assert message.text == "Visit, turned away"


def test_whom_one_called_is_found_by_name_or_number(desk: Desk) -> None:
    for asked in ("ada", "911222"):
        assert f"customers/{desk.ada.pk}/calls/new/" in desk.get(f"calls/new/?q={asked}")
    assert "Nobody is known by that." in desk.get("calls/new/?q=zzz")


def test_structured_note_becomes_note_task_and_decision(desk: Desk) -> None:
    desk.get("conversations/7/structured-notes/new/")
    given = {
        "discussed": "The gate",
        "decided": "A new code",
        "next_step": "Send it",
        "due_at": "2026-12-01T10:00",
    }
    desk.post("conversations/7/structured-notes/new/", given)
    page = desk.get("conversations/7/")
    assert "Decided: A new code" in page
    assert [task.title for task in desk.rows(Task)] == ["Send it"]
    assert [one.text for one in desk.rows(Decision)] == ["A new code"]
    desk.post(f"customers/{desk.ada.pk}/structured-notes/new/", {}, status=422)


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("tasks/", {"title": ""}),
        ("tasks/", {"title": "x" * 301}),
        ("tasks/", {"title": "x", "due_at": "tomorrow"}),
        ("tasks/", {"title": "x", "owner": "nobody"}),
        ("promises/", {"text": "", "side": "us"}),
        ("promises/", {"text": "x", "side": "them"}),
        ("decisions/", {"text": "x", "side": ""}),
        (
            "conversations/7/calls/new/",
            {"kind": "call", "direction": "in", "minutes": "-3", "outcome": "spoke"},
        ),
        (
            "conversations/7/calls/new/",
            {"kind": "call", "direction": "in", "minutes": "x", "outcome": "spoke"},
        ),
        ("conversations/7/calls/new/", {"kind": "rave", "direction": "in", "outcome": "spoke"}),
        (
            "conversations/7/calls/new/",
            {"kind": "call", "direction": "in", "outcome": "spoke", "at": "2999-01-01T00:00"},
        ),
        (
            "conversations/7/calls/new/",
            {"kind": "call", "direction": "in", "outcome": "spoke", "into": "999"},
        ),
    ],
)
def test_wrong_form_comes_back_with_what_is_wrong(desk: Desk, path: str, given: dict[str, str]) -> None:
    answer = desk.post(path, given, status=422)
    assert "field__error" in answer.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "tasks/?show=everything",
        "promises/?show=x",
        "tasks/new/?contact=x",
        f"tasks/new/?contact={NOBODY}",
        f"promises/new/?message={NOBODY}",
        f"calls/new/?contact={NOBODY}",
        "calls/new/?contact=%00",
        f"customers/{NOBODY}/calls/new/",
        f"organisations/{NOBODY}/commitments/",
    ],
)
def test_what_is_not_there_is_no_page(desk: Desk, path: str) -> None:
    assert desk.browser.get(desk.base + path).status_code == 404


def test_who_only_reads_changes_nothing(seat: Seat, browser: Browser) -> None:
    eve = seat(role=Role.AUDITOR)
    client = browser(eve)
    base = f"/w/{eve.workspace.slug}/"
    assert client.get(f"{base}tasks/").status_code == 200
    assert client.post(f"{base}tasks/", {"title": "x"}).status_code == 403
    assert client.get(f"{base}calls/new/").status_code == 403
