"""The entrance: who gets in, who may do what, and what everybody else sees."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.utils import timezone, translation

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.interfaces.web import entrance, urls
from threadwell.interfaces.web.entrance import Request, allowed, verbs
from threadwell.kit import clock
from threadwell.kit.errors import NotFound
from threadwell.record.workplace.models import Agent, Team, Workspace
from threadwell.record.workplace.roles import ALLOWED, May, Role


@allowed(May.READ)
def looks(request: Request) -> HttpResponse:
    return HttpResponse(
        f"{request.workspace.slug} {request.agent.name} {timezone.get_current_timezone_name()}"
    )


@allowed(May.HANDLE)
def handles(request: Request) -> HttpResponse:
    return HttpResponse("handled")


@allowed(May.READ, changes=May.NOTE)
def notes(request: Request) -> HttpResponse:
    return HttpResponse("noted")


@allowed(May.NOTE)
def fails(request: Request) -> HttpResponse:
    Team.objects.create(workspace=request.workspace, name="half done")
    raise NotFound("There is no such thing.")


@allowed(May.MANAGE)
async def streams(request: Request) -> HttpResponse:
    return HttpResponse(f"async {request.agent.name}")


def forgets(request: HttpRequest) -> HttpResponse:
    return HttpResponse("never seen")


urls.inside += [
    path("test/looks/", looks),
    path("test/handles/", handles),
    path("test/notes/", notes),
    path("test/fails/", fails),
    path("test/streams/", streams),
    path("test/verbs/", verbs(GET=looks, DELETE=handles)),
]
# Not among ``urls.inside``: the house's own test would rightly find it.
silent = path("w/<slug:workspace>/test/forgets/", forgets)
urls.urlpatterns.insert(0, silent)


def test_somebody_not_signed_in_is_sent_to_the_sign_in(firm: Workspace) -> None:
    answer = Client().get(f"/w/{firm.slug}/test/looks/?a=1")
    assert answer.status_code == 302
    assert answer["Location"] == f"/accounts/login/?next=/w/{firm.slug}/test/looks/%3Fa%3D1"


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(firm: Workspace) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver/w/{firm.slug}/settings/"}
    answer = Client().get(f"/w/{firm.slug}/test/looks/", headers=headers)
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == f"/accounts/login/?next=/w/{firm.slug}/settings/"


def test_a_seat_opens_its_workspace(firm: Workspace, seat: Seat, browser: Browser) -> None:
    answer = browser(seat(name="Bo")).get(f"/w/{firm.slug}/test/looks/")
    assert answer.content.decode() == f"{firm.slug} Bo UTC"
    assert answer["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("stranger", ["of another workspace", "who left", "of none"])
def test_a_stranger_finds_nothing(firm: Workspace, seat: Seat, browser: Browser, stranger: str) -> None:
    other = Workspace.objects.create(name="Other", slug="other")
    agent = seat(workspace=other) if stranger != "who left" else seat()
    if stranger == "who left":
        agent.left_at = clock.now()
        agent.save()
    slug = "no-such-workspace" if stranger == "of none" else firm.slug
    assert browser(agent).get(f"/w/{slug}/test/looks/").status_code == 404


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("page", "method", "needed"),
    [
        ("looks", "get", May.READ),
        ("looks", "post", None),
        ("handles", "get", May.HANDLE),
        ("handles", "post", May.HANDLE),
        ("notes", "get", May.READ),
        ("notes", "post", May.NOTE),
        ("streams", "get", May.MANAGE),
        ("verbs", "delete", May.HANDLE),
    ],
)
def test_a_role_may_what_the_table_says(
    firm: Workspace, seat: Seat, browser: Browser, role: Role, page: str, method: str, needed: May | None
) -> None:
    answer = getattr(browser(seat(role)), method)(f"/w/{firm.slug}/test/{page}/")
    assert answer.status_code == (200 if needed in ALLOWED[role] else 403)


def test_a_form_without_script_names_its_method(firm: Workspace, seat: Seat, browser: Browser) -> None:
    client = browser(seat())
    assert client.post(f"/w/{firm.slug}/test/verbs/", {"_method": "delete"}).content == b"handled"
    assert client.post(f"/w/{firm.slug}/test/verbs/").status_code == 405
    assert client.head(f"/w/{firm.slug}/test/verbs/").status_code == 200


def test_a_view_that_says_nothing_is_never_run(firm: Workspace, seat: Seat, browser: Browser) -> None:
    with pytest.raises(ImproperlyConfigured):
        browser(seat(Role.OWNER)).get(f"/w/{firm.slug}/test/forgets/")


def test_a_refusal_undoes_what_the_view_did_and_says_why(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    agent = seat()
    answer = browser(agent).post(f"/w/{firm.slug}/test/fails/")
    assert answer.status_code == 404
    assert "There is no such thing." in answer.content.decode()
    assert not Team.objects.of(firm).exists()


def test_a_refusal_of_a_part_is_a_toast(firm: Workspace, seat: Seat, browser: Browser) -> None:
    answer = browser(seat(Role.AUDITOR)).post(f"/w/{firm.slug}/test/fails/", headers={"HX-Request": "true"})
    assert answer["HX-Reswap"] == "none"
    assert "toast--error" in answer.content.decode()


def test_zone_and_language_are_the_readers_own(firm: Workspace, seat: Seat, browser: Browser) -> None:
    agent = seat()
    Workspace.objects.filter(pk=firm.pk).update(zone="Europe/Berlin")
    client = browser(agent)
    assert b"Europe/Berlin" in client.get(f"/w/{firm.slug}/test/looks/").content
    agent.user.zone, agent.user.language = "Asia/Tokyo", "de"
    agent.user.save()
    answer = client.get(f"/w/{firm.slug}/test/looks/")
    assert b"Asia/Tokyo" in answer.content
    assert answer["Content-Language"] == "de"
    assert timezone.get_current_timezone_name() == "UTC"
    translation.activate("en")


def test_seat_for_finds_the_seat_of_views_that_run_outside(firm: Workspace, seat: Seat) -> None:
    agent: Agent = seat()
    request = RequestFactory().get("/")
    request.user = agent.user
    assert entrance.seat_for(request, firm.slug) == (firm, agent)


def test_getting_in_costs_few_queries(firm: Workspace, seat: Seat, browser: Browser) -> None:
    """Session, person, workspace, two settings of the database session, seat; the rest is the page's own."""
    client = browser(seat())
    client.get(f"/w/{firm.slug}/test/looks/")
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/w/{firm.slug}/test/looks/")
    plain = [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]]
    assert len(plain) <= 6, plain


@pytest.mark.django_db(transaction=True)
def test_without_its_database_a_page_says_so_and_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    agent = cast.an_agent(cast.a_workspace())
    client = Client()
    client.force_login(agent.user)
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    with monkeypatch.context() as gone:
        gone.setitem(connection.settings_dict, "NAME", "no_such_database")
        gone.setitem(connection.settings_dict, "OPTIONS", {"connect_timeout": 1})
        answer = client.get(f"/w/{agent.workspace.slug}/test/looks/")
        connection.close()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    assert client.get(f"/w/{agent.workspace.slug}/test/looks/").status_code == 200
