"""Addresses of clocks: deadlines of a conversation, business hours, what was agreed.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, path

from threadwell.interfaces.web import calendars, clocks, policies
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern] = [
    path("conversations/<int:number>/clocks/", verbs(GET=clocks.show), name="clocks"),
    # When somebody is there
    path("settings/hours/", verbs(GET=calendars.index, POST=calendars.create), name="calendars"),
    path("settings/hours/new/", verbs(GET=calendars.new), name="new_calendar"),
    path(
        "settings/hours/<uuid:calendar_id>/",
        verbs(GET=calendars.show, POST=calendars.update, DELETE=calendars.archive),
        name="calendar",
    ),
    path("settings/hours/<uuid:calendar_id>/return/", verbs(POST=calendars.bring_back), name="calendar_back"),
    path("settings/hours/<uuid:calendar_id>/closures/", verbs(POST=calendars.close), name="closures"),
    path("settings/hours/<uuid:calendar_id>/feeds/", verbs(POST=calendars.add_feed), name="feeds"),
    path("settings/hours/<uuid:calendar_id>/uses/", verbs(POST=calendars.give), name="uses"),
    path("settings/closures/<uuid:closure_id>/", verbs(DELETE=calendars.open_again), name="closure"),
    path("settings/feeds/<uuid:feed_id>/", verbs(DELETE=calendars.remove_feed), name="feed"),
    # What was agreed
    path("settings/deadlines/", verbs(GET=policies.index, POST=policies.create), name="policies"),
    path("settings/deadlines/new/", verbs(GET=policies.new), name="new_policy"),
    path(
        "settings/deadlines/<uuid:policy_id>/",
        verbs(GET=policies.show, POST=policies.update, DELETE=policies.archive),
        name="policy",
    ),
    path("settings/deadlines/<uuid:policy_id>/return/", verbs(POST=policies.bring_back), name="policy_back"),
    path("settings/deadlines/<uuid:policy_id>/place/", verbs(POST=policies.move), name="policy_place"),
]
