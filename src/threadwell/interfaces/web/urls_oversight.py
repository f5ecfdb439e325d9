"""Addresses of oversight: how it stands, and what nobody answers for.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, path

from threadwell.interfaces.web import orphanages, overviews
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern] = [
    path("overview/", verbs(GET=overviews.show), name="overview"),
    path("overview/giving/", verbs(GET=overviews.choose, POST=overviews.give), name="overview_giving"),
    path("orphans/", verbs(GET=orphanages.index), name="orphans"),
    path("orphans/mending/", verbs(POST=orphanages.mend), name="orphan_mending"),
    path("orphans/watch/", verbs(POST=orphanages.watch), name="orphan_watch"),
]
