"""Addresses of working together: side conversations, hand-overs, followers, reactions.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, path

from threadwell.interfaces.web import asides, follows, handovers, reactions, together
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern] = [
    path("conversations/<int:number>/together/", verbs(GET=together.show), name="together"),
    # Side conversations
    path("conversations/<int:number>/asides/", verbs(GET=asides.index, POST=asides.create), name="asides"),
    path("conversations/<int:number>/asides/new/", verbs(GET=asides.new), name="new_aside"),
    path("asides/<int:number>/", verbs(GET=asides.show, POST=asides.answer), name="aside"),
    path("asides/<int:number>/lines/", verbs(GET=asides.lines), name="aside_lines"),
    path(
        "asides/<int:number>/letters/<uuid:message_id>/recall/",
        verbs(POST=asides.recall),
        name="aside_recall",
    ),
    path(
        "asides/<int:number>/finishing/",
        verbs(POST=asides.finish, DELETE=asides.resume),
        name="aside_finishing",
    ),
    # Hand-overs
    path("handovers/", verbs(GET=handovers.index), name="handovers"),
    path("conversations/<int:number>/handovers/", verbs(POST=handovers.create), name="handovers_of"),
    path("conversations/<int:number>/handovers/new/", verbs(GET=handovers.new), name="new_handover"),
    path("handovers/<uuid:handover_id>/", verbs(GET=handovers.show), name="handover"),
    path(
        "handovers/<uuid:handover_id>/acceptance/", verbs(POST=handovers.accept), name="handover_acceptance"
    ),
    path("handovers/<uuid:handover_id>/return/", verbs(POST=handovers.give_back), name="handover_return"),
    path(
        "handovers/<uuid:handover_id>/withdrawal/",
        verbs(POST=handovers.withdraw),
        name="handover_withdrawal",
    ),
    # Followers and reactions
    path(
        "conversations/<int:number>/following/",
        verbs(POST=follows.create, DELETE=follows.destroy),
        name="following",
    ),
    path("messages/<uuid:message_id>/reactions/", verbs(POST=reactions.turn), name="reactions"),
]
