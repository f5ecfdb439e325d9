"""Addresses of contacts and organisations: lists, forms, histories, and the fields a workspace defines.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, URLResolver, path

from threadwell.interfaces.web import (
    contacts,
    custom_fields,
    histories,
    identities,
    membership_pages,
    organisations,
    preferences,
)
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern | URLResolver] = [
    path("customers/", verbs(GET=contacts.index), name="contacts"),
    path("customers/views/", verbs(POST=contacts.save_view), name="contacts_views"),
    path("customers/bulk/", verbs(POST=contacts.change_many), name="contacts_bulk"),
    path("customers/new/", verbs(GET=contacts.new, POST=contacts.create), name="new_contact"),
    path(
        "customers/<uuid:contact_id>/edit/",
        verbs(GET=contacts.edit, POST=contacts.update),
        name="edit_contact",
    ),
    path("customers/<uuid:contact_id>/identities/", verbs(POST=identities.create), name="identities"),
    path(
        "customers/<uuid:contact_id>/identities/<uuid:identity_id>/",
        verbs(GET=identities.show, DELETE=identities.destroy),
        name="identity",
    ),
    path(
        "customers/<uuid:contact_id>/identities/<uuid:identity_id>/verification/",
        verbs(POST=identities.verify),
        name="identity_verification",
    ),
    path("customers/<uuid:contact_id>/memberships/", verbs(POST=membership_pages.create), name="memberships"),
    path(
        "customers/<uuid:contact_id>/memberships/<uuid:membership_id>/",
        verbs(POST=membership_pages.update),
        name="membership",
    ),
    path(
        "customers/<uuid:contact_id>/preferences/<str:kind>/",
        verbs(POST=preferences.update, DELETE=preferences.destroy),
        name="preference",
    ),
    path(
        "customers/<uuid:contact_id>/history/<str:name>/",
        verbs(GET=histories.of_contact),
        name="contact_history",
    ),
    path("organisations/", verbs(GET=organisations.index), name="organisations"),
    path("organisations/views/", verbs(POST=organisations.save_view), name="organisations_views"),
    path("organisations/bulk/", verbs(POST=organisations.change_many), name="organisations_bulk"),
    path("organisations/names/", verbs(GET=organisations.suggest), name="organisation_names"),
    path(
        "organisations/new/", verbs(GET=organisations.new, POST=organisations.create), name="new_organisation"
    ),
    path(
        "organisations/<uuid:organisation_id>/edit/",
        verbs(GET=organisations.edit, POST=organisations.update),
        name="edit_organisation",
    ),
    path(
        "organisations/<uuid:organisation_id>/history/<str:name>/",
        verbs(GET=histories.of_organisation),
        name="organisation_history",
    ),
    path("alerts/<uuid:alert_id>/seeing/", verbs(POST=organisations.see_alert), name="alert_seen"),
    path("statements/<uuid:statement_id>/standing/", verbs(POST=histories.put_back), name="statement"),
    path("settings/fields/", verbs(GET=custom_fields.index), name="custom_fields"),
    path(
        "settings/fields/<str:about>/new/",
        verbs(GET=custom_fields.new, POST=custom_fields.create),
        name="new_custom_field",
    ),
    path(
        "settings/fields/<uuid:field_id>/",
        verbs(GET=custom_fields.show, POST=custom_fields.update, DELETE=custom_fields.archive),
        name="custom_field",
    ),
    path(
        "settings/fields/<uuid:field_id>/return/",
        verbs(POST=custom_fields.bring_back),
        name="custom_field_back",
    ),
    path("settings/fields/<uuid:field_id>/place/", verbs(POST=custom_fields.move), name="custom_field_place"),
]
