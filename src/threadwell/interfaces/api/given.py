"""Given: what programs send.

In:    the body of a call
Out:   schemas that know every field they are given
Touch: nothing
"""

from ninja import Schema
from pydantic import ConfigDict


class Given(Schema):
    """A field that nobody knows is refused: with a misspelt ``send_at`` a letter would else leave at once."""

    model_config = ConfigDict(extra="forbid")
