"""Rule facts: what a routing rule can ask for, with the words and choices people are shown.

In:    a workspace
Out:   a Catalogue of facts: label, kind, ways to ask, options
Touch: nothing
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from threadwell.flow.decide.asked import OWN_LOAD
from threadwell.interfaces.web.templatetags.threadwell import CHANNELS
from threadwell.record.conversations.models import Conversation
from threadwell.record.fields.models import CustomField
from threadwell.record.fields.values import fields_of
from threadwell.record.inboxes.models import Inbox
from threadwell.record.work.models import WorkItemType, WorkStatus
from threadwell.record.workplace.models import Agent, Team, Workspace

type Label = str | Promise
type Option = tuple[str, Label]

WAYS: dict[str, Label] = {
    "is": _("is one of"),
    "is_not": _("is none of"),
    "known": _("is known"),
    "unknown": _("is not known"),
    "has": _("has any of the words"),
    "has_all": _("has all of the words"),
    "has_not": _("has none of the words"),
    "at_least": _("is at least"),
    "at_most": _("is at most"),
    "yes": _("yes"),
    "no": _("no"),
}
_CHOOSING = ("is", "is_not")
_OPEN = ("is", "is_not", "known", "unknown")
_WORDS = ("has", "has_all", "has_not")
_COUNTED = ("at_least", "at_most")
_NOUNS = {
    CustomField.About.CONTACT: _("Contact"),
    CustomField.About.ORGANISATION: _("Organisation"),
    CustomField.About.CONVERSATION: _("Conversation"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that can be asked for."""

    key: str
    label: Label
    ways: tuple[str, ...]
    kind: str  #: choice, names, words, number, flag, organisation
    options: Sequence[Option] = ()

    @property
    def worded_ways(self) -> list[Option]:
        return [(way, WAYS[way]) for way in self.ways]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All of them, in groups."""

    groups: list[tuple[Label, list[Fact]]]
    by_key: dict[str, Fact] = field(default_factory=dict)

    def of(self, key: str) -> Fact:
        """The fact of that name; one that is not there any more is shown as it is."""
        return self.by_key.get(key) or Fact(key=key, label=key, ways=tuple(WAYS), kind="names")


def catalogue_of(workspace: Workspace) -> Catalogue:
    """What rules of this workspace can ask for."""
    groups = [
        (_t("The conversation"), list(_conversation(workspace))),
        (_t("The customer"), list(_customer(workspace))),
        (_t("Work it is about"), list(_work(workspace))),
        (_t("Right now"), list(_now(workspace))),
        (_t("Your own fields"), list(_own(workspace))),
    ]
    return Catalogue(
        groups=[(name, facts) for name, facts in groups if facts],
        by_key={fact.key: fact for _name, facts in groups for fact in facts},
    )


def _conversation(workspace: Workspace) -> Iterator[Fact]:
    inboxes = Inbox.objects.of(workspace).filter(closed_at=None).order_by("name", "pk")
    channels = [(kind, CHANNELS[kind][1]) for kind in Inbox.Kind.values if kind in CHANNELS]
    yield Fact(key="channel", label=_("Channel"), ways=_CHOOSING, kind="choice", options=channels)
    yield Fact(
        key="inbox",
        label=_("Inbox"),
        ways=_CHOOSING,
        kind="choice",
        options=[(str(one.pk), f"{one.name} ({one.address})") for one in inboxes],
    )
    yield Fact(key="words", label=_("Subject or text"), ways=_WORDS, kind="words")
    yield Fact(key="subject", label=_("Subject"), ways=_WORDS, kind="words")
    yield Fact(key="body", label=_("Text"), ways=_WORDS, kind="words")
    yield Fact(
        key="type",
        label=_("Type of conversation"),
        ways=_CHOOSING,
        kind="choice",
        options=Conversation.Type.choices,
    )
    yield Fact(
        key="priority",
        label=_("Priority"),
        ways=_COUNTED,
        kind="choice",
        options=[(str(value), label) for value, label in Conversation.Priority.choices],
    )
    yield Fact(key="intent", label=_("Intent"), ways=_OPEN, kind="names")
    yield Fact(key="labels", label=_("Labels"), ways=_OPEN, kind="names")
    yield Fact(key="language", label=_("Language (en, de, ...)"), ways=_OPEN, kind="names")
    yield Fact(key="machine", label=_("Written by a machine"), ways=("yes", "no"), kind="flag")


def _customer(workspace: Workspace) -> Iterator[Fact]:
    agents = Agent.objects.of(workspace).filter(left_at=None).order_by("name", "pk")
    yield Fact(key="tier", label=_("Tier"), ways=_OPEN, kind="names")
    yield Fact(key="organisation", label=_("Organisation"), ways=_OPEN, kind="organisation")
    yield Fact(
        key="owner",
        label=_("Owner of the account"),
        ways=_OPEN,
        kind="choice",
        options=[(str(one.pk), one.name) for one in agents],
    )
    yield Fact(key="sender_domain", label=_("Domain of the sender"), ways=_OPEN, kind="names")
    yield Fact(key="new_lead", label=_("Is a new lead"), ways=("yes", "no"), kind="flag")


def _work(workspace: Workspace) -> Iterator[Fact]:
    types = WorkItemType.objects.of(workspace).filter(archived_at=None).order_by("position", "pk")
    kinds = [(str(one.pk), one.name) for one in types]
    names = dict(kinds)
    statuses = WorkStatus.objects.of(workspace).order_by("type__position", "position")
    stations = [
        (str(one.pk), f"{names[str(one.type_id)]}: {one.name}")
        for one in statuses
        if str(one.type_id) in names
    ]
    yield Fact(key="work.type", label=_("Kind of work"), ways=_OPEN, kind="choice", options=kinds)
    yield Fact(key="work.status", label=_("Status of work"), ways=_OPEN, kind="choice", options=stations)


def _now(workspace: Workspace) -> Iterator[Fact]:
    yield Fact(key="open_hours", label=_("Within business hours"), ways=("yes", "no"), kind="flag")
    yield Fact(key=OWN_LOAD, label=_("Open conversations of its team"), ways=_COUNTED, kind="number")
    for team in Team.objects.of(workspace).order_by("name"):
        label = _t("Open conversations of %(team)s") % {"team": team.name}
        yield Fact(key=f"load.{team.pk}", label=label, ways=_COUNTED, kind="number")


def _own(workspace: Workspace) -> Iterator[Fact]:
    agents: list[Option] | None = None
    for about, noun in _NOUNS.items():
        for one in fields_of(workspace, about):
            if one.kind == CustomField.Kind.PERSON and agents is None:
                rows = Agent.objects.of(workspace).filter(left_at=None).order_by("name", "pk")
                agents = [(str(agent.pk), agent.name) for agent in rows]
            yield Fact(key=f"custom.{about}.{one.key}", label=f"{noun}: {one.label}", **_kind_of(one, agents))


def _kind_of(one: CustomField, agents: list[Option] | None) -> dict[str, Any]:
    match one.kind:
        case CustomField.Kind.NUMBER:
            return {"kind": "number", "ways": (*_COUNTED, "known", "unknown")}
        case CustomField.Kind.CHOICE:
            return {"kind": "choice", "ways": _OPEN, "options": [(each, each) for each in one.choices]}
        case CustomField.Kind.PERSON:
            return {"kind": "choice", "ways": _OPEN, "options": agents or []}
        case CustomField.Kind.CHECKBOX:
            return {"kind": "flag", "ways": ("yes", "no")}
        case CustomField.Kind.DATE:
            return {"kind": "names", "ways": _OPEN}
        case _:
            return {"kind": "words", "ways": (*_WORDS, "known", "unknown")}
