"""Entry: the `threadwell` command, which finds the one that was asked for.

In:    the words after `threadwell`
Out:   the exit status: 0 done, 1 not done, 2 asked wrongly
Touch: nothing itself

It imports no more than it must: the processes that serve live long, and each of them begins here.
"""

import argparse
import ast
import contextlib
import importlib
import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

from threadwell import __version__
from threadwell.config import home, options, problems
from threadwell.interfaces.commands import WITHOUT_DATABASE

_OF_THE_PRODUCT = "threadwell.config.commands"
_OF_THE_TRADE = "threadwell.interfaces.commands"
#: They see to the database themselves; all others find it open and Django set up.
_BY_THEMSELVES = frozenset(
    {"up", "web", "migrate", "manage", "doctor", "backup", "restore", "upgrade", "scale"}
)


def places() -> dict[str, Path]:
    """Every command by its name, and the file it is in."""
    return {
        path.stem.replace("_", "-"): path
        for package in (_OF_THE_PRODUCT, _OF_THE_TRADE)
        for path in sorted(_folder(package).glob("[a-z]*.py"))
    }


def main(words: list[str] | None = None) -> int:
    words = sys.argv[1:] if words is None else words
    known = places()
    name = words[0] if words else ""
    if name not in known:
        _overview(known).parse_args(words)
        _overview(known).print_help()
        return 0
    # So that what was begun is also ended: the embedded database, temporary files.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return _run(name, known[name], words[1:])
    except problems.Problem as problem:
        print(problem, file=sys.stderr)
        return problem.status
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # Whoever read our words, such as `head`, has had enough; Python must not stumble over it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _folder(package: str) -> Path:
    found = find_spec(package)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def _overview(known: dict[str, Path]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="threadwell", description="Customer Interaction Management: every conversation, one timeline."
    )
    parser.add_argument("--version", action="version", version=f"threadwell {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")
    for name, path in known.items():
        commands.add_parser(name, help=_help(path))
    return parser


def _help(path: Path) -> str:
    # Read, not imported: the overview must not load the whole product.
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return told.split("\n", 1)[0]


def _run(name: str, path: Path, words: list[str]) -> int:
    package = _OF_THE_PRODUCT if path.parent == _folder(_OF_THE_PRODUCT) else _OF_THE_TRADE
    parser = argparse.ArgumentParser(prog=f"threadwell {name}", description=_help(path))
    with contextlib.ExitStack() as needs:
        if name not in WITHOUT_DATABASE:
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "threadwell.config.settings")
            home.prepare(options.chosen()["THREADWELL_HOME"])
            if name not in _BY_THEMSELVES:
                ready = importlib.import_module("threadwell.config.ready")
                needs.enter_context(ready.told() if {"-h", "--help"} & set(words) else ready.opened())
        command = importlib.import_module(f"{package}.{path.stem}")
        command.configure(parser)
        status: int = command.run(parser.parse_args(words))
        return status
