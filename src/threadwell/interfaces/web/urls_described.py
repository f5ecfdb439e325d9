"""Addresses of what describes a conversation: its type, its fields, and which team looks after a type.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, URLResolver, path

from threadwell.interfaces.web import conversation_fields, type_owners
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern | URLResolver] = [
    path("conversations/fields/", verbs(GET=conversation_fields.filters), name="desk_fields"),
    path(
        "conversations/<int:number>/fields/",
        verbs(GET=conversation_fields.show, POST=conversation_fields.update),
        name="conversation_fields",
    ),
    path("settings/types/", verbs(GET=type_owners.show, POST=type_owners.update), name="type_owners"),
]
