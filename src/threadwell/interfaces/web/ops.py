"""Ops: what machines that watch over us may ask.

In:    a request without a person behind it
Out:   /healthz (this process lives), /readyz (it can do its work), /metrics (figures for Prometheus)
Touch: the database, to see whether it answers; the disk's room
"""

from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from threadwell.kit import disk

_JOBS = "SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status"
_OLDEST_JOB = (
    "SELECT COALESCE(EXTRACT(EPOCH FROM now() - min(COALESCE(scheduled_at, now()))), 0)"
    " FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at <= now()"
)
_APPLIED = "SELECT obj_description(to_regclass('public.django_migrations'), 'pg_class')"


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    wrong = list(_what_is_wrong())
    return JsonResponse({"ready": not wrong, "wrong": wrong}, status=503 if wrong else 200)


@never_cache
@require_safe
def metrics(_request: HttpRequest) -> HttpResponse:
    now = CollectorRegistry()
    Gauge("threadwell_disk_free_bytes", "Room beside the blobs.", registry=now).set(disk.free())
    jobs = Gauge("threadwell_jobs", "Background jobs by state.", ["status"], registry=now)
    oldest = Gauge("threadwell_jobs_oldest_seconds", "How late the latest due job is.", registry=now)
    reachable = Gauge("threadwell_database_up", "Whether the database answers.", registry=now)
    try:
        with connection.cursor() as cursor:
            cursor.execute(_JOBS)
            for status, count in cursor.fetchall():
                jobs.labels(status).set(count)
            cursor.execute(_OLDEST_JOB)
            oldest.set(cursor.fetchone()[0])
        reachable.set(1)
    except DatabaseError:
        reachable.set(0)
    return HttpResponse(generate_latest() + generate_latest(now), content_type=CONTENT_TYPE_LATEST)


def _what_is_wrong() -> Iterator[str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute(_APPLIED)
            if cursor.fetchone()[0] != settings.SCHEMA_MARK:
                yield _("The database's tables are not up to date.")
    except DatabaseError:
        yield _("The database does not answer.")
    if disk.is_full():
        yield _("The disk is full.")
