"""Change the key that stored passwords and tokens are sealed with, without stopping anything.

In:    the key ring, `keys/ring` in the data folder
Out:   what was done, in sentences; 1 when something is left that no key opens
Touch: the key ring; everything that is sealed
"""

import sys
from argparse import ArgumentParser, Namespace

from django.conf import settings

from threadwell.config import home
from threadwell.flow import resealing
from threadwell.flow.resealing import Tally


def configure(parser: ArgumentParser) -> None:
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    rotate = steps.add_parser("rotate", help="make a new key and seal everything with it")
    rotate.add_argument(
        "--resume", action="store_true", help="make no new key: go on where the last time was stopped"
    )
    steps.add_parser("drop", help="forget all keys but the newest, once nothing needs them")


def run(arguments: Namespace) -> int:
    return _rotate(is_new=not arguments.resume) if arguments.step == "rotate" else _drop()


def _rotate(*, is_new: bool) -> int:
    ring = settings.SECRET_RING_FILE
    if ring is None:
        print("The ring stands in THREADWELL_SECRET_RING: its first key is taken as the new one.")
    elif is_new:
        held = ring.read_text().split()
        home.put_key(settings.HOME, "ring", "\n".join([home.new_ring_key(), *held]))
        print(f"A new key is first in {ring}; keep a copy of that file.")
    tally = resealing.reseal()
    print(f"Sealed anew: {tally.resealed}. Were so already: {tally.newest}.")
    return _told_of_lost(tally) or _told_what_next(is_file=ring is not None)


def _drop() -> int:
    ring = settings.SECRET_RING_FILE
    if ring is None:
        print("The ring stands in THREADWELL_SECRET_RING: take the older keys out there.", file=sys.stderr)
        return 2
    keys = ring.read_text().split()
    tally = resealing.reseal()
    if _told_of_lost(tally):
        print("Nothing was dropped.", file=sys.stderr)
        return 1
    home.put_key(settings.HOME, "ring", keys[0])
    print(f"Keys dropped: {len(keys) - 1}. Backups from before need them still.")
    return 0


def _told_what_next(*, is_file: bool) -> int:
    print(
        "When every process runs on: threadwell secrets drop."
        if is_file
        else "When every process runs with this ring, take the older keys out of it."
    )
    return 0


def _told_of_lost(tally: Tally) -> int:
    for place in tally.lost:
        print(f"No key of the ring opens what lies in {place}: enter it again there.", file=sys.stderr)
    return 1 if tally.lost else 0
