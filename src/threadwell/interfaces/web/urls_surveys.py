"""Addresses of surveys: whether and how customers are asked how it was, and where they answer.

In:    a path under ``/w/<workspace>/``; the link of a letter at the root
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, path

from threadwell.interfaces.web import ratings, surveys
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern] = [
    path(
        "settings/inboxes/<uuid:inbox_id>/satisfaction/",
        verbs(GET=surveys.show, POST=surveys.update),
        name="survey_settings",
    ),
]
outside: list[URLPattern] = [path("rate/<str:token>/", ratings.rate, name="rate")]
