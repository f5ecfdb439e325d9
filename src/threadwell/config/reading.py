"""Reading: from the text of a setting to its value.

In:    text
Out:   a value, or ValueError
Touch: nothing
"""

import base64
import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseAddress:
    """Where a PostgreSQL is, and who we are there."""

    name: str
    user: str
    password: str
    host: str  #: a name, an address, or the folder of its socket
    port: str
    more: dict[str, str]  #: what stood behind the question mark, such as sslmode


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A mail server that passes our letters on."""

    host: str
    port: int
    user: str
    password: str
    use_tls: bool  #: from the first byte
    use_starttls: bool


def text(written: str) -> str:
    return written.strip()


def words(written: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in written.split(",") if word.strip())


def path(written: str) -> Path:
    return Path(written).expanduser().absolute()


def place_of_blobs(written: str) -> Path | str:
    """A folder; or a bucket, which stays text."""
    if not written.startswith("s3://"):
        return path(written)
    parts = urlsplit(written)
    asked = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    if not parts.netloc or set(asked) - {"endpoint", "region"}:
        raise ValueError(written)
    return written


def folder(written: str) -> Path:
    place = path(written)
    if place.exists() and not place.is_dir():
        raise ValueError(written)
    return place


def number(least: int, most: int) -> Callable[[str], int]:
    def read(written: str) -> int:
        value = int(written)
        if not least <= value <= most:
            raise ValueError(written)
        return value

    return read


def door(written: str) -> Path | tuple[str, int]:
    """A socket of this machine, or a host and its port."""
    if written.startswith(("/", "~")):
        return path(written)
    parts = urlsplit(f"//{written.strip()}")
    if not parts.hostname or not parts.port or parts.path or parts.username:
        raise ValueError(written)
    return parts.hostname, parts.port


def one_of(allowed: Callable[[], Iterable[str]]) -> Callable[[str], str]:
    def read(written: str) -> str:
        if written not in allowed():
            raise ValueError(written)
        return written

    return read


def yes_or_no(written: str) -> bool:
    match written.strip().lower():
        case "yes" | "true" | "on" | "1":
            return True
        case "no" | "false" | "off" | "0":
            return False
        case _:
            raise ValueError(written)


def secret(least: int) -> Callable[[str], str]:
    def read(written: str) -> str:
        if len(written) < least:
            raise ValueError("too short")
        return written

    return read


def fernet_keys(written: str) -> tuple[str, ...]:
    keys = words(written)
    for key in keys:
        if len(base64.urlsafe_b64decode(key)) != 32:
            raise ValueError("not a Fernet key")
    return keys


def networks(written: str) -> tuple[str, ...]:
    named = words(written)
    for network in named:
        ipaddress.ip_network(network)
    return named


def web_address(written: str) -> str:
    parts = urlsplit(written.strip())
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.path not in {"", "/"}
        or parts.query
    ):
        raise ValueError(written)
    return f"{parts.scheme}://{parts.netloc}"


def database_url(written: str) -> DatabaseAddress:
    parts = urlsplit(written.strip())
    more = dict(parse_qsl(parts.query))
    host = more.pop("host", "") or unquote(parts.hostname or "")
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in {"postgres", "postgresql"} or not name:
        raise ValueError(written)
    return DatabaseAddress(
        name=name,
        user=unquote(parts.username or "") or more.pop("user", ""),
        password=unquote(parts.password or "") or more.pop("password", ""),
        host=host,
        port=str(parts.port or more.pop("port", "")),
        more=more,
    )


def mail_url(written: str) -> MailServer:
    parts = urlsplit(written.strip())
    ports = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
    if parts.scheme not in ports or not parts.hostname:
        raise ValueError(written)
    return MailServer(
        host=parts.hostname,
        port=parts.port or ports[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_tls=parts.scheme == "smtps",
        use_starttls=parts.scheme == "smtp+starttls",
    )
