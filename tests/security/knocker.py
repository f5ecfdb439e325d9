"""Knocker: one of several processes that try the same door at the same moment.

In:    the name of a door, how often, on the command line; a line on standard input to begin
Out:   how many were let in, as a line
Touch: the database that the environment names
"""

import os
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "threadwell.config.settings")
django.setup()

from django.test import Client  # noqa: E402

from threadwell.interfaces.gateways import guests  # noqa: E402
from threadwell.kit import clock, pace  # noqa: E402

STRANGER = "203.0.114.9"


def signs_in() -> bool:
    given = {"login": "cleo@firm.example", "password": "wrong"}
    answer = Client(REMOTE_ADDR=STRANGER).post("/accounts/login/", given, headers={"host": "localhost"})
    return bool(answer.status_code != 429)


def looks_at_a_link() -> bool:
    answer = Client(REMOTE_ADDR=STRANGER).post("/join/" + "0" * 32 + "_x/", headers={"host": "localhost"})
    return bool(answer.status_code != 429)


def calls_without_a_token() -> bool:
    answer = Client(REMOTE_ADDR=STRANGER).get("/api/v1/me", headers={"host": "localhost"})
    return bool(answer.status_code != 429)


def brings_mail() -> bool:
    return not guests._is_one_too_many(f"session:{STRANGER}", guests.SESSIONS, guests.MINUTE)


def counts() -> bool:
    return pace.wait_for("somebody", most=50, within=timedelta(hours=1)) is None


DOORS = {one.__name__: one for one in (signs_in, looks_at_a_link, calls_without_a_token, brings_mail, counts)}

if __name__ == "__main__":
    door, times = DOORS[sys.argv[1]], int(sys.argv[2])
    print("ready", flush=True)
    sys.stdin.readline()
    # Time stands still, so that nothing is paid off meanwhile.
    with clock.stopped_at(clock.now().replace(microsecond=0, second=0)):
        print(sum(door() for _ in range(times)))
