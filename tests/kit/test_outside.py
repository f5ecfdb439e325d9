"""What somebody else's text names is fetched without being led into our own house."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

import pytest

from threadwell.kit import outside

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::",
    "fe80::1", "fc00::1",
    "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::", "2002:a00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "::7f00:1", "2001:db8::1",
]  # fmt: skip
PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_address_is_refused_however_it_is_written(address: str) -> None:
    assert not outside.is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_may_be_reached(address: str) -> None:
    assert outside.is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x", "http://2130706433/x", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/",
        "http://localhost/", "https://localhost/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://0/",
        "http://[::ffff:7f00:1]/", "http://169.254.169.254/latest/meta-data/", "http://user@127.0.0.1/",
        "http://127.0.0.1:5432/", "http://127.0.0.1:22/", "ftp://127.0.0.1/", "file:///etc/passwd",
        "gopher://127.0.0.1/", "javascript:alert(1)", "//127.0.0.1/", "http://", "http:///x", "http://[::1",
        "http://127.0.0.1%2f@example.org/", "data:text/html,x", "http://ⓛocalhost/", "http://127。0。0。1/",
    ],
)  # fmt: skip
def test_address_that_leads_home_is_not_fetched(url: str) -> None:
    with pytest.raises(outside.NotFetched):
        outside.fetch(url, limit=100, seconds=2)


class Pages(BaseHTTPRequestHandler):
    """A server that tries things."""

    def do_GET(self) -> None:
        moved = {
            "/away": "http://127.0.0.2:{port}/ok",
            "/home": "http://10.0.0.1/",
            "/round": "/round",
            "/near": "/ok",
            "/file": "file:///etc/passwd",
        }
        if self.path in moved:
            self.send_response(302)
            self.send_header("Location", moved[self.path].format(port=self.server.server_port))  # type: ignore[attr-defined]
            self.end_headers()
        elif self.path == "/huge":
            self._say(b"x" * 5000)
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            self._drip()
        elif self.path == "/ok":
            self._say(b"fine")
        else:
            self.send_error(404)

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        stop = threading.Event()
        for _ in range(50):
            try:
                self.wfile.write(b".")
                self.wfile.flush()
            except OSError:
                return
            stop.wait(0.1)

    def log_message(self, *_said: Any) -> None:
        """Silence."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def fetched(port: int, path: str, *, seconds: float = 5) -> bytes:
    def only_this_house(address: outside.Address) -> bool:
        return str(address) == "127.0.0.1"

    return outside.fetch(
        f"http://127.0.0.1:{port}{path}",
        limit=1000,
        seconds=seconds,
        may_reach=only_this_house,
        ports=frozenset({port, 80}),
    )


def test_what_stands_there_comes_back(port: int) -> None:
    assert fetched(port, "/ok") == b"fine"


def test_redirect_is_followed_where_it_may_be(port: int) -> None:
    assert fetched(port, "/near") == b"fine"


@pytest.mark.parametrize("path", ["/away", "/home", "/round", "/file", "/huge", "/none"])
def test_redirect_inward_and_what_has_no_end_is_refused(port: int, path: str) -> None:
    with pytest.raises(outside.NotFetched):
        fetched(port, path)


def test_slow_server_is_left(port: int) -> None:
    with pytest.raises(outside.NotFetched):
        fetched(port, "/endless", seconds=0.5)


def test_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(*_asked: Any, **_more: Any) -> list[Any]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("93.184.216.34", 80)), (*kind, ("10.0.0.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    with pytest.raises(outside.NotFetched):
        outside.fetch("http://both.example/", limit=10, seconds=1)
