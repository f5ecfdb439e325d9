"""Addresses of what moves in and out: tables that are taken in, and files of what is here.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, URLResolver, path

from threadwell.interfaces.web import exports, record_imports
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern | URLResolver] = [
    path("exports/<str:what>.<str:form>", verbs(GET=exports.show), name="export"),
    path(
        "customers/<uuid:contact_id>/export.<str:form>", verbs(GET=exports.customer), name="export_customer"
    ),
    path(
        "organisations/<uuid:organisation_id>/export.<str:form>",
        verbs(GET=exports.organisation),
        name="export_organisation",
    ),
    path(
        "settings/tables/", verbs(GET=record_imports.index, POST=record_imports.create), name="record_imports"
    ),
    path(
        "settings/tables/<uuid:import_id>/",
        verbs(GET=record_imports.show, POST=record_imports.check, DELETE=record_imports.forget),
        name="record_import",
    ),
    path(
        "settings/tables/<uuid:import_id>/running/",
        verbs(POST=record_imports.run),
        name="record_import_running",
    ),
    path(
        "settings/tables/<uuid:import_id>/undoing/",
        verbs(POST=record_imports.take_back),
        name="record_import_undoing",
    ),
    path(
        "settings/tables/<uuid:import_id>/going-on/",
        verbs(POST=record_imports.go_on),
        name="record_import_going_on",
    ),
    path(
        "settings/tables/<uuid:import_id>/refused.csv",
        verbs(GET=record_imports.refused),
        name="record_import_refused",
    ),
]
