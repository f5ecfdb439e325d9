"""Entry: the `threadwell` command, which finds the one that was asked for and gives it what it needs.

In:    the words after `threadwell`
Out:   the exit status: 0 done, 1 not done, 2 asked wrongly
Touch: the embedded database, started for commands that need it
"""

import argparse
import ast
import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from threadwell import __version__
from threadwell.config import databases, home, options, postgres, schema
from threadwell.interfaces.commands import WITHOUT_DATABASE

_PACKAGES = ("threadwell.config.commands", "threadwell.interfaces.commands")
_BRING_THEIR_OWN = frozenset({"up", "doctor"})  #: they speak of the database themselves, also when it is away
_ANY_SCHEMA = frozenset({"migrate", "manage"})


def main(words: list[str] | None = None) -> int:
    words = sys.argv[1:] if words is None else words
    places = _places()
    name = words[0] if words else ""
    if name not in places:
        _overview(places).parse_args(words)
        _overview(places).print_help()
        return 0
    # So that what was begun is also ended: the embedded database, temporary files.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with _whatever_it_needs(name):
            return _run(name, places[name], words[1:])
    except options.WrongSetting as problem:
        print(problem, file=sys.stderr)
        return 2
    except (postgres.WillNotStart, databases.NotUsable) as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # Whoever read our words, such as `head`, has had enough; Python must not stumble over it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _places() -> dict[str, Path]:
    """Every command by its name, and the file it is in."""
    return {
        path.stem.replace("_", "-"): path
        for package in _PACKAGES
        for folder in _folders(package)
        for path in sorted(Path(folder).glob("[a-z]*.py"))
    }


def _folders(package: str) -> list[str]:
    found = find_spec(package)
    return list(found.submodule_search_locations or ()) if found else []


def _overview(places: dict[str, Path]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="threadwell", description="Customer Interaction Management: every conversation, one timeline."
    )
    parser.add_argument("--version", action="version", version=f"threadwell {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")
    for name, path in places.items():
        commands.add_parser(name, help=_help(path))
    return parser


def _help(path: Path) -> str:
    # Read, not imported: the overview must not load the whole product.
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return told.split("\n", 1)[0]


@contextlib.contextmanager
def _whatever_it_needs(name: str) -> Iterator[None]:
    if name in WITHOUT_DATABASE:
        yield
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "threadwell.config.settings")
    chosen = options.chosen()
    home.prepare(chosen["THREADWELL_HOME"])
    if name in _BRING_THEIR_OWN:
        yield
        return
    with databases.at_hand(chosen):
        if name not in _ANY_SCHEMA:
            django.setup()
            _expect_current(chosen)
        yield


def _expect_current(chosen: dict[str, Any]) -> None:
    with databases.connect(chosen, as_owner=False) as connection:
        if not schema.is_current(connection, settings.INSTALLED_APPS):
            raise databases.NotUsable("The database's tables are not up to date. Run: threadwell migrate")


def _run(name: str, path: Path, words: list[str]) -> int:
    package = next(package for package in _PACKAGES if str(path.parent) in _folders(package))
    command = importlib.import_module(f"{package}.{path.stem}")
    parser = argparse.ArgumentParser(prog=f"threadwell {name}", description=command.__doc__)
    command.configure(parser)
    status: int = command.run(parser.parse_args(words))
    return status
