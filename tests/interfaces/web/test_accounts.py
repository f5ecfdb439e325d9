"""Signing in and what belongs to it: django-allauth's pages in our look, under our content policy."""

import re
from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.test import Client

from tests.interfaces.web.conftest import Browser, Seat
from threadwell.interfaces.web.templatetags.threadwell import browser as browser_name
from threadwell.record.workplace.models import Agent, User

PASSWORD = "seven green lorries"
INLINE = re.compile(r'<script(?![^>]*(\bsrc=|nonce=|type="application/json"))|<style|\sstyle=|\son[a-z]+=')
OUTSIDE = ["login/", "password/reset/", "password/reset/done/", "signup/", "inactive/", "logout/"]
INSIDE = [
    "logout/",
    "email/",
    "password/change/",
    "2fa/",
    "2fa/totp/activate/",
    "2fa/webauthn/",
    "2fa/webauthn/add/",
    "2fa/recovery-codes/generate/",
    "sessions/",
    "reauthenticate/",
]


@pytest.fixture(autouse=True)
def nobody_is_throttled(db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def bo(seat: Seat) -> Agent:
    agent = seat()
    agent.user.set_password(PASSWORD)
    agent.user.save()
    return agent


def sign_in(client: Client, agent: Agent, password: str = PASSWORD) -> int:
    given = {"login": agent.user.email.upper(), "password": password}
    return client.post("/accounts/login/", given).status_code


def sign_in_twice(client: Client, agent: Agent) -> None:
    """What changes the sign-in itself asks for the password once more."""
    sign_in(client, agent)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


@pytest.mark.parametrize("page", OUTSIDE)
def test_pages_before_the_sign_in_are_ours_and_clean(page: str) -> None:
    answer = Client().get(f"/accounts/{page}")
    shown = answer.content.decode()
    if answer.status_code == 200:
        assert 'class="plain"' in shown
        assert not INLINE.search(shown)
    else:
        assert answer.status_code == 302


@pytest.mark.parametrize("page", INSIDE)
def test_pages_behind_the_sign_in_are_ours_and_clean(bo: Agent, page: str) -> None:
    client = Client()
    assert client.get(f"/accounts/{page}").status_code == 302
    sign_in_twice(client, bo)
    answer = client.get(f"/accounts/{page}", follow=True)
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert 'class="plain"' in shown
    assert not INLINE.search(shown)
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_the_right_password_opens_and_the_wrong_one_says_so(bo: Agent) -> None:
    client = Client()
    assert sign_in(client, bo, "wrong") == 200
    assert "_auth_user_id" not in client.session
    assert sign_in(client, bo) == 302
    assert client.get("/")["Location"] == f"/w/{bo.workspace.slug}/desk/"


def test_guessing_is_slowed_down(bo: Agent) -> None:
    client = Client()
    for _ in range(6):
        sign_in(client, bo, "wrong")
    assert sign_in(client, bo) == 200
    assert "_auth_user_id" not in client.session


def test_nobody_signs_up() -> None:
    given = {"email": "mallory@example.com", "password1": PASSWORD}
    Client().post("/accounts/signup/", given)
    assert not User.objects.exists()


def test_a_forgotten_password_is_set_anew_by_mail(bo: Agent) -> None:
    client = Client()
    client.post("/accounts/password/reset/", {"email": bo.user.email}, headers={"host": "localhost"})
    client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    [letter] = mail.outbox
    [link] = re.findall(r"http\S+/password/reset/key/\S+", str(letter.body))
    assert link.startswith(settings.PUBLIC_URL)
    form = client.get(link.removeprefix(settings.PUBLIC_URL), follow=True)
    given = {"password1": "eight blue lorries", "password2": "eight blue lorries"}
    client.post(form.request["PATH_INFO"], given)
    assert sign_in(Client(), bo) == 200
    assert sign_in(Client(), bo, "eight blue lorries") == 302


def test_the_second_factor_is_asked_for_and_a_recovery_code_will_do(bo: Agent) -> None:
    client = Client()
    sign_in_twice(client, bo)
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    code = totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code}, follow=True)
    codes = re.findall(r"^[0-9a-z]{4,}-?[0-9a-z]{4,}$", answer.content.decode(), re.MULTILINE)
    assert codes

    second = Client()
    assert sign_in(second, bo) == 302
    assert "_auth_user_id" not in second.session
    assert not INLINE.search(second.get("/accounts/2fa/authenticate/").content.decode())
    assert second.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert second.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == 302
    assert "_auth_user_id" in second.session


def test_a_session_elsewhere_is_ended(bo: Agent, seat: Seat, browser: Browser) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        sign_in(client, bo)
        client.get(f"/w/{bo.workspace.slug}/settings/")
    shown = here.get("/accounts/sessions/").content.decode()
    [address] = re.findall(r"/accounts/sessions/\d+/end/", shown)
    assert browser(seat(name="Mallory")).post(address).status_code == 404
    assert here.get(address).status_code == 405
    here.post(address)
    assert there.get(f"/w/{bo.workspace.slug}/settings/").status_code == 302
    assert here.get(f"/w/{bo.workspace.slug}/settings/").status_code == 200


def test_a_new_address_counts_once_its_link_was_opened(bo: Agent) -> None:
    client = Client()
    sign_in_twice(client, bo)
    before = bo.user.email
    answer = client.post("/accounts/email/", {"email": "bo.new@firm.example", "action_add": ""}, follow=True)
    bo.user.refresh_from_db()
    assert bo.user.email == before
    assert "bo.new@firm.example" in answer.content.decode()
    letter = next(one for one in mail.outbox if one.to == ["bo.new@firm.example"])
    [link] = re.findall(r"http\S+/confirm-email/\S+", str(letter.body))
    assert link.startswith(settings.PUBLIC_URL)
    client.post(link.removeprefix(settings.PUBLIC_URL))
    bo.user.refresh_from_db()
    assert bo.user.email == "bo.new@firm.example"


@pytest.mark.parametrize(
    ("signs", "said"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.5.0", "Another program"),
        ("", "Another program"),
    ],
)
def test_a_browser_is_called_what_people_call_it(signs: str, said: str) -> None:
    assert browser_name(signs) == said
