"""Statics: the files that browsers get as they are.

In:    the folder of our own and those of installed applications
Out:   which address serves which folder
Touch: looks at those folders

The mark of our own stands in the address before the file's path, so browsers may keep a file for ever,
and files find their neighbours by relative addresses without being rewritten. Nothing is collected or copied.
"""

from collections.abc import Iterable
from pathlib import Path

from threadwell.config import marks


def folders(own: Path, applications: Iterable[str]) -> list[tuple[str, Path]]:
    """Pairs of a path below STATIC_URL and the folder it serves, the nearer ones first."""
    borrowed = [
        (f"/{folder.name}", folder)
        for application in applications
        if not application.startswith("threadwell.")
        for place in marks.folders_of(application)
        if (place / "static").is_dir()
        for folder in sorted((place / "static").iterdir())
        if folder.is_dir()
    ]
    return [*borrowed, ("", own)]
