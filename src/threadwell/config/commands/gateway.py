"""Take mail in: the SMTP and LMTP gateway, and the followers of IMAP mailboxes."""

import signal
import threading
from argparse import ArgumentParser, Namespace

from threadwell.config import kinship, loops
from threadwell.interfaces.gateways import imap, smtp

LOOPS: tuple[loops.Loop, ...] = (smtp.serve, imap.serve)


def configure(parser: ArgumentParser) -> None:
    """Everything about it is a setting."""


def run(_arguments: Namespace) -> int:
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    kinship.end_with_parent()
    kinship.say_ready()
    return 0 if loops.run(LOOPS, until=stop) else 1
