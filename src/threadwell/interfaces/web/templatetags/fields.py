"""Fields: one way to draw a form's field, with its label, hint and errors tied to it.

In:    a bound field of a Django form
Out:   ``parts/field.html``, filled
Touch: nothing
"""

from typing import Any

from django import template
from django.forms import BoundField

register = template.Library()

LISTS = frozenset({"checkboxselectmultiple", "radioselect"})


@register.inclusion_tag("parts/field.html")
def field(bound: BoundField, width: str = "", *, hint: str = "") -> dict[str, Any]:
    """``{% field form.name "w3" %}``; Django itself ties hint and errors to the input by their ids."""
    kind = bound.widget_type
    usual = str(bound.field.widget.attrs.get("class", ""))
    classes = usual if kind in LISTS or kind == "checkbox" else f"input {usual}".strip()
    return {
        "field": bound,
        "input": bound.as_widget(attrs={"class": classes} if classes else {}),
        "kind": "list" if kind in LISTS else kind,
        "width": width,
        "hint": hint or bound.help_text,
        "is_optional": not bound.field.required and kind != "checkbox" and kind not in LISTS,
    }
