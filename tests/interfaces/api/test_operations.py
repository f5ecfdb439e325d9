"""Each operation does what it says, answers as described, and survives what nobody should send."""

import base64
import contextlib
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from ninja import Schema

from tests import cast
from tests.conftest import as_application
from tests.house.tree import ROOT
from tests.interfaces.api import furnished
from tests.interfaces.api.conftest import Firm, Program
from tests.interfaces.api.schema import faults
from threadwell.flow import committing, merging, pursuing, surgery
from threadwell.interfaces.api import described, urls
from threadwell.kit import clock, ids, tenancy
from threadwell.kit.errors import DomainError
from threadwell.record.conversations import sending
from threadwell.record.conversations.models import Conversation, Draft, Join, Message, Outgoing
from threadwell.record.fields.models import CustomField, define
from threadwell.record.followups.ladder import Rung
from threadwell.record.followups.models import FollowUpLadder
from threadwell.record.people.models import Contact, DuplicateSearch, Merge, MergeProposal, Organisation
from threadwell.record.rota.models import Absence, Redistribution, Skill
from threadwell.record.work import shipped
from threadwell.record.work.models import WorkItem, WorkItemType
from threadwell.record.work.relations import relate, relations_of
from threadwell.record.workplace.models import ApiToken, Team
from threadwell.record.workplace.roles import SCOPES

TOLD = described.openapi(urls.api)
OPERATIONS = {
    operation["operationId"]: (method.upper(), path.removeprefix("/api/v1"), operation)
    for path, methods in TOLD["paths"].items()
    for method, operation in methods.items()
}

BELOW = (
    "threadwell.kit",
    "threadwell.flow.committing",
    "threadwell.flow.duplicates",
    "threadwell.flow.handling",
    "threadwell.flow.logging_talks",
    "threadwell.flow.merging",
    "threadwell.flow.outbound",
    "threadwell.flow.pursuing",
    "threadwell.flow.reply",
    "threadwell.flow.surgery",
    "threadwell.interfaces.api",
    "threadwell.record.people.known_as",
    "threadwell.record.work.item",
    "threadwell.record.work.relations",
)


def test_no_two_shapes_bear_one_name() -> None:
    shapes = [one.__name__ for one in every_shape(Schema) if one.__module__.startswith(BELOW)]
    told = TOLD["components"]["schemas"]
    assert sorted(name for name in told if shapes.count(name) > 1) == []


def every_shape(kind: type[Schema]) -> Iterator[type[Schema]]:
    for one in kind.__subclasses__():
        yield one
        yield from every_shape(one)


def test_every_operation_and_scope_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    missing = [
        f"{method} {path}" for method, path, _ in OPERATIONS.values() if f"`{method} {path}`" not in page
    ]
    assert missing == []
    assert [scope for scope in SCOPES if f"`{scope}`" not in page] == []


def test_every_code_of_a_problem_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    raised = {one.code for one in every_kind(DomainError)}
    assert sorted(code for code in raised if f"`{code}`" not in page) == []


