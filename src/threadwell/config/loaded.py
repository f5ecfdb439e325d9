"""Loaded: the whole product in memory, before its processes are forked from one another.

In:    the settings
Out:   nothing; whoever is forked from now on shares what was loaded, and loads nothing again
Touch: nothing: no database is asked, no thread begun, no file left open
"""

import gc
import importlib
from functools import cache
from pathlib import Path

import django
from django.conf import settings
from django.template.loader import get_template
from django.urls import get_resolver

from threadwell.config import commands

PARTS = ("web", "worker", "gateway")


@cache
def load() -> None:
    """Load all that the parts use, once: whoever was forked after it has it; raises what is wrong with it."""
    django.setup()
    _ = get_resolver().url_patterns
    for part in PARTS:
        importlib.import_module(f"{commands.__name__}.{part}")
    for name in _templates():
        get_template(name)
    # What is here stays: the collector looks at it no more, and so does not write on pages that are shared.
    gc.collect()
    gc.freeze()


def _templates() -> list[str]:
    ours = [Path(folder) for engine in settings.TEMPLATES for folder in engine["DIRS"]]
    return sorted(str(path.relative_to(folder)) for folder in ours for path in folder.rglob("*.html"))
