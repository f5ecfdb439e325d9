"""Forgery, fixed sessions, ways that lead elsewhere, paths and headers that break out: none works."""

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from tests import cast
from tests.interfaces.api.conftest import a_firm, a_program
from tests.security.strangers import House, a_house
from tests.security.test_isolation import STEPS, empty, fillings, told
from threadwell.channels.email import names
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Attachment
from threadwell.record.workplace.models import Agent

pytestmark = pytest.mark.django_db

type Count = Callable[[str, object], None]
WORD = "seven green lorries"


@pytest.fixture
def house(db: None) -> House:
    return a_house(number=5, word="Ours")


@pytest.fixture
def bo(db: None) -> Agent:
    agent = cast.an_agent(cast.a_workspace())
    agent.user.set_password(WORD)
    agent.user.save()
    return agent


def test_no_page_is_changed_by_a_form_of_another_site(house: House, record_property: Count) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(house.owner.user)
    walked, wrong = 0, []
    for step in STEPS:
        if step.method != "GET":
            address = step.at(house.slug, empty(next(iter(fillings(step, house)))))
            answer = client.post(
                address, {"_method": step.method}, headers={"origin": "https://evil.example"}
            )
            walked += 1
            if answer.status_code != 403 or "CSRF" not in answer.content.decode():
                wrong.append((step.method, step.pattern, answer.status_code))
    for address in (
        "/accounts/login/",
        "/accounts/logout/",
        "/accounts/password/change/",
        "/accounts/email/",
    ):
        walked += 1
        if client.post(address, {}, headers={"origin": "https://evil.example"}).status_code != 403:
            wrong.append(("POST", address, 0))
    record_property("forms of another site", walked)
    assert not wrong, told(wrong)


def sign_in(client: Client, agent: Agent, query: str = "") -> Any:
    return client.post(f"/accounts/login/{query}", {"login": agent.user.email, "password": WORD})


def test_a_session_that_was_planted_is_not_taken_up(bo: Agent) -> None:
    client = Client()
    client.get("/accounts/login/")
    client.cookies["threadwell_session"] = "planted0planted0planted0planted0"
    assert sign_in(client, bo).status_code == 302
    assert client.cookies["threadwell_session"].value != "planted0planted0planted0planted0"


def test_signing_in_gives_a_new_session_and_signing_out_ends_it(bo: Agent) -> None:
    client = Client()
    session = client.session
    session["seen"] = 1
    session.save()
    client.cookies["threadwell_session"] = session.session_key
    sign_in(client, bo)
    inside = client.cookies["threadwell_session"].value
    assert inside != session.session_key
    client.post("/accounts/logout/")
    again = Client()
    again.cookies["threadwell_session"] = inside
    assert again.get(f"/w/{bo.workspace.slug}/desk/").status_code == 302


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(bo: Agent) -> None:
    client = Client()
    client.get("/accounts/login/")
    sign_in(client, bo)
    for name in ("threadwell_session", "threadwell_csrf"):
        assert client.cookies[name]["httponly"]
        assert client.cookies[name]["samesite"] == "Lax"


ELSEWHERE = [
    "//evil.example", "https://evil.example", "http:evil.example", "http:///evil.example",
    "///evil.example", "\\\\evil.example", "/\\evil.example", "/\t/evil.example", "/%09/evil.example",
    "//evil.example\\@localhost",
    "https:evil.example", "https://localhost@evil.example", "https://localhost.evil.example",
    "javascript:alert(1)",
    "data:text/html,x", "%2f%2fevil.example", "/%2f/evil.example", "https://evil.example/..;/w/",
    "\x01https://evil.example", " https://evil.example", "//%65vil.example", "https://evil。example",
    "//evil.example:80#@localhost", "https://[::1]@evil.example", "ftp://evil.example",
]  # fmt: skip


@pytest.mark.parametrize("way", ELSEWHERE)
def test_signing_in_leads_nowhere_else(way: str, bo: Agent) -> None:
    answer = Client().post(
        "/accounts/login/", {"login": bo.user.email, "password": WORD, "next": way}, REMOTE_ADDR="203.0.113.5"
    )
    assert answer.status_code == 302
    where = urlsplit(answer["Location"])
    assert (where.scheme, where.netloc) == ("", "")
    assert not answer["Location"].replace("\\", "/").startswith("//")


