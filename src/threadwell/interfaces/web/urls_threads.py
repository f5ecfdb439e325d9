"""Addresses of what is said in conversations: threads, messages, the composer, files, and what is live.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, path

from threadwell.interfaces.web import (
    conversation,
    drafts,
    files,
    frames,
    images,
    live,
    messages,
    notes,
    sending,
    viewings,
)
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern] = [
    # A conversation
    path("conversations/new/", verbs(GET=sending.new, POST=sending.begin), name="new_conversation"),
    path("conversations/new/draft/", verbs(POST=sending.keep), name="new_draft"),
    path("conversations/new/uploads/", verbs(POST=sending.attach), name="new_uploads"),
    path("conversations/<int:number>/lines/", verbs(GET=conversation.earlier), name="lines"),
    path("conversations/<int:number>/history/", verbs(GET=conversation.history), name="history"),
    path("conversations/<int:number>/answers/", verbs(POST=sending.create), name="answers"),
    path("conversations/<int:number>/notes/", verbs(POST=notes.create), name="notes"),
    path(
        "conversations/<int:number>/draft/",
        verbs(POST=drafts.update, PUT=drafts.update, DELETE=drafts.destroy),
        name="draft",
    ),
    path(
        "conversations/<int:number>/drafts/<uuid:draft_id>/",
        verbs(POST=drafts.bring_in),
        name="other_draft",
    ),
    path("conversations/<int:number>/uploads/", verbs(POST=files.create), name="uploads"),
    path("conversations/<int:number>/presence/", verbs(POST=viewings.create), name="presence"),
    path("colleagues/", verbs(GET=notes.colleagues), name="colleagues"),
    # A message
    path("messages/<uuid:message_id>/frame/", verbs(GET=frames.show), name="frame"),
    path("messages/<uuid:message_id>/images/", verbs(POST=messages.let_images_in), name="images"),
    path("messages/<uuid:message_id>/picture/", images.show, name="picture"),
    path("messages/<uuid:message_id>/retry/", verbs(POST=messages.retry), name="retry"),
    path("messages/<uuid:message_id>/giving-up/", verbs(POST=messages.give_up), name="giving_up"),
    path("messages/<uuid:message_id>/recall/", verbs(POST=messages.recall), name="recall"),
    path("messages/<uuid:message_id>/tools/", verbs(GET=messages.tools), name="tools"),
    path("messages/<uuid:message_id>/source/", verbs(GET=messages.source), name="source"),
    path("messages/<uuid:message_id>/mail.eml", verbs(GET=messages.download), name="mail"),
    path("attachments/<uuid:attachment_id>/<path:filename>", verbs(GET=files.show), name="attachment"),
    # What others do, as it happens
    path("live/", live.stream, name="live"),
]
