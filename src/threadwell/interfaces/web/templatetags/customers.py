"""What cards about a customer show, wherever they are included.

In:    the request of the page, a contact
Out:   lines
Touch: reads
"""

from typing import Any

from django import template
from django.template.context import Context

from threadwell.interfaces.web import organisations, preferences
from threadwell.record.conversations.models import Conversation
from threadwell.record.people.models import Alert, Contact, Organisation

register = template.Library()


@register.simple_tag(takes_context=True)
def preferences_of(context: Context, contact: Contact) -> list[dict[str, Any]]:
    return preferences.lines_of(context["request"], contact)


@register.simple_tag(takes_context=True)
def preference_choices(context: Context) -> dict[str, Any]:
    return preferences.offered(context["request"])


@register.filter
def type_name(type_: str) -> str:
    """A type of interaction as people call it."""
    return str(dict(Conversation.Type.choices).get(type_, type_))


@register.simple_tag
def alerts_at(organisation: Organisation) -> list[Alert]:
    return organisations.alerts_at(organisation)
