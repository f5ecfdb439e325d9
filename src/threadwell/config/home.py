"""Home: the data folder, and the keys in it.

In:    the folder's path
Out:   the same folder with everything in it that a start needs
Touch: makes folders and keys that are missing; never changes what is there
"""

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What signs (sessions, links) and what encrypts (stored passwords), the newest first."""

    signing: str
    ring: tuple[str, ...]


def prepare(home: Path) -> None:
    """Make the folder and its keys where they are missing. Safe to call twice, and from two processes."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "keys").mkdir(exist_ok=True)
    (home / "keys").chmod(0o700)
    _make(home / "keys" / "signing", secrets.token_urlsafe(48))
    _make(home / "keys" / "ring", _fernet_key())


def keys(home: Path) -> Keys:
    """The keys of the folder; passing ones while it has not been prepared yet."""
    signing, ring = home / "keys" / "signing", home / "keys" / "ring"
    if not (signing.exists() and ring.exists()):
        return Keys(signing=secrets.token_urlsafe(48), ring=(_fernet_key(),))
    return Keys(signing=signing.read_text().strip(), ring=tuple(ring.read_text().split()))


def put_key(home: Path, name: str, content: str) -> None:
    """Let a key be this one, whatever it was; nobody ever reads half of it."""
    draft = _draft(home / "keys" / name, content)
    draft.replace(home / "keys" / name)


def new_ring_key() -> str:
    """A key for the ring."""
    return _fernet_key()


def _fernet_key() -> str:
    # What Fernet.generate_key does; importing it would cost every process some megabytes.
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def _make(path: Path, content: str) -> None:
    # Written aside and linked into place: nobody ever reads half a key, and the first one made stays.
    draft = _draft(path, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _draft(path: Path, content: str) -> Path:
    # Not by the number of the process: in containers that share the folder, each of us is number one.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(content if content.endswith("\n") else f"{content}\n")
        file.flush()
        os.fsync(file.fileno())
    return draft
