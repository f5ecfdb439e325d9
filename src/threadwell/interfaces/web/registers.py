"""Registers: the lists of contacts and of organisations, narrowed and ordered as their address says.

In:    the part of an address behind the question mark
Out:   a page of rows with their cells; all rows for a file
Touch: the session, which remembers the columns one chose
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.db.models import DateTimeField, OuterRef, Subquery
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from threadwell.interfaces.web.custom_forms import FilterFields
from threadwell.interfaces.web.entrance import Request
from threadwell.interfaces.web.places import House, house_of
from threadwell.kit import paging
from threadwell.record.conversations.models import Message
from threadwell.record.fields import values
from threadwell.record.fields.models import CustomField
from threadwell.record.people import known_as, lists
from threadwell.record.people.models import Account, Contact, Organisation
from threadwell.record.people.one import root_of

SIZE = 50
ME, NOBODY = "me", "nobody"
CUSTOM = "custom-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One of the two: of contacts, of organisations."""

    model: type[Account]
    about: str
    place: str  #: name of the list's address; "new_", "edit_", "_bulk" and "_csv" are made of it
    one: str
    title: Promise
    new: Promise
    nothing: Promise
    columns: Mapping[str, Promise]
    usual: tuple[str, ...]


CONTACTS = Register(
    model=Contact,
    about=CustomField.About.CONTACT,
    place="contacts",
    one="contact",
    title=_("Customers"),
    new=_("New customer"),
    nothing=_(
        "No customer yet. Whoever writes to an inbox becomes one by themselves; you can also enter one."
    ),
    columns={
        "reach": _("Reached by"),
        "organisation": _("Organisation"),
        "owner": _("Owner"),
        "tier": _("Tier"),
        "last": _("Last talk"),
        "language": _("Language"),
        "zone": _("Time zone"),
        "changed": _("Changed"),
    },
    usual=("reach", "organisation", "owner", "tier", "last"),
)
ORGANISATIONS = Register(
    model=Organisation,
    about=CustomField.About.ORGANISATION,
    place="organisations",
    one="organisation",
    title=_("Organisations"),
    new=_("New organisation"),
    nothing=_("No organisation yet. Enter one, with the domains its people write from."),
    columns={
        "domains": _("Domains"),
        "parent": _("Belongs to"),
        "owner": _("Owner"),
        "tier": _("Tier"),
        "last": _("Last talk"),
        "changed": _("Changed"),
    },
    usual=("domains", "parent", "owner", "tier", "last"),
)
SORTS: dict[str, Promise] = {
    lists.Order.NAME: _("Name"),
    lists.Order.CHANGED: _("Changed last"),
    lists.Order.NEWEST: _("Newest"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in one column of one row."""

    text: str = ""
    at: Any = None  #: a moment
    url: str = ""
    more: str = ""
    is_fault: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record of a list."""

    key: UUID
    name: str
    url: str
    edit_url: str
    cells: list[Cell]


class FilterForm(forms.Form):
    """What is shown only. All of it may be left empty."""

    q = forms.CharField(label=_("Name, address or number"), max_length=200, required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    tier = forms.ChoiceField(label=_("Tier"), required=False)
    organisation = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, given: QueryDict, *, house: House, tiers: list[str]) -> None:
        super().__init__(given)
        people = [(str(one.pk), one.name) for one in house.agents]
        owners = [("", _("anybody")), (ME, _("Me")), (NOBODY, _("Nobody")), *people]
        self.fields["owner"].choices = owners  # type: ignore[attr-defined]  # a ChoiceField
        asked = [given.get("tier", "")] if given.get("tier") and given.get("tier") not in tiers else []
        self.fields["tier"].choices = [("", _("any")), *((one, one) for one in [*tiers, *asked])]  # type: ignore[attr-defined]  # as above


class Asked:
    """A register as one request asks for it."""

    def __init__(self, request: Request, register: Register, given: QueryDict) -> None:
        self.request, self.register, self.given = request, register, given
        workspace = request.workspace.pk
        self.fields = values.fields_of(workspace, register.about)
        self.form = FilterForm(given, house=house_of(request), tiers=lists.tiers(register.model, workspace))
        self.custom = FilterFields(self.fields, given, house_of(request))
        self.form.full_clean()
        asked = given.get("sort", "")
        self.order = lists.Order(asked) if asked in SORTS else lists.Order.NAME

    @cached_property
    def filters(self) -> lists.Filters:
        """What was asked for and can be understood; an address may be older than what it names."""
        known = self.form.cleaned_data
        owner = known.get("owner") or ""
        if owner == ME:
            owner = str(self.request.agent.pk)
        within = Organisation.objects.of(self.request.workspace).filter(pk__in=[known.get("organisation")])
        return lists.Filters(
            words=known.get("q") or "",
            owner=UUID(owner) if owner and owner != NOBODY else None,
            is_unowned=owner == NOBODY,
            tier=known.get("tier") or "",
            organisation=root_of(found) if (found := within.first()) else None,
            custom=self.custom.asked,
        )

    @property
    def rows(self) -> Any:
        return lists.every(self.register.model, self.request.workspace.pk, self.filters)

    @property
    def is_filtered(self) -> bool:
        return self.filters != lists.Filters()

    @cached_property
    def columns(self) -> dict[str, str | Promise]:
        """The columns to show, in their order: as the address says, or as last time."""
        offered = self.offered
        remembered = f"columns-{self.register.place}"
        asked = [one for one in self.given.getlist("column") if one in offered]
        if asked:
            self.request.session[remembered] = asked
        chosen = set(asked or self.request.session.get(remembered, self.register.usual))
        return {key: name for key, name in offered.items() if key in chosen}

    @property
    def offered(self) -> dict[str, str | Promise]:
        own: dict[str, str | Promise] = {f"{CUSTOM}{one.key}": one.label for one in self.fields}
        return {**self.register.columns, **own}

    def query(self, **other: str) -> str:
        """The address's part for what is asked; one meaning, one spelling."""
        known = {name: str(value) for name, value in self.form.cleaned_data.items() if value}
        known |= self.custom.query
        if self.order != lists.Order.NAME:
            known["sort"] = self.order
        asked = [*known.items(), *(("column", one) for one in self.given.getlist("column"))]
        return urlencode([pair for pair in [*asked, *other.items()] if pair[1]])

    def page(self) -> paging.Page[Any]:
        rows = lists.shown(_with_last_talk(self.rows)) if "last" in self.columns else lists.shown(self.rows)
        return paging.page(rows, by=self.order.by, size=SIZE, cursor=self.given.get("cursor", ""))

    def drawn(self, records: list[Any]) -> list[Row]:
        """The rows as the page shows them."""
        slug, one = self.request.workspace.slug, self.register.one
        reached = lists.reached_by(records) if "reach" in self.columns else {}
        draw = _Drawing(self, reached)
        return [
            Row(
                key=record.pk,
                name=record.name,
                url=home_of(slug, one, record.pk),
                edit_url=reverse(f"web:edit_{one}", args=[slug, record.pk]),
                cells=[draw.cell(record, column) for column in self.columns],
            )
            for record in records
        ]

    def lines(self) -> Iterator[list[Any]]:
        """All rows as a file has them, page by page."""
        cursor = ""
        while True:
            rows = lists.shown(_with_last_talk(self.rows))
            page = paging.page(rows, by=self.order.by, size=1000, cursor=cursor)
            reached = lists.reached_by(page.rows) if self.register is CONTACTS else {}
            draw = _Drawing(self, reached)
            for record in page.rows:
                cells = (draw.cell(record, column) for column in self.offered)
                yield [str(record.pk), record.name, *(cell.at or cell.text for cell in cells)]
            cursor = page.next
            if not cursor:
                return


class _Drawing:
    """Cells of rows: what is looked up once for all of them."""

    def __init__(self, asked: Asked, reached: Mapping[UUID, list[Any]]) -> None:
        self.asked, self.reached = asked, reached
        self.fields = {f"{CUSTOM}{one.key}": one for one in asked.fields}
        self.names = lists.names_of(house_of(asked.request).agents)
        self.is_owner_required = asked.request.workspace.is_owner_required

    def cell(self, record: Any, column: str) -> Cell:
        if own := self.fields.get(column):
            return Cell(text=values.shown(own, record.custom.get(own.key), self.names))
        if column in ("last", "changed"):
            return Cell(at=record.last_talk if column == "last" else record.changed_at)
        if column in ("organisation", "parent"):
            return self._organisation(getattr(record, column))
        text = self._text(record, column)
        return Cell(text=text, is_fault=column == "owner" and not text and self.is_owner_required)

    def _text(self, record: Any, column: str) -> str:
        match column:
            case "reach":
                known = self.reached.get(record.pk, ())
                return ", ".join(known_as.shown(one.kind, one.shown) for one in known)
            case "owner":
                return record.owner.name if record.owner_id else ""
            case "domains":
                return ", ".join(record.domains)
            case _:
                return str(getattr(record, column))

    def _organisation(self, organisation: Organisation | None) -> Cell:
        if organisation is None:
            return Cell()
        slug = self.asked.request.workspace.slug
        return Cell(text=organisation.name, url=home_of(slug, "organisation", organisation.pk))


def home_of(slug: str, one: str, key: UUID) -> str:
    """The page of a contact or an organisation."""
    return reverse(f"web:{one}", args=[slug, key])


def _with_last_talk(rows: Any) -> Any:
    about = "contact" if rows.model is Contact else "organisation"
    talks = Message.objects.of(OuterRef("workspace_id")).filter(**{f"{about}_id": OuterRef("pk")})
    newest = Subquery(talks.order_by("-at", "-id").values("at")[:1], output_field=DateTimeField())
    return rows.annotate(last_talk=newest)
