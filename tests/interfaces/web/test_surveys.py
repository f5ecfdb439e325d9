"""Pages of surveys: to look records nothing, a button does; strangers and changed links find nothing."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from tests import cast
from tests.flow.test_surveying import Desk
from tests.interfaces.web.conftest import Browser
from threadwell.flow import surveying
from threadwell.interfaces.web import ratings
from threadwell.kit import clock, tenancy
from threadwell.record.conversations.models import Conversation
from threadwell.record.inboxes.models import Inbox
from threadwell.record.people.models import Contact
from threadwell.record.surveys.models import Survey
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


@pytest.fixture
def survey(desk: Desk) -> Survey:
    return desk.helped()


def place(survey: Survey) -> str:
    return f"/rate/{surveying.token_of(survey)}/"


def kept(desk: Desk) -> Survey:
    with tenancy.entered(desk.firm.pk):
        found: Survey = Survey.objects.of(desk.firm).get()
        return found


def chosen(page: str) -> list[str]:
    return re.findall(r'value="(\d)"[^>]* checked', page)


def test_a_link_chooses_and_only_the_button_sends(desk: Desk, survey: Survey) -> None:
    customer = Client(enforce_csrf_checks=True)
    for method in (customer.get, customer.head):
        assert method(f"{place(survey)}?score=4").status_code == 200
    page = customer.get(f"{place(survey)}?score=4").content.decode()
    assert chosen(page) == ["4"]
    assert "How did we do?" in page
    assert "<script" not in page.replace('<script src="/static', "").replace('<script type="importmap"', "")
    assert kept(desk).score is None
    sent = customer.post(f"{place(survey)}?score=4", {"score": "4", "words": "Well <b>done</b>"})
    assert sent.status_code == 303
    assert (kept(desk).score, kept(desk).words) == (4, "Well <b>done</b>")
    thanks = customer.get(sent["Location"]).content.decode()
    assert "Thank you." in thanks
    assert "Well &lt;b&gt;done&lt;/b&gt;" in thanks
    assert chosen(thanks) == ["4"]
    customer.post(place(survey), {"score": "2"})
    assert kept(desk).score == 2


@pytest.mark.parametrize(
    "given",
    [{}, {"score": ""}, {"score": "6"}, {"score": "x"}, {"score": "4", "words": "x" * 4001}],
    ids=["nothing", "empty", "six", "word", "long"],
)
def test_what_cannot_be_meant_is_said_and_what_was_written_stays(
    desk: Desk, survey: Survey, given: dict[str, str]
) -> None:
    answer = Client().post(place(survey), {"words": "Kept words", **given})
    assert answer.status_code == 422
    assert (given.get("words") or "Kept words")[:50] in answer.content.decode()
    assert kept(desk).score is None


def test_the_customer_reads_the_name_of_the_firm_where_no_inbox_wrote_to_them(
    desk: Desk, survey: Survey
) -> None:
    read = Client().get(place(survey)).content.decode()
    assert f"Only {desk.inbox.name} reads what you write here." in read
    with tenancy.entered(desk.firm.pk):
        Inbox.objects.of(desk.firm).filter(pk=survey.inbox_id).update(kind=Inbox.Kind.HAND)
    read = Client().get(place(survey)).content.decode()
    assert f"Only {desk.firm.name} reads what you write here." in read


def test_odd_scores_in_the_address_choose_nothing(survey: Survey) -> None:
    for odd in ("9", "-1", "²", "x", "4" * 400):
        assert chosen(Client().get(place(survey), {"score": odd}).content.decode()) == []


def test_a_changed_link_leads_nowhere_and_an_old_one_says_so(desk: Desk, survey: Survey) -> None:
    link = place(survey)
    for bent in (link[:-3] + "xx/", link.replace("/rate/", "/rate/A"), "/rate/x/"):
        assert Client().get(bent).status_code == 404
        assert Client().post(bent, {"score": "5"}).status_code == 404
    with clock.stopped_at(clock.now() + timedelta(days=20)):
        late = Client().post(link, {"score": "5"})
    assert late.status_code == 410
    assert "write to us again" in late.content.decode()
    assert kept(desk).score is None


def test_who_calls_too_often_has_to_wait(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratings, "MOST", 3)
    answers = [Client().get(place(survey)).status_code for _turn in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    assert int(Client().get(place(survey))["Retry-After"]) > 0


def test_the_answer_stands_where_the_customer_is_looked_at(
    desk: Desk, survey: Survey, browser: Browser
) -> None:
    desk.says(survey, 4, "Quick help")
    reader = browser(desk.bo)
    with tenancy.entered(desk.firm.pk):
        talk, ada = Conversation.objects.of(desk.firm).get(), Contact.objects.of(desk.firm).get()
    conversation = reader.get(f"/w/{desk.firm.slug}/conversations/{talk.number}/").content.decode()
    assert "How it was for them" in conversation
    assert "Ada Customer rated it 4 of 5: “Quick help”" in conversation
    home = f"/w/{desk.firm.slug}/customers/{ada.pk}/"
    customer = reader.get(home).content.decode()
    assert "Satisfaction 4.0 of 5 (1 answer)." in customer
    assert "Survey answer" in customer
    assert "Survey answer" not in reader.get(f"{home}?narrowed=1&show=promises").content.decode()
    assert "Survey answer" in reader.get(f"{home}?narrowed=1&show=ratings").content.decode()


def test_an_inbox_is_told_to_ask(db: None, browser: Browser) -> None:
    desk = Desk(is_on=False)
    home = f"/w/{desk.firm.slug}/settings/inboxes/{desk.inbox.pk}/satisfaction/"
    assert browser(desk.bo).get(home).status_code == 403
    admin = browser(cast.an_agent(desk.firm, name="Cleo", role=Role.ADMIN))
    wish = {
        "is_on": "on",
        "scale": "thumbs",
        "question": "Good?",
        "language": "",
        "delay_hours": 2,
        "each_days": 9,
        "open_days": 5,
        "alert_at": 1,
    }
    assert "nobody is asked" in admin.get(f"/w/{desk.firm.slug}/inboxes/{desk.inbox.pk}/").content.decode()
    assert admin.post(home, {**wish, "delay_hours": 9999}).status_code == 422
    assert admin.post(home, wish).status_code == 303
    desk.inbox.refresh_from_db()
    assert surveying.wishes_of(desk.inbox) == {**wish, "is_on": True}
    assert (
        "asked after a conversation was closed"
        in admin.get(f"/w/{desk.firm.slug}/inboxes/{desk.inbox.pk}/").content.decode()
    )
    stranger = browser(cast.an_agent(cast.a_workspace("Other"), role=Role.OWNER))
    assert stranger.post(home, wish).status_code == 404
