"""Mailboxes are followed at a real Dovecot, with everything that goes wrong there in life."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests import cast
from tests.interfaces.gateways import dovecot
from tests.interfaces.gateways.conftest import House
from tests.interfaces.gateways.dovecot import PASSWORD, Dovecot
from tests.patience import eventually
from threadwell.flow import connecting, following
from threadwell.flow.following import Key
from threadwell.interfaces.gateways import imap as gateway
from threadwell.kit import clock, tenancy
from threadwell.record.inboxes.models import Delivery, Folder, Inbox
from threadwell.record.journal.models import Event
from threadwell.record.workplace.roles import Role

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not Path(dovecot.PROGRAM).exists(), reason="Dovecot is not installed"),
]
type Letter = Callable[..., bytes]


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot.running() as made:
        yield made


@pytest.fixture
def user(server: Dovecot, request: pytest.FixtureRequest) -> str:
    """A mailbox of the test's own."""
    return f"u{abs(hash(request.node.name)) % 10**9}{time.monotonic_ns() % 10**6}"


@pytest.fixture
def followed(house: House, server: Dovecot, user: str) -> Callable[..., Key]:
    def made(**incoming: Any) -> Key:
        inbox = house.inboxes["help"]
        inbox.settings = {
            "incoming": {
                "kind": "imap",
                "host": "127.0.0.1",
                "port": server.plain,
                "tls": "none",
                "user": user,
            }
            | incoming
        }
        inbox.secrets = {"incoming_password": PASSWORD}
        with tenancy.entered(house.workspace.pk):
            inbox.save()
        return Key(workspace_id=house.workspace.pk, inbox_id=inbox.pk)

    return made


def looked(key: Key, *, is_careful: bool = False) -> int:
    """One visit."""
    open_now = following.opened(key, is_careful=is_careful)
    assert open_now is not None
    try:
        return open_now.catch_up()
    finally:
        open_now.close()


def folder_of(key: Key, name: str = "INBOX") -> Folder:
    with tenancy.entered(key.workspace_id):
        return Folder.objects.of(key.workspace_id).get(inbox_id=key.inbox_id, name=name)


def inbox_of(key: Key) -> Inbox:
    with tenancy.entered(key.workspace_id):
        return Inbox.objects.of(key.workspace_id).get(pk=key.inbox_id)


def events(key: Key) -> list[str]:
    with tenancy.entered(key.workspace_id):
        return list(Event.objects.of(key.workspace_id).order_by("id").values_list("name", flat=True))


def test_letters_are_taken_in_once_and_no_flag_changes(
    house: House, server: Dovecot, user: str, followed: Callable[..., Key], letter: Letter
) -> None:
    server.put(*(letter(number) for number in range(120)), user=user)
    with server.client(user) as client:
        client.select_folder("INBOX")
        client.add_flags([1, 2, 3], [b"\\Seen"])
        before = client.get_flags(client.search())
    key = followed()
    assert looked(key) == 120
    assert looked(key) == 0
    assert [zstandard.decompress(bytes(one.raw)) for one in house.held()] == [letter(n) for n in range(120)]
    with server.client(user) as client:
        client.select_folder("INBOX", readonly=True)
        after = client.get_flags(client.search())
    recent = {b"\\Recent"}
    assert {uid: set(flags) - recent for uid, flags in after.items()} == {
        uid: set(flags) - recent for uid, flags in before.items()
    }
    folder = folder_of(key)
    assert (folder.seen_at_source, folder.held, folder.uid_reached) == (120, 120, 120)
    assert inbox_of(key).health == Inbox.Health.GOOD


def test_new_letters_are_found_whether_read_or_not(
    house: House, server: Dovecot, user: str, followed: Callable[..., Key], letter: Letter
) -> None:
    key = followed(history="new")
    server.put(letter(1), letter(2), user=user)
    assert looked(key) == 0
    with server.client(user) as client:
        client.append("INBOX", letter(3), flags=[b"\\Seen"])
    assert looked(key) == 1
    folder = folder_of(key)
    assert (folder.seen_at_source, folder.held) == (1, 1)


