"""The application as the web server calls it."""

import asyncio
import json
import logging
from typing import Any

import pytest

from threadwell.config import asgi


def asked(path: str, *, query: bytes = b"", headers: dict[str, str] | None = None) -> dict[str, Any]:
    """The head of the answer to a GET."""
    sent: list[dict[str, Any]] = []
    request: list[dict[str, Any]] = [{"type": "http.request", "body": b"", "more_body": False}]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [
            (name.encode(), value.encode())
            for name, value in {"host": "localhost", **(headers or {})}.items()
        ],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }

    async def receive() -> dict[str, Any]:
        if request:
            return request.pop()
        await asyncio.sleep(3600)
        raise AssertionError

    async def send(event: Any) -> None:
        sent.append(event)

    asyncio.run(asgi.application(scope, receive, send))
    return sent[0]


def test_every_answer_carries_the_number_that_stands_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="threadwell.web"):
        head = asked("/nowhere/at/all", query=b"token=hunter2")
    number = dict(head["headers"])[b"x-request-id"].decode()
    line = next(record for record in caplog.records if record.name == "threadwell.web")
    told = json.loads(json.dumps(line.msg, default=str))
    assert (told["request"], told["path"], told["status"]) == (number, "/nowhere/at/all", 404)
    assert "hunter2" not in str(told)


def test_what_machines_ask_all_day_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="threadwell.web"):
        assert asked("/healthz")["status"] == 200
    assert caplog.records == []


def test_nobody_is_believed_to_be_a_proxy_unless_named() -> None:
    head = asked("/healthz", headers={"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9"})
    assert b"strict-transport-security" not in dict(head["headers"])
