"""Addresses of the desk: which view answers where.

In:    a path
Out:   a view
Touch: nothing

``inside`` stands under ``/w/<workspace>/`` and behind the entrance: its views do not get the workspace as
an argument but as ``request.workspace``, and each says with `entrance.allowed` what it needs.
"""

from django.urls import URLPattern, URLResolver, include, path

inside: list[URLPattern | URLResolver] = []

urlpatterns: list[URLPattern | URLResolver] = [
    path("w/<slug:workspace>/", include((inside, "web"))),
    path("accounts/", include("allauth.urls")),
]
