"""Later: the one way into background work.

In:    a job (a function marked with `job`), its facts (JSON values), when, and after what
Out:   nothing; the job runs once the current transaction has been kept
Touch: procrastinate's tables, over Django's own connection

Jobs run at least once: each is written so that a second run does no harm.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status
from procrastinate.tasks import Task

type Fact = str | int | float | bool | UUID | list["Fact"] | None
type Job = Task[Any, Any, Any]

SILENT = 60  #: seconds without a beat after which a worker is held to be dead
PATIENT = RetryStrategy(max_attempts=12, exponential_wait=4)


def job(
    name: str, *, queue: str = "default", retry: RetryStrategy = PATIENT
) -> Callable[[Callable[..., object]], Job]:
    """Mark a function as work that may be done later; ``name`` stays the same when the function moves."""
    return app.task(name=name, queue=queue, retry=retry)


def every(cron: str, name: str) -> Callable[[Callable[..., object]], Job]:
    """Mark a function of one argument (the planned moment, a Unix timestamp) to be run on a cron schedule."""

    def mark(function: Callable[..., object]) -> Job:
        return app.periodic(cron=cron)(app.task(name=name, queueing_lock=name)(function))

    return mark


@app.periodic(cron="*/2 * * * *")
@app.task(name="take-up-jobs", queueing_lock="take-up-jobs", pass_context=True)
async def take_up(context: JobContext, timestamp: int) -> None:
    """Jobs whose worker was killed are begun again; each is written so that this does no harm."""
    jobs = context.app.job_manager
    for left in await jobs.get_stalled_jobs(seconds_since_heartbeat=SILENT):
        try:
            await jobs.retry_job(left)
        except UniqueViolation:
            # Its like waits already, and is enough.
            await jobs.finish_job(left, status=Status.ABORTED, delete_job=True)


def later(job: Job, *, at: datetime | None = None, after: str | None = None, **facts: Fact) -> None:
    """Do ``job`` once the current transaction has been kept.

    ``after`` is a name; jobs with the same name run one after another. Every job about a conversation
    passes ``after=f"conversation:{id}"``, so that two replies never overtake each other.
    """
    plain: dict[str, Any] = {
        name: str(fact) if isinstance(fact, UUID) else fact for name, fact in facts.items()
    }
    job.configure(schedule_at=at, lock=after).defer(**plain)
