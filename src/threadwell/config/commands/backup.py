"""Write everything into one file, while the product runs on: database, blobs and keys.

In:    a file, or a folder in which each backup gets a name of its own
Out:   the file, readable for nobody else; a line that says what is in it
Touch: that file. The keys in it are sealed when THREADWELL_BACKUP_PASSPHRASE is set
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from django.conf import settings

from threadwell.config import backups, postgres
from threadwell.config.problems import Problem
from threadwell.kit import clock

ENDING = ".backup"


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to write, or a folder for it")
    parser.add_argument("--replace", action="store_true", help="write over a file that is there already")
    parser.add_argument("--verify", action="store_true", help="read it afterwards, and compare every sum")
    parser.add_argument(
        "--keep", type=int, metavar="N", help="in a folder: delete older backups until N are left"
    )


def run(arguments: Namespace) -> int:
    """1 when a file that the database names was not there; the backup is made all the same."""
    path, passphrase = _place(arguments), settings.OPTIONS["THREADWELL_BACKUP_PASSPHRASE"]
    with postgres.at_hand(settings.OPTIONS):
        made = backups.make(settings.OPTIONS, path, passphrase=passphrase)
    print(
        f"{path}: {made.rows:,} rows of {made.tables} tables, {made.blobs:,} files, "
        f"{'sealed' if passphrase else 'unsealed'} keys; {made.size / 2**20:.1f} MiB in {made.seconds:.1f} s"
    )
    if arguments.verify:
        backups.prove(path, passphrase=passphrase)
        print("It was read again; everything in it is as it was written.")
    if made.missing:
        print(f"{made.missing} files that the database names are not in the store, and so not in the backup.")
    if arguments.keep and arguments.file.is_dir():
        for old in sorted(arguments.file.glob(f"threadwell-*{ENDING}"))[: -arguments.keep]:
            old.unlink()
    return 1 if made.missing else 0


def _place(arguments: Namespace) -> Path:
    path: Path = arguments.file.absolute()
    if path.is_dir():
        return path / f"threadwell-{clock.now():%Y-%m-%d-%H%M%S}{ENDING}"
    if path.exists() and not arguments.replace:
        raise Problem(f"{path} is there already. To write over it, say --replace.")
    if not path.parent.is_dir():
        raise Problem(f"There is no folder {path.parent}.")
    return path
