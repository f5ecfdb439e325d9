"""Nothing is lost: not when processes are killed, not when a letter kills its reader, not when room runs out.

The short form runs with all tests; `bin/torture` sends thousands of mails and kills more often.
"""

import os
import smtplib
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.torture.siege import ADDRESS, DEADLY, Senders, Siege, besieged, letter, wait_until

MAILS = int(os.environ.get("TORTURE_MAILS", "250"))
ROUNDS = int(os.environ.get("TORTURE_ROUNDS", "1"))


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    with besieged(tmp_path_factory.mktemp("siege")) as siege:
        yield siege


@pytest.fixture
def siege(laid: Siege) -> Iterator[Siege]:
    yield laid
    laid.end()


def test_every_mail_is_held_and_read_once_while_gateway_worker_and_database_are_killed(siege: Siege) -> None:
    up = siege.start("up", "--quiet")
    assert wait_until(lambda: siege.says() == 250)
    senders = Senders(siege, MAILS)
    senders.start()
    kills = kill_by_turns(siege, up, senders)
    senders.join()
    everything = MAILS + 1
    assert wait_until(lambda: all_read(siege, everything), seconds=180), siege.states()
    assert kills == 3 * ROUNDS
    assert siege.states() == {"read": everything}
    assert siege.ask("SELECT count(*), count(DISTINCT message_id) FROM conversations_message") == [
        (everything, everything)
    ]
    assert siege.ask("SELECT count(*), sum(message_count) FROM conversations_conversation") == [
        (MAILS // 5 + 1, everything)
    ]
    told = siege.ask(
        "SELECT count(*), count(DISTINCT facts->>'message') FROM journal_event WHERE name = %s",
        "message.received",
    )
    assert told == [(everything, everything)]


def kill_by_turns(siege: Siege, up: subprocess.Popen[bytes], senders: Senders) -> int:
    """Spread over the whole time in which mail comes in; how many were killed."""
    parts = ["gateway", "worker", "postgres"] * ROUNDS
    killed = 0
    for turn, part in enumerate(parts, 1):
        due = MAILS * turn // (len(parts) + 1)
        wait_until(lambda due=due: senders.acknowledged >= due, seconds=300)
        killed += wait_until(lambda part=part: siege.kill(up, part))
    return killed


def all_read(siege: Siege, count: int) -> bool:
    siege.lease_ends()
    return siege.states().get("waiting", 0) == 0 and sum(siege.states().values()) >= count


def test_letter_that_kills_its_reader_is_set_aside_and_harms_no_neighbour(siege: Siege) -> None:
    gateway = siege.start("gateway")
    assert wait_until(lambda: siege.says(1) == 250)
    with smtplib.SMTP("127.0.0.1", siege.smtp) as session:
        session.sendmail("eve@customer.example", [ADDRESS], letter(10_000).replace(b"Where is", DEADLY))
    assert [siege.says(number) for number in range(2, 21)] == [250] * 19
    siege.stop(gateway)

    deaths = 0
    worker = siege.start("tests/torture/frail_worker.py", PYTHONPATH=".")
    deadline = time.monotonic() + 60
    while siege.states().get("waiting", 0) and time.monotonic() < deadline:
        if worker.poll() is not None:
            deaths += 1
            siege.stop(worker)
            worker = siege.start("tests/torture/frail_worker.py", PYTHONPATH=".")
            siege.lease_ends()
        time.sleep(0.1)

    assert siege.states() == {"read": 20, "failed": 1}
    assert deaths == 3
    [(attempts, because)] = siege.ask("SELECT attempts, because FROM inboxes_delivery WHERE state = 'failed'")
    assert attempts == 3
    assert "ended" in because
    assert worker.poll() is None


def test_mail_is_put_off_while_the_disk_is_full_and_taken_afterwards(siege: Siege) -> None:
    gateway = siege.start("gateway", THREADWELL_DISK_RESERVE="1000000")
    assert wait_until(lambda: siege.says() == 452)
    assert siege.states() == {}
    siege.stop(gateway)
    siege.start("gateway", THREADWELL_DISK_RESERVE="1")
    assert wait_until(lambda: siege.says() == 250)
    assert siege.states() == {"waiting": 1}


def test_mail_is_put_off_while_the_database_is_away_and_taken_afterwards(siege: Siege) -> None:
    gateway = siege.start("gateway")
    assert wait_until(lambda: siege.says(1) == 250)
    siege.kill(gateway, "postgres")
    # A backend outlives its parent by a moment, and what it commits then is held like any other.
    assert wait_until(lambda: siege.says(2) == 451)
    siege.wake_database()
    assert wait_until(lambda: siege.says(2) == 250)
    assert siege.states() == {"waiting": 2}
