"""A PostgreSQL without Citus: the commands say so, and change nothing."""

import pytest
from django.conf import settings

from tests.conftest import as_owner
from threadwell.config import spreading
from threadwell.config.problems import NotUsable


@pytest.mark.django_db
def test_it_is_said_that_there_is_no_citus() -> None:
    with as_owner(settings.DATABASES["default"]["NAME"]) as owner:
        if owner.execute("SELECT 1 FROM pg_extension WHERE extname = 'citus'").fetchone():
            pytest.skip("there is a Citus here")
        with pytest.raises(NotUsable, match="has no Citus"):
            list(spreading.spread(owner, owner.info.dbname))
