"""Every process is replaced while people work: no request fails, no mail is refused, streams come back."""

import http.client
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests import parts
from tests.operations.conftest import Settle
from tests.operations.place import Place, Postman
from tests.patience import eventually

SIGNED_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from importlib import import_module
from django.conf import settings
from threadwell.record.workplace.models import User
user = User.objects.get()
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print("COOKIE", settings.SESSION_COOKIE_NAME + "=" + session.session_key)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, settled: Settle) -> Iterator[Place]:
    place = settled(tmp_path_factory.mktemp("rolling"))
    place.start("up", "--quiet")
    try:
        eventually(lambda: place.answers() == 200 and place.takes_mail(), told=place.told)
        yield place
    finally:
        place.stop()


@pytest.fixture(scope="module")
def cookie(place: Place) -> str:
    said = place.run("manage", "shell", "--no-imports", "--command", SIGNED_IN)
    return next(line.removeprefix("COOKIE ") for line in said.splitlines() if line.startswith("COOKIE "))


class Caller(threading.Thread):
    """Asks without a pause; on one line for as long as it holds, or on a new one each time."""

    def __init__(self, place: Place, cookie: str, *, stays: bool) -> None:
        super().__init__(daemon=True)
        self.place, self.cookie, self.stays = place, cookie, stays
        self.answers: Counter[str] = Counter()
        self.enough = threading.Event()

    def run(self) -> None:
        line = self._line()
        while not self.enough.is_set():
            try:
                line.request("GET", "/w/place/desk/mine/", headers={"Cookie": self.cookie})
                answer = line.getresponse()
                answer.read()
                self.answers[str(answer.status)] += 1
            except (OSError, http.client.HTTPException) as problem:
                self.answers[repr(problem)] += 1
                line.close()
            if not self.stays:
                line.close()  # it is opened again by the next request
        line.close()

    def _line(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.place.at, self.place.port, timeout=60)

    def stop(self) -> None:
        self.enough.set()
        self.join(90)


class Stream(threading.Thread):
    """A browser's live stream: read to its end, and begun again."""

    def __init__(self, place: Place, cookie: str) -> None:
        super().__init__(daemon=True)
        self.place, self.cookie = place, cookie
        self.begun = self.ended = 0
        self.failed: list[str] = []

    def run(self) -> None:
        while True:
            line = http.client.HTTPConnection(self.place.at, self.place.port, timeout=60)
            try:
                line.request("GET", "/w/place/live/", headers={"Cookie": self.cookie})
                answer = line.getresponse()
                if answer.status != 200:
                    self.failed.append(str(answer.status))
                    return
                self.begun += 1
                while line_told := answer.readline():
                    self.told(line_told)
                self.ended += 1
            except (OSError, http.client.HTTPException) as problem:
                self.failed.append(repr(problem))
                return
            finally:
                line.close()

    def told(self, line: bytes) -> None:
        """A line came."""


def test_everything_is_replaced_and_nobody_notices(place: Place, cookie: str) -> None:
    up = place.processes[0]
    before = parts.of(up.pid)
    assert before.keys() == {"web", "worker", "gateway"}
    callers = [Caller(place, cookie, stays=stays) for stays in (False, False, True)]
    stream, postman = Stream(place, cookie), Postman(place.smtp)
    for thread in (*callers, stream, postman):
        thread.start()
    eventually(lambda: stream.begun == 1 and all(caller.answers for caller in callers), told=place.told)
    for turn in (1, 2):
        up.send_signal(signal.SIGHUP)
        eventually(lambda before=before: are_others(before, parts.of(up.pid)), told=place.told)
        before = parts.of(up.pid)
        eventually(lambda turn=turn: stream.begun > turn, told=place.told)
    postman.stop()
    for caller in callers:
        caller.stop()
    asked = sum((caller.answers for caller in callers), Counter())
    mails = f"{len(postman.taken)} mails, {postman.put_off} of them put off once"
    print(f"requests during two rolling restarts: {dict(asked)}; {mails}")
    assert set(asked) == {"200"}
    assert asked["200"] > 50
    assert postman.refused == []
    assert stream.failed == []
    assert stream.ended >= 2


def are_others(before: dict[str, int], now: dict[str, int]) -> bool:
    return before.keys() == now.keys() and not set(before.values()) & set(now.values())


def test_product_that_cannot_be_loaded_leaves_the_old_one_in_its_place(place: Place, tmp_path: Path) -> None:
    up = place.processes[0]
    eventually(lambda: len(psutil.Process(up.pid).children()) == 3, told=place.told)
    before = parts.of(up.pid)
    broken = place.home / "threadwell.toml"
    broken.write_text("no_such_setting = 1\n")
    try:
        up.send_signal(signal.SIGHUP)
        eventually(lambda: "cannot be loaded; everything stays as it is" in place.told())
    finally:
        broken.unlink()
    assert parts.of(up.pid) == before
    assert place.answers() == 200
