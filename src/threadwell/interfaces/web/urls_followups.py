"""Addresses of what happens without anybody pressing Send: ladders, follow-ups, automatic replies.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, path

from threadwell.interfaces.web import acknowledgements, follow_ups, ladders
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern] = [
    path("follow-ups/", verbs(GET=follow_ups.choose, POST=follow_ups.start_many), name="follow_ups"),
    path(
        "conversations/<int:number>/follow-up/",
        verbs(GET=follow_ups.show, POST=follow_ups.start, DELETE=follow_ups.stop),
        name="follow_up",
    ),
    path("settings/follow-ups/", verbs(GET=ladders.index, POST=ladders.create), name="ladders"),
    path("settings/follow-ups/new/", verbs(GET=ladders.new), name="new_ladder"),
    path(
        "settings/follow-ups/<uuid:ladder_id>/",
        verbs(GET=ladders.show, POST=ladders.update, DELETE=ladders.archive),
        name="ladder",
    ),
    path(
        "settings/inboxes/<uuid:inbox_id>/automatic-reply/",
        verbs(GET=acknowledgements.show, POST=acknowledgements.update),
        name="acknowledgement",
    ),
]
