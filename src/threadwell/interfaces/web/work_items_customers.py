"""Work of a customer: what is open for a contact or an organisation, as a part of the customer's page.

In:    a contact or an organisation
Out:   what `work/of_customer.html` shows, under the name ``work``
Touch: nothing
"""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from threadwell.interfaces.web.entrance import Request
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.work import finding

SHOWN = 8


def work_of(request: Request, customer: Contact | Organisation) -> dict[str, Any]:
    """Open work, what is due first; and the ways to all of it and to something new."""
    name = "contact" if isinstance(customer, Contact) else "organisation"
    if isinstance(customer, Contact):
        rows = finding.of_people(request.workspace.pk, contact=customer)
    else:
        rows = finding.of_people(request.workspace.pk, organisation=customer)
    found = list(finding.shown(rows.open()).order_by("due_order", "pk")[: finding.SHOWN])
    about = urlencode({name: str(customer.pk)})
    return {
        "found": found[:SHOWN],
        "more": len(found[SHOWN:]),
        "url": f"{reverse('web:work', args=[request.workspace.slug])}?{about}",
        "new_url": f"{reverse('web:new_work', args=[request.workspace.slug])}?{about}",
    }
