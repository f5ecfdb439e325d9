"""Uploads: a file that came from a browser, laid where a worker finds it.

In:    a file in pieces, or one that lies on the disk already
Out:   the same bytes at a place of ours
Touch: that place; a file that lies already is moved away
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that came from a browser."""

    name: str
    chunks: Iterable[bytes]
    path: Path | None = None  #: where it lies already, to be moved from there

    def lay(self, place: Path) -> None:
        """Put it there, in a folder that nobody else reads."""
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.path:
            shutil.move(self.path, place)
            return
        with place.open("wb") as written:
            for chunk in self.chunks:
                written.write(chunk)
