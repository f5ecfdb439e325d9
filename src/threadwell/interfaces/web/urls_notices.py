"""Addresses of notices: what was told, by which ways it goes outside, what became of it.

In:    a path under ``/w/<workspace>/``; the worker of browsers at the root
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, path

from threadwell.interfaces.web import notice_ways, notices
from threadwell.interfaces.web.entrance import verbs

_MINE, _ROOMS = "settings/notifications/", "settings/notice-rooms/"

inside: list[URLPattern] = [
    path("notices/", verbs(GET=notices.index), name="notices"),
    path("notices/seen/", verbs(POST=notices.seen), name="notices_seen"),
    path(_MINE, verbs(GET=notice_ways.show, POST=notice_ways.update), name="notifications"),
    path(f"{_MINE}browsers/", verbs(POST=notice_ways.add_browser), name="notice_browsers"),
    path(f"{_MINE}rooms/", verbs(POST=notice_ways.add_room), name="my_notice_rooms"),
    path(f"{_MINE}log/", verbs(GET=notice_ways.log), name="notice_log"),
    path(f"{_MINE}<uuid:way_id>/", verbs(DELETE=notice_ways.remove), name="notice_way"),
    path(f"{_MINE}<uuid:way_id>/trial/", verbs(POST=notice_ways.try_one), name="notice_trial"),
    path(_ROOMS, verbs(GET=notice_ways.rooms, POST=notice_ways.add_team_room), name="notice_rooms"),
    path(f"{_ROOMS}log/", verbs(GET=notice_ways.log_of_all), name="notice_log_of_all"),
    path(f"{_ROOMS}<uuid:way_id>/", verbs(DELETE=notice_ways.remove_team_room), name="notice_room"),
    path(f"{_ROOMS}<uuid:way_id>/trial/", verbs(POST=notice_ways.try_team_room), name="notice_room_trial"),
]
outside: list[URLPattern] = [path("push-worker.js", notice_ways.worker, name="push_worker")]
