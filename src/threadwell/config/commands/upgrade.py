"""Bring an installation to this version: look first, back up, change the tables, say how to go back.

In:    the settings
Out:   what was looked at, line by line; status 1 when something stands in the way: then nothing was changed
Touch: a backup in ``<data folder>/backups``; the tables
"""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from threadwell import __version__
from threadwell.config import backups, databases, dumps, postgres, schema
from threadwell.config.checks import Finding, Level
from threadwell.config.commands.backup import ENDING
from threadwell.kit import clock, disk


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="only look whether it would work")
    parser.add_argument("--no-backup", action="store_true", help="there is one already: make none")
    parser.add_argument(
        "--while-running",
        action="store_true",
        help="change the tables although processes of the old version use them (docs/howto/upgrade.md)",
    )


def run(arguments: Namespace) -> int:
    os.environ[databases.OWNER_SWITCH] = "yes"
    options = settings.OPTIONS
    with postgres.at_hand(options):
        django.setup()
        with schema.connect(options, as_owner=True) as owner:
            before = schema.brought_by(owner)
            if schema.is_current(owner, settings.INSTALLED_APPS):
                print(f"Threadwell {__version__}: the tables are up to date. There is nothing to do.")
                return 0
            findings = list(_looked_at(owner, options, arguments))
        for finding in findings:
            print(
                f"{finding.level:<5} {finding.what}" + (f"\n      -> {finding.mend}" if finding.mend else "")
            )
        if any(finding.level is Level.FAIL for finding in findings):
            print("Nothing was changed.")
            return 1
        if arguments.check:
            return 0
        kept = None if arguments.no_backup else _backed_up(options)
        schema.bring_up_to_date(options, settings.INSTALLED_APPS, verbosity=0)
    print(
        f"Threadwell {__version__}: the tables are up to date. Start it again, then look: threadwell doctor"
    )
    if kept:
        print(
            f"To go back: install {before or 'the version before'}, and: threadwell restore --replace {kept}"
        )
    return 0


def _looked_at(owner: dumps.Connection, options: dict[str, Any], arguments: Namespace) -> Iterator[Finding]:
    yield Finding(
        level=Level.OK, what=f"from {schema.brought_by(owner) or 'an unnamed version'} to {__version__}"
    )
    others = dumps.others(owner)  # before Django has a connection of its own
    unknown = _unknown(owner)
    if unknown:
        yield Finding(
            level=Level.FAIL,
            what=f"a newer version has changed the tables ({len(unknown)} times, first by {unknown[0]})",
            mend="Install that version or a newer one.",
        )
    else:
        missing = _missing()
        yield Finding(level=Level.OK, what=f"{len(missing)} changes of tables: {', '.join(missing)}")
    if others and not arguments.while_running:
        yield Finding(
            level=Level.FAIL,
            what=f"somebody uses the database ({others} connections)",
            mend="Stop Threadwell first (systemctl stop threadwell).",
        )
    if not arguments.no_backup:
        yield from _room(owner)


def _missing() -> list[str]:
    """What would be applied, in its order. Django must be set up, and speak as the owner."""
    plan = MigrationExecutor(connections["default"])
    steps = plan.migration_plan(plan.loader.graph.leaf_nodes())
    return [f"{step.app_label}.{step.name}" for step, _ in steps]


def _unknown(owner: dumps.Connection) -> list[str]:
    """What was applied and is not known here: a newer version has been at work."""
    known = MigrationExecutor(connections["default"]).loader.disk_migrations
    rows = owner.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    return [f"{app}.{name}" for app, name in rows if (app, name) not in known]


def _room(owner: dumps.Connection) -> Iterator[Finding]:
    row = owner.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    # Its indexes are not in the backup; what changed tables take for a while, is.
    needed, free = int(row[0]) + _size_of_blobs(), disk.free()
    told = f"{free / 2**20:,.0f} MiB free, {needed / 2**20:,.0f} MiB wanted for the backup"
    if free < needed:
        yield Finding(
            level=Level.FAIL,
            what=told,
            mend="Make room; or back up elsewhere with `threadwell backup`, and say --no-backup.",
        )
    else:
        yield Finding(level=Level.OK, what=told)


def _size_of_blobs() -> int:
    root = Path(settings.BLOB_ROOT)
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file())


def _backed_up(options: dict[str, Any]) -> Path:
    folder: Path = settings.HOME / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"before-{__version__}-{clock.now():%Y-%m-%d-%H%M%S}{ENDING}"
    made = backups.make(options, path, passphrase=options["THREADWELL_BACKUP_PASSPHRASE"])
    print(f"ok    backed up: {path} ({made.size / 2**20:.1f} MiB in {made.seconds:.1f} s)")
    return path
