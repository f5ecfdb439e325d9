"""A connection is tried step by step, and everybody may read how far it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from tests import cast
from tests.interfaces.gateways import dovecot
from tests.interfaces.gateways.dovecot import PASSWORD, Dovecot
from threadwell.flow import trying
from threadwell.flow.trying import Tried
from threadwell.kit import tenancy
from threadwell.record.inboxes.models import Inbox

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not Path(dovecot.PROGRAM).exists(), reason="Dovecot is not installed"),
]


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with dovecot.running() as server:
        yield server


def tried(inbox: Inbox) -> Tried:
    trying.try_connection(workspace_id=str(inbox.workspace_id), inbox_id=str(inbox.pk), language="en")
    found = trying.last_of(inbox)
    assert found is not None
    return found


def test_both_ways_are_tried_and_each_step_is_told(db: None, server: Dovecot) -> None:
    cache.clear()
    way = {"kind": "imap", "host": "127.0.0.1", "port": server.plain, "tls": "none", "user": "ada"}
    sending: dict[str, Any] = {"host": "127.0.0.1", "port": 1, "tls": "none"}
    inbox = cast.an_inbox(cast.a_workspace(), settings={"planned": way, "outgoing": sending})
    with tenancy.entered(inbox.workspace_id):
        inbox.secrets = {"incoming_password": PASSWORD}
        inbox.save()
    assert trying.last_of(inbox) is None
    found = tried(inbox)
    assert [(part.name, part.is_good) for part in found.parts] == [("Receiving", True), ("Sending", False)]
    assert found.is_over
    assert not found.is_good
    assert not found.is_running
    with tenancy.entered(inbox.workspace_id):
        inbox.settings = {"planned": way}
        inbox.save()
    assert tried(inbox).is_good


def test_a_permission_that_is_missing_is_told_as_a_step(db: None) -> None:
    cache.clear()
    way = {"kind": "imap", "host": "127.0.0.1", "auth": "oauth", "user": "ada"}
    inbox = cast.an_inbox(cast.a_workspace(), settings={"incoming": way})
    [part] = tried(inbox).parts
    assert [(step.name, step.is_good) for step in part.steps] == [("Permission", False)]
    assert "not connected yet" in part.steps[0].what
