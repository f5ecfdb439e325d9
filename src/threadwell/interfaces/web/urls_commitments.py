"""Addresses of tasks, promises, decisions, structured notes and talks.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, path

from threadwell.interfaces.web import commitments, decisions, promises, structured_notes, talks, tasks
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern] = [
    # Tasks
    path("tasks/", verbs(GET=tasks.index, POST=tasks.create), name="tasks"),
    path("tasks/new/", verbs(GET=tasks.new), name="new_task"),
    path("tasks/<uuid:task_id>/", verbs(GET=tasks.show, POST=tasks.update), name="task"),
    path(
        "tasks/<uuid:task_id>/finishing/",
        verbs(GET=tasks.finishing, POST=tasks.finish),
        name="task_finishing",
    ),
    path("tasks/<uuid:task_id>/reopening/", verbs(POST=tasks.reopen), name="task_reopening"),
    path("tasks/<uuid:task_id>/withdrawing/", verbs(POST=tasks.withdraw), name="task_withdrawing"),
    path("tasks/<uuid:task_id>/restoring/", verbs(POST=tasks.restore), name="task_restoring"),
    # Promises and decisions
    path("promises/", verbs(GET=promises.index, POST=promises.create), name="promises"),
    path("promises/new/", verbs(GET=promises.new), name="new_promise"),
    path("promises/<uuid:promise_id>/", verbs(GET=promises.show), name="promise"),
    path("promises/<uuid:promise_id>/due/", verbs(POST=promises.put_off), name="promise_due"),
    path("promises/<uuid:promise_id>/keeping/", verbs(POST=promises.keep), name="promise_keeping"),
    path("promises/<uuid:promise_id>/breaking/", verbs(POST=promises.break_), name="promise_breaking"),
    path("promises/<uuid:promise_id>/reopening/", verbs(POST=promises.reopen), name="promise_reopening"),
    path(
        "promises/<uuid:promise_id>/withdrawing/", verbs(POST=promises.withdraw), name="promise_withdrawing"
    ),
    path("promises/<uuid:promise_id>/restoring/", verbs(POST=promises.restore), name="promise_restoring"),
    path("decisions/", verbs(GET=decisions.index, POST=decisions.create), name="decisions"),
    path("decisions/new/", verbs(GET=decisions.new), name="new_decision"),
    path(
        "decisions/<uuid:decision_id>/withdrawing/",
        verbs(POST=decisions.withdraw),
        name="decision_withdrawing",
    ),
    path("decisions/<uuid:decision_id>/restoring/", verbs(POST=decisions.restore), name="decision_restoring"),
    # Calls, visits and meetings
    path("calls/new/", verbs(GET=talks.new, POST=talks.create), name="new_call"),
    path(
        "customers/<uuid:contact_id>/calls/new/",
        verbs(GET=talks.new_at_contact, POST=talks.create_at_contact),
        name="contact_call",
    ),
    path(
        "organisations/<uuid:organisation_id>/calls/new/",
        verbs(GET=talks.new_at_organisation, POST=talks.create_at_organisation),
        name="organisation_call",
    ),
    path(
        "conversations/<int:number>/calls/new/",
        verbs(GET=talks.new_in, POST=talks.create_in),
        name="conversation_call",
    ),
    # Structured notes
    path(
        "conversations/<int:number>/structured-notes/new/",
        verbs(GET=structured_notes.new_in, POST=structured_notes.create_in),
        name="conversation_points",
    ),
    path(
        "customers/<uuid:contact_id>/structured-notes/new/",
        verbs(GET=structured_notes.new_at_contact, POST=structured_notes.create_at_contact),
        name="contact_points",
    ),
    path(
        "organisations/<uuid:organisation_id>/structured-notes/new/",
        verbs(GET=structured_notes.new_at_organisation, POST=structured_notes.create_at_organisation),
        name="organisation_points",
    ),
    # What binds us
    path("conversations/<int:number>/commitments/", verbs(GET=commitments.beside), name="beside_commitments"),
    path(
        "customers/<uuid:contact_id>/commitments/",
        verbs(GET=commitments.at_contact),
        name="contact_commitments",
    ),
    path(
        "organisations/<uuid:organisation_id>/commitments/",
        verbs(GET=commitments.at_organisation),
        name="organisation_commitments",
    ),
]
