"""Backups: a whole installation as one file, made while it runs, and brought back from it.

In:    the settings; a file's path; a passphrase for the keys, or none
Out:   the file; or the database, blobs, keys and imported tables as they were, compared with its sums
Touch: everything that an installation keeps

Blobs are written before the rows that name them and are never changed. So whatever the database names at the
moment of its snapshot is there to be copied afterwards.
"""

import base64
import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from threadwell import __version__
from threadwell.config import archive, dumps, home, schema
from threadwell.config.problems import Problem
from threadwell.kit import blobs, clock

KEYS, DATABASE, IMPORTS = "keys", "database", "imports/"
_HARDNESS = 2**15  #: of guessing the passphrase: 32 MiB and a tenth of a second for each guess
_NAMED = """
    SELECT DISTINCT workspace_id::text COLLATE "C", sha256 COLLATE "C" FROM conversations_attachment
    ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a backup holds."""

    size: int
    seconds: float
    tables: int
    rows: int
    blobs: int
    missing: int  #: files that the database names and nobody has, before the backup already


def make(options: dict[str, Any], path: Path, *, passphrase: str) -> Made:
    """Write everything into ``path``. The product runs on meanwhile."""
    begun = monotonic()
    with schema.connect(options, as_owner=True) as owner:
        dumps.refuse_the_half_blind(owner)
        with archive.writing(path) as file:
            file.add(archive.ABOUT, _about(owner, is_sealed=bool(passphrase)))
            file.add(KEYS, _sealed(_keys(), passphrase))
            with dumps.moment(owner) as now:
                with contextlib.closing(dumps.taken(options, now)) as chunks:
                    file.stream(DATABASE, chunks)
                copied, missing = _copy_blobs(file, now)
            for table in _imported():
                file.add(f"{IMPORTS}{table.relative_to(settings.HOME / 'imports')}", table.read_bytes())
            file.close({"tables": now.tally, "closed": now.closed})
    return Made(
        size=path.stat().st_size,
        seconds=monotonic() - begun,
        tables=len(now.tally),
        rows=sum(count for count, _ in now.tally.values()),
        blobs=copied,
        missing=missing,
    )


def bring_back(
    options: dict[str, Any], applications: list[str], path: Path, *, passphrase: str, is_replacing: bool
) -> Made:
    """Make this installation what the file says. Until the last step, what was there stays."""
    begun = monotonic()
    told = archive.proved(path)
    keys = _opened(path, passphrase)
    with schema.connect(options, as_owner=True) as owner:
        _refuse_what_is_there(owner, is_replacing=is_replacing)
        version = owner.info.server_version
    _take_keys(keys)
    held, copied = _put_files_back(path)
    dumps.put_back(options, held, expected=told["tables"], closed=told["closed"], version=version)
    schema.bring_up_to_date(options, applications, verbosity=0)
    if is_replacing:
        _drop_other_blobs(path)
    return Made(
        size=path.stat().st_size,
        seconds=monotonic() - begun,
        tables=len(told["tables"]),
        rows=sum(count for count, _ in told["tables"].values()),
        blobs=copied,
        missing=0,
    )


def prove(path: Path, *, passphrase: str) -> dict[str, Any]:
    """Read the whole file and compare every sum; says what it is. The keys are opened where we can."""
    archive.proved(path)
    about = archive.about(path)
    if passphrase or not about["sealed"]:
        _opened(path, passphrase)
    return about


def _about(owner: dumps.Connection, *, is_sealed: bool) -> bytes:
    told = {
        "format": archive.FORMAT,
        "product": __version__,
        "made_at": clock.now().isoformat(timespec="seconds"),
        "server": owner.info.server_version,
        "sealed": is_sealed,
    }
    return json.dumps(told, sort_keys=True).encode()


def _keys() -> dict[str, str]:
    """Every file with a key; the two that settings may hold instead are taken from there."""
    folder: Path = settings.HOME / "keys"
    found = {path.name: path.read_text() for path in sorted(folder.iterdir()) if path.is_file()}
    return {**found, "signing": settings.SECRET_KEY, "ring": "\n".join(settings.SECRET_RING)}


def _sealed(keys: dict[str, str], passphrase: str) -> bytes:
    text = json.dumps(keys, sort_keys=True)
    if not passphrase:
        return text.encode()
    salt = os.urandom(16)
    box = _box(passphrase, salt).encrypt(text.encode())
    return json.dumps({"salt": salt.hex(), "box": box.decode()}).encode()


