"""Rule trees: the conditions of a rule as a form, part by part.

In:    conditions as rows keep them, or what was posted: a field for each part, named by its place ("0.2.1")
Out:   Nodes to be shown; conditions to be kept, or what is wrong with which part
Touch: reads organisations that are named

A part is added and taken away by a button of the form, so that building works without scripts too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _t

from threadwell.flow.decide.conditions import DEEPEST, GROUPS
from threadwell.interfaces.web.rule_facts import Catalogue, Fact
from threadwell.record.people.models import Organisation
from threadwell.record.workplace.models import Workspace

NUMERIC = ("at_least", "at_most")
BARE = ("known", "unknown", "yes", "no")
MOST = 200  #: parts that are read from a form
_PLACE = re.compile(r"0(\.\d{1,3}){0,7}")


@dataclass(slots=True, kw_only=True)
class Node:
    """A group or a question, at its place in the form."""

    place: str = "0"
    kind: str = ""  #: of a group: all, any, none; empty for a question
    parts: list["Node"] = field(default_factory=list)
    fact: Fact | None = None
    way: str = ""
    texts: list[str] = field(default_factory=list)
    error: str = ""
    is_focused: bool = False  #: the keyboard goes on here

    @property
    def may_hold_groups(self) -> bool:
        return self.place.count(".") + 2 < DEEPEST

    @property
    def wants(self) -> str:
        """What stands behind the way: nothing, a number, one or several choices, or words."""
        if not self.fact or self.way in BARE:
            return ""
        if self.way in NUMERIC:
            return "one" if self.fact.options else "number"
        return "several" if self.fact.options else "text"

    @property
    def text(self) -> str:
        return ", ".join(self.texts)

    @property
    def choices(self) -> list[dict[str, Any]]:
        """The options, and what was chosen once and is not offered any more."""
        offered = list(self.fact.options) if self.fact else []
        known = {value for value, _label in offered}
        gone = [(one, _t("no longer there")) for one in self.texts if one not in known]
        return [
            {"value": value, "label": label, "is_chosen": value in self.texts}
            for value, label in [*offered, *gone]
        ]


def begun() -> Node:
    """A rule without conditions."""
    return Node(kind="all")


def shown(raw: Mapping[str, Any], catalogue: Catalogue, workspace: Workspace) -> Node:
    """Conditions as rows keep them, as a form."""
    names = _names_of(workspace, set(_organisations_in(raw)))
    return _placed(_node(raw or {"all": []}, catalogue, names))


def posted(given: QueryDict, catalogue: Catalogue) -> Node:
    """What somebody has built; the button they pressed (``deed``) is done to it."""
    nodes = {place: _of_fields(given, place, catalogue) for place in _places(given)}
    root = nodes.get("0")
    if root is None or not root.kind:
        return begun()
    for place, node in nodes.items():
        parent = nodes.get(place.rpartition(".")[0])
        if parent and parent.kind:
            parent.parts.append(node)
    _do(root, str(given.get("deed", "")), nodes, catalogue)
    return _placed(root)


def kept(node: Node, workspace: Workspace) -> dict[str, Any]:
    """Conditions as rows keep them; a part that cannot be kept gets an ``error`` (`is_good` tells)."""
    if node.kind:
        return {node.kind: [kept(one, workspace) for one in node.parts]}
    assert node.fact is not None
    plain: dict[str, Any] = {"fact": node.fact.key, "is": node.way}
    if node.way in BARE:
        return plain
    texts = [one for one in node.texts if one]
    if not texts:
        node.error = _t("Say what to compare with.")
    elif node.way in NUMERIC:
        try:
            number = float(texts[0].replace(",", "."))
            plain["value"] = int(number) if number.is_integer() else number
        except (ValueError, OverflowError):
            node.error = _t("This must be a number.")
    elif node.fact.kind == "organisation":
        plain["value"] = _keys_of(node, texts, workspace)
    else:
        plain["value"] = texts
    return plain


def is_good(node: Node) -> bool:
    """Could every part be kept?"""
    return not node.error and all(is_good(one) for one in node.parts)


def _places(given: QueryDict) -> list[str]:
    places = [name.removeprefix("part-") for name in given if name.startswith("part-")]
    good = [one for one in places if _PLACE.fullmatch(one)][:MOST]
    return sorted(good, key=lambda one: [int(step) for step in one.split(".")])


def _of_fields(given: QueryDict, place: str, catalogue: Catalogue) -> Node:
    if given.get(f"part-{place}") == "group":
        kind = given.get(f"kind-{place}", "all")
        return Node(place=place, kind=kind if kind in GROUPS else "all")
    fact = catalogue.of(str(given.get(f"fact-{place}", ""))[:200])
    way = str(given.get(f"way-{place}", ""))
    values = given.getlist(f"value-{place}")
    if way not in fact.ways:
        # Another fact was chosen: what stood there for the one before means nothing now.
        return Node(place=place, fact=fact, way=fact.ways[0])
    texts = [part.strip() for one in values for part in (one.split(",") if not fact.options else [one])]
    return Node(place=place, fact=fact, way=way, texts=[one for one in texts if one])


def _do(root: Node, deed: str, nodes: Mapping[str, Node], catalogue: Catalogue) -> None:
    what, _colon, place = deed.partition(":")
    target = nodes.get(place)
    if target is None:
        return
    if what == "ask" and target.kind:
        fact = next(iter(catalogue.by_key.values()))
        target.parts.append(Node(fact=fact, way=fact.ways[0], is_focused=True))
    elif what == "group" and target.kind and target.may_hold_groups:
        target.parts.append(Node(kind="any", is_focused=True))
    elif what == "remove" and target is not root:
        parent = nodes[place.rpartition(".")[0]]
        parent.parts = [one for one in parent.parts if one is not target]
        parent.is_focused = True


def _placed(root: Node) -> Node:
    for number, part in enumerate(root.parts):
        part.place = f"{root.place}.{number}"
        _placed(part)
    return root


def _node(raw: Mapping[str, Any], catalogue: Catalogue, names: Mapping[str, str]) -> Node:
    for kind in GROUPS:
        if kind in raw:
            return Node(kind=kind, parts=[_node(one, catalogue, names) for one in raw[kind]])
    value = raw.get("value")
    given = value if isinstance(value, list) else [] if value is None else [value]
    texts = [_text(one) for one in given]
    fact = catalogue.of(raw["fact"])
    if fact.kind == "organisation":
        texts = [names.get(one, one) for one in texts]
    return Node(fact=fact, way=raw["is"], texts=texts)


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _organisations_in(raw: Any) -> Iterator[str]:
    if isinstance(raw, Mapping):
        if raw.get("fact") == "organisation":
            value = raw.get("value")
            yield from (str(one) for one in (value if isinstance(value, list) else [value]) if one)
        for kind in GROUPS:
            for one in raw.get(kind, ()):
                yield from _organisations_in(one)


def _names_of(workspace: Workspace, keys: set[str]) -> dict[str, str]:
    rows = Organisation.objects.of(workspace).filter(pk__in=[one for one in keys if _is_key(one)])
    return {str(key): name for key, name in rows.values_list("pk", "name")} if keys else {}


def _keys_of(node: Node, texts: Sequence[str], workspace: Workspace) -> list[str]:
    found = []
    for text in texts:
        rows = Organisation.objects.of(workspace).filter(one_with=None, name__iexact=text)
        keys = [text] if _is_key(text) else [str(key) for key in rows.values_list("pk", flat=True)[:20]]
        if not keys:
            node.error = _t("There is no organisation called “%(name)s”.") % {"name": text}
        found += keys
    return found


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
