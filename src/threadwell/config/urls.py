"""Addresses: which page answers where.

In:    the path that was asked for
Out:   a view of an interface
Touch: nothing
"""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
