"""Marks: short texts that differ as soon as what they stand for does.

In:    folders, names of installed applications
Out:   the mark
Touch: reads those files; imports none of them
"""

import hashlib
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path


def of_files(folder: Path) -> str:
    """The names and the content of all files below a folder."""
    content = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content.update(str(path.relative_to(folder)).encode() + b"\0")
        content.update(path.read_bytes())
    return content.hexdigest()[:12]


def of_migrations(applications: Iterable[str]) -> str:
    """The names of all migrations of these applications."""
    names = [
        f"{application}/{path.name}"
        for application in applications
        for folder in folders_of(application)
        for path in sorted((folder / "migrations").glob("[0-9]*.py"))
    ]
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:32]


def folders_of(application: str) -> list[Path]:
    """Where a package is, without importing anything; find_spec alone would import the packages around it."""
    package, *inner = application.split(".")
    found = find_spec(package)
    places = (Path(place, *inner) for place in (found.submodule_search_locations or ())) if found else ()
    return [place for place in places if place.is_dir()]
