"""Ops: what machines that watch over us may ask.

In:    a request without a person behind it
Out:   /healthz (this process lives), /readyz (it can do its work), /metrics (figures for Prometheus)
Touch: the database, to see whether it answers; the disk's room; files of figures whose process is gone
"""

import os
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path

import psutil
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from threadwell.interfaces.web import gauges
from threadwell.kit import disk

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
def metrics(request: HttpRequest) -> HttpResponse:
    if not _may_see_figures(request):
        return HttpResponse(_("Figures are not for everybody."), status=403, content_type="text/plain")
    return HttpResponse(generate_latest(_of_processes()) + gauges.exposed(), content_type=CONTENT_TYPE_LATEST)


def _may_see_figures(request: HttpRequest) -> bool:
    """Whoever has the token; and, without one, who asks from a network that may."""
    token: str = settings.OPTIONS["THREADWELL_METRICS_TOKEN"]
    told = request.headers.get("Authorization", "")
    if token and constant_time_compare(told, f"Bearer {token}"):
        return True
    if not settings.TRUSTED_PROXIES and request.headers.get("X-Forwarded-For"):
        return False  # a proxy that nobody told us of: the address is its own
    try:
        address = ip_address(request.META.get("REMOTE_ADDR") or "")
    except ValueError:
        return False
    networks = settings.OPTIONS["THREADWELL_METRICS_NETWORKS"]
    return any(address in ip_network(network) for network in networks)


def _of_processes() -> CollectorRegistry:
    """What the processes of this machine count, put together where there are several."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder is None:
        return REGISTRY
    for process in {int(path.stem.rpartition("_")[2]) for path in Path(folder).glob("gauge_live*_*.db")}:
        if not psutil.pid_exists(process):  # what was open in it is open no more
            mark_process_dead(process, folder)  # type: ignore[no-untyped-call]
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


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
