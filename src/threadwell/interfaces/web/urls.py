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
    bulk,
    closings,
    desk,
    goto,
    invitations,
    labels,
    oauth,
    ownerships,
    people,
    priorities,
    profile,
    saved_views,
    search,
    settings_areas,
    setup,
    snoozes,
    subjects,
    surgeries,
    teams,
    tokens,
    undos,
    urls_clocks,
    urls_commitments,
    urls_customers,
    urls_described,
    urls_followups,
    urls_mail,
    urls_merging,
    urls_moving,
    urls_notices,
    urls_oversight,
    urls_profiles,
    urls_rota,
    urls_routing,
    urls_sight,
    urls_surveys,
    urls_threads,
    urls_together,
    urls_work,
    workspaces,
)
from threadwell.interfaces.web.entrance import verbs

inside: list[URLPattern | URLResolver] = [
    # The desk: lists, and a conversation beside its list
    path("", verbs(GET=desk.home), name="start"),
    path("desk/", verbs(GET=desk.home), name="desk"),
    path("desk/<str:key>/", verbs(GET=desk.show), name="view"),
    path("desk/<str:key>/<int:number>/", verbs(GET=desk.open_in), name="opened"),
    path("conversations/<int:number>/", verbs(GET=desk.open_one), name="conversation"),
    path("goto/", verbs(GET=goto.show), name="goto"),
    path("saved-views/", verbs(POST=saved_views.create), name="saved_views"),
    path("saved-views/<uuid:view_id>/", verbs(DELETE=saved_views.destroy), name="saved_view"),
    path("search/", verbs(GET=search.show), name="search"),
    # What is done with conversations
    path("bulk/", verbs(POST=bulk.create), name="bulk"),
    path("undos/<uuid:undo_id>/undoing/", verbs(POST=undos.create), name="undoing"),
    path(
        "conversations/<int:number>/closing/", verbs(GET=closings.show, POST=closings.create), name="closing"
    ),
    path("conversations/<int:number>/reopening/", verbs(POST=closings.destroy), name="reopening"),
    path("conversations/<int:number>/snooze/", verbs(GET=snoozes.choose, POST=snoozes.create), name="snooze"),
    path("conversations/<int:number>/owner/", verbs(POST=ownerships.give), name="owner"),
    path("conversations/<int:number>/team/", verbs(POST=ownerships.pass_on), name="team"),
    path("conversations/<int:number>/priority/", verbs(POST=priorities.give), name="priority"),
    path("conversations/<int:number>/labels/", verbs(POST=labels.give), name="labels"),
    path("conversations/<int:number>/subject/", verbs(POST=subjects.give), name="subject"),
    path(
        "conversations/<int:number>/merge/",
        verbs(GET=surgeries.choose_twins, POST=surgeries.merge),
        name="merge",
    ),
    path(
        "messages/<uuid:message_id>/moving/",
        verbs(GET=surgeries.choose_home, POST=surgeries.move),
        name="move",
    ),
    path(
        "messages/<uuid:message_id>/splitting/",
        verbs(GET=surgeries.choose_part, POST=surgeries.split),
        name="split",
    ),
    path("joins/<uuid:join_id>/parting/", verbs(POST=surgeries.part), name="parting"),
    # What is said in conversations
    *urls_threads.inside,
    # How colleagues work together
    *urls_together.inside,
    # What is to be done, and what was promised
    *urls_commitments.inside,
    # Who the customers are
    *urls_profiles.inside,
    *urls_customers.inside,
    *urls_described.inside,
    # What is owed by when
    *urls_clocks.inside,
    *urls_notices.inside,
    # What happens without anybody pressing Send
    *urls_followups.inside,
    *urls_surveys.inside,
    # Who gets what
    *urls_routing.inside,
    # Where mail comes in
    *urls_mail.inside,
    *urls_merging.inside,
    # What moves in and out as tables
    *urls_moving.inside,
    # What it is about
    *urls_work.inside,
    # What only some may see
    *urls_sight.inside,
    # Who is there, and what waits for them
    *urls_rota.inside,
    # How it stands, for whoever leads
    *urls_oversight.inside,
    # Settings: oneself
    path("settings/", verbs(GET=settings_areas.index), name="settings"),
    path("settings/profile/", verbs(GET=profile.show, POST=profile.update), name="profile"),
    path("settings/tokens/", verbs(GET=tokens.index, POST=tokens.create), name="tokens"),
    path("settings/tokens/<uuid:token_id>/", verbs(DELETE=tokens.revoke), name="token"),
    # Settings: the workspace and its people
    path("settings/workspace/", verbs(GET=workspaces.show, POST=workspaces.update), name="workspace"),
    path("settings/workspace/demo/", verbs(DELETE=workspaces.remove_demo), name="demo"),
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
    path("oauth/back/", oauth.come_back, name="oauth_back"),
    path("w/<slug:workspace>/", include((inside, "web"))),
    path("accounts/sessions/<int:session_id>/end/", accounts.end_session, name="end_session"),
    path("accounts/", include("allauth.urls")),
    *urls_notices.outside,
    *urls_surveys.outside,
]
