"""Signing in with a provider's tokens, against a provider of our own that follows the published protocol."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, override
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from threadwell.channels.email import oauth
from threadwell.kit import clock, tenancy
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import Workspace

HOME = "https://desk.example/oauth/"


class Provider(ThreadingHTTPServer):
    """Hands out tokens that rotate; a used refresh token is worth nothing."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.challenge = ""
        self.good_refresh = ""
        self.given = 0
        self.status = 200
        self.error = ""

    @property
    def token_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/token"

    def told(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.error:
            return self.status, {"error": self.error}
        if form["grant_type"] == "authorization_code":
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.challenge:
                return 400, {"error": "invalid_grant"}
        elif form["refresh_token"] != self.good_refresh:
            return 400, {"error": "invalid_grant"}
        self.given += 1
        self.good_refresh = f"refresh-{self.given}"
        return 200, {
            "access_token": f"access-{self.given}",
            "expires_in": 3600,
            "refresh_token": self.good_refresh,
            "refresh_token_expires_in": 5 * 86400,
        }


class Answer(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        status, facts = self.server.told(form)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(facts).encode())

    @override
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def inbox(transactional_db: None, provider: Provider) -> Inbox:
    workspace = Workspace.objects.create(name="Firm", slug="firm")
    with tenancy.entered(workspace.pk):
        return Inbox.objects.create(
            workspace=workspace,
            name="Help",
            address="help@firm.example",
            settings={"oauth": {"provider": "google", "client_id": "us", "token_url": provider.token_url}},
        )


def connected(inbox: Inbox, provider: Provider) -> None:
    begun = oauth.begin(inbox, redirect_uri=HOME)
    asked = parse_qs(urlsplit(begun.url).query)
    provider.challenge = asked["code_challenge"][0]
    with tenancy.entered(inbox.workspace_id):
        oauth.complete(inbox, code="code", verifier=begun.verifier, redirect_uri=HOME)


def test_the_way_to_the_provider_says_all_that_it_needs(inbox: Inbox) -> None:
    begun = oauth.begin(inbox, redirect_uri=HOME)
    asked = parse_qs(urlsplit(begun.url).query)
    assert begun.url.startswith("https://accounts.google.com/")
    assert asked["redirect_uri"] == [HOME]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["access_type"] == ["offline"]
    assert asked["login_hint"] == ["help@firm.example"]
    assert oauth.inbox_in(asked["state"][0]) == (inbox.workspace_id, inbox.pk)


@pytest.mark.parametrize("state", ["", "forged:state", "eyJ3b3Jrc3BhY2UiOiAiIn0:1abc:xyz"])
def test_a_forged_way_back_is_refused(state: str) -> None:
    with pytest.raises(oauth.Refused):
        oauth.inbox_in(state)


def test_tokens_are_kept_sealed_and_used_until_they_run_out(inbox: Inbox, provider: Provider) -> None:
    connected(inbox, provider)
    assert b"refresh-1" not in bytes(inbox.sealed_secrets)
    assert oauth.access_token(inbox) == "access-1"
    assert provider.given == 1
    assert inbox.credentials_expire_at is not None


def test_a_rotated_refresh_token_replaces_the_old_one(inbox: Inbox, provider: Provider) -> None:
    connected(inbox, provider)
    for number in (2, 3):
        with clock.stopped_at(clock.now() + timedelta(hours=number)):
            assert oauth.access_token(inbox) == f"access-{number}"
    with tenancy.entered(inbox.workspace_id):
        held = Inbox.objects.of(inbox.workspace_id).get()
    assert held.secrets["refresh_token"] == "refresh-3"


def test_a_permission_taken_back_asks_a_person_to_reconnect(inbox: Inbox, provider: Provider) -> None:
    connected(inbox, provider)
    provider.good_refresh = "taken back"
    with clock.stopped_at(clock.now() + timedelta(hours=2)), pytest.raises(oauth.Refused) as refused:
        oauth.access_token(inbox)
    assert "Reconnect" in str(refused.value.sentence)


@pytest.mark.parametrize(
    ("status", "error"), [(503, "down"), (429, "slow"), (200, "temporarily_unavailable")]
)
def test_a_provider_that_is_down_is_asked_again(
    inbox: Inbox, provider: Provider, status: int, error: str
) -> None:
    connected(inbox, provider)
    provider.status, provider.error = status, error
    with clock.stopped_at(clock.now() + timedelta(hours=2)), pytest.raises(oauth.Unreachable):
        oauth.access_token(inbox)


def test_a_wrong_verifier_brings_no_tokens(inbox: Inbox, provider: Provider) -> None:
    oauth.begin(inbox, redirect_uri=HOME)
    with pytest.raises(oauth.Refused):
        oauth.complete(inbox, code="code", verifier="guessed", redirect_uri=HOME)
    assert inbox.secrets == {}