def test_history_since_a_day(
    house: House, server: Dovecot, user: str, followed: Callable[..., Key], letter: Letter
) -> None:
    long_ago, lately = clock.now() - timedelta(days=400), clock.now() - timedelta(days=30)
    with server.client(user) as client:
        client.append("INBOX", letter(1), msg_time=long_ago)
        client.append("INBOX", letter(2), msg_time=lately)
    key = followed(history=(clock.now() - timedelta(days=100)).date().isoformat())
    assert looked(key) == 1
    [delivery] = house.held()
    assert delivery.source_facts["imported"] is True
    assert abs(delivery.arrived_at - lately) < timedelta(seconds=2)


def test_the_sent_folder_is_followed_and_marked(
    house: House, server: Dovecot, user: str, followed: Callable[..., Key], letter: Letter
) -> None:
    server.put(letter(1), user=user)
    server.put(letter(2), folder="Sent", user=user)
    assert looked(followed()) == 2
    assert {one.source_facts["folder"]: one.source_facts["is_sent"] for one in house.held()} == {
        "INBOX": False,
        "Sent": True,
    }


def test_new_numbers_for_old_letters_bring_nothing_twice_and_lose_nothing(
    house: House, server: Dovecot, user: str, followed: Callable[..., Key], letter: Letter
) -> None:
    without_id = b"Subject: no id\r\n\r\nbody\r\n"
    server.put(*(letter(number) for number in range(70)), without_id, without_id, user=user)
    key = followed()
    assert looked(key) == 72
    before = folder_of(key).uid_validity
    server.number_anew(user)
    server.put(letter(100), user=user)
    assert looked(key) == 1
    assert folder_of(key).uid_validity != before
    assert len(house.held()) == 73
    folder = folder_of(key)
    assert (folder.seen_at_source, folder.held) == (73, 73)
    assert looked(key) == 0


def test_only_new_mail_stays_only_new_when_numbers_change(
    house: House, server: Dovecot, user: str, followed: Callable[..., Key], letter: Letter
) -> None:
    with server.client(user) as client:
        client.append("INBOX", letter(1), msg_time=clock.now() - timedelta(days=400))
    key = followed(history="new")
    looked(key)
    server.put(letter(2), user=user)
    assert looked(key) == 1
    server.number_anew(user)
    looked(key)
    assert len(house.held()) == 1


def test_a_gap_is_found_and_filled(
    house: House, server: Dovecot, user: str, followed: Callable[..., Key], letter: Letter
) -> None:
    server.put(*(letter(number) for number in range(10)), user=user)
    key = followed()
    looked(key)
    with tenancy.entered(key.workspace_id):
        gone = [one.pk for one in house.held()[3:5]]
        Delivery.objects.of(key.workspace_id).filter(pk__in=gone).delete()
    assert looked(key) == 2
    folder = folder_of(key)
    assert (folder.seen_at_source, folder.held) == (10, 10)


def test_a_crash_before_the_mark_moved_is_harmless(
    house: House, server: Dovecot, user: str, followed: Callable[..., Key], letter: Letter
) -> None:
    server.put(*(letter(number) for number in range(10)), user=user)
    key = followed()
    looked(key)
    with tenancy.entered(key.workspace_id):
        Folder.objects.of(key.workspace_id).update(uid_reached=4)
    assert looked(key) == 0
    assert len(house.held()) == 10


def test_a_letter_above_the_limit_is_noted_with_the_reason(
    house: House,
    server: Dovecot,
    user: str,
    followed: Callable[..., Key],
    letter: Letter,
    settings: Any,
) -> None:
    settings.MAIL_LIMIT = 1024 * 1024
    server.put(letter(1), letter(2, "x" * 2_000_000), letter(3), user=user)
    key = followed()
    assert looked(key) == 2
    [note] = folder_of(key).uids_skipped
    assert note["uid"] == 2
    assert "MAIL_LIMIT" in note["why"]
    assert inbox_of(key).health == Inbox.Health.WARNING
    settings.MAIL_LIMIT = 64 * 1024 * 1024
    with clock.stopped_at(clock.now() + timedelta(hours=7)):
        assert looked(key) == 1
    assert folder_of(key).uids_skipped == []
    assert inbox_of(key).health == Inbox.Health.GOOD


def test_a_full_disk_leaves_letters_where_they_are(
    house: House, server: Dovecot, user: str, followed: Callable[..., Key], letter: Letter, settings: Any
) -> None:
    server.put(letter(1), user=user)
    key = followed()
    reserve, settings.DISK_RESERVE = settings.DISK_RESERVE, 1 << 60
    with pytest.raises(following.NoRoom):
        looked(key)
    settings.DISK_RESERVE = reserve
    assert looked(key) == 1


