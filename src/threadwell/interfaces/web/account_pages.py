"""Account pages: what the forms of contacts and of organisations do alike.

In:    a request, a form, a record
Out:   whether it was saved; what the page shows around the form
Touch: nothing but through `saying`
"""

from typing import Any

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from threadwell.interfaces.web import likenesses, register_pages
from threadwell.interfaces.web.account_forms import AccountForm, changed
from threadwell.interfaces.web.custom_forms import PREFIX
from threadwell.interfaces.web.entrance import Request
from threadwell.interfaces.web.page import toast
from threadwell.interfaces.web.registers import Register, home_of
from threadwell.kit import ids
from threadwell.kit.errors import Invalid
from threadwell.record.people import facts, provenance, saying
from threadwell.record.people.models import Account, Organisation, Source
from threadwell.record.people.one import members_of, standing

SUGGESTED = 200  #: organisations that are offered before one types


def saved(request: Request, form: AccountForm, record: Account) -> bool:
    """Say what was typed; no when something is wrong with it, which the form says."""
    if not form.is_valid():
        return False
    batch = ids.new()
    try:
        values = changed(form, record)
        said = saying.say_all(record, values, source=Source.AGENT, by=request.agent, batch=batch)
    except Invalid as wrong:
        form.add_error(None, str(wrong.sentence))
        return False
    if said.changed:
        told = ngettext("%(count)s value changed.", "%(count)s values changed.", len(said.changed))
        undo = register_pages.way_back(request, batch)
        toast(request, told % {"count": len(said.changed)}, undo=undo)
    else:
        toast(request, gettext("Nothing changed."), level=messages.INFO)
    return True


def around(request: Request, form: AccountForm, record: Any, register: Register) -> dict[str, Any]:
    """The form with who said what, and the way to what others said."""
    sources = provenance.sources_of(record) if record else {}
    offered = Organisation.objects.of(request.workspace).filter(standing())
    return {
        "register": register,
        "form": form,
        "record": record,
        "lines": [
            {
                "field": form[name],
                "source": sources.get(key := _key(name)),
                "history_url": reverse(
                    f"web:{register.one}_history", args=[request.workspace.slug, record.pk, key]
                )
                if record and (key in sources or facts.value_of(record, key))
                else "",
            }
            for name in form.fields
        ],
        "organisations": offered.order_by("name").values_list("name", flat=True)[:SUGGESTED],
        "home_url": home_of(request.workspace.slug, register.one, record.pk) if record else "",
        "back_url": reverse(f"web:{register.place}", args=[request.workspace.slug]),
        "likeness": likenesses.beside(request, record, members_of(record)) if record else None,
        "here": "contacts",
    }


def _key(name: str) -> str:
    return f"{facts.CUSTOM}{name.removeprefix(PREFIX)}" if name.startswith(PREFIX) else name
