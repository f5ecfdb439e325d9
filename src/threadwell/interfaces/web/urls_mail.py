"""Addresses of the mail rooms: inboxes, what came in, quarantine, blocks, imports.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, path

from threadwell.interfaces.web import (
    blocks,
    connections,
    deliveries,
    imports,
    inboxes,
    ledger,
    oauth,
    quarantine,
    trials,
)
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern] = [
    # Inboxes
    path("inboxes/", verbs(GET=inboxes.index), name="inboxes"),
    path("inboxes/new/", verbs(GET=inboxes.new, POST=inboxes.create), name="inbox_new"),
    path("inboxes/<uuid:inbox_id>/", verbs(GET=inboxes.show, POST=inboxes.update), name="inbox"),
    path(
        "inboxes/<uuid:inbox_id>/receiving/",
        verbs(GET=connections.receiving, POST=connections.receive),
        name="inbox_receiving",
    ),
    path(
        "inboxes/<uuid:inbox_id>/sending/",
        verbs(GET=connections.sending, POST=connections.send),
        name="inbox_sending",
    ),
    path("inboxes/<uuid:inbox_id>/test/", verbs(GET=trials.show, POST=trials.create), name="inbox_test"),
    path("inboxes/<uuid:inbox_id>/beginning/", verbs(POST=trials.begin), name="inbox_beginning"),
    path("inboxes/<uuid:inbox_id>/reconnect/", verbs(GET=oauth.begin), name="inbox_reconnect"),
    path(
        "inboxes/<uuid:inbox_id>/closing/",
        verbs(POST=inboxes.close, DELETE=inboxes.reopen),
        name="inbox_closing",
    ),
    # What came in
    path("ledger/", verbs(GET=ledger.index), name="ledger"),
    path("ledger/<uuid:inbox_id>/", verbs(GET=ledger.show), name="ledger_inbox"),
    path("ledger/<uuid:inbox_id>/retry/", verbs(POST=ledger.retry), name="ledger_retry"),
    path("deliveries/<uuid:delivery_id>/", verbs(GET=deliveries.show), name="delivery"),
    path("deliveries/<uuid:delivery_id>/raw/", verbs(GET=deliveries.raw), name="delivery_raw"),
    path("deliveries/<uuid:delivery_id>/retry/", verbs(POST=deliveries.retry), name="delivery_retry"),
    path("deliveries/<uuid:delivery_id>/release/", verbs(POST=deliveries.release), name="release"),
    path("deliveries/<uuid:delivery_id>/block/", verbs(POST=blocks.create_for), name="block"),
    path("quarantine/", verbs(GET=quarantine.index), name="quarantine"),
    # Settings around mail
    path("settings/blocks/", verbs(GET=blocks.index, POST=blocks.create), name="blocks"),
    path("settings/blocks/<uuid:block_id>/", verbs(DELETE=blocks.lift), name="lift"),
    path("settings/imports/", verbs(GET=imports.index, POST=imports.create), name="imports"),
    path("settings/imports/<uuid:import_id>/", verbs(GET=imports.show), name="import"),
]
