"""Tree: every module of the product, parsed once for the tests of its shape."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SOURCE = ROOT / "src"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One file of the product."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return str(self.path.relative_to(SOURCE))

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    @property
    def is_migration(self) -> bool:
        return "migrations" in self.path.parts

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (
            node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )


@cache
def modules() -> tuple[Module, ...]:
    return tuple(
        Module(
            path=path, text=path.read_text(encoding="utf-8"), tree=ast.parse(path.read_text(encoding="utf-8"))
        )
        for path in sorted(SOURCE.rglob("*.py"))
    )


def own_imports_inside_functions(module: Module) -> list[str]:
    """Where a function imports something of ours: a circle that hides."""
    return [
        f"{module.name}:{node.lineno}"
        for function in module.functions()
        for node in ast.walk(function)
        if (isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("threadwell")))
        or (isinstance(node, ast.Import) and any(alias.name.startswith("threadwell") for alias in node.names))
    ]


def signals(module: Module) -> list[str]:
    """Where Django's signals are used: what happens next must stand in a journey."""
    return [
        f"{module.name}:{node.lineno}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom)
        and node.module
        and (node.module == "django.dispatch" or node.module.endswith(".signals"))
        and not node.module.startswith("threadwell.")
    ]
