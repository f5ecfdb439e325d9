"""Welcome: the link by which the first workspace and its owner are made.

In:    the settings
Out:   the link, or nothing once there is a workspace
Touch: nothing
"""

from django.conf import settings

from threadwell.config import schema
from threadwell.kit import setup_token


def link() -> str:
    """Where to make the first workspace; empty when there is one besides the invented one."""
    with schema.connect(settings.OPTIONS, as_owner=False) as connection:
        row = connection.execute(
            "SELECT EXISTS (SELECT 1 FROM workplace_workspace WHERE NOT is_demo)"
        ).fetchone()
    return "" if row and row[0] else f"{settings.PUBLIC_URL}/setup/{setup_token.setup_token()}/"
