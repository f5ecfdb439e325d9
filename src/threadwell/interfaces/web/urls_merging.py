"""Addresses of merges, proposals of merges and the quality of records.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, URLResolver, path

from threadwell.interfaces.web import data_quality, merges, proposals
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern | URLResolver] = [
    path("merges/<str:kind>/", verbs(GET=merges.compare, POST=merges.create), name="merging"),
    path("merges/<str:kind>/choice/", verbs(POST=merges.choose), name="merging_choice"),
    path("merges/<uuid:merge_id>/undoing/", verbs(POST=merges.undo), name="merge_undoing"),
    path("merges/batches/<uuid:batch>/undoing/", verbs(POST=merges.undo_batch), name="merge_batch_undoing"),
    path("duplicates/", verbs(GET=proposals.index), name="duplicates"),
    path("duplicates/searches/", verbs(POST=proposals.begin_search), name="duplicate_searches"),
    path("duplicates/searches/<uuid:search_id>/", verbs(GET=proposals.show_search), name="duplicate_search"),
    path(
        "duplicates/<uuid:proposal_id>/acceptance/", verbs(POST=proposals.accept), name="proposal_acceptance"
    ),
    path("duplicates/<uuid:proposal_id>/rejection/", verbs(POST=proposals.reject), name="proposal_rejection"),
    path(
        "duplicates/<uuid:proposal_id>/question/", verbs(POST=proposals.ask_again), name="proposal_question"
    ),
    path("data-quality/", verbs(GET=data_quality.index), name="data_quality"),
]
