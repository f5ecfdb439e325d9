"""Addresses of sight: what is restricted, who asks to be let in, who looked.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, path

from threadwell.interfaces.web import audit, restrictions
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern] = [
    path(
        "settings/restrictions/",
        verbs(GET=restrictions.index, POST=restrictions.create),
        name="restrictions",
    ),
    path("settings/restrictions/new/", verbs(GET=restrictions.new), name="new_restriction"),
    path(
        "settings/restrictions/<uuid:restriction_id>/",
        verbs(GET=restrictions.show, POST=restrictions.update, DELETE=restrictions.dissolve),
        name="restriction",
    ),
    path(
        "settings/restrictions/<uuid:restriction_id>/standing/",
        verbs(POST=restrictions.bring_back),
        name="restriction_standing",
    ),
    path(
        "settings/restrictions/<uuid:restriction_id>/requests/",
        verbs(POST=restrictions.ask),
        name="access_requests",
    ),
    path(
        "settings/access-requests/<uuid:request_id>/",
        verbs(POST=restrictions.answer),
        name="access_request",
    ),
    path("settings/audit/", verbs(GET=audit.index), name="audit"),
    path("settings/audit.csv", verbs(GET=audit.export), name="audit_export"),
]
