"""Answer browsers and programs: the desk, the API and the pages of health.

This process only listens and starts those that answer; it never loads the applications.
"""

from argparse import ArgumentParser, Namespace

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from threadwell.config import postgres, settings, supervision


def configure(parser: ArgumentParser) -> None:
    """Everything about it is a setting."""


def run(_arguments: Namespace) -> int:
    options = settings.OPTIONS
    server = Server(
        "threadwell.config.asgi:application",
        address=options["THREADWELL_HOST"],
        port=options["THREADWELL_PORT"],
        interface=Interfaces.ASGINL,
        workers=options["THREADWELL_WEB_PROCESSES"],
        respawn_failed_workers=True,
        workers_kill_timeout=30,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=settings.LOGGING,
        static_path_route=[settings.STATIC_URL.rstrip("/") + path for path, _ in settings.STATIC_FOLDERS],
        static_path_mount=[folder for _, folder in settings.STATIC_FOLDERS],
        static_path_expires=0 if settings.DEBUG else 365 * 86_400,
    )
    supervision.end_with_parent()
    supervision.take_along()
    with postgres.at_hand(options):
        server.serve()
    return 0
