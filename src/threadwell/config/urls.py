"""Addresses: which page answers where.

In:    the path that was asked for
Out:   a view of an interface
Touch: nothing
"""

from django.urls import URLPattern, URLResolver, include, path

from threadwell.interfaces.web import ops

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", ops.healthz, name="healthz"),
    path("readyz", ops.readyz, name="readyz"),
    path("metrics", ops.metrics, name="metrics"),
    path("api/", include("threadwell.interfaces.api.urls")),
    path("", include("threadwell.interfaces.web.urls")),
]
