"""The database of tests is the real thing, seen as the application's role."""

import pytest
from django.db import connection

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
