"""Joining and leaving when several people press at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tests import cast
from threadwell.flow import joining, staffing
from threadwell.kit import tenancy
from threadwell.kit.errors import DomainError
from threadwell.record.workplace.models import Agent, User, Workspace
from threadwell.record.workplace.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*deeds: Callable[[], object]) -> list[str]:
    """Do them all in the same moment, each with a connection of its own; how each one ended."""
    start = Barrier(len(deeds))

    def one(deed: Callable[[], object]) -> str:
        start.wait()
        try:
            deed()
        except DomainError as refused:
            return refused.code
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as several:
        return sorted(several.map(one, deeds))


def newcomer(name: str) -> joining.Newcomer:
    return joining.Newcomer(email=f"{name.lower()}@firm.example", name=name, password="seven green lorries")


def test_the_first_workspace_is_founded_once() -> None:
    def founds(name: str) -> Callable[[], object]:
        return lambda: joining.found_first(name=name, slug=name.lower(), zone="UTC", owner=newcomer(name))

    assert at_once(founds("One"), founds("Two"), founds("Three")) == ["already-founded"] * 2 + ["done"]
    assert (Workspace.objects.count(), User.objects.count()) == (1, 1)


def test_an_invitation_is_accepted_once() -> None:
    firm = cast.a_workspace()
    admin = cast.an_agent(firm, role=Role.ADMIN)
    with tenancy.entered(firm.pk):
        asked = joining.invite("dana@firm.example", role=Role.AGENT, teams=[], by=admin)
    ends = at_once(*[lambda: joining.accept(asked.token, by=newcomer("Dana"))] * 3)
    assert ends == ["done", "link-used-up", "link-used-up"]
    with tenancy.entered(firm.pk):
        assert Agent.objects.of(firm).filter(user__email="dana@firm.example").count() == 1


def gives_up(owner: Agent, _other: Agent) -> None:
    staffing.leave(owner, by=owner)


def steps_down(owner: Agent, _other: Agent) -> None:
    staffing.give_role(owner, Role.AGENT, by=owner)


def pushes_out(owner: Agent, other: Agent) -> None:
    staffing.leave(other, by=owner)


@pytest.mark.parametrize("deed", [gives_up, steps_down, pushes_out])
def test_two_owners_at_once_do_not_count_on_each_other(deed: Callable[[Agent, Agent], None]) -> None:
    firm = cast.a_workspace()
    owners = [cast.an_agent(firm, name=name, role=Role.OWNER) for name in ("Bo", "Cleo")]

    def done_by(owner: Agent, other: Agent) -> Callable[[], object]:
        def inside() -> None:
            with tenancy.entered(firm.pk):
                deed(Agent.objects.of(firm).get(pk=owner.pk), Agent.objects.of(firm).get(pk=other.pk))

        return inside

    bo, cleo = owners
    assert at_once(done_by(bo, cleo), done_by(cleo, bo)) == ["done", "last-owner"]
    with tenancy.entered(firm.pk):
        assert Agent.objects.of(firm).filter(role=Role.OWNER, left_at=None).count() == 1
