"""Front door: what a customer of ours would see, asked through the API and nothing else.

In:    the port of the web process, tokens
Out:   answers; letters, notes, messages and work, as they are shown
Touch: the API
"""

import http.client
import itertools
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

SIDE_BY_SIDE = 6
NUMBER = re.compile(r"\bparcel (\d+)\?")
_BROKEN = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer of the API."""

    status: int
    body: Any


class FrontDoor:
    """Programs with tokens; each call goes by the next of them, for each may call so often only."""

    def __init__(self, port: int, tokens: Sequence[str]) -> None:
        self.port = port
        self._tokens = itertools.cycle(tokens)

    def call(self, method: str, path: str, body: Any = None, *, key: str = "", seconds: float = 30) -> Said:
        """One call; raises what the network raises."""
        headers = {"Authorization": f"Bearer {next(self._tokens)}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            content = None if body is None else json.dumps(body)
            line.request(method, f"/api/v1{path}", body=content, headers=headers)
            answer = line.getresponse()
            read = answer.read()
            is_json = "json" in (answer.headers.get("Content-Type") or "")
            return Said(status=answer.status, body=json.loads(read) if is_json else read)
        finally:
            line.close()

    def insist(self, method: str, path: str, body: Any = None, *, key: str = "", seconds: float = 180) -> Any:
        """Call until it is answered: as a careful program does, under one key. Raises when it is refused."""
        deadline = time.monotonic() + seconds
        told: object = None
        token = next(self._tokens)  # a key belongs to its token
        self_alone = FrontDoor(self.port, [token])
        while time.monotonic() < deadline:
            try:
                said = self_alone.call(method, path, body, key=key)
            except _BROKEN as broken:
                told = broken
            else:
                if said.status < 400:
                    return said.body
                told = said
                if said.status not in {409, 429} and said.status < 500:
                    break
            time.sleep(0.1)
        raise AssertionError(f"{method} {path}: {told}")

    def rows(self, path: str, **asked: Any) -> Iterator[Any]:
        """Every row of a list, page by page."""
        cursor: str | None = ""
        while cursor is not None:
            more = {"cursor": cursor} if cursor else {}
            page = self.insist("GET", f"{path}?{urlencode({**asked, 'limit': 100, **more})}")
            yield from page["items"]
            cursor = page["next"]

    def conversations(self, mark: str) -> list[Any]:
        """Those that bear a mark in their subject."""
        found = [*self.rows("/conversations", order="newest")]
        return [one for one in found if one["subject"].endswith(f"of {mark}")]

    def messages(self, mark: str) -> list[Any]:
        """What was said in them, and noted."""
        numbers = [one["number"] for one in self.conversations(mark)]
        with ThreadPoolExecutor(SIDE_BY_SIDE) as hands:
            pages = hands.map(lambda number: [*self.rows(f"/conversations/{number}/messages")], numbers)
            return [one for page in pages for one in page]

    def parcels(self, mark: str, *, direction: str = "in") -> Counter[int]:
        """The numbers of the letters (or notes) that are shown, each as often as it is."""
        said = [one["text"] for one in self.messages(mark) if one["direction"] == direction]
        return Counter(int(found[1]) for text in said if (found := NUMBER.search(text)))

    def work(self, system: str) -> list[Any]:
        """What another system told of."""
        return [*self.rows("/work-items", system=quote(system))]
