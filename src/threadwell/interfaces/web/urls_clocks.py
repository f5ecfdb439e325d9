"""Addresses of clocks: deadlines of a conversation, notices, business hours, what was agreed.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, path

from threadwell.interfaces.web import clocks, notices
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern] = [
    path("conversations/<int:number>/clocks/", verbs(GET=clocks.show), name="clocks"),
    path("notices/", verbs(GET=notices.index), name="notices"),
    path("notices/seen/", verbs(POST=notices.seen), name="notices_seen"),
]
