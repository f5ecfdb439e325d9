"""Seen: values of a row without those of fields that the reader may not read.

In:    values by key, facts of events, evidence; the veil that is worn
Out:   the same, without what is hidden
Touch: nothing

Pages are drawn along the definitions of fields, which row security hides; this is for what is handed out as
it is kept: to programs and in files.
"""

from collections.abc import Mapping
from typing import Any

from threadwell.kit.veils import worn


def readable(about: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of custom fields of a noun."""
    hidden = {name.partition(".")[2] for name in worn().fields if name.startswith(f"{about}.")}
    return {key: value for key, value in values.items() if key not in hidden}


def told(values: Any) -> Any:
    """Facts of any depth: what names a hidden field is left out."""
    hidden = {name.partition(".")[2] for name in worn().fields}
    return _without(values, hidden | {f"custom.{key}" for key in hidden}) if hidden else values


def _without(values: Any, hidden: set[str]) -> Any:
    if isinstance(values, Mapping):
        return {key: _without(value, hidden) for key, value in values.items() if key not in hidden}
    if isinstance(values, list):
        return [_without(one, hidden) for one in values if not _speaks_of(one, hidden)]
    return values


def _speaks_of(piece: Any, hidden: set[str]) -> bool:
    """A piece of evidence about a hidden field, or the name of one."""
    said = piece.get("what") if isinstance(piece, Mapping) else piece
    return isinstance(said, str) and (said in hidden or said.removeprefix("custom-") in hidden)
