"""The database of tests is the real thing, seen as the application's role."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tests.conftest import sever
from threadwell.record.workplace.models import Workspace


@pytest.mark.django_db
def test_code_under_test_speaks_as_a_role_that_row_security_binds() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("threadwell_app", False, False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("run", [1, 2])
def test_committed_rows_are_gone_in_the_next_test(run: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM workplace_workspace")
        assert cursor.fetchone() == (0,)
    Workspace.objects.create(name="Kept", slug="kept")


SEVERAL = 8


@pytest.mark.django_db(transaction=True)
def test_after_a_restart_of_the_server_the_first_question_is_answered_whatever_lay_in_the_pool() -> None:
    together = Barrier(SEVERAL)

    def ask(_turn: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            together.wait(30)
        connection.close()

    with ThreadPoolExecutor(SEVERAL) as several:
        list(several.map(ask, range(SEVERAL)))
    connection.close()
    sever(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM workplace_workspace")
        assert cursor.fetchone() == (0,)