def every_kind(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    """Those that an operation may meet."""
    yield kind
    for one in kind.__subclasses__():
        if one.__module__.startswith(BELOW):
            yield from every_kind(one)


def fits(response: HttpResponse, operation: dict[str, Any]) -> list[str]:
    """What of an answer is not as the description says."""
    told = operation["responses"].get(response.status_code, operation["responses"]["default"])
    kind = response["Content-Type"].split(";")[0]
    if "content" not in told:
        return [] if not response.content else ["has a body"]
    if kind not in told["content"]:
        return [f"{kind} is not described"]
    if not kind.endswith("json"):
        return []
    schema = told["content"][kind]["schema"]
    return list(faults(json.loads(response.content), schema, TOLD["components"]["schemas"]))


@pytest.fixture
def keys(firm: Firm, program: Program) -> dict[str, Any]:
    """What addresses name, all of it there."""
    closed = program.call("PUT", "/conversations/1/labels", {"labels": ["gate"]})
    return {
        "inbox_id": firm.inbox.pk,
        "delivery_id": firm.message.delivery_id,
        "contact_id": firm.conversation.contact_id,
        "message_id": firm.message.pk,
        "file_id": firm.message.pk,
        "undo_id": json.loads(closed.content)["undo"],
        "number": firm.conversation.number,
        "organisation_id": firm_of(firm).pk,
        **work_of(firm),
        **rota_of(firm),
        **commitments_of(firm),
        **merging_of(firm),
        **threads_of(firm),
        **furnished.things_of(firm, program),
    }


def rota_of(firm: Firm) -> dict[str, Any]:
    """Somebody who will be out of office, a skill, a team whose queue was handed out."""
    with tenancy.entered(firm.workspace.pk):
        gus = cast.an_agent(firm.workspace, name="Gus")
        team = Team.objects.create(workspace=firm.workspace, name="Front")
        begins_at = clock.now() + timedelta(days=1)
        absence = Absence.objects.create(
            workspace=firm.workspace, agent=gus, begins_at=begins_at, ends_at=begins_at + timedelta(days=1)
        )
        return {
            "agent_id": gus.pk,
            "team_id": team.pk,
            "absence_id": absence.pk,
            "skill_id": Skill.objects.create(workspace=firm.workspace, name="Danish").pk,
            "redistribution_id": Redistribution.objects.create(
                workspace=firm.workspace, cause="by-hand", team=team
            ).pk,
        }


def firm_of(firm: Firm) -> Organisation:
    """An organisation, and a field of the workspace's own."""
    with tenancy.entered(firm.workspace.pk):
        if not CustomField.objects.of(firm.workspace).exists():
            define(firm.workspace.pk, "contact", label="Size", kind="text")
        return Organisation.objects.create(workspace=firm.workspace, name="Castelo")


def commitments_of(firm: Firm) -> dict[str, Any]:
    """A task and a promise."""
    with tenancy.entered(firm.workspace.pk):
        about = committing.About(message=firm.message)
        bo = cast.an_agent(firm.workspace, name="Dan")
        return {
            "task_id": committing.add_task(about, by=bo, title="Ring back").pk,
            "promise_id": committing.mark_promise(about, by=bo, text="A new code by Friday").pk,
        }


def merging_of(firm: Firm) -> dict[str, Any]:
    """A merge, a proposal of another, and a search that is over."""
    with tenancy.entered(firm.workspace.pk):
        one, other, third = (
            Contact.objects.create(workspace=firm.workspace, name=name) for name in ("Eve", "E. King", "Eva")
        )
        bo = cast.an_agent(firm.workspace, name="Fay")
        merging.merge("contact", [other.pk], into=one.pk, by=bo)
        piece = {"what": "name", "how": "alike", "left": "Eve", "right": "Eva", "weight": 1.5}
        proposal = MergeProposal.objects.create(
            workspace=firm.workspace,
            kind="contact",
            first=one.pk,
            second=third.pk,
            score=0.8,
            evidence=[piece],
        )
        return {
            "merge_id": Merge.objects.of(firm.workspace).get().pk,
            "proposal_id": proposal.pk,
            "search_id": DuplicateSearch.objects.create(workspace=firm.workspace, done_at=clock.now()).pk,
        }


def threads_of(firm: Firm) -> dict[str, Any]:
    """A conversation that was joined into the first, one that stands alone, and a ladder."""
    with tenancy.entered(firm.workspace.pk):
        hal = cast.an_agent(firm.workspace, name="Hal")
        others = [
            Conversation.objects.create(workspace=firm.workspace, number=number, inbox=firm.inbox)
            for number in (8001, 8002)
        ]
        long_ago = clock.now() - timedelta(days=9)
        facts = {"workspace": firm.workspace, "conversation": others[0], "at": long_ago}
        Message.objects.create(direction="in", **facts)
        surgery.unite([others[0].pk], into=firm.conversation.pk, by=hal)
        rung = Rung(amount=1, unit="days", deed="notify", text="Ring {name}")
        return {
            "join_id": Join.objects.of(firm.workspace).get().pk,
            "ladder_id": pursuing.agree(by=hal, name="Quote", rungs=[rung]).pk,
        }


def work_of(firm: Firm) -> dict[str, Any]:
    """Two orders, one of them a part of the other."""
    with tenancy.entered(firm.workspace.pk):
        shipped.make(firm.workspace.pk)
        kind = WorkItemType.objects.of(firm.workspace).get(key="order")
        one, other = (WorkItem.open_one(kind, title, by=None) for title in ("Ten pallets", "A gate"))
        relate(one, "parent", other, by=None)
        [relation] = relations_of(one)
    return {"work_item_id": one.pk, "relation_id": relation.pk}


def bodies(firm: Firm, program: Program) -> dict[str, Any]:
    with tenancy.entered(firm.workspace.pk):
        ladder = str(FollowUpLadder.objects.of(firm.workspace).values_list("pk", flat=True).first())
    steps = [{"amount": 3, "unit": "days", "deed": "write", "text": "Any news?"}]
    return {
        "set_wishes": {"ways": {"mentioned": {"mail": "daily"}}},
        "join_conversations": {"others": [8002]},
        "split_conversation": {"messages": [str(firm.message.pk)], "subject": "Gate"},
        "move_message": {"conversation": 8002},
        "make_ladder": {"name": "After a visit", "steps": steps},
        "change_ladder": {"name": "After a quote", "steps": steps},
        "start_follow_up": {"ladder": ladder},
        "set_acknowledgement": {"when": "always", "text": "It has come in."},
        "reply": {"text": "We call the gate."},
        "note": {"text": "The code is 4711."},
        "write_first": {
            "inbox": str(firm.inbox.pk),
            "to": [{"email": "new@customer.example"}],
            "subject": "Hello",
            "text": "Hello",
        },
        "snooze": {"until": (clock.now() + timedelta(days=1)).isoformat()},
        "assign": {"owner": str(program.agent.pk)},
        "pass_on": {"team": None},
        "weigh": {"priority": "high"},
        "label": {"labels": ["crew", "crew", " gate "]},
        "retitle": {"subject": "Turned away"},
        "say_availability": {"state": "away"},
        "limit_agent": {"capacity": 7},
        "give_agent_skills": {"levels": []},
        "enter_absence": {
            "begins_at": clock.now().isoformat(),
            "ends_at": (clock.now() + timedelta(days=9)).isoformat(),
        },
        "make_skill": {"name": "Metering"},
        "rename_skill": {"name": "Dansk"},
        "set_distribution": {"method": "round-robin"},
        "open_work_item": {"type": "order", "title": "Ten pallets", "amount": "12.50", "conversation": 1},
        "mirror_work_item": {
            "system": "SAP",
            "external_id": "4711",
            "type": "order",
            "seen_at": "2026-11-23T10:00:00Z",
            "seen_status": "Delivered",
            "contact_email": "ada@customer.example",
        },
        "make_contact": {
            "name": "Eve King",
            "custom": {"size": "L"},
            "identities": [{"kind": "phone", "value": "+49 171 1234567"}],
        },
        "change_contact": {"name": "Ada King", "tier": "gold", "custom": {"size": None}, "because": "crm"},
        "add_identity": {"kind": "email", "value": "ada.king@customer.example"},
        "add_membership": {"organisation": str(firm_of(firm).pk), "title": "Board", "since": "2024-01-31"},
        "make_organisation": {"name": "Vet", "domains": ["vet.example"]},
        "change_organisation": {"name": "Castelo North", "owner": str(program.agent.pk)},
        "add_task": {
            "title": "Send the code",
            "message": str(firm.message.pk),
            "due_at": "2026-12-01T09:00:00+01:00",
            "zone": "Europe/Lisbon",
        },
        "change_task": {"title": "Send both codes", "owner": None, "due_at": None},
        "finish_task": {"note": "on the phone"},
        "mark_promise": {"text": "The frames come on Friday", "message": str(firm.message.pk)},
        "settle_promise": {"outcome": "kept", "note": "delivered"},
        "mark_decision": {"text": "No deposit", "conversation": 1, "side": "customer"},
        "log_call": {
            "kind": "visit",
            "minutes": 12,
            "discussed": "The gate opens now.",
            "next_step": "Send the bill",
            "conversation": 1,
        },
        "merge_records": {
            "kind": "organisation",
            "records": [str(firm_of(firm).pk)],
            "into": str(firm_of(firm).pk),
        },
        "decide_merge_proposal": {"decision": "accept"},
        "change_work_item": {"title": "Eleven pallets", "owner": str(program.agent.pk), "due_at": None},
        "move_work_item": {"status": "delivered", "seen": "placed"},
        "relate_work_item": {"kind": "blocks", "other": str(ids.new())},
        **furnished.bodies_of(firm, program),
    }


REFUSED = {
    "get_file": 404,  # the mail came without one
    "retry_message": 409,
    "give_up_message": 409,
    "recall_message": 409,
    "release_delivery": 409,
    "relate_work_item": 422,  # there is no such other
    "stop_follow_up": 404,  # nothing runs
}
ASKED = {"find": "?q=crew", "remove_identity": "?kind=email&value=ada@customer.example"}


def test_operations_answer_as_described(
    firm: Firm, program: Program, keys: dict[str, Any], subtests: pytest.Subtests
) -> None:
    """Each finds everything as it was before the first."""
    for name, (method, path, operation) in OPERATIONS.items():
        with subtests.test(name), undone():
            named = {**keys, "number": keys["aside_number"]} if path.startswith("/asides/") else keys
            asked = path.format(**named) + ASKED.get(name, "")
            response = program.call(method, asked, bodies(firm, program).get(name))
            [described] = [int(status) for status in operation["responses"] if str(status).isdigit()]
            assert response.status_code == REFUSED.get(name, described), response.content
            assert fits(response, operation) == []


@contextlib.contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


HOSTILE = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(),
    some.floats(allow_nan=False),
    some.text(max_size=30),
    some.sampled_from(
        ["\0", "\ud800", "' OR 1=1 --", "../../etc", "9999-99-99", "é" * 5000, "0" * 400, "<b>"]
    ),
    some.lists(some.integers(), max_size=3),
    some.dictionaries(some.text(max_size=5), some.text(max_size=5), max_size=3),
)


