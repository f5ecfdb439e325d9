"""Pages: those of docs/reference that are made from the code, by `bin/docs`.

In:    the tables of options, commands and roles
Out:   their pages, as text
Touch: docs/reference, when run as a program
"""

import argparse
import ast
import importlib
import itertools
import os
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import django

from tests.house.tree import ROOT, SOURCE
from threadwell.config import entry, options
from threadwell.record.workplace.roles import ALLOWED, May, Role

FOLDER = ROOT / "docs" / "reference"


def settings() -> str:
    lines = [
        "# Settings",
        "",
        textwrap.fill(
            "Each is an environment variable, or a key of one TOML file: `threadwell.toml` in the data "
            "folder, or the file that `THREADWELL_CONFIG` names. The environment goes before "
            "the file. A value that "
            "cannot be meant stops the start with the setting's name, what was read and what is allowed; "
            "so does an unknown key.",
            110,
        ),
        "",
        "| variable, key in the file | default | allowed | what it does |",
        "|---|---|---|---|",
    ]
    for option in options.OPTIONS:
        # The platform's folder for data is another one on every machine.
        default = (
            "the system's folder for data" if option.name == "THREADWELL_HOME" else f"`{option.default}`"
        )
        key = "" if option.name == "THREADWELL_CONFIG" else f"<br>`{option.key}`"
        lines.append(
            f"| `{option.name}`{key} | {default if option.default else 'empty'}"
            f" | {option.allowed} | {option.help} |"
        )
    return "\n".join(lines) + "\n"


def commands() -> str:
    lines = [
        "# Commands",
        "",
        textwrap.fill(
            "`threadwell COMMAND`, or from a clone `.venv/bin/threadwell COMMAND`; "
            "`threadwell COMMAND --help` says the same. All commands read the [settings](settings.md). "
            "Those that need the embedded "
            "database start it when it does not run, and leave it running when somebody else uses it.",
            110,
        ),
    ]
    for name, path in entry.places().items():
        lines += ["", f"## threadwell {name}", "", *_described(path)]
    lines += ["", "## In a clone", "", "| program | what it does |", "|---|---|"]
    lines += [f"| `bin/{path.name}` | {_told(path)} |" for path in sorted((ROOT / "bin").iterdir())]
    return "\n".join(lines) + "\n"


def _told(program: Path) -> str:
    """The words at the top of a program of ours, in Python or for the shell."""
    text = program.read_text(encoding="utf-8")
    if "python" in text.split("\n", 1)[0]:
        return (ast.get_docstring(ast.parse(text)) or "").split("\n\n", 1)[0].replace("\n", " ")
    comment = itertools.takewhile(lambda line: line.startswith("# "), text.split("\n")[1:])
    return " ".join(line.removeprefix("# ") for line in comment)


def _described(path: Path) -> Iterator[str]:
    module = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
    yield ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).split("\n", 1)[0]  # type: ignore[union-attr]
    parser = argparse.ArgumentParser(prog="", add_help=False)
    importlib.import_module(module).configure(parser)
    rows = list(_arguments(parser))
    if rows:
        yield from ("", "| argument | what it does |", "|---|---|", *rows)


def _arguments(parser: argparse.ArgumentParser, before: str = "") -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from _arguments(inner, f"{before}{name} ")
        elif not isinstance(action, argparse._HelpAction):
            shown = ", ".join(action.option_strings) or str(action.metavar or action.dest.upper())
            yield f"| `{before}{shown}` | {action.help or ''} |"


def permissions() -> str:
    told = (SOURCE / "threadwell/record/workplace/roles.py").read_text(encoding="utf-8")
    meaning = dict(re.findall(r'= "([a-z-]+)"  #: (.+)', told))
    lines = [
        "# Permissions",
        "",
        "What a role may do in its workspace. The server asks this table for every page and endpoint;",
        "the [matrix](permission-matrix.md) says it for each of them.",
        "",
        "| permission | what it allows | " + " | ".join(str(role.label) for role in Role) + " |",
        "|---|---|" + "---|" * len(Role),
    ]
    for may in May:
        marks = " | ".join("yes" if may in ALLOWED[role] else "" for role in Role)
        lines.append(f"| `{may.value}` | {meaning[may.value]} | {marks} |")
    return "\n".join(lines) + "\n"


def permission_matrix() -> str:
    lines = [
        "# Permission matrix",
        "",
        textwrap.fill(
            "Every verb of every page under `/w/WORKSPACE/`, and every operation of the API, with what it "
            "needs ([permissions](permissions.md)) and the roles that have it. Each cell is called by "
            "`tests/security/test_permissions.py`. A page may refuse more than that: only owners "
            "touch owners, and drafts, views and tokens are seen by those they belong to.",
            110,
        ),
        "",
        "## Pages",
        "",
        *_matrix("verb and address", _pages()),
        "",
        "## Operations of the API",
        "",
        "The token needs the permission as a scope, too.",
        "",
        *_matrix("operation", _operations()),
    ]
    return "\n".join(lines) + "\n"


def _matrix(what: str, rows: Iterator[tuple[str, May | None]]) -> Iterator[str]:
    yield f"| {what} | needs | " + " | ".join(role.value for role in Role) + " |"
    yield "|---|---|" + "---|" * len(Role)
    for name, needs in rows:
        marks = " | ".join("yes" if needs in ALLOWED[role] else "" for role in Role)
        yield f"| `{name}` | {f'`{needs.value}`' if needs else 'nobody'} | {marks} |"


def _pages() -> Iterator[tuple[str, May | None]]:
    # Imported here: the pages need Django set up.
    walk = importlib.import_module("tests.house.walk")
    for address, method, needs in walk.pages():
        yield f"{method} {address}", needs


def _operations() -> Iterator[tuple[str, May | None]]:
    described = importlib.import_module("threadwell.interfaces.api.described")
    api = importlib.import_module("threadwell.interfaces.api.urls").api
    scopes = described.scopes_of(api)
    for path, methods in described.openapi(api)["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", scopes[operation["operationId"]]


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings,
    "commands.md": commands,
    "permissions.md": permissions,
    "permission-matrix.md": permission_matrix,
}


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
