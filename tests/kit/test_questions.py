"""A question asks the same as the queryset it was made of, whatever its values."""

from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from tests import cast
from threadwell.kit import ids, tenancy
from threadwell.kit.questions import Question
from threadwell.kit.tenancy import NoWorkspace
from threadwell.record.workplace.models import Agent, Team, Workspace

ASKED: dict[str, Any] = {
    "rows": lambda firm, name: Team.objects.of(firm).filter(name=name),
    "the first rows": lambda firm, name: Team.objects.of(firm).filter(name=name).order_by("name")[:1],
    "values": lambda firm, name: Team.objects.of(firm).filter(name=name).values_list("workspace_id", "name"),
    "one value": lambda firm, name: Team.objects.of(firm).filter(name=name).values_list("name", flat=True),
    "united": lambda firm, name: (
        Team.objects.of(firm)
        .filter(name=name)
        .values_list("name")
        .union(Agent.objects.of(firm).filter(name=name).values_list("name"))
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_it_answers_as_the_queryset_does_each_time(ask: Any) -> None:
    question: Question[Any] = Question(ask)
    for firm in (cast.a_workspace(), cast.a_workspace()):
        with tenancy.entered(firm.pk):
            for name in ("Dispatch", "Nights"):
                Team.objects.create(workspace=firm, name=name)
            for name in ("Dispatch", "Nights", "Nobody's", "100% '; --"):
                assert list(question(firm.pk, name)) == list(ask(firm.pk, name))


@pytest.mark.django_db
def test_related_rows_come_along() -> None:
    question: Question[Agent] = Question(lambda firm: Agent.objects.of(firm).select_related("user"))
    for _ in range(2):
        agent = cast.an_agent(cast.a_workspace())
        with tenancy.entered(agent.workspace_id):
            [found] = question(agent.workspace_id)
            assert found.user.email == agent.user.email


@pytest.mark.django_db(transaction=True)
def test_threads_ask_it_each_on_its_own_connection() -> None:
    question: Question[Workspace] = Question(lambda slug: Workspace.objects.filter(slug=slug))
    firm = cast.a_workspace()
    heard: list[Workspace] = []

    def ask() -> None:
        heard.extend(question(firm.slug))
        connection.close()

    for _ in range(2):
        thread = Thread(target=ask)
        thread.start()
        thread.join()
    assert [*heard, *question(firm.slug)] == [firm] * 3


def test_a_question_that_names_no_workspace_is_refused() -> None:
    with pytest.raises(NoWorkspace):
        Question(lambda name: Team.objects.filter(name=name))("Dispatch")


def test_a_question_that_leaves_a_value_out_is_refused() -> None:
    question: Question[Team] = Question(lambda firm, _name: Team.objects.of(firm))
    with pytest.raises(TypeError):
        question(ids.new(), "Dispatch")


@pytest.mark.parametrize("value", [None, [UUID(int=1)], Workspace()], ids=["nothing", "a list", "a row"])
def test_values_without_a_stand_in_are_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        Question(Team.objects.of)(value)