def test_health_tells_the_first_failure_once_and_the_mending(
    house: House, server: Dovecot, user: str, followed: Callable[..., Key]
) -> None:
    key = followed()
    looked(key)
    with tenancy.entered(key.workspace_id):
        inbox = Inbox.objects.of(key.workspace_id).get(pk=key.inbox_id)
        inbox.secrets = {"incoming_password": "wrong"}
        inbox.save()
    for _ in range(2):
        with pytest.raises(Exception) as refused:  # noqa: PT011 - the server's own words
            looked(key)
        following.feels_broken(key, refused.value)
    broken = inbox_of(key)
    assert broken.health == Inbox.Health.BROKEN
    assert "password" in broken.health_because
    with tenancy.entered(key.workspace_id):
        broken.secrets = {"incoming_password": PASSWORD}
        broken.save()
    looked(key)
    assert inbox_of(key).health == Inbox.Health.GOOD
    assert events(key) == ["inbox.broken", "inbox.mended"]


def test_signing_in_that_will_end_is_told_before(
    house: House, server: Dovecot, user: str, followed: Callable[..., Key]
) -> None:
    key = followed()
    with tenancy.entered(key.workspace_id):
        Inbox.objects.of(key.workspace_id).update(credentials_expire_at=clock.now() + timedelta(days=3))
    looked(key)
    warned = inbox_of(key)
    assert warned.health == Inbox.Health.WARNING
    assert "Reconnect" in warned.health_because


@pytest.mark.parametrize("is_listening", [True, False], ids=["idle", "visits"])
def test_the_follower_brings_mail_by_itself_and_survives_the_server(
    house: House,
    server: Dovecot,
    user: str,
    followed: Callable[..., Key],
    letter: Letter,
    monkeypatch: pytest.MonkeyPatch,
    is_listening: bool,
) -> None:
    monkeypatch.setattr(gateway, "LISTENED_TO", 1 if is_listening else 0)
    monkeypatch.setattr(gateway, "LOOK_ROUND", 0.3)
    monkeypatch.setattr(gateway, "FIRST_PAUSE", 0.3)
    if not is_listening:
        monkeypatch.setattr(gateway, "VISIT_EVERY", 0.3)
    key = followed()
    until = threading.Event()
    serving = threading.Thread(target=gateway.serve, args=(until,))
    serving.start()
    try:
        server.put(letter(1), user=user)
        eventually(lambda: len(house.held()) == 1)
        server.put(letter(2), user=user)
        eventually(lambda: len(house.held()) == 2)
        with server.away():
            eventually(lambda: inbox_of(key).health == Inbox.Health.BROKEN)
        server.put(letter(3), user=user)
        eventually(lambda: len(house.held()) == 3)
        eventually(lambda: inbox_of(key).health == Inbox.Health.GOOD)
    finally:
        until.set()
        serving.join(20)
    assert not serving.is_alive()


def test_a_mailbox_that_a_person_mends_is_tried_at_once(
    house: House,
    server: Dovecot,
    user: str,
    followed: Callable[..., Key],
    letter: Letter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gateway, "LOOK_ROUND", 0.3)
    monkeypatch.setattr(gateway, "FIRST_PAUSE", 300.0)
    key = followed(port=1)
    server.put(letter(1), user=user)
    with tenancy.entered(house.workspace.pk):
        cleo = cast.an_agent(house.workspace, name="Cleo", role=Role.ADMIN)
    until = threading.Event()
    serving = threading.Thread(target=gateway.serve, args=(until,))
    serving.start()
    try:
        eventually(lambda: inbox_of(key).health == Inbox.Health.BROKEN)
        with tenancy.entered(house.workspace.pk):
            inbox = Inbox.objects.of(house.workspace).select_for_update().get(pk=key.inbox_id)
            way = {**inbox.settings["incoming"], "port": server.plain}
            connecting.receive_by(inbox, way, by=cleo)
        eventually(lambda: inbox_of(key).health == Inbox.Health.GOOD)
        assert len(house.held()) == 1
    finally:
        until.set()
        serving.join(20)
    assert not serving.is_alive()