def _opened(path: Path, passphrase: str) -> dict[str, str]:
    held: dict[str, str] = json.loads(archive.one(path, KEYS))
    if not archive.about(path)["sealed"]:
        return held
    if not passphrase:
        raise Problem("The keys in this backup are sealed: set THREADWELL_BACKUP_PASSPHRASE.")
    try:
        text = _box(passphrase, bytes.fromhex(held["salt"])).decrypt(held["box"].encode())
    except InvalidToken:
        raise Problem("THREADWELL_BACKUP_PASSPHRASE does not open the keys in this backup.") from None
    keys: dict[str, str] = json.loads(text)
    return keys


def _box(passphrase: str, salt: bytes) -> Fernet:
    key = hashlib.scrypt(passphrase.encode(), salt=salt, n=_HARDNESS, r=8, p=1, maxmem=2**26, dklen=32)
    return Fernet(base64.urlsafe_b64encode(key))


def _copy_blobs(file: archive.Writer, now: dumps.Moment) -> tuple[int, int]:
    """Every blob; and how many of those that the database names were not there."""
    store = blobs.store()
    with now.connection.cursor("named") as named:
        wanted = iter(named.execute(_NAMED))
        want = next(wanted, None)
        copied = missing = 0
        for key in store.held():  # in the same order as the names
            while want and tuple(want) <= key:
                missing += tuple(want) != key
                want = next(wanted, None)
            try:
                packed = store.get(key)
            except blobs.Missing:
                continue  # its workspace was removed this moment
            file.blob(key.workspace, key.name, packed)
            copied += 1
        missing += (want is not None) + sum(1 for _ in wanted)
    return copied, missing


def _imported() -> Iterator[Path]:
    """Tables that people are about to bring in."""
    folder: Path = settings.HOME / "imports"
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _refuse_what_is_there(owner: dumps.Connection, *, is_replacing: bool) -> None:
    if not dumps.is_empty(owner) and not is_replacing:
        raise Problem("There is an installation here already. To put the backup in its place, say --replace.")
    if others := dumps.others(owner):
        raise Problem(f"Somebody uses the database ({others} connections). Stop Threadwell first.")


def _take_keys(keys: dict[str, str]) -> None:
    """The backup's keys, and behind them those that were here: what either sealed can be opened."""
    if settings.OPTIONS["THREADWELL_SECRET_RING"]:
        if not set(keys["ring"].split()) <= set(settings.SECRET_RING):
            raise Problem(
                "THREADWELL_SECRET_RING lacks a key of the backup, so its passwords could not be read. "
                "Set it to what it was when the backup was made, or to nothing, to use those of the backup."
            )
    else:
        ring = [*keys["ring"].split(), *settings.SECRET_RING]
        keys = {**keys, "ring": "\n".join(dict.fromkeys(ring))}
    for name, content in keys.items():
        if Path(name).name == name:
            home.put_key(settings.HOME, name, content)


def _put_files_back(path: Path) -> tuple[dumps.Held, int]:
    store, copied = blobs.store(), 0
    held: dumps.Held | None = None
    for member in archive.members(path):
        if member.name == DATABASE:
            held = dumps.Held(path=path, begin=member.begin)
        elif member.name.startswith(archive.BLOBS):
            key = _key(member.name)
            if not store.has(key):
                store.put(key, member.content())
            copied += 1
        elif member.name.startswith(IMPORTS):
            place = settings.HOME / member.name
            if ".." in place.parts:
                raise archive.Broken(f"{path}: {member.name} leads elsewhere.")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(member.content())
    if held is None:
        raise archive.Broken(f"{path} holds no database.")
    return held, copied


def _drop_other_blobs(path: Path) -> None:
    """Those of the installation that was replaced."""
    store = blobs.store()
    kept = (_key(one.name) for one in archive.members(path) if one.name.startswith(archive.BLOBS))
    keep = next(kept, None)
    for key in store.held():  # in the order in which they were written to the file
        while keep and keep < key:
            keep = next(kept, None)
        if key != keep:
            store.drop(key)


def _key(member: str) -> blobs.Key:
    _, workspace, name = member.split("/")
    return blobs.Key(workspace, name)