@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=some.data())
def test_nothing_that_is_sent_breaks_it(firm: Firm, program: Program, data: some.DataObject) -> None:
    name = data.draw(some.sampled_from(list(OPERATIONS)))
    method, path, operation = OPERATIONS[name]
    keys: dict[str, Any] = dict.fromkeys(re.findall(r"{(\w+)}", path), firm.message.pk)
    number = data.draw(some.sampled_from([firm.conversation.number, 0, 2**63, 10**40]))
    told = [one["name"] for one in operation["parameters"] if one["in"] == "query"]
    asked = {one: data.draw(HOSTILE) for one in told if data.draw(some.booleans())}
    body = data.draw(body_like(bodies(firm, program).get(name)))
    text = json.dumps(body)
    response = program.client.generic(
        method,
        "/api/v1" + path.format(**{**keys, "number": number}),
        data=text if method != "GET" else b"",
        content_type="application/json",
        query_params={one: str(value).encode("utf-8", "replace").decode() for one, value in asked.items()},
        headers={"Authorization": f"Bearer {program.text}"},
    )
    assert response.status_code < 500, (name, asked, text[:300])
    assert response.status_code != 405, name
    assert fits(response, operation) == []


def body_like(good: Any) -> some.SearchStrategy[Any]:
    """A body that is right but for some of it, or quite another thing."""
    if not good:
        return HOSTILE
    spoilt = some.dictionaries(
        some.sampled_from([*good, "cc", "seen", "send_at", "html"]), HOSTILE, max_size=2
    )
    return some.one_of(HOSTILE, spoilt.map(lambda wrong: {**good, **wrong}))