@pytest.mark.parametrize("way", ELSEWHERE)
def test_no_page_follows_where_a_request_says_it_came_from(way: str, bo: Agent) -> None:
    client = Client()
    client.force_login(bo.user)
    slug = bo.workspace.slug
    for headers in ({"referer": way.strip("\x01")}, {"HX-Current-URL": way, "HX-Request": "true"}):
        for address in ("notices/seen/", "conversations/1/closing/", "bulk/"):
            answer = client.post(f"/w/{slug}/{address}", {"numbers": "1", "next": way}, headers=headers)
            assert "evil" not in answer.headers.get("Location", "")
            assert "evil" not in answer.headers.get("HX-Redirect", "")
    stranger = Client().get(f"/w/{slug}/desk/", headers={"HX-Request": "true", "HX-Current-URL": way})
    assert stranger["HX-Redirect"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:80@evil.example"])
def test_a_false_host_gets_no_answer(host: str) -> None:
    assert Client().get("/accounts/login/", headers={"host": host}).status_code == 400


PATHS = [
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "....//x",
    "/etc/passwd",
    "x\0.png",
    "C:\\x",
    "a/../../b",
]


@pytest.mark.parametrize("path", PATHS)
def test_the_name_in_an_address_of_a_file_opens_nothing_else(path: str, house: House) -> None:
    client = Client()
    client.force_login(house.owner.user)
    key = house.rows["Attachment"]
    answer = client.get(f"/w/{house.slug}/attachments/{key}/{path}")
    assert answer.status_code == 404
    assert b"root:" not in answer.content


@pytest.mark.parametrize(
    "name",
    [*PATHS, "a\r\nSet-Cookie: x=1.txt", 'a"; filename="b.html', "bill\u202efdp.exe", "." * 400, "CON"],
)
def test_the_name_of_an_upload_is_a_name_and_nothing_more(name: str) -> None:
    tidy = names.tidy(name)
    assert not set('/\\\r\n\0\u202e"') & set(tidy)
    assert not tidy.startswith(".")


@pytest.mark.parametrize(
    "ending", ["html", "svg", "js", "xhtml", "xml", "mht", "swf", "hta", "pdf.html", "png"]
)
def test_an_upload_is_never_served_as_something_that_runs(ending: str, house: House) -> None:
    client = Client()
    client.force_login(house.owner.user)
    upload = SimpleUploadedFile(f"x.{ending}", b"<script>alert(1)</script>", content_type="text/html")
    made = client.post(f"/w/{house.slug}/conversations/{house.number}/uploads/", {"file": upload})
    assert made.status_code == 200, made.content
    with tenancy.entered(house.firm.workspace.pk):
        file = Attachment.objects.of(house.firm.workspace).latest("pk")
    for query in ("", "?download", "?inline=yes"):
        answer = client.get(f"/w/{house.slug}/attachments/{file.pk}/x.{ending}{query}")
        kind = answer["Content-Type"].partition(";")[0]
        assert kind in {"application/octet-stream", "image/png"}
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        if kind == "application/octet-stream":
            assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85", "\r\n\r\n"])
def test_no_header_of_a_letter_breaks_out(break_: str) -> None:
    firm = a_firm()
    program = a_program(firm.workspace)
    evil = f"Hello{break_}Bcc: evil@evil.example{break_}{break_}<b>body</b>"
    subject = {"subject": evil, "text": "Hello", "to": [{"email": "ada@customer.example", "name": evil}]}
    made = program.call("POST", "/conversations", {**subject, "inbox": str(firm.inbox.pk)})
    if made.status_code < 300:
        with tenancy.entered(firm.workspace.pk):
            conversation = type(firm.conversation).objects.of(firm.workspace).latest("pk")
        assert "\n" not in conversation.subject
    else:
        assert made.status_code in {400, 422}


def test_no_header_of_an_answer_breaks_out(house: House) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(house.owner.user)
    for part in ("%0d%0aSet-Cookie:%20x=1", "x%0aLocation:%20//evil.example"):
        for address in (
            f"exports/{part}.csv",
            f"desk/{part}/",
            f"attachments/{house.rows['Attachment']}/{part}",
        ):
            answer = client.get(f"/w/{house.slug}/{address}")
            assert answer.status_code < 500
            assert "x" not in answer.cookies
            assert not any("\n" in value for value in answer.headers.values())


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=20_000_000)
@pytest.mark.parametrize(
    "body", ["[" * 50_000, '{"a":' * 50_000, '{"text": "' + "x" * 5_000_000 + '"}', "9" * 5_000]
)
def test_a_body_that_is_a_trap_for_readers_is_refused(body: str) -> None:
    program = a_program(a_firm().workspace)
    answer = program.client.post(
        "/api/v1/conversations/1/notes",
        data=io.BytesIO(body.encode()).read(),
        content_type="application/json",
        headers={"Authorization": f"Bearer {program.text}"},
    )
    assert 400 <= answer.status_code < 500


def test_a_form_with_too_many_fields_is_refused(house: House) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(house.owner.user)
    answer = client.post(f"/w/{house.slug}/bulk/", {f"field{number}": "1" for number in range(2_000)})
    assert answer.status_code == 400
