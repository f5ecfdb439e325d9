"""Answer browsers and programs: the desk, the API and the pages of health.

This process listens, and forks those that answer; it has loaded what they share.
"""

import contextlib
import os
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import Any, override

from granian._granian import SocketHolder
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from threadwell.config import kinship, loaded, postgres, settings
from threadwell.kit import ending, handed


def configure(parser: ArgumentParser) -> None:
    """Everything about it is a setting."""


def run(_arguments: Namespace) -> int:
    options = settings.OPTIONS
    server = _Server(
        "threadwell.config.asgi:application",
        address=options["THREADWELL_HOST"],
        port=options["THREADWELL_PORT"],
        interface=Interfaces.ASGINL,
        workers=options["THREADWELL_WEB_PROCESSES"],
        respawn_failed_workers=True,
        workers_kill_timeout=30,
        websockets=False,
        log_level=LogLevels.warning,
        process_name="threadwell web",
        log_dictconfig=settings.LOGGING,
        static_path_route=[settings.STATIC_URL.rstrip("/") + path for path, _ in settings.STATIC_FOLDERS],
        static_path_mount=[folder for _, folder in settings.STATIC_FOLDERS],
        static_path_expires=0 if settings.DEBUG else 365 * 86_400,
    )
    ending.foresee()
    kinship.end_with_parent()
    kinship.take_along()
    kinship.pass_on(lambda: [worker.inner.pid for worker in server.wrks])
    with _figures(), postgres.at_hand(options):
        loaded.load()
        server.serve()
    return 0


@contextlib.contextmanager
def _figures() -> Iterator[None]:
    """What processes count is put together from files of theirs; a parent of ours has a place for them."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="threadwell-figures-") as figures:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = figures
        yield


class _Server(Server):  # type: ignore[misc, valid-type]
    """Granian at a door that may have been opened by somebody else, which it does itself where it forks.

    It says that it ends before it asks its children to.
    """

    @override
    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        ending.announce()
        super().signal_handler_interrupt(*args, **kwargs)

    @override
    def _init_shared_socket(self) -> None:
        doors: list[Any] = handed.sockets("web")
        if not doors:
            super()._init_shared_socket()
            return
        door = doors[0]
        door.settimeout(0)  # it never waits
        door.set_inheritable(True)  # the processes that answer take it along
        self._ssp, self._sfd, self._sso = None, door.fileno(), door
        holder: Any = SocketHolder  # what it takes is not in its stub
        self._shd = holder(door.fileno(), False, 1024)  # noqa: FBT003  # no path of a file
