"""Bring everything back from a file that `threadwell backup` wrote, and compare it with what was there.

In:    the file
Out:   the installation as it was at that moment; a line that says what came back
Touch: everything. What is there is only replaced when told, and stays until the new is complete and compared
"""

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

import django
from django.conf import settings

from threadwell.config import backups, databases, postgres


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="what `threadwell backup` wrote")
    parser.add_argument("--replace", action="store_true", help="put it in the place of what is here")
    parser.add_argument("--verify", action="store_true", help="only read the file, and compare every sum")


def run(arguments: Namespace) -> int:
    os.environ[databases.OWNER_SWITCH] = "yes"
    passphrase = settings.OPTIONS["THREADWELL_BACKUP_PASSPHRASE"]
    if arguments.verify:
        about = backups.prove(arguments.file, passphrase=passphrase)
        print(f"{arguments.file} is whole: made on {about['made_at']} by Threadwell {about['product']}.")
        return 0
    with postgres.at_hand(settings.OPTIONS):
        django.setup()
        back = backups.bring_back(
            settings.OPTIONS,
            settings.INSTALLED_APPS,
            arguments.file,
            passphrase=passphrase,
            is_replacing=arguments.replace,
        )
    print(
        f"Back are {back.rows:,} rows of {back.tables} tables, each compared, and {back.blobs:,} files, "
        f"in {back.seconds:.1f} s. Start Threadwell again."
    )
    return 0
