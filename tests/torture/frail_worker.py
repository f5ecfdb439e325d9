"""A worker that dies at once, without a word, when it reads a letter with a certain word in it."""

import os
import signal
import sys

from threadwell.channels.email import read
from threadwell.channels.port import Letter
from threadwell.config import entry

DEADLY = b"deadly nightshade"
_letter = read.letter


def letter(raw: bytes) -> Letter:
    if DEADLY in raw:
        os.kill(os.getpid(), signal.SIGKILL)
    return _letter(raw)


read.letter = letter
sys.exit(entry.main(["worker"]))
