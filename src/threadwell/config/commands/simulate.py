"""Let the demo firm's customers write: new mails every 20 to 60 seconds, and answers to answers."""

import signal
import threading
from argparse import ArgumentParser, Namespace

from threadwell.config import kinship, loops
from threadwell.interfaces.commands.demo_firm import character

LOOPS: tuple[loops.Loop, ...] = (character.serve,)


def configure(parser: ArgumentParser) -> None:
    """There is nothing to choose."""


def run(_arguments: Namespace) -> int:
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    kinship.end_with_parent()
    kinship.say_ready()
    return 0 if loops.run(LOOPS, until=stop) else 1
