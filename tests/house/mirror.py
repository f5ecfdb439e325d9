"""Mirror: the table of style.md section 7, so that the tail is seen. Nothing fails by it."""

import ast
import statistics
from collections.abc import Sequence

from tests.house import tree


def main() -> None:
    modules = [module for module in tree.modules() if not module.is_migration]
    functions = [(f"{module.name}:{node.lineno}", node) for module in modules for node in module.functions()]
    lengths = [(_length(node), place) for place, node in functions]
    told = [module for module in modules if ast.get_docstring(module.tree)]
    typed = [node for _, node in functions if _is_typed(node)]
    comments = sum(line.lstrip().startswith("#") for module in modules for line in module.text.splitlines())
    lines = sum(module.lines for module in modules)
    rows = [
        ("files, lines of code", f"{len(modules)}, {lines}", ""),
        (
            "lines per file, median / p95 / max",
            _spread([module.lines for module in modules]),
            "60 / 200 / 400",
        ),
        ("lines per function, median / p95 / max", _spread([length for length, _ in lengths]), "6 / 25 / 50"),
        ("module docstrings", _share(len(told), len(modules)), "100 %"),
        ("typed functions", _share(len(typed), len(functions)), "100 %"),
        (
            "own imports inside functions",
            str(sum(len(tree.own_imports_inside_functions(m)) for m in modules)),
            "0",
        ),
        ("signals", str(sum(len(tree.signals(m)) for m in modules)), "0"),
        ("comment lines", _share(comments, lines), "2 to 5 %"),
    ]
    for measure, ours, bar in rows:
        print(f"{measure:<40} {ours:>20}   bar {bar}")
    print(
        "longest files:     ",
        ", ".join(f"{m.name} {m.lines}" for m in sorted(modules, key=lambda m: -m.lines)[:5]),
    )
    print(
        "longest functions: ",
        ", ".join(f"{place} {length}" for length, place in sorted(lengths, reverse=True)[:5]),
    )


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _is_typed(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    own = [argument for argument in arguments if argument.arg not in {"self", "cls"}]
    return node.returns is not None and all(argument.annotation for argument in own)


def _spread(values: Sequence[int]) -> str:
    ordered = sorted(values)
    return f"{statistics.median(ordered):.0f} / {ordered[int(len(ordered) * 0.95)]} / {ordered[-1]}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / max(whole, 1):.0f} %"


if __name__ == "__main__":
    main()
