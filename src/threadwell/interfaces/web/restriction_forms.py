"""Restriction forms: what stands behind a wall, and who may look there.

In:    what was ticked and typed
Out:   a name, a reason, subjects, insiders
Touch: reads inboxes, fields, accounts, teams and agents, as far as the reader sees them
"""

from collections.abc import Iterable
from typing import Any, override
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.flow.restricting import Behind, Who
from threadwell.kit import clock
from threadwell.record.fields.models import CustomField
from threadwell.record.inboxes.models import Inbox
from threadwell.record.people.models import Contact, Identity, Organisation
from threadwell.record.sight.models import Insider, Restriction, Subject
from threadwell.record.workplace.models import Agent, Team, Workspace
from threadwell.record.workplace.roles import Role

#: Fields that every contact has; they stand in rows of their own, which row security can hide.
STANDARD: tuple[tuple[str, Promise], ...] = (
    ("identity.phone", _("Phone numbers")),
    ("identity.handle", _("Handles")),
    ("identity.external", _("Numbers in other systems")),
)
ROLES = tuple((role.value, role.label) for role in Role if role is not Role.OWNER)
ACCOUNTS = (Subject.Kind.CONTACT, Subject.Kind.ORGANISATION)


class RestrictionForm(forms.Form):
    """What is restricted, why, and to whom."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("Whoever stands before it reads it: name no customer here."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("They read this, too."))
    accounts = forms.MultipleChoiceField(
        label=_("Customers"), required=False, widget=forms.CheckboxSelectMultiple
    )
    more_accounts = forms.CharField(
        label=_("More customers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "One on each line: a person's e-mail address, or an organisation's name or domain. Everything of"
            " theirs is restricted; of an organisation also its people and what stands below it."
        ),
    )
    inboxes = forms.MultipleChoiceField(
        label=_("Inboxes"), required=False, widget=forms.CheckboxSelectMultiple
    )
    fields_hidden = forms.MultipleChoiceField(
        label=_("Fields"), required=False, widget=forms.CheckboxSelectMultiple
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles that see it"),
        required=False,
        choices=ROLES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Owners always do."),
    )
    teams = forms.MultipleChoiceField(
        label=_("Teams that see it"), required=False, widget=forms.CheckboxSelectMultiple
    )
    agents = forms.MultipleChoiceField(
        label=_("People who see it"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        *args: Any,
        workspace: Workspace,
        wall: Restriction | None = None,
        about: Iterable[Subject] = (),
        **more: Any,
    ) -> None:
        """``about`` are customers that a new one is offered for, though they do not stand behind it yet."""
        super().__init__(*args, **more)
        self.workspace = workspace
        self.subjects = _subjects(wall) if wall else list(about)
        self.insiders = _insiders(wall) if wall else []
        self.named = account_names(workspace, self.subjects)
        fields: Any = self.fields
        fields["accounts"].choices = [(str(key), name) for key, name in self.named.items()]
        if not self.named:
            self.fields.pop("accounts")
            self.fields["more_accounts"].label = _("Customers")
        offered: dict[str, Any] = {
            "inboxes": Inbox.objects.of(workspace).filter(closed_at=None).order_by("name"),
            "teams": Team.objects.of(workspace).order_by("name"),
            "agents": Agent.objects.of(workspace).filter(left_at=None).order_by("name"),
        }
        for name, rows in offered.items():
            fields[name].choices = [(str(row.pk), str(row)) for row in rows]
            if not fields[name].choices:
                self.fields.pop(name)
        fields["fields_hidden"].choices = field_names(workspace)

    @override
    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        given["found"] = []
        for line in given.get("more_accounts", "").splitlines():
            if text := " ".join(line.split()):
                found = account_of(self.workspace, text)
                if found is None:
                    wrong = gettext("“%(text)s” is no address, organisation or domain that is known here.")
                    self.add_error("more_accounts", wrong % {"text": text[:80]})
                else:
                    given["found"].append(found)
        return given

    @property
    def said_fields(self) -> list[Any]:
        """What is told to whoever stands before it, and the customers."""
        return [self[name] for name in ("name", "reason", "accounts", "more_accounts") if name in self.fields]

    @property
    def behind_fields(self) -> list[Any]:
        """What else stands behind it."""
        return [self[name] for name in ("inboxes", "fields_hidden") if name in self.fields]

    @property
    def inside_fields(self) -> list[Any]:
        """Who sees it."""
        return [self[name] for name in ("roles", "teams", "agents") if name in self.fields]

    @property
    def behind(self) -> list[Behind]:
        """What shall stand behind it; what the reader does not see stays there."""
        given = self.cleaned_data
        kept = {str(key) for key in given.get("accounts", ())}
        accounts = [
            Behind(kind=one.kind, key=one.key)
            for one in self.subjects
            if one.kind in ACCOUNTS and (str(one.key) in kept or one.key not in self.named)
        ]
        offered = {value for value, _name in _choices(self, "inboxes")}
        unseen = [
            Behind(kind=one.kind, key=one.key)
            for one in self.subjects
            if one.kind == Subject.Kind.INBOX and str(one.key) not in offered
        ]
        inboxes = [Behind(kind=Subject.Kind.INBOX, key=UUID(key)) for key in given.get("inboxes", ())]
        fields = [Behind(kind=Subject.Kind.FIELD, field=name) for name in given["fields_hidden"]]
        known = {value for value, _name in _choices(self, "fields_hidden")}
        fields += [
            Behind(kind=one.kind, field=one.field)
            for one in self.subjects
            if one.kind == Subject.Kind.FIELD and one.field not in known
        ]
        return list({*accounts, *given["found"], *inboxes, *unseen, *fields})

    @property
    def inside(self) -> list[Who]:
        """Who shall see it; whoever was let in for a while keeps their time."""
        given = self.cleaned_data
        until = {(one.role, one.team_id, one.agent_id): one.until for one in self.insiders}
        wanted: list[tuple[str, UUID | None, UUID | None]] = [(role, None, None) for role in given["roles"]]
        wanted += [("", UUID(key), None) for key in given.get("teams", ())]
        wanted += [("", None, UUID(key)) for key in given.get("agents", ())]
        return [
            Who(role=role, team=team, agent=agent, until=until.get((role, team, agent)))
            for role, team, agent in wanted
        ]


def initial_of(wall: Restriction) -> dict[str, Any]:
    """A restriction as its form shows it."""
    subjects, insiders = _subjects(wall), _insiders(wall)
    return {
        "name": wall.name,
        "reason": wall.reason,
        "accounts": [str(one.key) for one in subjects if one.kind in ACCOUNTS],
        "inboxes": [str(one.key) for one in subjects if one.kind == Subject.Kind.INBOX],
        "fields_hidden": [one.field for one in subjects if one.kind == Subject.Kind.FIELD],
        "roles": [one.role for one in insiders if one.role],
        "teams": [str(one.team_id) for one in insiders if one.team_id],
        "agents": [str(one.agent_id) for one in insiders if one.agent_id],
    }


def account_names(workspace: Workspace, subjects: Iterable[Subject]) -> dict[UUID, str]:
    """The names of those accounts that the reader may see."""
    keys = {one.key for one in subjects if one.kind in ACCOUNTS and one.key}
    names: dict[UUID, str] = {}
    for kind in (Organisation, Contact):
        rows = kind.objects.of(workspace).filter(pk__in=keys).order_by("name", "pk")
        names |= {key: name or gettext("(no name)") for key, name in rows.values_list("pk", "name")}
    return names


def field_names(workspace: Workspace) -> list[tuple[str, str]]:
    """The fields that can be restricted, by the names that row security knows."""
    custom = CustomField.objects.of(workspace).filter(archived_at=None).order_by("about", "place", "pk")
    return [
        *((name, str(label)) for name, label in STANDARD),
        *((f"{one.about}.{one.key}", f"{one.label} ({one.get_about_display()})") for one in custom),
    ]


def account_of(workspace: Workspace, text: str) -> Behind | None:
    """Whom a line names: a person by their address, an organisation by its name or a domain."""
    if "@" in text and not text.startswith("@"):
        known = Identity.objects.of(workspace).filter(kind=Identity.Kind.EMAIL, value=text.casefold())
        key = known.values_list("contact_id", flat=True).first()
        return Behind(kind=Subject.Kind.CONTACT, key=key) if key else None
    named = Q(name__iexact=text) | Q(domains__contains=[text.removeprefix("@").casefold()])
    key = Organisation.objects.of(workspace).filter(named).values_list("pk", flat=True).order_by("pk").first()
    return Behind(kind=Subject.Kind.ORGANISATION, key=key) if key else None


def _subjects(wall: Restriction) -> list[Subject]:
    return list(Subject.objects.of(wall.workspace_id).filter(restriction=wall))


def _insiders(wall: Restriction) -> list[Insider]:
    now = clock.now()
    rows = Insider.objects.of(wall.workspace_id).filter(restriction=wall)
    return [one for one in rows if one.is_in(now=now)]


def _choices(form: RestrictionForm, name: str) -> list[tuple[str, str]]:
    field: Any = form.fields.get(name)
    return list(field.choices) if field else []
