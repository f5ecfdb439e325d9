"""Statics: the files that browsers get as they are.

In:    the folder of our own and those of installed applications
Out:   a mark of their content for the address, and which address serves which folder
Touch: reads those files

The mark stands in the address before the file's path, so browsers may keep a file for ever, and files
find their neighbours by relative addresses without being rewritten. Nothing is collected or copied.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path


def mark(folder: Path) -> str:
    """Differs as soon as any file does."""
    content = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content.update(str(path.relative_to(folder)).encode() + b"\0")
        content.update(path.read_bytes())
    return content.hexdigest()[:12]


def folders(own: Path, applications: list[str]) -> list[tuple[str, Path]]:
    """Pairs of a path below STATIC_URL and the folder it serves, the nearer ones first."""
    borrowed = [
        (f"/{folder.name}", folder)
        for application in applications
        if not application.startswith("threadwell.")
        for place in _places(application)
        if (place / "static").is_dir()
        for folder in sorted((place / "static").iterdir())
        if folder.is_dir()
    ]
    return [*borrowed, ("", own)]


def _places(application: str) -> list[Path]:
    found = find_spec(application)
    return [Path(place) for place in (found.submodule_search_locations or ())] if found else []
