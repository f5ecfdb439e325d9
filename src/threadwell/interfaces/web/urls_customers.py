"""Addresses of the customer's page: four answers, the story of a year, the timeline.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, path

from threadwell.interfaces.web import customer_pages, timelines
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern] = [
    path("customers/<uuid:contact_id>/", verbs(GET=customer_pages.contact), name="contact"),
    path(
        "customers/<uuid:contact_id>/answers/",
        verbs(GET=customer_pages.answers_of_contact),
        name="contact_answers",
    ),
    path("customers/<uuid:contact_id>/owner/", verbs(POST=customer_pages.own_contact), name="contact_owner"),
    path("customers/<uuid:contact_id>/timeline/", verbs(GET=timelines.of_contact), name="contact_timeline"),
    path(
        "organisations/<uuid:organisation_id>/", verbs(GET=customer_pages.organisation), name="organisation"
    ),
    path(
        "organisations/<uuid:organisation_id>/owner/",
        verbs(POST=customer_pages.own_organisation),
        name="organisation_owner",
    ),
    path(
        "organisations/<uuid:organisation_id>/timeline/",
        verbs(GET=timelines.of_organisation),
        name="organisation_timeline",
    ),
]
