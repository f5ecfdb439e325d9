"""What tests of the API lean on: a firm with a conversation, and programs that hold its tokens."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests import cast
from threadwell.kit import clock, tenancy
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import Agent, ApiToken, Workspace
from threadwell.record.workplace.roles import SCOPES, Role


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program with a token."""

    text: str
    agent: Agent
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        sent = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        headers = {"Authorization": f"Bearer {self.text}", **headers}
        return self.client.generic(method, f"/api/v1{path}", headers=headers, **sent)

    def get(self, path: str) -> Any:
        response = self.call("GET", path)
        assert response.status_code == 200, response.content
        return json.loads(response.content)


type MakesProgram = Callable[..., Program]


@dataclass(frozen=True, kw_only=True)
class Firm:
    """A workspace with one conversation, in which Ada waits for an answer."""

    workspace: Workspace
    inbox: Inbox
    conversation: Conversation
    message: Message


def a_firm() -> Firm:
    workspace = cast.a_workspace()
    inbox = cast.an_inbox(workspace)
    cast.arrives(inbox, cast.a_mail("The crew was turned away at the gate, order ORD-9704382."))
    cast.all_read(workspace)
    with tenancy.entered(workspace.pk):
        message = Message.objects.of(workspace).select_related("conversation").get()
    return Firm(workspace=workspace, inbox=inbox, conversation=message.conversation, message=message)


def a_program(
    workspace: Workspace, *, role: Role = Role.ADMIN, scopes: list[str] | None = None, **facts: Any
) -> Program:
    agent = cast.an_agent(workspace, role=role)
    with tenancy.entered(workspace.pk):
        token, text = ApiToken.issue(
            agent,
            name="robot",
            scopes=[str(one) for one in SCOPES] if scopes is None else scopes,
            expires_at=clock.now() + timedelta(days=1),
        )
        ApiToken.objects.of(workspace).filter(pk=token.pk).update(**facts or {"name": "robot"})
    return Program(text=text, agent=agent)


@pytest.fixture
def firm(db: None) -> Firm:
    return a_firm()


@pytest.fixture
def program(firm: Firm) -> Program:
    return a_program(firm.workspace)
