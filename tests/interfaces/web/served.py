"""A real web process over the test's database, and readers of its live stream."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from django.conf import settings
from django.test import Client

from tests import patience
from tests.house.tree import ROOT
from threadwell.record.workplace.models import Agent


@contextmanager
def web_process(database_url: str) -> Iterator[int]:
    """The port on which it answers."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("THREADWELL_")}
    environment = {
        **kept,
        "DJANGO_SETTINGS_MODULE": "threadwell.config.settings",
        "THREADWELL_HOME": str(settings.HOME),
        "THREADWELL_SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": database_url,
    }
    command = [sys.executable, "-m", "granian", "--interface", "asginl", "--port", str(port)]
    command += ["--log-level", "warning", "threadwell.config.asgi:application"]
    with subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()
            try:
                process.wait(patience.AT_ONCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise


def cookie_of(agent: Agent) -> str:
    """A session of theirs."""
    client = Client()
    client.force_login(agent.user)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


@dataclass
class Listener:
    """One open stream, read in a thread of its own."""

    port: int
    path: str
    cookie: str
    events: list[tuple[str, str, str]] = field(default_factory=list)  #: kind, data, id
    status: int = 0
    is_over: bool = False

    def __post_init__(self) -> None:
        self.heard = threading.Condition()
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.connection.request("GET", self.path, headers={"Cookie": self.cookie})
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def waits_for(self, text: str, *, seconds: float = 10) -> str:
        """The first data that holds the text."""

        def found() -> str:
            return next((data for _, data, _ in self.events if text in data), "")

        with self.heard:
            assert self.heard.wait_for(found, seconds), f"not heard: {text}; but {self.events}"
            return found()

    def has_heard(self, text: str) -> bool:
        return any(text in data for _, data, _ in self.events)

    def waits_for_end(self, *, seconds: float) -> bool:
        self.thread.join(seconds)
        return self.is_over

    def counts(self) -> dict[str, str]:
        told: dict[str, str] = {}
        for kind, data, _ in self.events:
            if kind == "count":
                told |= json.loads(data)
        return told

    def close(self) -> None:
        with suppress(OSError):
            if self.connection.sock:
                self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.connection.close()
        self.thread.join(5)

    def _read(self) -> None:
        kind, data, key = "", [], ""
        with suppress(OSError, http.client.HTTPException, ValueError, AttributeError):
            while line := self.response.readline():
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    data.append(value)
                elif name == "id":
                    key = value
                elif not name and kind:
                    with self.heard:
                        self.events.append((kind, "\n".join(data), key))
                        self.heard.notify_all()
                    kind, data = "", []
        self.is_over = True


def _wait_for(port: int) -> None:
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError("the web process does not answer")
