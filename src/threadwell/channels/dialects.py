"""Dialects: which module speaks a channel; the flow asks here, so that it knows none of them.

In:    the kind of an inbox, ``settings.CHANNELS``
Out:   the module that reads and writes letters of that channel
Touch: nothing
"""

from functools import cache
from importlib import import_module
from typing import Protocol, cast

from django.conf import settings

from threadwell.channels.port import Letter


class Dialect(Protocol):
    """What a channel can do."""

    def letter(self, raw: bytes) -> Letter:
        """Read what came; never raises."""
        ...


@cache
def of(kind: str) -> Dialect:
    """The dialect of an inbox's kind."""
    return cast("Dialect", import_module(settings.CHANNELS[kind]))
