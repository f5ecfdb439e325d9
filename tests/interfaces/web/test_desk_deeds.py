"""What is done with conversations on the desk: by whom, to one or many, and taken back."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tests import cast
from tests.interfaces.web.conftest import NOW, Browser, Seat, Talk
from threadwell.kit import clock, ids, tenancy
from threadwell.record.conversations.models import Conversation, Join, Label, Message, Undo
from threadwell.record.journal.models import Event
from threadwell.record.workplace.models import Team, Workspace
from threadwell.record.workplace.roles import Role

HTMX = {"HX-Request": "true"}


def now_of(conversation: Conversation) -> Conversation:
    with tenancy.entered(conversation.workspace_id):
        found: Conversation = Conversation.objects.of(conversation.workspace_id).get(pk=conversation.pk)
        return found


def last_undo(firm: Workspace) -> Undo:
    with tenancy.entered(firm.pk):
        found: Undo = Undo.objects.of(firm).order_by("-pk").first()
        return found


def names_of(conversation: Conversation) -> list[str]:
    with tenancy.entered(conversation.workspace_id):
        events = Event.objects.of(conversation.workspace_id).filter(about=conversation.pk)
        return list(events.order_by("pk").values_list("name", flat=True))


def do(client: Client, made: Conversation, deed: str, **given: Any) -> Any:
    address = f"/w/{made.workspace.slug}/conversations/{made.number}/{deed}/"
    with clock.stopped_at(NOW):
        return client.post(address, given)


def undo(client: Client, firm: Workspace, **more: Any) -> Any:
    with clock.stopped_at(NOW):
        return client.post(f"/w/{firm.slug}/undos/{last_undo(firm).pk}/undoing/", **more)


SINGLE: list[tuple[str, dict[str, str], dict[str, Any], dict[str, Any]]] = [
    ("closing", {}, {"status": "closed"}, {"status": "open"}),
    (
        "snooze",
        {"until": "2026-11-24T09:00"},
        {"status": "snoozed"},
        {"status": "open", "snoozed_until": None},
    ),
    ("priority", {"priority": "4"}, {"priority": 4}, {"priority": 2}),
    ("labels", {"labels": "vip, Gate ,vip"}, {"labels": ["Gate", "vip"]}, {"labels": []}),
    ("subject", {"subject": "New  name"}, {"subject": "New name"}, {"subject": "Gate code"}),
]


@pytest.mark.parametrize(("deed", "given", "then", "before"), SINGLE, ids=[one[0] for one in SINGLE])
def test_single_deed_is_done_told_and_taken_back(
    firm: Workspace,
    seat: Seat,
    browser: Browser,
    talk: Talk,
    deed: str,
    given: dict[str, str],
    then: dict[str, Any],
    before: dict[str, Any],
) -> None:
    made, client = talk(), browser(seat())
    assert do(client, made, deed, **given).status_code == 303
    assert {name: getattr(now_of(made), name) for name in then} == then
    assert len(names_of(made)) == 1
    # The page one lands on carries the way back.
    page = client.get(f"/w/{firm.slug}/desk/open/").content.decode()
    assert f"/undos/{last_undo(firm).pk}/undoing/" in page
    assert undo(client, firm).status_code == 303
    assert {name: getattr(now_of(made), name) for name in before} == before
    assert undo(client, firm).status_code == 409


def test_owner_and_team_are_given_and_taken_back(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    bo, cleo = seat(), seat(name="Cleo")
    with tenancy.entered(firm.pk):
        crew = Team.objects.create(workspace=firm, name="Claims")
    made, client = talk(owner=cleo), browser(bo)
    do(client, made, "owner", owner=str(bo.pk))
    do(client, made, "team", team=str(crew.pk))
    assert (now_of(made).owner_id, now_of(made).team_id) == (bo.pk, crew.pk)
    undo(client, firm)
    assert (now_of(made).owner_id, now_of(made).team_id) == (bo.pk, None)
    do(client, made, "owner", owner="")
    undo(client, firm)
    assert now_of(made).owner_id == bo.pk


def test_reopening_a_snoozed_one_can_be_taken_back_to_the_same_moment(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    until = NOW.replace(day=25)
    made, client = talk(status="snoozed", snoozed_until=until), browser(seat())
    do(client, made, "reopening")
    assert now_of(made).status == "open"
    undo(client, firm)
    assert (now_of(made).status, now_of(made).snoozed_until) == ("snoozed", until)


def test_moment_is_meant_in_the_zone_of_the_reader(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    bo, made = seat(), talk()
    bo.user.zone = "Asia/Tokyo"
    bo.user.save()
    do(browser(bo), made, "snooze", until="2026-11-24T09:00")
    assert now_of(made).snoozed_until == NOW.replace(day=24, hour=0)


@pytest.mark.parametrize(
    ("deed", "given"),
    [
        ("snooze", {"until": "2026-11-23T09:59"}),
        ("snooze", {"until": "tomorrow"}),
        ("snooze", {"until": "2026-13-45T99:00"}),
        ("snooze", {"until": "9999-12-31T23:59"}),
        ("priority", {"priority": "9"}),
        ("priority", {"priority": "²"}),
        ("owner", {"owner": "nobody I know"}),
        ("owner", {"owner": str(UUID(int=1))}),
        ("team", {"team": str(UUID(int=1))}),
        ("subject", {"subject": "  "}),
        ("labels", {"labels": ",".join(f"label {place}" for place in range(30))}),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk, deed: str, given: dict[str, str]
) -> None:
    made = talk()
    assert do(browser(seat()), made, deed, **given).status_code == 422
    assert names_of(made) == []


def test_auditor_cannot_own_a_conversation(firm: Workspace, seat: Seat, browser: Browser, talk: Talk) -> None:
    made, auditor = talk(), seat(Role.AUDITOR, name="Dot")
    assert do(browser(seat()), made, "owner", owner=str(auditor.pk)).status_code == 422


DEEDS = ["closing", "reopening", "snooze", "owner", "team", "priority", "labels", "subject", "merge"]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.COLLABORATOR])
def test_who_only_reads_or_notes_does_nothing_here(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk, role: Role
) -> None:
    made = talk()
    client = browser(seat(role))
    for deed in DEEDS:
        assert do(client, made, deed).status_code == 403, deed
    for address in ("bulk/", f"undos/{ids.new()}/undoing/", f"messages/{ids.new()}/splitting/"):
        assert client.post(f"/w/{firm.slug}/{address}").status_code == 403, address
    page = client.get(f"/w/{firm.slug}/desk/open/").content.decode()
    assert 'value="close"' not in page
    assert names_of(made) == []


def test_stranger_reaches_no_conversation_of_another_workspace(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    made, message = talk(), None
    with tenancy.entered(firm.pk):
        message = Message.objects.create(workspace=firm, conversation=made, direction="in")
    client = browser(seat())
    do(client, made, "closing")
    elsewhere = cast.a_workspace("Elsewhere")
    stranger = browser(cast.an_agent(elsewhere, role=Role.OWNER))
    home = f"/w/{elsewhere.slug}/"
    for deed in DEEDS:
        address = f"{home}conversations/{made.number}/{deed}/"
        assert stranger.post(address, {"until": "2030-01-01T10:00"}).status_code == 404, deed
    for address in (
        f"undos/{last_undo(firm).pk}/undoing/",
        f"messages/{message.pk}/splitting/",
        f"messages/{message.pk}/moving/",
    ):
        assert stranger.post(home + address).status_code == 404, address
    stranger.post(f"{home}bulk/", {"chosen": [made.number], "deed": "reopen"})
    assert now_of(made).status == "closed"


def test_htmx_gets_head_and_row_with_the_toast(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    made, client = talk(), browser(seat())
    url = f"http://testserver/w/{firm.slug}/desk/open/{made.number}/"
    response = client.post(
        f"/w/{firm.slug}/conversations/{made.number}/closing/",
        headers={**HTMX, "HX-Current-URL": url},
    )
    text = response.content.decode()
    assert f'id="head-{made.pk}"' in text
    assert f'id="row-{made.pk}"' in text
    assert "/undoing/" in text
    assert "<html" not in text


def test_plain_post_leads_back_to_the_page_it_came_from(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    made, client = talk(), browser(seat())
    here = f"/w/{firm.slug}/desk/open/{made.number}/?priority=2"
    address = f"/w/{firm.slug}/conversations/{made.number}/closing/"
    back = client.post(address, headers={"Referer": f"http://testserver{here}"})["Location"]
    assert back == here
    for foreign in ("https://evil.example/w/x/", f"http://testserver//evil.example/w/{firm.slug}/"):
        led = client.post(address, headers={"Referer": foreign})["Location"]
        assert led == f"/w/{firm.slug}/conversations/{made.number}/"


BULK: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    ("close", {}, {"status": "closed"}),
    ("assign_to_me", {}, {}),
    ("weigh", {"priority": "3"}, {"priority": 3}),
    ("label", {"label": "Vip, gate"}, {"labels": ["Vip", "gate", "old"]}),
    ("unlabel", {"label": "OLD"}, {"labels": []}),
    ("snooze", {"until": "2026-11-24T09:00"}, {"status": "snoozed"}),
]


@pytest.mark.parametrize(("deed", "given", "then"), BULK, ids=[one[0] for one in BULK])
def test_bulk_deed_is_done_to_all_and_taken_back_at_once(
    firm: Workspace,
    seat: Seat,
    browser: Browser,
    talk: Talk,
    deed: str,
    given: dict[str, str],
    then: dict[str, Any],
) -> None:
    bo = seat()
    client = browser(bo)
    chosen = [talk(f"{place}", labels=["old"]) for place in range(3)]
    untouched = talk("not chosen", labels=["old"])
    fields = {"chosen": [one.number for one in chosen], "deed": deed, **given}
    with clock.stopped_at(NOW):
        assert client.post(f"/w/{firm.slug}/bulk/", fields).status_code == 303
    for one in chosen:
        assert {name: getattr(now_of(one), name) for name in then} == then
        assert (now_of(one).owner_id == bo.pk) == (deed == "assign_to_me")
    assert names_of(untouched) == []
    undo(client, firm)
    for one in chosen:
        after = now_of(one)
        assert (after.status, after.owner_id, after.priority, after.labels) == ("open", None, 2, ["old"])


def test_bulk_by_htmx_answers_with_the_list_one_looks_at(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    bo = seat()
    gone, stays = talk("goes", owner=bo), talk("stays", owner=bo)
    client = browser(bo)
    page = f"http://testserver/w/{firm.slug}/desk/mine/{gone.number}/?sort=newest"
    response = client.post(
        f"/w/{firm.slug}/bulk/",
        {"chosen": [gone.number], "deed": "close"},
        headers={**HTMX, "HX-Current-URL": page},
    )
    text = response.content.decode()
    assert f'id="row-{stays.pk}"' in text
    assert f'id="row-{gone.pk}"' not in text
    assert f'id="head-{gone.pk}"' in text
    again = undo(client, firm, headers={**HTMX, "HX-Current-URL": page}).content.decode()
    assert f'id="row-{gone.pk}"' in again


@pytest.mark.parametrize(
    "fields",
    [{}, {"deed": "close"}, {"deed": "close", "chosen": ["x", "9" * 30]}, {"deed": "read"}],
)
def test_bulk_with_nothing_chosen_says_so(
    firm: Workspace, seat: Seat, browser: Browser, fields: dict[str, Any]
) -> None:
    client = browser(seat())
    assert client.post(f"/w/{firm.slug}/bulk/", fields).status_code == 303
    assert "Choose some conversations first" in client.get(f"/w/{firm.slug}/desk/mine/").content.decode()


def test_undo_leaves_what_somebody_has_changed_since(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    bo, cleo = seat(), seat(name="Cleo")
    made = talk()
    do(browser(bo), made, "owner", owner=str(bo.pk))
    mine = last_undo(firm)
    do(browser(cleo), made, "owner", owner=str(cleo.pk))
    client = browser(bo)
    client.post(f"/w/{firm.slug}/undos/{mine.pk}/undoing/")
    assert now_of(made).owner_id == cleo.pk
    assert "has changed it since" in client.get(f"/w/{firm.slug}/desk/mine/").content.decode()


def test_undo_of_somebody_else_needs_a_supervisor(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    made = talk()
    do(browser(seat()), made, "closing")
    assert undo(browser(seat(name="Cleo")), firm).status_code == 403
    assert now_of(made).status == "closed"
    assert undo(browser(seat(Role.SUPERVISOR, name="Eve")), firm).status_code == 303
    assert now_of(made).status == "open"


def test_label_keeps_the_spelling_that_is_in_use(
    firm: Workspace, seat: Seat, browser: Browser, talk: Talk
) -> None:
    made, client = talk(), browser(seat())
    with tenancy.entered(firm.pk):
        Label.objects.create(workspace=firm, name="VIP")
    do(client, made, "labels", labels="vip, new one")
    assert now_of(made).labels == ["VIP", "new one"]
    with tenancy.entered(firm.pk):
        assert set(Label.objects.of(firm).values_list("name", flat=True)) == {"VIP", "new one"}


def test_messages_are_split_moved_and_conversations_merged_by_hand(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    inbox, client = cast.an_inbox(firm), browser(seat())
    for text in ("The gate is shut.", "And the bill is wrong."):
        cast.arrives(inbox, cast.a_mail(text, subject="Gate"))
    cast.arrives(
        inbox, cast.a_mail("Other matter", subject="Quite different", sender="Zoe <zoe@other.example>")
    )
    cast.all_read(firm)
    with tenancy.entered(firm.pk):
        first, second, third = Message.objects.of(firm).order_by("at").select_related("conversation")
        if first.conversation_id != second.conversation_id:
            second.conversation = first.conversation
            second.save(update_fields=["conversation"])
            first.conversation.recount()

    def home_of(message: Message) -> Conversation:
        with tenancy.entered(firm.pk):
            fresh = Message.objects.of(firm).select_related("conversation").get(pk=message.pk)
            found: Conversation = fresh.conversation
            return found

    base = f"/w/{firm.slug}"
    split = client.post(f"{base}/messages/{second.pk}/splitting/", {"subject": "The bill"})
    assert split["Location"] == f"{base}/conversations/{home_of(second).number}/"
    assert home_of(second).pk != home_of(first).pk
    undo(client, firm)
    assert home_of(second).pk == home_of(first).pk
    assert client.post(f"{base}/messages/{first.pk}/splitting/").status_code == 409

    assert "Quite different" in client.get(f"{base}/messages/{second.pk}/moving/?q=quite").content.decode()
    client.post(f"{base}/messages/{second.pk}/moving/", {"number": home_of(third).number})
    assert home_of(second).pk == home_of(third).pk
    undo(client, firm)
    assert home_of(second).pk == home_of(first).pk
    assert client.post(f"{base}/messages/{second.pk}/moving/", {"number": "x"}).status_code == 422

    merging = f"{base}/conversations/{home_of(third).number}/merge/"
    assert client.get(merging).status_code == 200
    was = home_of(third)
    chosen = {"chosen": home_of(first).number, "into": home_of(first).number}
    shown = client.get(merging, chosen).content.decode()
    assert "different customers" in shown
    assert "ada@customer.example" in shown
    client.post(merging, chosen)
    assert home_of(third).pk == home_of(first).pk
    opened = client.get(f"{base}/conversations/{was.number}/", follow=True).content.decode()
    assert f"{was} goes on here" in opened
    assert f"from {was}" in opened
    # What goes on elsewhere can no longer be handled by itself.
    assert do(client, now_with_workspace(was, firm), "reopening").status_code == 409
    undo(client, firm)
    assert home_of(third).pk == was.pk
    assert client.post(merging, {"chosen": was.number}).status_code == 422


def now_with_workspace(conversation: Conversation, firm: Workspace) -> Conversation:
    conversation.workspace = firm
    return conversation


def test_chosen_in_a_list_are_merged_and_one_of_them_is_taken_out(
    firm: Workspace, seat: Seat, browser: Browser
) -> None:
    inbox, client, base = cast.an_inbox(firm), browser(seat()), f"/w/{firm.slug}"
    for name in ("gate", "door", "bell"):
        cast.arrives(inbox, cast.a_mail(name, subject=name, sender=f"{name}@customer.example"))
    cast.all_read(firm)
    with tenancy.entered(firm.pk):
        gate, door, bell = Conversation.objects.of(firm).order_by("number")
        said = bell.messages.get()
    chosen = [gate.number, door.number, bell.number]
    page = client.post(f"{base}/bulk/", {"deed": "merge", "chosen": chosen})
    assert page["Location"] == f"{base}/conversations/1/merge/?chosen=2&chosen=3"
    assert client.get(page["Location"]).status_code == 200
    client.post(f"{base}/conversations/1/merge/", {"chosen": chosen, "into": door.number})
    with tenancy.entered(firm.pk):
        edge = Join.objects.of(firm).get(absorbed=bell)
        assert door.messages.count() == 3
    assert "Take apart" in client.get(f"{base}/conversations/{door.number}/merge/").content.decode()
    assert "bell" in client.get(f"{base}/messages/{said.pk}/splitting/").content.decode()
    client.post(f"{base}/joins/{edge.pk}/parting/")
    with tenancy.entered(firm.pk):
        assert [one.messages.count() for one in (gate, door, bell)] == [0, 2, 1]
    assert client.post(f"{base}/joins/{edge.pk}/parting/").status_code == 409
