"""Ready: what a command needs before it may touch the record.

In:    the settings
Out:   a running database with current tables, and Django set up
Touch: the embedded database
"""

import contextlib
from collections.abc import Iterator

import django
from django.conf import settings

from threadwell.config import postgres, schema
from threadwell.config.problems import NotUsable


@contextlib.contextmanager
def opened() -> Iterator[None]:
    """The whole product, for as long as a command lasts."""
    with postgres.at_hand(settings.OPTIONS):
        with schema.connect(settings.OPTIONS, as_owner=False) as connection:
            if not schema.is_current(connection, settings.INSTALLED_APPS):
                raise NotUsable("The database's tables are not up to date. Run: threadwell migrate")
        django.setup()
        yield


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Enough of it to say what a command understands: no database is begun for that."""
    django.setup()
    yield
