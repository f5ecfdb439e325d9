"""Addresses of routing: the rules, their dry runs, why a conversation is where it is.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, path

from threadwell.interfaces.web import dry_runs, routings, rules
from threadwell.interfaces.web.entrance import verbs

_ONE = "settings/routing/<uuid:rule_id>/"

inside: list[URLPattern] = [
    path(
        "conversations/<int:number>/routing/",
        verbs(GET=routings.show, POST=routings.create),
        name="routing",
    ),
    path("settings/routing/", verbs(GET=rules.index, POST=rules.create), name="routing_rules"),
    path("settings/routing/new/", verbs(GET=rules.new, POST=rules.create), name="new_routing_rule"),
    path("settings/routing/order/", verbs(POST=rules.order), name="routing_order"),
    path("settings/routing/runs/<uuid:run_id>/", verbs(GET=dry_runs.show), name="dry_run"),
    path(_ONE, verbs(GET=rules.show, POST=rules.update, DELETE=rules.archive), name="routing_rule"),
    path(f"{_ONE}switch/", verbs(POST=rules.switch), name="routing_switch"),
    path(f"{_ONE}place/", verbs(POST=rules.move), name="routing_place"),
    path(f"{_ONE}return/", verbs(POST=rules.bring_back), name="routing_rule_back"),
    path(f"{_ONE}versions/<int:number>/", verbs(POST=rules.restore), name="routing_version"),
]