@pytest.mark.parametrize("body", ["{", "[]", "\xff", '{"text": "\\u0000"}', '{"text": "\\ud800"}', ""])
def test_a_body_that_cannot_be_read_is_refused(program: Program, body: str) -> None:
    response = program.client.post(
        "/api/v1/conversations/1/notes",
        data=body.encode("latin-1"),
        content_type="application/json",
        headers={"Authorization": f"Bearer {program.text}"},
    )
    assert response.status_code in {400, 422}, response.content
    assert response["Content-Type"] == "application/problem+json"


def test_a_body_that_is_too_large_is_refused(program: Program) -> None:
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000):
        response = program.call("POST", "/conversations/1/notes", {"text": "x" * 1001})
    assert (response.status_code, json.loads(response.content)["code"]) == (413, "too-large")


def test_every_wrong_field_is_named(program: Program) -> None:
    response = program.call("PUT", "/conversations/1/snooze", {"until": "tomorrow"})
    told = json.loads(response.content)
    assert (told["status"], told["code"]) == (422, "invalid")
    assert [one["where"] for one in told["errors"]] == ["body.until"]


def test_a_field_that_nobody_knows_stops_a_letter(program: Program) -> None:
    said = len(program.get("/conversations/1/messages")["items"])
    response = program.call("POST", "/conversations/1/replies", {"text": "Later.", "send_on": "2030-01-01"})
    assert [one["where"] for one in json.loads(response.content)["errors"]] == ["body.send_on"]
    assert len(program.get("/conversations/1/messages")["items"]) == said


