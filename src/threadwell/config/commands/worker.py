"""Run background jobs and the intake of deliveries."""

import asyncio
import signal
import threading
from argparse import ArgumentParser, Namespace

from django.conf import settings
from procrastinate.contrib.django import app

from threadwell.config import loops, supervision


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--jobs", type=int, help="how many jobs at once (instead of THREADWELL_JOBS)")


def run(arguments: Namespace) -> int:
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    supervision.end_with_parent()
    jobs = threading.Thread(
        target=_run_jobs, args=(stop, arguments.jobs or settings.OPTIONS["THREADWELL_JOBS"])
    )
    jobs.start()
    all_well = loops.run(loops.WORKER, until=stop)
    jobs.join()
    return 0 if all_well else 1


def _run_jobs(stop: threading.Event, at_once: int) -> None:
    try:
        asyncio.run(_work(stop, at_once))
    finally:
        stop.set()


async def _work(stop: threading.Event, at_once: int) -> None:
    with app.replace_connector(app.connector.get_worker_connector()) as working:
        async with working.open_async():
            worker = asyncio.create_task(
                working.run_worker_async(
                    concurrency=at_once,
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=25,
                    delete_jobs="successful",
                )
            )
            ended = asyncio.create_task(asyncio.to_thread(stop.wait))
            await asyncio.wait({worker, ended}, return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            worker.cancel()
            await asyncio.gather(worker, ended, return_exceptions=True)
