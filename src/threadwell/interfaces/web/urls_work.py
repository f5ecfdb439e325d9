"""Addresses of work: its list, its boards, one piece of it, and what kinds there are.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, path

from threadwell.interfaces.web import (
    boards,
    timelines,
    work_items,
    work_items_deeds,
    work_items_talks,
    work_lists,
    work_types,
    work_types_statuses,
)
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern] = [
    path("work/", verbs(GET=work_lists.index, POST=work_items.create), name="work"),
    path("work/views/", verbs(POST=work_lists.save_view), name="work_views"),
    path("work/bulk/", verbs(POST=work_lists.change_many), name="work_bulk"),
    path("work/new/", verbs(GET=work_items.new), name="new_work"),
    path("work/contacts/", verbs(GET=work_items.contacts), name="work_contacts"),
    path("work/boards/<slug:key>/", verbs(GET=boards.show), name="board"),
    path("work/boards/<slug:key>/moves/", verbs(POST=boards.move), name="board_moves"),
    path("work/<uuid:item_id>/", verbs(GET=work_items.show, POST=work_items.update), name="work_item"),
    path("work/<uuid:item_id>/timeline/", verbs(GET=timelines.of_work_item), name="work_timeline"),
    path("work/<uuid:item_id>/edit/", verbs(GET=work_items.edit), name="edit_work"),
    path("work/<uuid:item_id>/moves/", verbs(POST=work_items_deeds.move), name="work_moves"),
    path(
        "work/<uuid:item_id>/moves/<uuid:event_id>/undoing/",
        verbs(POST=work_items_deeds.move_back),
        name="work_move_back",
    ),
    path("work/<uuid:item_id>/owner/", verbs(POST=work_items_deeds.assign), name="work_owner"),
    path("work/<uuid:item_id>/relations/", verbs(POST=work_items_deeds.add_relation), name="work_relations"),
    path(
        "work/<uuid:item_id>/relations/<uuid:relation_id>/",
        verbs(DELETE=work_items_deeds.remove_relation),
        name="work_relation",
    ),
    path("work/<uuid:item_id>/links/", verbs(POST=work_items_deeds.add_link), name="work_links"),
    path(
        "work/<uuid:item_id>/links/<int:number>/",
        verbs(DELETE=work_items_deeds.remove_link),
        name="work_link",
    ),
    # Beside a conversation
    path(
        "conversations/<int:number>/work/",
        verbs(GET=work_items_talks.index, POST=work_items_talks.create),
        name="conversation_work",
    ),
    path(
        "conversations/<int:number>/work/<uuid:item_id>/",
        verbs(DELETE=work_items_talks.destroy),
        name="conversation_work_item",
    ),
    # Settings
    path("settings/work-types/", verbs(GET=work_types.index, POST=work_types.create), name="work_types"),
    path("settings/work-types/new/", verbs(GET=work_types.new), name="new_work_type"),
    path(
        "settings/work-types/<uuid:type_id>/",
        verbs(GET=work_types.show, POST=work_types.update),
        name="work_type",
    ),
    path(
        "settings/work-types/<uuid:type_id>/archiving/",
        verbs(POST=work_types.archive, DELETE=work_types.bring_back),
        name="work_type_archiving",
    ),
    path(
        "settings/work-types/<uuid:type_id>/statuses/",
        verbs(POST=work_types_statuses.create, PUT=work_types_statuses.order),
        name="work_statuses",
    ),
    path(
        "settings/work-types/<uuid:type_id>/statuses/<uuid:status_id>/",
        verbs(
            GET=work_types_statuses.show,
            POST=work_types_statuses.update,
            DELETE=work_types_statuses.destroy,
        ),
        name="work_status",
    ),
]
