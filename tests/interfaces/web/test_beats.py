"""Beats of a page that come at once: each is written, and none stands in another's way."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from tests import cast
from tests.conftest import as_owner
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Conversation, Viewing
from threadwell.record.workplace.models import Workspace

PATIENCE = 20.0


@pytest.fixture
def firm(transactional_db: None) -> Workspace:
    return cast.a_workspace()


@pytest.fixture
def talk(firm: Workspace) -> Conversation:
    cast.arrives(cast.an_inbox(firm), cast.a_mail())
    cast.all_read(firm)
    with tenancy.entered(firm.pk):
        found: Conversation = Conversation.objects.of(firm).get()
    return found


def somebody_waits() -> bool:
    with as_owner(str(connection.settings_dict["NAME"])) as owner:
        asked = (
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return owner.execute(asked).fetchone() is not None


def test_to_begin_an_answer_while_the_page_says_that_one_reads_is_no_deadlock(
    firm: Workspace, talk: Conversation, seat: Seat, browser: Browser
) -> None:
    bo = seat(workspace=firm)
    page, beat = browser(bo), f"/w/{firm.slug}/conversations/{talk.number}/presence/"

    def begins() -> int:
        try:
            return page.post(beat, {"doing": "replying", "tab": "a"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as meanwhile:
        with tenancy.entered(firm.pk), transaction.atomic():
            Viewing.objects.create(workspace=firm, conversation=talk, agent=bo, tab="a")
            answered = meanwhile.submit(begins)
            until = time.monotonic() + PATIENCE
            while not somebody_waits() and time.monotonic() < until:
                time.sleep(0.05)
            assert not answered.done()
        assert answered.result(PATIENCE) == 204
    with tenancy.entered(firm.pk):
        [kept] = Viewing.objects.of(firm)
        assert (kept.doing, kept.claims_until is None) == (Viewing.Doing.REPLYING, False)
