"""Addresses of the desk: which view answers where.

In:    a path
Out:   a view
Touch: nothing

``inside`` stands under ``/w/<workspace>/`` and behind the entrance: its views do not get the workspace as
an argument but as ``request.workspace``, and each says with `entrance.allowed` what it needs.
"""

from django.urls import URLPattern, URLResolver, include, path

from threadwell.interfaces.web import (
    accounts,
    invitations,
    people,
    profile,
    settings_areas,
    setup,
    teams,
    tokens,
    workspaces,
)
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern | URLResolver] = [
    # Settings: oneself
    path("settings/", verbs(GET=settings_areas.index), name="settings"),
    path("settings/profile/", verbs(GET=profile.show, POST=profile.update), name="profile"),
    path("settings/tokens/", verbs(GET=tokens.index, POST=tokens.create), name="tokens"),
    path("settings/tokens/<uuid:token_id>/", verbs(DELETE=tokens.revoke), name="token"),
    # Settings: the workspace and its people
    path("settings/workspace/", verbs(GET=workspaces.show, POST=workspaces.update), name="workspace"),
    path("settings/people/", verbs(GET=people.index), name="people"),
    path("settings/people/<uuid:agent_id>/", verbs(GET=people.show), name="person"),
    path("settings/people/<uuid:agent_id>/role/", verbs(PUT=people.give_role), name="role"),
    path(
        "settings/people/<uuid:agent_id>/seat/",
        verbs(POST=people.give_seat, DELETE=people.take_seat),
        name="seat",
    ),
    path("settings/invitations/", verbs(POST=invitations.create), name="invitations"),
    path(
        "settings/invitations/<uuid:invitation_id>/",
        verbs(POST=invitations.renew, DELETE=invitations.withdraw),
        name="invitation",
    ),
    path("settings/teams/", verbs(GET=teams.index, POST=teams.create), name="teams"),
    path("settings/teams/new/", verbs(GET=teams.new), name="new_team"),
    path("settings/teams/<uuid:team_id>/", verbs(GET=teams.show, POST=teams.update), name="crew"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", workspaces.home, name="home"),
    path("workspaces/", workspaces.choose, name="workspaces"),
    path("setup/<str:token>/", setup.first_start, name="setup"),
    path("join/<str:token>/", invitations.accept, name="join"),
    path("w/<slug:workspace>/", include((inside, "web"))),
    path("accounts/sessions/<int:session_id>/end/", accounts.end_session, name="end_session"),
    path("accounts/", include("allauth.urls")),
]
