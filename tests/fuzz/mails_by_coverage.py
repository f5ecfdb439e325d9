"""By coverage: atheris sees which lines each letter reaches, and breeds from those that reach new ones."""

import sys

import atheris

with atheris.instrument_imports(
    include=["threadwell.channels.email", "threadwell.kit.html", "threadwell.kit.words"]
):
    from tests.fuzz import mails


def read(raw: bytes) -> None:
    if told := mails.trouble(raw):
        raise AssertionError(told)


atheris.Setup(sys.argv, read)
atheris.Fuzz()
