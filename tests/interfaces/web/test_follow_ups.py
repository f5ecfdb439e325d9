"""Follow-ups, automatic replies and snoozes on the desk: set up, started, seen, stopped."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.flow import resting
from threadwell.kit import clock, tenancy
from threadwell.record.conversations.models import Conversation
from threadwell.record.followups.models import FollowUp, FollowUpLadder, FollowUpStep, SnoozeCondition
from threadwell.record.inboxes.models import Inbox
from threadwell.record.journal.models import Event
from threadwell.record.work import shipped
from threadwell.record.work.links import link
from threadwell.record.work.models import WorkItem, WorkItemType, WorkStatus
from threadwell.record.workplace.models import Workspace
from threadwell.record.workplace.roles import Role

STEPS = {
    "name": "After a quote",
    "is_open_time": "on",
    "amount0": "3",
    "unit0": "days",
    "deed0": "write",
    "text0": "Any news, {first_name}?",
    "amount1": "4",
    "unit1": "hours",
    "deed1": "close",
}


@pytest.fixture
def inbox(firm: Workspace) -> Inbox:
    made = cast.an_inbox(firm)
    cast.arrives(made, cast.a_mail())
    cast.all_read(firm)
    return made


@pytest.fixture
def admin(firm: Workspace, seat: Seat, browser: Browser) -> Client:
    return browser(seat(role=Role.ADMIN))


def text_of(client: Client, url: str, **facts: Any) -> str:
    response = client.get(url, **facts)
    assert response.status_code == 200, url
    return response.content.decode()


def a_ladder(client: Client, firm: Workspace) -> UUID:
    assert client.post(f"/w/{firm.slug}/settings/follow-ups/", STEPS).status_code == 303
    with tenancy.entered(firm.pk):
        found: FollowUpLadder = FollowUpLadder.objects.of(firm).get()
        return found.pk


def test_a_ladder_is_set_up_changed_and_put_away(firm: Workspace, admin: Client) -> None:
    url = f"/w/{firm.slug}/settings/follow-ups/"
    assert "No ladder yet" in text_of(admin, url)
    assert "Step 1" in text_of(admin, f"{url}new/")
    assert admin.post(url, {**STEPS, "text0": ""}).status_code == 422
    key = a_ladder(admin, firm)
    assert admin.post(url, STEPS).status_code == 422, "the name is taken"
    listed = text_of(admin, url)
    assert "3 days: write to the customer; 4 hours: close the conversation" in listed
    assert "Any news, {first_name}?" in text_of(admin, f"{url}{key}/")
    assert admin.post(f"{url}{key}/", {**STEPS, "amount0": "5"}).status_code == 303
    assert "5 days" in text_of(admin, url)
    assert admin.post(f"{url}{key}/", {"_method": "delete"}).status_code == 303
    assert "No ladder yet" in text_of(admin, url)
    assert admin.get(f"{url}{key}/").status_code == 404


def test_a_follow_up_is_started_seen_and_stopped(firm: Workspace, inbox: Inbox, admin: Client) -> None:
    url = f"/w/{firm.slug}/conversations/1/follow-up/"
    assert "No ladder is set up yet" in text_of(admin, url)
    key = a_ladder(admin, firm)
    assert "After a quote" in text_of(admin, url)
    assert admin.post(url, {"ladder": "x"}).status_code == 422
    assert admin.post(url, {"ladder": key}).status_code == 303
    assert admin.post(url, {"ladder": key}).status_code == 409
    shown = text_of(admin, url)
    assert "Write to the customer" in shown
    assert "Stop it" in shown
    assert "began" in text_of(admin, f"/w/{firm.slug}/conversations/1/")
    assert admin.post(url, {"_method": "delete"}).status_code == 303
    assert "somebody stopped it" in text_of(admin, url)
    with tenancy.entered(firm.pk):
        assert FollowUp.objects.of(firm).get().ended_because == "stopped"
        assert FollowUpStep.objects.of(firm).count() == 2


def test_many_are_followed_up_from_the_list(firm: Workspace, inbox: Inbox, admin: Client) -> None:
    cast.arrives(inbox, cast.a_mail(subject="Door"))
    cast.all_read(firm)
    with tenancy.entered(firm.pk):
        closed = Conversation.objects.of(firm).get(number=2)
        closed.close(by=None)
    key, base = a_ladder(admin, firm), f"/w/{firm.slug}"
    led = admin.post(f"{base}/bulk/", {"deed": "follow_up", "chosen": ["1", "2"]})
    assert "In 2 conversations" in text_of(admin, led["Location"])
    done = admin.post(f"{base}/follow-ups/", {"ladder": key, "chosen": ["1", "2"]}, follow=True)
    assert "Left out: C-2" in done.content.decode()
    with tenancy.entered(firm.pk):
        assert FollowUp.objects.of(firm).get().conversation.number == 1
    assert admin.get(f"{base}/follow-ups/").status_code == 422


def test_an_inbox_learns_to_acknowledge(firm: Workspace, inbox: Inbox, admin: Client) -> None:
    url = f"/w/{firm.slug}/settings/inboxes/{inbox.pk}/automatic-reply/"
    assert "Automatic reply" in text_of(admin, url)
    assert admin.post(url, {"when": "always", "text": ""}).status_code == 422
    assert admin.post(url, {"when": "closed", "text": "We are back soon."}).status_code == 303
    assert "We are back soon." in text_of(admin, url)
    assert "outside of business hours" in text_of(admin, f"/w/{firm.slug}/inboxes/{inbox.pk}/")


def test_it_sleeps_until_the_customer_answers(firm: Workspace, inbox: Inbox, admin: Client) -> None:
    url = f"/w/{firm.slug}/conversations/1/snooze/"
    assert "the customer answers" in text_of(admin, url)
    admin.post(url, {"awaits": "reply"})
    with tenancy.entered(firm.pk):
        slept = Conversation.objects.of(firm).get()
        assert (slept.status, SnoozeCondition.objects.of(firm).get().what) == ("snoozed", "reply")
        assert slept.snoozed_until
    assert "It sleeps until" in text_of(admin, url)
    with clock.stopped_at(slept.snoozed_until), tenancy.entered(firm.pk):
        assert resting.wake(firm.pk, now=slept.snoozed_until) == 1
        woken = Event.objects.of(firm).filter(name="conversation.reopened").get()
        assert woken.facts["because"] == "no answer came by then"
        assert not SnoozeCondition.objects.of(firm).exists()


@pytest.mark.parametrize(("change", "because"), [("status", "is now"), ("field:colour", "has changed")])
def test_it_sleeps_until_work_changes(
    firm: Workspace, inbox: Inbox, admin: Client, change: str, because: str
) -> None:
    url = f"/w/{firm.slug}/conversations/1/snooze/"
    with tenancy.entered(firm.pk):
        if not WorkItemType.objects.of(firm).exists():
            shipped.make(firm.pk)
        kind = WorkItemType.objects.of(firm).get(key="order")
        item = WorkItem.open_one(kind, "A gate", by=None)
        link(item, Conversation.objects.of(firm).get(), by=None)
    assert "A gate" in text_of(admin, url)
    assert admin.post(url, {"awaits": "work", "item": "x"}).status_code == 422
    admin.post(url, {"awaits": "work", "item": item.pk, "change": change})
    with tenancy.entered(firm.pk):
        assert resting.wake(firm.pk, now=clock.now()) == 0
        if change == "status":
            item.status = WorkStatus.objects.of(firm).filter(type=kind).exclude(pk=item.status_id)[0]
            item.save(update_fields=["status"])
        else:
            item.custom = {"colour": "green"}
            item.save(update_fields=["custom"])
        assert resting.wake(firm.pk, now=clock.now()) == 1
        woken = Event.objects.of(firm).filter(name="conversation.reopened").get()
        assert because in woken.facts["because"]


def test_a_later_snooze_forgets_what_an_earlier_one_waited_for(
    firm: Workspace, inbox: Inbox, admin: Client
) -> None:
    url = f"/w/{firm.slug}/conversations/1/snooze/"
    admin.post(url, {"awaits": "reply", "until": "2029-01-01T10:00"})
    admin.post(url, {"until": "2028-01-01T10:00"})
    with tenancy.entered(firm.pk):
        slept = Conversation.objects.of(firm).get()
        assert slept.snoozed_until
        assert resting.condition_of(slept) is None
        resting.wake(firm.pk, now=slept.snoozed_until)
        woken = Event.objects.of(firm).filter(name="conversation.reopened").get()
        assert woken.facts["because"] == "the time it was put off to has come"
