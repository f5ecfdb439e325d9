"""What is public is documented: settings, commands, permissions, events."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house import pages, tree

EVENTS = pages.FOLDER / "events.md"
SCREENS = pages.FOLDER.parent / "screens"
NAME = re.compile(
    r"(agent|block|calendar|contact|conversation|decision|delivery|import|inbox|invitation|message|note|organisation"
    r"|policy|promise|restriction|talk|task|team|token|work_item|work_type|workspace)"
    r"\.(?!eml$)[a-z_]+"
)


@pytest.mark.parametrize("name", pages.PAGES)
def test_page_made_from_the_code_is_as_the_code(name: str) -> None:
    assert (pages.FOLDER / name).read_text(encoding="utf-8") == pages.PAGES[name](), "run bin/docs"


def test_every_event_is_documented() -> None:
    documented = EVENTS.read_text(encoding="utf-8")
    told = {name for module in tree.modules() for name in events_of(module)}
    assert "conversation.closed" in told
    assert sorted(name for name in told if f"`{name}`" not in documented) == []


def test_every_picture_of_a_screen_is_shown_and_there() -> None:
    shown = (SCREENS / "README.md").read_text(encoding="utf-8")
    assert {path.name for path in SCREENS.glob("*.png")} == set(re.findall(r"\(([\w-]+\.png)\)", shown))


def events_of(module: tree.Module) -> Iterator[str]:
    """Names of events as the code has them: `"team.made"`, or `record("closed")` of a conversation."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Constant(value=str(text)) if NAME.fullmatch(text):
                yield text
            case ast.Call(func=ast.Attribute(attr="record"), args=[first, *_]):
                yield from (f"conversation.{name}" for name in texts(first))


def texts(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from texts(body)
            yield from texts(orelse)
