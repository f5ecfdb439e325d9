"""Addresses of the rota: who is there, what waits, skills, capacity, how teams hand out their work.

In:    a path under ``/w/<workspace>/``
Out:   a view
Touch: nothing
"""

from django.urls import URLPattern, path

from threadwell.interfaces.web import availability, rota, rota_teams, skills, waiting
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern] = [
    # Being there
    path("availability/", verbs(GET=availability.show, POST=availability.say), name="availability"),
    path("availability/beat/", verbs(POST=availability.beat), name="availability_beat"),
    # What waits until somebody can take it
    path("waiting/", verbs(GET=waiting.index), name="waiting"),
    path("waiting/<uuid:team_id>/", verbs(GET=waiting.show), name="waiting_for"),
    path("waiting/<uuid:team_id>/handing-out/", verbs(POST=waiting.hand_out), name="hand_out"),
    path("redistributions/<uuid:redistribution_id>/", verbs(GET=waiting.progress), name="redistribution"),
    # One's own, and those of others
    path("settings/rota/", verbs(GET=rota.mine), name="my_rota"),
    path("settings/people/<uuid:agent_id>/rota/", verbs(GET=rota.show), name="rota"),
    path("settings/people/<uuid:agent_id>/state/", verbs(POST=rota.say), name="state"),
    path("settings/people/<uuid:agent_id>/absences/", verbs(POST=rota.go_out), name="absences"),
    path("settings/people/<uuid:agent_id>/limits/", verbs(POST=rota.limit), name="limits"),
    path("settings/people/<uuid:agent_id>/skills/", verbs(POST=rota.give_skills), name="agent_skills"),
    path("settings/absences/<uuid:absence_id>/", verbs(DELETE=rota.come_in), name="absence"),
    # What a workspace and its teams agree on
    path("settings/skills/", verbs(GET=skills.index, POST=skills.create), name="skills"),
    path(
        "settings/skills/<uuid:skill_id>/",
        verbs(GET=skills.show, POST=skills.update, DELETE=skills.remove),
        name="skill",
    ),
    path("settings/workload/", verbs(GET=skills.workload, POST=skills.weigh), name="workload"),
    path(
        "settings/teams/<uuid:team_id>/rota/",
        verbs(GET=rota_teams.show, POST=rota_teams.hand_out_by),
        name="team_rota",
    ),
]
