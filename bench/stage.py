"""Stage: a Threadwell of this run alone: its database, its workspaces, its processes.

In:    the environment that the package has prepared
Out:   processes that serve; people who are signed in
Touch: the data folder of this run
"""

import contextlib
import os
import smtplib
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from threadwell.config import databases, postgres
from threadwell.flow import connecting, joining
from threadwell.kit import tenancy
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import Agent, User, Workspace

ADDRESS = "support@desk.bench.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """A workspace with one inbox and one person who is signed in."""

    workspace: Workspace
    owner: Agent
    inbox: Inbox
    cookie: str


@contextlib.contextmanager
def open_stage() -> Iterator[None]:
    """The embedded database, tuned and durable exactly as in daily use."""
    with postgres.running(settings.HOME):
        subprocess.run([sys.executable, "-m", "threadwell", "migrate", "--quiet"], check=True)
        yield


def found(slug: str, address: str = ADDRESS) -> Firm:
    """A new firm in the database of this run."""
    user = User.objects.create_user(email=f"owner@{slug}.example", password=None, name="Olga Owner")
    owner = joining.found(name=slug.title(), slug=slug, zone="UTC", owner=user)
    with tenancy.entered(owner.workspace_id):
        inbox = connecting.open_inbox(address=address, name="Support", team=None, by=owner)
        connecting.receive_by(inbox, {"kind": "gateway"}, by=owner)
    return Firm(workspace=owner.workspace, owner=owner, inbox=inbox, cookie=sign_in(user))


def sign_in(user: User) -> str:
    """A session, as a cookie."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


@contextlib.contextmanager
def process(part: str, count: int = 1) -> Iterator[list[psutil.Process]]:
    """Real processes of a part ("web", "worker", "gateway"), once they serve."""
    environment = {"MALLOC_ARENA_MAX": "2", **os.environ}
    command = [sys.executable, "-m", "threadwell", part]
    running = [subprocess.Popen(command, env=environment, start_new_session=True) for _ in range(count)]
    try:
        _wait_until(_SERVES[part](count), f"{part} did not start")
        yield [psutil.Process(one.pid) for one in running]
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(60)


@contextlib.contextmanager
def whole() -> Iterator[psutil.Process]:
    """The product as people start it, once all of it serves."""
    command = [sys.executable, "-m", "threadwell", "up", "--quiet"]
    running = subprocess.Popen(command, start_new_session=True)
    try:
        for part, serves in _SERVES.items():
            _wait_until(serves(1), f"{part} did not start")
        yield psutil.Process(running.pid)
    finally:
        running.terminate()
        running.wait(60)


def as_owner() -> psycopg.Connection[Any]:
    """A connection that row-level security does not bind."""
    place = databases.address(settings.OPTIONS, as_owner=True)
    return psycopg.connect(databases.url(place, name=place.name), autocommit=True)


def settle() -> None:
    """Statistics and visibility as after a quiet hour."""
    with as_owner() as owner:
        owner.execute("VACUUM ANALYZE")
        owner.execute("CHECKPOINT")


def server() -> str:
    """How PostgreSQL is set up."""
    names = (
        *("server_version", "shared_buffers", "effective_cache_size", "work_mem", "random_page_cost"),
        *("jit", "fsync", "synchronous_commit", "max_parallel_workers_per_gather"),
    )
    with as_owner() as owner:
        rows = owner.execute(
            "SELECT name, current_setting(name) FROM unnest(%s::text[]) AS name", [list(names)]
        ).fetchall()
    return ", ".join(f"{name} {value}" for name, value in rows)


def database_bytes() -> int:
    with as_owner() as owner:
        row = owner.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row
    return int(row[0])


def folder_bytes(folder: Path) -> int:
    return sum(one.stat().st_blocks * 512 for one in folder.rglob("*") if one.is_file())


def _wait_until(is_so: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.05)


def _web_serves(_count: int) -> Callable[[], bool]:
    def look() -> bool:
        with contextlib.suppress(OSError):
            url = f"http://127.0.0.1:{settings.OPTIONS['THREADWELL_PORT']}/healthz"
            return bool(urllib.request.urlopen(url, timeout=5).status == 200)
        return False

    return look


def _gateway_serves(_count: int) -> Callable[[], bool]:
    def look() -> bool:
        with contextlib.suppress(OSError), smtplib.SMTP("127.0.0.1", settings.SMTP_PORT, timeout=5):
            return True
        return False

    return look


def _workers_listen(count: int) -> Callable[[], bool]:
    def look() -> bool:
        with as_owner() as owner:
            row = owner.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN threadwell_arrivals'"
            ).fetchone()
        return bool(row and row[0] >= count)

    return look


_SERVES: dict[str, Callable[[int], Callable[[], bool]]] = {
    "web": _web_serves,
    "gateway": _gateway_serves,
    "worker": _workers_listen,
}
