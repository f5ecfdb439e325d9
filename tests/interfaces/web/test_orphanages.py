"""The list of what nobody answers for: seen by who leads, mended on the spot, taken back."""

from datetime import timedelta

import pytest

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat, Talk
from threadwell.flow import orphans
from threadwell.kit import clock, tenancy
from threadwell.record.commitments.models import Task
from threadwell.record.conversations.models import Conversation, Undo
from threadwell.record.people.models import Contact
from threadwell.record.rota.models import Orphan, OrphanWatch
from threadwell.record.workplace.models import Workspace
from threadwell.record.workplace.roles import Role


def test_a_conversation_gets_its_owner_on_the_spot_and_that_is_taken_back(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    cleo, bo = seat(Role.SUPERVISOR, name="Cleo"), seat()
    lost = talk("Who takes this?")
    orphans.look(firm.pk, now=clock.now())
    client = browser(cleo)
    page = client.get(f"/w/{firm.slug}/orphans/").content.decode()
    assert "Who takes this?" in page
    assert 'data-count="orphans">1<' in page
    given = {"kind": "conversation", "chosen": [str(lost.pk)], "owner": str(bo.pk)}
    assert client.post(f"/w/{firm.slug}/orphans/mending/", given).status_code == 303
    assert Conversation.objects.of(firm).get(pk=lost.pk).owner_id == bo.pk
    page = client.get(f"/w/{firm.slug}/orphans/").content.decode()
    assert "Who takes this?" not in page
    assert "1 belongs to Bo now." in page
    again = client.post(f"/w/{firm.slug}/orphans/mending/", given, follow=True).content.decode()
    assert "somebody has mended them already" in again
    client.post(f"/w/{firm.slug}/undos/{Undo.objects.of(firm).get().pk}/undoing/")
    assert Conversation.objects.of(firm).get(pk=lost.pk).owner_id is None


def test_what_was_mended_elsewhere_in_this_minute_is_not_shown(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    bo = seat()
    lost = talk("Gone soon")
    orphans.look(firm.pk, now=clock.now())
    with tenancy.entered(firm.pk):
        lost.assign(bo, by=bo)
    page = browser(seat(Role.SUPERVISOR)).get(f"/w/{firm.slug}/orphans/").content.decode()
    assert "Gone soon" not in page


def test_tasks_and_customers_get_theirs(firm: Workspace, seat: Seat, browser: Browser) -> None:
    bo, client = seat(), browser(seat(Role.SUPERVISOR))
    Workspace.objects.filter(pk=firm.pk).update(is_owner_required=True)
    with tenancy.entered(firm.pk):
        due_at = clock.now() - timedelta(days=1)
        task = Task.objects.create(workspace=firm, made_by=bo, title="Call Ada", due_at=due_at)
        ada = Contact.objects.create(workspace=firm, name="Ada")
    orphans.look(firm.pk, now=clock.now())
    for kind, thing, name in (("task", task, "Call Ada"), ("contact", ada, "Ada")):
        assert name in client.get(f"/w/{firm.slug}/orphans/?kind={kind}").content.decode()
        given = {"kind": kind, "chosen": [str(thing.pk)], "owner": str(bo.pk)}
        assert client.post(f"/w/{firm.slug}/orphans/mending/", given).status_code == 303
    assert Task.objects.of(firm).get().owner_id == bo.pk
    assert Contact.objects.of(firm).get().owner_id == bo.pk
    assert not Orphan.objects.of(firm).exists()


def test_an_answered_conversation_offers_to_say_what_comes_next(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    admin = seat(Role.ADMIN)
    client = browser(admin)
    idle = talk("Answered", owner=admin, waiting_since=None)
    assert "not looked for" in client.get(f"/w/{firm.slug}/orphans/?kind=stepless").content.decode()
    asked = {"minutes": "45", "wants_next_step": "on"}
    assert client.post(f"/w/{firm.slug}/orphans/watch/", asked).status_code == 303
    assert OrphanWatch.objects.of(firm).get().minutes == 45
    orphans.look(firm.pk, now=clock.now())
    page = client.get(f"/w/{firm.slug}/orphans/?kind=stepless").content.decode()
    assert f"/tasks/new/?conversation={idle.number}" in page
    assert "after 45 minutes" in page
    assert client.post(f"/w/{firm.slug}/orphans/watch/", {"minutes": "0"}).status_code == 422


@pytest.mark.parametrize("role", [Role.AGENT, Role.AUDITOR])
def test_only_who_leads_sees_them(firm: Workspace, seat: Seat, browser: Browser, role: Role) -> None:
    client = browser(seat(role))
    assert client.get(f"/w/{firm.slug}/orphans/").status_code == 403
    assert client.post(f"/w/{firm.slug}/orphans/mending/", {}).status_code == 403


def test_a_stranger_gives_nothing_of_ours(firm: Workspace, seat: Seat, browser: Browser, talk: Talk) -> None:
    lost = talk("Ours")
    orphans.look(firm.pk, now=clock.now())
    other = cast.a_workspace("Elsewhere")
    stranger = cast.an_agent(other, role=Role.SUPERVISOR)
    client = browser(stranger)
    assert "Ours" not in client.get(f"/w/{other.slug}/orphans/").content.decode()
    given = {"kind": "conversation", "chosen": [str(lost.pk)], "owner": str(stranger.pk)}
    assert client.post(f"/w/{other.slug}/orphans/mending/", given).status_code == 303
    with tenancy.entered(firm.pk):
        assert Conversation.objects.of(firm).get(pk=lost.pk).owner_id is None
