"""Joins, splits, follow-ups and what inboxes say by themselves, as programs see them."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests import cast
from tests.interfaces.api.conftest import Firm, Program
from threadwell.kit import clock, tenancy
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.followups.models import SnoozeCondition


@pytest.fixture
def door(firm: Firm) -> Conversation:
    cast.arrives(firm.inbox, cast.a_mail(subject="Door"))
    cast.all_read(firm.workspace)
    with tenancy.entered(firm.workspace.pk):
        found: Conversation = Conversation.objects.of(firm.workspace).get(subject="Door")
        return found


def done(program: Program, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
    response = program.call(method, path, body)
    assert response.status_code == status, response.content
    return json.loads(response.content) if response.content else None


def test_conversations_are_joined_seen_and_parted(firm: Firm, program: Program, door: Conversation) -> None:
    one, two = firm.conversation.number, door.number
    made = done(program, "POST", f"/conversations/{one}/joins", {"others": [two]})
    assert made["conversation"]["message_count"] == 2
    assert program.get(f"/conversations/{two}")["joined_into"] == made["conversation"]["id"]
    said = program.get(f"/conversations/{one}/messages")["items"]
    assert [(each["conversation"], each["home"]) for each in said] == [(one, one), (one, two)]
    assert program.get(f"/messages/{said[1]['id']}")["home"] == two
    [edge] = program.get(f"/conversations/{one}/joins")["items"]
    assert (edge["conversation"], edge["into"], edge["by"]["name"]) == (two, one, program.agent.name)
    done(program, "POST", f"/conversations/{one}/joins", {"others": [two]}, status=409)
    done(program, "POST", f"/conversations/{one}/joins", {"others": [4711]}, status=404)
    assert done(program, "DELETE", f"/joins/{edge['id']}")["number"] == two
    done(program, "DELETE", f"/joins/{edge['id']}", status=409)
    again = done(program, "POST", f"/conversations/{one}/joins", {"others": [two]})
    assert done(program, "PUT", f"/undos/{again['undo']}/undoing") == {"count": 2}


def test_messages_are_moved_and_split_off(firm: Firm, program: Program, door: Conversation) -> None:
    key = firm.message.message_id
    cast.arrives(firm.inbox, cast.a_mail("More", answers=f"<{key}>"))
    cast.all_read(firm.workspace)
    with tenancy.entered(firm.workspace.pk):
        more = Message.objects.of(firm.workspace).get(text="More")
    number = firm.conversation.number
    split = done(program, "POST", f"/conversations/{number}/splitting", {"messages": [str(more.pk)]})
    assert split["conversation"]["follows"] == str(firm.conversation.pk)
    done(program, "PUT", f"/undos/{split['undo']}/undoing")
    moved = done(program, "PUT", f"/messages/{more.pk}/conversation", {"conversation": door.number})
    assert moved["conversation"]["number"] == door.number
    assert program.get(f"/messages/{more.pk}")["home"] == door.number
    body = {"messages": [str(more.pk)]}
    done(program, "POST", f"/conversations/{number}/splitting", body, status=409)


def test_a_ladder_runs_and_is_stopped(firm: Firm, program: Program) -> None:
    wish = {"name": "Quote", "steps": [{"amount": 3, "unit": "days", "deed": "write", "text": "Any news?"}]}
    ladder = done(program, "POST", "/ladders", wish, status=201)
    assert program.get("/ladders")["items"] == [ladder]
    assert program.get(f"/ladders/{ladder['id']}") == ladder
    done(program, "POST", "/ladders", wish, status=422)
    number = firm.conversation.number
    begun = done(program, "POST", f"/conversations/{number}/follow-ups", {"ladder": ladder["id"]}, status=201)
    assert [step["deed"] for step in begun["steps"]] == ["write"]
    done(program, "POST", f"/conversations/{number}/follow-ups", {"ladder": ladder["id"]}, status=409)
    done(program, "DELETE", f"/conversations/{number}/follow-up")
    done(program, "DELETE", f"/conversations/{number}/follow-up", status=404)
    [over] = program.get(f"/conversations/{number}/follow-ups")["items"]
    assert over["ended_because"] == "stopped"
    changed = done(program, "PUT", f"/ladders/{ladder['id']}", {**wish, "is_open_time": False})
    assert changed["is_open_time"] is False
    done(program, "DELETE", f"/ladders/{ladder['id']}")
    assert program.get("/ladders")["items"] == []


def test_an_inbox_is_told_what_to_say(firm: Firm, program: Program) -> None:
    url = f"/inboxes/{firm.inbox.pk}/acknowledgement"
    assert program.get(url)["when"] == "never"
    told = {"when": "open", "text": "Thank you.", "text_closed": ""}
    assert done(program, "PUT", url, told) == told
    assert program.get(url) == told
    done(program, "PUT", url, {"when": "always", "text": ""}, status=422)


def test_a_snooze_waits_for_an_answer(firm: Firm, program: Program) -> None:
    url = f"/conversations/{firm.conversation.number}/snooze"
    until = (clock.now() + timedelta(days=3)).isoformat()
    done(program, "PUT", url, {"until": until, "awaits": "status"}, status=422)
    slept = done(program, "PUT", url, {"until": until, "awaits": "reply"})
    assert slept["conversation"]["status"] == "snoozed"
    with tenancy.entered(firm.workspace.pk):
        assert SnoozeCondition.objects.of(firm.workspace).get().what == "reply"