def test_every_body_refuses_what_it_does_not_know() -> None:
    shapes = TOLD["components"]["schemas"]
    todo = [
        name
        for path in TOLD["paths"].values()
        for operation in path.values()
        for name in _pointed_at(operation.get("requestBody"))
    ]
    walked: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in walked:
            walked.add(name)
            todo += _pointed_at(shapes[name])
    lax = {name for name in walked if shapes[name].get("additionalProperties", "properties" in shapes[name])}
    assert len(walked) > 50
    assert not lax


def _pointed_at(shape: Any) -> list[str]:
    if isinstance(shape, dict):
        own = [shape["$ref"].rpartition("/")[2]] if "$ref" in shape else []
        return own + [name for part in shape.values() for name in _pointed_at(part)]
    return [name for part in shape for name in _pointed_at(part)] if isinstance(shape, list) else []


def test_an_answer_waits_to_leave_and_stands_in_the_conversation(firm: Firm, program: Program) -> None:
    sent = {"text": "We call the gate.", "then": "close"}
    response = program.call("POST", "/conversations/1/replies", sent)
    told = json.loads(response.content)
    assert (response.status_code, told["state"], told["direction"]) == (201, "held", "out")
    assert told["to"] == [{"name": "Ada Customer", "email": "ada@customer.example"}]
    assert told["subject"] == "Re: Gate code"
    assert program.get("/conversations/1")["status"] == "closed"
    assert [one["id"] for one in program.get("/conversations/1/messages")["items"]] == [
        str(firm.message.pk),
        told["id"],
    ]
    assert program.call("POST", f"/messages/{told['id']}/recall").status_code == 204
    assert program.get("/conversations/1")["status"] == "open"


def test_what_waits_for_another_try_is_given_up_and_tried_again(firm: Firm, program: Program) -> None:
    told = json.loads(program.call("POST", "/conversations/1/replies", {"text": "We call."}).content)
    with tenancy.entered(firm.workspace.pk):
        message = Message.objects.of(firm.workspace).get(pk=told["id"])
        outgoing = Outgoing.objects.of(firm.workspace).get(message=message)
        outgoing.recipients = {"ada@customer.example": {"state": "waiting"}}
        outgoing.save()
        sending.turn(message, Message.State.DELAYED, by=None, because="the server is busy")
    given_up = program.call("POST", f"/messages/{told['id']}/give-up")
    assert (given_up.status_code, json.loads(given_up.content)["state"]) == (200, "failed")
    assert program.call("POST", f"/messages/{told['id']}/give-up").status_code == 409
    assert json.loads(program.call("POST", f"/messages/{told['id']}/retry").content)["state"] == "queued"


