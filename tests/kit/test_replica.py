"""Reports on a real streaming replica see all that was there, behind the same walls, or are read here."""

import pytest
from django.db import DataError, connection
from pytest_django import Settings

from tests import cast
from tests.standby import Standby, read, set_up
from threadwell.kit import replica, tenancy, veils
from threadwell.record.people.models import Contact
from threadwell.record.workplace.models import Team, Workspace

pytestmark = pytest.mark.django_db(transaction=True)


def is_there() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        return bool(cursor.fetchone()[0])


def a_contact(workspace: Workspace, name: str) -> Contact:
    with tenancy.entered(workspace.pk):
        contact: Contact = Contact.objects.create(workspace=workspace, name=name)
    return contact


def names(workspace: Workspace) -> list[str]:
    return list(Contact.objects.of(workspace).order_by("name").values_list("name", flat=True))


def test_it_is_read_there_and_then_here_again(copy: Standby) -> None:
    firm = cast.a_workspace()
    with tenancy.entered(firm.pk):
        assert replica.read(is_there)
        assert not is_there()
        a_contact(firm, "Ada")
    assert not is_there()


def test_without_a_replica_it_is_read_here() -> None:
    with tenancy.entered(cast.a_workspace().pk):
        assert not replica.read(is_there)


def test_what_was_written_the_moment_before_is_never_missed(copy: Standby) -> None:
    firm, before = cast.a_workspace(), read("replica")
    for number in range(20):
        a_contact(firm, f"{number:03}")
        with tenancy.entered(firm.pk):
            assert len(replica.read(lambda: names(firm))) == number + 1
    assert read("replica") - before == 20


def test_a_late_replica_is_passed_over_and_left_alone_for_a_while(copy: Standby, settings: Settings) -> None:
    firm, late, resting = cast.a_workspace(), read("primary: late"), read("primary: resting")
    settings.REPLICA_WAIT = 0.2
    with copy.held_up():
        a_contact(firm, "Ada")
        with tenancy.entered(firm.pk):
            assert replica.read(lambda: (names(firm), is_there())) == (["Ada"], False)
            assert not replica.read(is_there)
    assert (read("primary: late") - late, read("primary: resting") - resting) == (1, 1)
    settings.REPLICA_WAIT = 20
    replica.begin_anew()
    with tenancy.entered(firm.pk):
        assert replica.read(lambda: (names(firm), is_there())) == (["Ada"], True)


def test_how_far_it_is_behind_is_told_while_it_answers(copy: Standby) -> None:
    firm = cast.a_workspace()
    with tenancy.entered(firm.pk):
        replica.read(is_there)
    assert replica.bytes_behind() is not None
    with copy.held_up():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_logical_emit_message(false, 'tests', 'something more', true)")
        assert (replica.bytes_behind() or 0) > 0
    copy.stop()
    try:
        assert replica.bytes_behind() is None
    finally:
        copy.start()


def test_one_that_is_away_keeps_nobody_from_reading(copy: Standby) -> None:
    firm, away = cast.a_workspace(), read("primary: away")
    copy.stop()
    try:
        with tenancy.entered(firm.pk):
            assert not replica.read(is_there)
            assert not replica.read(is_there)
    finally:
        copy.start()
    assert read("primary: away") - away == 1
    replica.begin_anew()
    with tenancy.entered(firm.pk):
        assert replica.read(is_there)


def test_what_breaks_off_there_begins_anew_here(copy: Standby) -> None:
    firm, broken, asked = cast.a_workspace(), read("primary: broken off"), []
    a_contact(firm, "Ada")

    def work() -> list[str]:
        asked.append(is_there())
        if asked[-1]:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return names(firm)

    with tenancy.entered(firm.pk):
        assert replica.read(work) == ["Ada"]
        a_contact(firm, "Bo")
    assert asked == [True, False]
    assert read("primary: broken off") - broken == 1
    with tenancy.entered(firm.pk):
        assert names(firm) == ["Ada", "Bo"]


def test_work_that_writes_after_all_is_done_here(copy: Standby) -> None:
    firm = cast.a_workspace()
    with tenancy.entered(firm.pk):
        replica.read(lambda: a_contact(firm, "Ada"))
        assert names(firm) == ["Ada"]


def test_a_wrong_question_is_wrong_there_too(copy: Standby) -> None:
    asked = []

    def work() -> None:
        asked.append(is_there())
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    with tenancy.entered(cast.a_workspace().pk), pytest.raises(DataError):
        replica.read(work)
    assert asked == [True]
    assert not is_there()


def test_a_server_that_follows_nobody_is_no_replica() -> None:
    refused = read("primary: no replica")
    with set_up(), tenancy.entered(cast.a_workspace().pk):
        assert not replica.read(is_there)
    assert read("primary: no replica") - refused == 1


def test_the_walls_between_workspaces_stand_there_too(copy: Standby) -> None:
    ours, theirs = cast.a_workspace("Ours"), cast.a_workspace("Theirs")
    for firm in (ours, theirs):
        with tenancy.entered(firm.pk):
            Team.objects.create(workspace=firm, name=f"Team of {firm.name}")

    def everybodys() -> list[str]:
        assert is_there()
        rows = Team.objects.everywhere(because="the wall is what is tested")
        return list(rows.values_list("name", flat=True))

    with tenancy.entered(ours.pk):
        assert replica.read(everybodys) == ["Team of Ours"]
    with tenancy.entered(theirs.pk):
        assert replica.read(everybodys) == ["Team of Theirs"]
    assert replica.read(everybodys) == []
    with tenancy.entered(ours.pk), pytest.raises(tenancy.NoWorkspace):
        replica.read(lambda: list(Team.objects.all()))


def test_the_veil_is_worn_there_too(copy: Standby) -> None:
    firm = cast.a_workspace()
    veil = veils.Veil(walls=frozenset({firm.pk}), fields=frozenset({"contact.name"}))

    def told() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('threadwell.blind'), current_setting('threadwell.hidden_fields'),"
                " pg_is_in_recovery()::text"
            )
            return list(cursor.fetchone())

    with tenancy.entered(firm.pk), veils.veiled(veil):
        assert replica.read(told) == [f"{{{firm.pk}}}", "contact.name", "true"]
    with tenancy.entered(firm.pk):
        assert replica.read(told) == ["", "", "true"]
