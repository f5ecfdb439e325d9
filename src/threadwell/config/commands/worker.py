"""Run background jobs and the intake of deliveries."""

import asyncio
import contextlib
import signal
import threading
from argparse import ArgumentParser, Namespace

from django.conf import settings
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params

from threadwell.config import kinship, loops
from threadwell.flow import notifying, outbound, reactions, watch

LOOPS: tuple[loops.Loop, ...] = (
    watch.serve,
    outbound.serve,
    reactions.serve,
    notifying.serve,
)


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--jobs", type=int, help="how many jobs at once (instead of THREADWELL_JOBS)")


def run(arguments: Namespace) -> int:
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    kinship.end_with_parent()
    kinship.say_ready()
    at_once = arguments.jobs or settings.OPTIONS["THREADWELL_JOBS"]

    def jobs(until: threading.Event) -> None:
        asyncio.run(_work(until, at_once))

    return 0 if loops.run((jobs, *LOOPS), until=stop) else 1


async def _work(stop: threading.Event, at_once: int) -> None:
    # Django's own connection cannot listen for new jobs, so the worker has one of another kind.
    with app.replace_connector(
        PsycopgConnector(kwargs={**connector_params(), **settings.DATABASE_DIRECT})
    ) as working:
        async with working.open_async():
            working_on = asyncio.create_task(
                working.run_worker_async(
                    concurrency=at_once,
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=25,
                    delete_jobs="successful",
                )
            )
            stopped = asyncio.create_task(asyncio.to_thread(stop.wait))
            await asyncio.wait({working_on, stopped}, return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            working_on.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working_on
