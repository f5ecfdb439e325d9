"""Schema: whether a value is what the API's description says, as far as the description goes."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
FORMATS = {"uuid": UUID, "date-time": datetime.fromisoformat}


def faults(value: Any, schema: dict[str, Any], all_: dict[str, Any], place: str = "") -> Iterator[str]:
    """What does not fit, each with its place."""
    if "$ref" in schema:
        schema = all_[schema["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in schema:
        if all(list(faults(value, one, all_, place)) for one in schema["anyOf"]):
            yield f"{place}: {value!r} is none of {schema['anyOf']}"
        return
    kind = schema.get("type")
    if kind and (not isinstance(value, KINDS[kind]) or (kind != "boolean" and isinstance(value, bool))):
        yield f"{place}: {value!r} is no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is not one of {schema['enum']}"
    if read := FORMATS.get(schema.get("format", "")):
        try:
            read(value)
        except ValueError:
            yield f"{place}: {value!r} is no {schema['format']}"
    if kind == "array":
        for at, one in enumerate(value):
            yield from faults(one, schema.get("items", {}), all_, f"{place}[{at}]")
    if kind == "object" and "properties" in schema:
        missing = set(schema.get("required", ())) - value.keys()
        strange = value.keys() - schema["properties"].keys()
        yield from (f"{place}.{name} is missing" for name in missing)
        yield from (f"{place}.{name} is not described" for name in strange)
        for name in value.keys() & schema["properties"].keys():
            yield from faults(value[name], schema["properties"][name], all_, f"{place}.{name}")
