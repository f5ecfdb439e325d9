"""Whoever may not see a customer finds them nowhere: not on any page, not in any answer of the API.

Somebody who may do nearly everything here, but stands outside one restriction, walks every address with the
keys of what is behind it. A word that stands in everything of the restricted customer must never come back.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests import cast
from tests.house.test_entrance import INSIDE
from tests.interfaces.api.conftest import a_program
from threadwell.flow import restricting
from threadwell.flow.restricting import Behind
from threadwell.interfaces.api import described
from threadwell.interfaces.api import urls as api_urls
from threadwell.interfaces.web import entrance
from threadwell.interfaces.web.export_rows import TABLES
from threadwell.kit import blobs, clock, tenancy
from threadwell.kit.tenancy import Owned
from threadwell.record.commitments.models import Decision, Promise, StructuredNote, Talk, Task
from threadwell.record.conversations.models import Attachment, Conversation, Draft, Mention, Message, Viewing
from threadwell.record.inboxes.models import Delivery, Inbox
from threadwell.record.journal.models import AuditEntry, Event
from threadwell.record.notices.models import Notice
from threadwell.record.people.models import (
    Alert,
    Contact,
    Identity,
    Membership,
    Merge,
    MergeProposal,
    Organisation,
    Preference,
    Statement,
)
from threadwell.record.sight import walls
from threadwell.record.work.models import WorkItem, WorkItemType, WorkLink, WorkRelation, WorkStatus
from threadwell.record.workplace.models import Agent, Workspace
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db

SECRET = "Zyxquill"
FOUND = SECRET.lower().encode()
QUERIES = ("", "?q=zyxq", "?q=vera&text=zyxq&words=zyxq", "?name=zyxq&contact=vera&organisation=zyxq&to=vera")
STATUSES = {200, 204, 302, 303, 400, 403, 404, 405, 409, 422}


@dataclass(frozen=True, kw_only=True)
class House:
    """A workspace with a restricted customer, and Bo, who may all but see them."""

    workspace: Workspace
    inbox: Inbox
    bo: Agent
    olga: Agent
    keys: dict[str, Any]
    number: int


@pytest.fixture
def house(db: None, tmp_path: Any, settings: Any) -> House:
    workspace = cast.a_workspace()
    bo = cast.an_agent(workspace, name="Bo", role=Role.ADMIN)
    olga = cast.an_agent(workspace, name="Olga", role=Role.OWNER)
    inbox = cast.an_inbox(workspace)
    sender = f"Vera {SECRET} <vera@zyxquill.example>"
    cast.arrives(inbox, cast.a_mail(f"{SECRET} asks.", sender=sender, subject=f"{SECRET} matter"))
    cast.arrives(inbox, cast.a_mail("Harmless."))
    cast.all_read(workspace)
    with tenancy.entered(workspace.pk):
        keys = _everything(workspace, bo, olga)
        talk = Conversation.objects.of(workspace).get(pk=keys["conversation_id"])
        restricting.restrict(
            "Board matters",
            "Only the board deals with this customer.",
            behind=[Behind(kind="organisation", key=keys["organisation_id"])],
            inside=[],
            by=olga,
        )
    workspace.refresh_from_db()
    return House(workspace=workspace, inbox=inbox, bo=bo, olga=olga, keys=keys, number=talk.number)


def _everything(workspace: Workspace, bo: Agent, olga: Agent) -> dict[str, Any]:
    """A row of every kind about the customer, with the word in it; their keys by the names in addresses."""

    def made[M: Owned](kind: type[M], /, **facts: Any) -> M:
        row: M = kind.objects.create(workspace=workspace, **facts)
        return row

    message = Message.objects.of(workspace).select_related("conversation").get(subject__contains=SECRET)
    harmless = Message.objects.of(workspace).exclude(pk=message.pk).get()
    talk, contact, now = message.conversation, message.conversation.contact, clock.now()
    firm = made(Organisation, name=f"{SECRET} AG", domains=["zyxquill.example"])
    Contact.objects.of(workspace).filter(pk=contact.pk).update(organisation=firm, name=f"Vera {SECRET}")
    Conversation.objects.of(workspace).filter(pk=talk.pk).update(organisation=firm, owner=olga)
    twin = made(Contact, name=f"V. {SECRET}", organisation=firm)
    whose = {"contact": contact, "organisation": firm, "conversation": talk}
    task = made(Task, title=f"Call {SECRET}", owner=bo, due_at=now, zone="UTC", **whose)
    promise = made(Promise, text=f"{SECRET} gets it", agent=bo, due_at=now, zone="UTC", side="us", **whose)
    decision = made(Decision, text=f"{SECRET} pays", agent=bo, decided_at=now, side="us", **whose)
    kind = WorkItemType.objects.of(workspace).first() or made(WorkItemType, name="Order", key="order")
    status = WorkStatus.objects.of(workspace).filter(type=kind).first() or made(
        WorkStatus, type=kind, name="Placed", key="placed", position=1, category="open"
    )
    item, other = (
        made(WorkItem, type=kind, number=number, title=title, status=status, **facts)
        for number, title, facts in (
            ("W-901", f"Order of {SECRET}", {"contact": contact, "organisation": firm, "owner": bo}),
            ("W-902", "Harmless order", {"owner": bo}),
        )
    )
    relation = made(WorkRelation, kind="blocks", item=item, other=other)
    made(WorkLink, item=item, conversation=talk, by=bo)
    made(WorkLink, item=other, conversation=talk, by=bo)
    note = made(
        Message, conversation=talk, direction="note", channel="note", agent=olga, text=f"@Bo {SECRET}", at=now
    )
    made(Mention, message=note, conversation=talk, agent=bo)
    made(Notice, agent=bo, kind="reminder", key=SECRET, conversation=talk, facts={"text": f"{SECRET} waits"})
    made(Draft, agent=bo, conversation=talk, kind="reply", subject=SECRET, text=SECRET, html=SECRET)
    made(Viewing, agent=olga, conversation=talk, tab="1")
    sha = blobs.keep(workspace.pk, SECRET.encode())
    file = made(
        Attachment, message=message, filename=f"{SECRET}.txt", content_type="text/plain", size=8, sha256=sha
    )
    spoken = made(Message, conversation=talk, direction="in", channel="phone", text=SECRET, at=now)
    made(Talk, message=spoken, kind="call", minutes=3, place=SECRET)
    made(StructuredNote, message=spoken, discussed=SECRET, decided=SECRET, next_step=SECRET)
    membership = made(Membership, contact=contact, organisation=firm, title=SECRET, since="2026-01-01")
    alert = made(
        Alert, kind="sponsor_changed", organisation=firm, contact=contact, facts={"name": SECRET}, owner=bo
    )
    statement = made(Statement, contact=contact, field="name", value=SECRET, source="agent", by=olga)
    made(Preference, contact=contact, kind="channel", value="email", evidence=[{"name": SECRET}])
    proposal = made(
        MergeProposal,
        kind="contact",
        first=min(contact.pk, twin.pk),
        second=max(contact.pk, twin.pk),
        score=0.9,
        evidence=[],
    )
    merge = made(
        Merge,
        kind="contact",
        survivor=contact.pk,
        absorbed=twin.pk,
        absorbed_name=SECRET,
        batch=twin.pk,
        by=bo,
    )
    event = made(Event, name="conversation.assigned", about=talk.pk, by=bo, facts={"owner_name": SECRET})
    identity = Identity.objects.of(workspace).get(contact=contact)
    assert harmless.conversation_id != talk.pk
    return {
        "conversation_id": talk.pk,
        "message_id": message.pk,
        "contact_id": contact.pk,
        "organisation_id": firm.pk,
        "task_id": task.pk,
        "promise_id": promise.pk,
        "decision_id": decision.pk,
        "item_id": item.pk,
        "work_item_id": item.pk,
        "relation_id": relation.pk,
        "attachment_id": file.pk,
        "file_id": file.pk,
        "delivery_id": message.delivery_id,
        "membership_id": membership.pk,
        "alert_id": alert.pk,
        "statement_id": statement.pk,
        "proposal_id": proposal.pk,
        "merge_id": merge.pk,
        "event_id": event.pk,
        "identity_id": identity.pk,
        "inbox_id": Delivery.objects.of(workspace).get(pk=message.delivery_id).inbox_id,
    }


def addresses(house: House, method: str) -> Iterator[str]:
    """Every page, with the keys of what is behind the wall."""
    texts = {
        "key": ("open", "mine", "unassigned", "mentions", "drafts", "name", "organisation"),
        "kind": ("contact", "organisation", "contacts", "organisations"),
        "what": tuple(TABLES),
        "form": ("csv", "xlsx", "vcf", "json"),
        "name": ("name",),
        "about": ("contact", "organisation"),
        "filename": (f"{SECRET}.txt",),
        "workspace": (house.workspace.slug,),
        "token": ("x",),
    }
    for address, pattern in INSIDE:
        if method not in entrance.needs_of(pattern.callback) or address.startswith("live/"):
            continue
        given: dict[str, tuple[Any, ...]] = {}
        for name in pattern.pattern.converters:
            known = house.keys.get(name, house.keys["message_id"])
            given[name] = texts.get(name) or ((house.number,) if name == "number" else (known,))
        for values in product(*given.values()):
            filled = address
            for value in values:
                before, _angle, rest = filled.partition("<")
                filled = before + str(value) + rest.partition(">")[2]
            yield f"/w/{house.workspace.slug}/{filled}"


def content_of(response: Any) -> bytes:
    whole: bytes = b"".join(response.streaming_content) if response.streaming else response.content
    if whole.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(whole)) as packed:
            return b"".join(packed.read(name) for name in packed.namelist())
    return whole


def says_it(response: Any, address: str) -> bool:
    said = content_of(response).lower().replace(address.lower().encode(), b"")
    return FOUND in said.replace(b"zyxquill.txt", b"") if "attachments" in address else FOUND in said


def signed_in(agent: Agent) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(agent.user)
    return client


def test_no_page_shows_a_customer_behind_a_wall(house: House) -> None:
    client = signed_in(house.bo)
    leaks, odd, seen = [], [], 0
    for address in addresses(house, "GET"):
        has_keys = any(str(key) in address for key in (*house.keys.values(), house.number))
        asked = [("", False), *((query, True) for query in QUERIES[:1] if has_keys)]
        asked += [] if has_keys else [(query, True) for query in QUERIES[1:]]
        for query, partial in asked:
            response = client.get(address + query, headers={"HX-Request": "true"} if partial else {})
            seen += 1
            if says_it(response, address):
                leaks.append((address + query, partial))
            if response.status_code not in STATUSES:
                odd.append(address + query)
    # What breaks for the owner too is no matter of walls.
    owner = signed_in(house.olga)
    odd = [address for address in odd if owner.get(address).status_code in STATUSES]
    assert (leaks, odd) == ([], [])
    assert seen > 300


def test_the_walk_would_notice(house: House) -> None:
    client = signed_in(house.olga)
    leaks = {address for address in addresses(house, "GET") if says_it(client.get(address), address)}
    assert len(leaks) > 30


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_no_page_changes_a_customer_behind_a_wall(house: House, method: str) -> None:
    client = signed_in(house.bo)
    behind = {str(key) for name, key in house.keys.items() if name != "inbox_id"}
    done = []
    for address in addresses(house, method):
        if not any(key in address for key in behind) and f"conversations/{house.number}/" not in address:
            continue
        given = {"_method": method, "organisation": str(house.keys["organisation_id"])}
        response = client.post(address, given, headers={"HX-Request": "true"})
        if says_it(response, address) or response.status_code not in STATUSES - {200, 204, 302, 303}:
            done.append((address, response.status_code))
    assert done == []


def test_no_operation_answers_with_a_customer_behind_a_wall(house: House) -> None:
    program = a_program(house.workspace)
    keys = {**house.keys, "number": house.number}
    leaks, odd = [], []
    for path, methods in described.openapi(api_urls.api)["paths"].items():
        names = [part.partition("}")[0] for part in path.split("{")[1:]]
        filled = {name: keys.get(name, keys["message_id"]) for name in names}
        address = path.removeprefix("/api/v1").format(**filled)
        for query in QUERIES if "get" in methods and not names else ("",):
            response = program.call("GET", address + query)
            if FOUND in response.content.lower():
                leaks.append((address + query, response.content))
            if response.status_code not in STATUSES:
                odd.append((address + query, response.status_code))
    assert (leaks, odd) == ([], [])


def test_a_wall_says_why_it_stands_and_whom_to_ask(house: House) -> None:
    response = signed_in(house.bo).get(f"/w/{house.workspace.slug}/conversations/{house.number}/")
    page = response.content.decode()
    assert response.status_code == 403
    assert "Only the board deals with this customer." in page
    assert "Olga" in page
    problem = a_program(house.workspace).call("GET", f"/conversations/{house.number}")
    told = json.loads(problem.content)
    assert (problem.status_code, told["code"]) == (403, "restricted")
    assert told["restrictions"][0]["name"] == "Board matters"
    assert told["restrictions"][0]["ask"][0] == "Olga"


def test_who_looks_behind_a_wall_is_written_down_and_nobody_can_change_it(house: House) -> None:
    slug, number = house.workspace.slug, house.number
    signed_in(house.bo).get(f"/w/{slug}/conversations/{number}/")
    signed_in(house.olga).get(f"/w/{slug}/conversations/{number}/")
    with tenancy.entered(house.workspace.pk):
        rows = (
            AuditEntry.objects.of(house.workspace).filter(about=house.keys["conversation_id"]).order_by("pk")
        )
        assert [(one.by_name, one.deed, one.place) for one in rows] == [
            ("Bo", "refused", f"/w/{slug}/conversations/{number}/"),
            ("Olga", "saw", f"/w/{slug}/conversations/{number}/"),
        ]
    for change in ("UPDATE journal_auditentry SET by_name = 'Nobody'", "DELETE FROM journal_auditentry"):
        with (
            pytest.raises(Exception, match="permission denied"),
            tenancy.entered(house.workspace.pk),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)


def test_every_table_that_leads_to_a_customer_stands_behind_the_walls() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_policies WHERE policyname = %s"
            " AND (qual LIKE '%%threadwell.blind%%' OR qual LIKE '%%hidden_fields%%')",
            [walls.POLICY],
        )
        drawn = {table for (table,) in cursor.fetchall()}
    assert drawn == {table for table, condition in walls.conditions() if condition}
    assert {"conversations_conversation", "conversations_message", "people_contact", "journal_event"} <= drawn


def test_where_nothing_is_restricted_a_page_asks_nothing_more(house: House) -> None:
    Workspace.objects.filter(pk=house.workspace.pk).update(is_restricted=False)
    client = signed_in(house.olga)
    address = f"/w/{house.workspace.slug}/desk/open/"
    client.get(address)
    with _asked() as queries:
        client.get(address)
    assert not [one for one in queries if "sight_" in one or "threadwell_walls" in one or "blind" in one]


class _asked:
    def __enter__(self) -> list[str]:
        self.queries: list[str] = []
        self.held = connection.execute_wrapper(self._note)
        self.held.__enter__()
        return self.queries

    def __exit__(self, *error: Any) -> None:
        self.held.__exit__(*error)

    def _note(self, execute: Any, sql: Any, *rest: Any) -> Any:
        self.queries.append(str(sql))
        return execute(sql, *rest)