@pytest.mark.parametrize("where", ["replies", "notes"])
def test_files_go_along(program: Program, where: str) -> None:
    plan = {"filename": "../gate plan.txt", "content": base64.b64encode(b"left, then right").decode()}
    made = program.call("POST", f"/conversations/1/{where}", {"text": "See it.", "files": [plan]})
    assert made.status_code == 201
    [file] = json.loads(made.content)["files"]
    assert (file["filename"], file["content_type"]) == ("gate plan.txt", "text/plain")
    assert program.call("GET", f"/files/{file['id']}").content == b"left, then right"


def test_files_beyond_the_limit_are_refused(program: Program) -> None:
    plan = {"filename": "plan.txt", "content": base64.b64encode(b"left, then right").decode()}
    with override_settings(UPLOAD_LIMIT=10):
        told = program.call("POST", "/conversations/1/replies", {"text": "See it.", "files": [plan]})
    assert (told.status_code, json.loads(told.content)["code"]) == (422, "too-large")
    assert program.get("/conversations/1/messages")["items"][0]["files"] == []


def test_an_answer_is_refused_when_something_newer_is_there(firm: Firm, program: Program) -> None:
    known = {"text": "We call the gate.", "seen": str(firm.message.pk)}
    cast.arrives(firm.inbox, cast.a_mail("It works now.", answers=firm.message.message_id))
    cast.all_read(firm.workspace)
    response = program.call("POST", "/conversations/1/replies", known)
    told = json.loads(response.content)
    assert (response.status_code, told["code"]) == (409, "something-new")
    again = program.call("POST", "/conversations/1/replies", {**known, "seen": told["newest"]})
    assert again.status_code == 201


def test_what_the_agent_is_writing_at_the_desk_is_not_written_over(firm: Firm, program: Program) -> None:
    with tenancy.entered(firm.workspace.pk):
        Draft.objects.create(
            workspace=firm.workspace,
            agent=program.agent,
            conversation=firm.conversation,
            inbox=firm.inbox,
            text="Dear Ada",
        )
    response = program.call("POST", "/conversations/1/replies", {"text": "Hello"})
    assert (response.status_code, json.loads(response.content)["code"]) == (409, "draft-there")
    assert program.call("POST", "/conversations/1/notes", {"text": "Hello"}).status_code == 201


def test_a_refused_call_changes_nothing(firm: Firm, program: Program) -> None:
    wrong = {"text": "Hello", "to": [{"email": "no address"}]}
    assert program.call("POST", "/conversations/1/replies", wrong).status_code == 422
    with tenancy.entered(firm.workspace.pk):
        assert not Draft.objects.of(firm.workspace).exists()


def test_a_deed_can_be_taken_back(firm: Firm, program: Program) -> None:
    with tenancy.entered(firm.workspace.pk):
        team = Team.objects.create(workspace=firm.workspace, name="Depot")
    done = json.loads(program.call("PUT", "/conversations/1/team", {"team": str(team.pk)}).content)
    assert done["conversation"]["team"]["name"] == "Depot"
    restored = program.call("PUT", f"/undos/{done['undo']}/undoing")
    assert json.loads(restored.content) == {"count": 1}
    assert program.get("/conversations/1")["team"] is None
    nothing = json.loads(program.call("PUT", "/conversations/1/team", {"team": None}).content)
    assert nothing["undo"] is None


def test_pages_follow_one_another(firm: Firm, program: Program) -> None:
    for subject in ("One", "Two"):
        cast.arrives(firm.inbox, cast.a_mail(subject=subject))
    cast.all_read(firm.workspace)
    seen, path = [], "/conversations?limit=1"
    while path:
        page = program.get(path)
        seen += [one["subject"] for one in page["items"]]
        path = page["next"] and f"/conversations?limit=1&cursor={page['next']}"
    assert sorted(seen) == ["Gate code", "One", "Two"]


@pytest.mark.parametrize("cursor", ["x", "WzEsMl0", "e30", "é", "bnVsbA"])
def test_a_cursor_that_nobody_gave_is_refused(program: Program, cursor: str) -> None:
    for path in ("/conversations?", "/inboxes?", "/search?q=gate&"):
        response = program.call("GET", f"{path}cursor={cursor}")
        assert (response.status_code, json.loads(response.content)["code"]) == (400, "bad-cursor")


