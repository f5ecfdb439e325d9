"""Web services of other people: a push service that opens what it is sent, a chat tool that keeps it."""

import contextlib
import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02


@dataclass
class Browser:
    """A browser that asked to be called: its keys are its own, the service sees sealed bytes (RFC 8291)."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"sixteen bytes!!!"

    def subscription(self, service: "Listener", name: str = "one") -> dict[str, str]:
        return {
            "endpoint": f"{service.url}/push/{name}",
            "p256dh": _packed(self.point),
            "auth": _packed(self.auth),
        }

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    def opens(self, content: bytes) -> dict[str, Any]:
        plain = http_ece.decrypt(content, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        return cast("dict[str, Any]", json.loads(plain))


@dataclass
class Called:
    """One request that was taken, or refused."""

    path: str
    headers: dict[str, str]
    content: bytes


class Listener(ThreadingHTTPServer):
    """Answers every POST with ``status`` and remembers it; a push without what RFC 8030 asks for gets 400."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.calls: list[Called] = []
        self.status = 201

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def judged(self, call: Called) -> int:
        if not call.path.startswith("/push/"):
            return self.status
        scheme, _, claims = call.headers.get("authorization", "").partition(" ")
        parts = dict(piece.strip().split("=", 1) for piece in claims.split(",")) if claims else {}
        if scheme.lower() != "vapid" or not parts.get("k") or "ttl" not in call.headers:
            return 400
        if not Vapid02.verify(call.headers["authorization"]):
            return 403
        return self.status if call.headers.get("content-encoding") == "aes128gcm" else 415


class _Answering(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Called(self.path, headers, self.rfile.read(length))
        status = self.server.judged(call)
        self.server.calls.append(call)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads along."""


@contextlib.contextmanager
def a_listener() -> Iterator[Listener]:
    with Listener() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def _packed(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
