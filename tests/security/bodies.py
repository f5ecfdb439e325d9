"""Bodies: what is sent along, with somebody else's keys wherever a key may stand.

In:    a house; the description of an operation
Out:   fields of a form; a body of JSON that fits the description
Touch: nothing
"""

import ast
import re
from functools import cache
from typing import Any
from uuid import UUID

from tests.house import tree
from tests.security.strangers import House
from threadwell.kit import clock, ids

#: What fields call a row, beside what addresses call it.
_MEANS = {
    **dict.fromkeys(
        ("owner", "by", "deputy", "heir", "to_agent", "whom", "said_by", "colleague", "seats"), "agent"
    ),
    **dict.fromkeys(("giver", "taker", "members", "mentions"), "agent"),
    **dict.fromkeys(("parent", "firm", "company", "of_organisation"), "organisation"),
    **dict.fromkeys(("customer", "one", "first", "second", "survivor", "person"), "contact"),
    **dict.fromkeys(("answers", "seen", "messages", "about_message"), "message"),
    **dict.fromkeys(("other", "order", "claim"), "item"),
    **dict.fromkeys(("of_type", "kind_of_work"), "type"),
    **dict.fromkeys(("rules", "above", "before"), "rule"),
}
_NUMBERS = frozenset(
    {"conversation", "conversations", "others", "number", "numbers", "aside", "follows", "target", "source"}
)
#: Words that people write freely, though something of ours is called so.
_WORDS = frozenset({"label", "labels", "subject", "word", "words", "name", "title", "view"})
_DATES = re.compile(r"(_at|_on|until|since|begins|ends|due|date)$")


@cache
def names_of_fields() -> frozenset[str]:
    """Every name under which our pages look into a form, as the code has them."""
    found: set[str] = set()
    for module in tree.modules():
        if module.name.startswith("threadwell/interfaces/web/"):
            found |= {name for node in ast.walk(module.tree) for name in _names(node)}
    return frozenset(name for name in found if re.fullmatch(r"[a-z][a-z_]{1,40}", name))


def _names(node: ast.AST) -> list[str]:
    match node:
        case ast.Call(func=ast.Attribute(attr="get" | "getlist"), args=[ast.Constant(value=str(name)), *_]):
            return [name]
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return [name]
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(attr=kind))) if (
            kind.endswith("Field")
        ):
            return [name]
    return []


def form_with(house: House) -> dict[str, Any]:
    """Each field with a key of that house, where its name means a row; a word where it does not."""
    return {name: _value(name, house) for name in sorted(names_of_fields()) if name != "_method"}


def _value(name: str, house: House) -> Any:
    if name in _WORDS:
        return "Mine"
    if name in _NUMBERS:
        return [str(house.number)]
    if keys := _keys(name, house):
        return [str(key) for key in keys]
    if name in ("ids", "keys", "records", "rows", "chosen"):
        return [str(key) for key in (*house.called("contact"), *house.called("organisation"))]
    if _DATES.search(name):
        return clock.now().date().isoformat()
    return {"email": "eve@elsewhere.example", "kind": "contact"}.get(name, "5")


def _keys(name: str, house: House) -> list[UUID]:
    plain = name.removesuffix("_id").removesuffix("_ids")
    for guess in (plain, plain.removesuffix("s"), _MEANS.get(plain, "")):
        if guess and (found := house.called(guess)):
            return found
    return []


def of_operation(told: dict[str, Any], operation: dict[str, Any], house: House) -> Any:
    """A body with everything that the operation takes, or nothing where it takes none."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return _sample(schema, told["components"]["schemas"], "", house, depth=0) if schema else None


def _sample(schema: dict[str, Any], known: dict[str, Any], name: str, house: House, *, depth: int) -> Any:  # noqa: PLR0911
    if "$ref" in schema:
        schema = known[schema["$ref"].rpartition("/")[2]]
    if choices := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return _sample(choices[0], known, name, house, depth=depth)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object":
            inside = schema.get("properties", {}) if depth < 4 else {}
            return {one: _sample(of, known, one, house, depth=depth + 1) for one, of in inside.items()}
        case "array":
            return [_sample(schema.get("items", {}), known, name, house, depth=depth + 1)]
        case "integer" | "number":
            return house.number if name in _NUMBERS else max(1, int(schema.get("minimum", 1)))
        case "boolean":
            return True
        case "string":
            return _text(schema, name, house)
    return "x"


def _text(schema: dict[str, Any], name: str, house: House) -> str:
    match schema.get("format"):
        case "uuid":
            return str(next(iter(_keys(name, house)), None) or ids.new())
        case "date-time":
            return clock.now().isoformat()
        case "date":
            return clock.now().date().isoformat()
        case "email":
            return "eve@elsewhere.example"
    keys = [] if name in _WORDS else _keys(name, house)
    return str(keys[0]) if keys else "Mine"
