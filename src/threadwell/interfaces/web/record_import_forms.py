"""Record import forms: which file, what its columns are, how it is meant.

In:    an import, what was typed
Out:   checked values: a mapping, options, another way of reading the file
Touch: reads the first rows of the file
"""

from typing import Any

from django import forms
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.flow import moving_in
from threadwell.flow.carry import columns
from threadwell.interfaces.web.entrance import Request
from threadwell.interfaces.web.forms import zones
from threadwell.kit import sheets
from threadwell.record.imports.models import RecordImport
from threadwell.record.inboxes.models import Inbox
from threadwell.record.people.models import Organisation
from threadwell.record.workplace.models import Agent

Kind = RecordImport.Kind
ORDERS = (
    ("", _("as each says (2026-11-23)")),
    ("dmy", _("day, month, year (23.11.2026, 23/11/2026)")),
    ("mdy", _("month, day, year (11/23/2026)")),
    ("ymd", _("year, month, day (2026/11/23)")),
    ("unix", _("seconds since 1970")),
)
DELIMITERS = ((",", _("comma")), (";", _("semicolon")), ("\t", _("tab")), ("|", _("bar")))
LARGEST = 1024**3  #: bytes of a file; the command takes any
LONG = 60  #: characters of a cell that are shown


class TableForm(forms.Form):
    """What the rows are, and the file that holds them."""

    kind = forms.ChoiceField(label=_("What the rows are"), choices=Kind)
    table = forms.FileField(label=_("File"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        size = filesizeformat(LARGEST)
        self.fields["table"].help_text = gettext(
            "A table as CSV or XLSX with names in its first row, or vCards (.vcf); up to %(size)s."
        ) % {"size": size}

    def clean_table(self) -> Any:
        """Not too large for a browser's upload."""
        file = self.cleaned_data["table"]
        if file.size > LARGEST:
            raise forms.ValidationError(gettext("This file is too large. Use the command import-records."))
        return file


class HowForm(forms.Form):
    """What the columns are and how they are meant."""

    encoding = forms.ChoiceField(label=_("Encoding"), required=False)
    delimiter = forms.ChoiceField(label=_("Between the cells"), choices=DELIMITERS, required=False)
    system = forms.CharField(
        label=_("Name of the other system"),
        max_length=60,
        help_text=_("Its numbers are kept under this name; use the same name when the table comes again."),
    )
    match = forms.ChoiceField(
        label=_("Known again by"),
        choices=[
            ("external_id", _("the number in the other system, else the e-mail")),
            ("email", _("the e-mail, else the number in the other system")),
        ],
    )
    inbox = forms.ChoiceField(
        label=_("Inbox"),
        help_text=_("The conversations belong to it. They are closed; nobody is written to."),
    )
    order = forms.ChoiceField(label=_("Dates are written"), choices=ORDERS, required=False)
    zone = forms.ChoiceField(label=_("Time zone of moments that say none"))
    owner = forms.ChoiceField(label=_("Owner of new ones"), required=False)
    organisation = forms.CharField(
        label=_("Organisation of those that name none"), max_length=200, required=False
    )

    def __init__(self, request: Request, state: RecordImport, *, given: Any = None) -> None:
        options = state.options
        first: dict[str, Any] = {
            name: options.get(name, "") for name in ("system", "match", "zone", "inbox", "owner")
        }
        first |= {name: state.layout[name] for name in ("encoding", "delimiter")}
        first["order"] = next((one for one in options.get("orders", {}).values() if one), "")
        super().__init__(given, initial=first)
        self.state = state
        self.workspace = request.workspace
        self._offer()
        self._leave_out()
        self.columns = self._columns(given)

    @property
    def reading(self) -> dict[str, str]:
        kept = self.state.layout
        return {name: self.cleaned_data.get(name) or kept[name] for name in ("encoding", "delimiter")}

    @property
    def reads_otherwise(self) -> bool:
        return any(self.reading[name] != self.state.layout[name] for name in self.reading)

    @property
    def mapping(self) -> list[str]:
        return [column["chosen"] for column in self.columns]

    @property
    def options(self) -> dict[str, Any]:
        given = self.cleaned_data
        orders = dict.fromkeys(columns.MOMENTS, given.get("order", ""))
        kept: dict[str, Any] = {
            name: given[name] for name in ("system", "match", "zone", "inbox", "owner") if name in given
        }
        return {**kept, "orders": orders, "organisation": given.get("organisation") or ""}

    def clean_organisation(self) -> str:
        """Its name becomes its key."""
        name = self.cleaned_data["organisation"].strip()
        if not name:
            return ""
        rows = Organisation.objects.of(self.workspace).filter(one_with=None, name__iexact=name)
        found = rows.order_by("made_at").values_list("pk", flat=True).first()
        if found is None:
            raise forms.ValidationError(gettext("There is no organisation of this name."))
        return str(found)

    def _offer(self) -> None:
        """What there is to choose from in this workspace."""
        inboxes = Inbox.objects.of(self.workspace).filter(closed_at=None).order_by("name")
        seats = Agent.objects.of(self.workspace).filter(left_at=None).order_by("name")
        encodings = dict.fromkeys([self.state.layout["encoding"], *sheets.ENCODINGS])
        choices: dict[str, list[tuple[str, str]]] = {
            "encoding": [(name, name) for name in encodings],
            "zone": zones(),
            "inbox": [(str(one.pk), f"{one.name} ({one.address})") for one in inboxes],
            "owner": [("", gettext("nobody")), *((str(one.pk), one.name) for one in seats)],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]  # ChoiceFields

    def _leave_out(self) -> None:
        """What this table does not need to be asked."""
        kind, form = self.state.kind, self.state.layout["form"]
        idle = {"encoding", "delimiter"} if form == sheets.XLSX else set()
        if form == sheets.VCARD:
            idle = {"delimiter", "order", "zone"}
        if kind == Kind.INTERACTIONS:
            idle |= {"match", "owner", "organisation"}
        else:
            idle.add("inbox")
        if kind in (Kind.ORGANISATIONS, Kind.WORK, Kind.TASKS):
            idle |= {"match", "organisation"}
        for name in idle:
            del self.fields[name]

    def _columns(self, given: Any) -> list[dict[str, Any]]:
        """Each column with what it may be, what it is, and what stands in it."""
        rows = moving_in.first_rows(self.state)
        offered = [(field.key, str(field.name)) for field in moving_in.fields_of(self.state)]
        mapping = self.state.mapping
        return [
            {
                "name": name,
                "field": f"column-{place}",
                "chosen": given.get(f"column-{place}", "") if given is not None else mapping[place],
                "offered": offered,
                "cells": [
                    str(row.cells[place])[:LONG] for row in rows if not row.why and row.cells[place] != ""
                ][:3],
            }
            for place, name in enumerate(self.state.layout["header"])
        ]