def test_a_list_is_narrowed_as_on_the_desk(firm: Firm, program: Program) -> None:
    program.call("PUT", "/conversations/1/labels", {"labels": ["gate"]})
    for query, found in (
        ("label=gate&is_unowned=true&words=crew", 1),
        ("label=other", 0),
        ("place=closed", 0),
        ("place=mine", 0),
        ("is_unread=true&since=2001-01-01T00:00:00Z", 1),
        ("has_attachment=true", 0),
    ):
        assert len(program.get(f"/conversations?{query}")["items"]) == found, query
    assert program.call("GET", "/conversations?order=waking").status_code == 422


def test_the_file_and_the_raw_mail_come_back_as_they_were(firm: Firm, program: Program) -> None:
    mail = (
        b"From: Ada <ada@customer.example>\r\nTo: support@firm.example\r\nSubject: List\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nSee the list.\r\n"
        b'--x\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename="gates.html"\r\n\r\n'
        b"<script>1</script>\r\n--x--\r\n"
    )
    delivery = cast.arrives(firm.inbox, mail)
    cast.all_read(firm.workspace)
    told = program.get(f"/deliveries/{delivery}")
    [file] = program.get(f"/messages/{told['message']}")["files"]
    response = program.call("GET", f"/files/{file['id']}")
    assert response.content.strip() == b"<script>1</script>"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="gates.html"'
    assert program.call("GET", f"/deliveries/{delivery}/raw").content == mail


def test_a_customer_is_found_by_letters_and_by_address(firm: Firm, program: Program) -> None:
    for query in ("q=ada", "email=ADA@customer.example"):
        [found] = program.get(f"/contacts?{query}")["items"]
        assert [one["value"] for one in found["identities"]] == ["ada@customer.example"]
    assert program.get("/contacts?email=nobody@customer.example")["items"] == []


def test_search_marks_what_was_found_and_says_what_it_left_out(program: Program) -> None:
    told = program.get("/search?q=ORD-9704+is:purple")
    assert "⟦ORD-9704382⟧" in told["items"][0]["snippet"]
    assert len(told["not_understood"]) == 1


def test_a_write_under_a_key_is_done_once(firm: Firm, program: Program) -> None:
    note = {"text": "The code is 4711."}
    first = program.call("POST", "/conversations/1/notes", note, **{"Idempotency-Key": "k-1"})
    again = program.call("POST", "/conversations/1/notes", note, **{"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code, again["Idempotency-Replayed"]) == (201, 201, "true")
    assert again.content == first.content
    other = program.call("POST", "/conversations/1/notes", {"text": "4712"}, **{"Idempotency-Key": "k-1"})
    assert (other.status_code, json.loads(other.content)["code"]) == (422, "key-reused")
    with tenancy.entered(firm.workspace.pk):
        assert Message.objects.of(firm.workspace).filter(direction="note").count() == 1
    with clock.stopped_at(clock.now() + timedelta(hours=23, minutes=59)):
        late = program.call("POST", "/conversations/1/notes", note, **{"Idempotency-Key": "k-1"})
        assert late["Idempotency-Replayed"] == "true"


def test_a_write_whose_first_call_still_runs_is_refused(firm: Firm, program: Program) -> None:
    with tenancy.entered(firm.workspace.pk):
        token = ApiToken.objects.of(firm.workspace).get(agent=program.agent)
    with as_application() as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{token.pk} k-1"])
        response = program.call("POST", "/conversations/1/notes", {"text": "x"}, **{"Idempotency-Key": "k-1"})
    assert (response.status_code, json.loads(response.content)["code"]) == (409, "still-running")


def test_a_refused_write_may_be_tried_again_under_its_key(program: Program) -> None:
    key = {"Idempotency-Key": "k-1"}
    assert program.call("POST", "/conversations/9/notes", {"text": "x"}, **key).status_code == 404
    assert program.call("POST", "/conversations/1/notes", {"text": "x"}, **key).status_code == 201
    long = {"Idempotency-Key": "k" * 201}
    assert program.call("POST", "/conversations/1/notes", {"text": "x"}, **long).status_code == 422
