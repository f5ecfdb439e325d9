"""What tests of pages lean on: seats at a workspace, and browsers that are signed in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from tests import cast
from threadwell.interfaces.web import urls
from threadwell.interfaces.web.entrance import allowed
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Conversation, Counter
from threadwell.record.workplace.models import Agent, Workspace
from threadwell.record.workplace.roles import May, Role

type Seat = Callable[..., Agent]
type Browser = Callable[[Agent], Client]
type Talk = Callable[..., Conversation]

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@allowed(May.READ)
def blank(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


# The frame of all pages links to these; those that are not built yet are blank here.
_built = {getattr(pattern, "name", "") for pattern in urls.inside}
urls.inside += [path(f"{name}/", blank, name=name) for name in ("search", "live") if name not in _built]
urls.inside += [
    path(f"{name}/<str:one>/", blank, name=name)
    for name in ("answers", "draft", "history", "notes", "presence", "uploads")
    if name not in _built
]


@pytest.fixture
def firm(db: None) -> Workspace:
    return cast.a_workspace()


@pytest.fixture
def seat(firm: Workspace) -> Seat:
    def made(role: Role = Role.AGENT, *, name: str = "Bo", workspace: Workspace | None = None) -> Agent:
        return cast.an_agent(workspace or firm, name=name, role=role)

    return made


@pytest.fixture
def browser() -> Browser:
    """A browser in which this agent is signed in."""

    def opened(agent: Agent) -> Client:
        client = Client()
        client.force_login(agent.user)
        return client

    return opened


@pytest.fixture
def talk(firm: Workspace) -> Talk:
    """A conversation of the firm, whose customer waits since some minutes before NOW."""
    inbox = cast.an_inbox(firm)

    def made(subject: str = "Gate code", *, minutes: int = 0, **facts: Any) -> Conversation:
        at = NOW - timedelta(minutes=minutes)
        known = {"inbox": inbox, "waiting_since": at, "last_message_at": at, "message_count": 1, **facts}
        with tenancy.entered(firm.pk):
            [number] = Counter.reserve(firm.pk, "conversation")
            return Conversation.objects.create(workspace=firm, number=number, subject=subject, **known)

    return made
