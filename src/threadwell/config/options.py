"""Options: everything about Threadwell that may be set from outside, in one table.

In:    environment variables, and one TOML file
Out:   the chosen values, each checked against its row
Touch: reads that file; writes nothing

Long because it is one table, and whoever looks for a setting shall look in one place.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from platformdirs import user_data_path

from threadwell.config import reading
from threadwell.config.problems import WrongSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing that may be set: by environment variable, or by a key of the TOML file."""

    name: str  #: the environment variable
    read: Callable[[str], Any]  #: text to value; raises ValueError
    default: str  #: as text; empty where a sentence in ``help`` tells what happens then
    allowed: str  #: in words, for the error and for the page
    help: str
    empty: Any = None  #: the value of an empty text
    is_secret: bool = False  #: never shown, in no error and in no log

    @property
    def key(self) -> str:
        """Its name in the TOML file."""
        return self.name.removeprefix("THREADWELL_").lower()


OPTIONS = (
    Option(
        name="THREADWELL_HOME",
        read=reading.folder,
        default=str(user_data_path("threadwell")),
        allowed="a folder",
        help="The data folder: embedded database, blobs and keys. `bin/up` takes `var` in the clone.",
    ),
    Option(
        name="THREADWELL_CONFIG",
        read=reading.path,
        default="",
        allowed="a TOML file",
        help="The file with settings. When empty: `threadwell.toml` in the data folder, if there is one.",
    ),
    Option(
        name="DATABASE_URL",
        read=reading.database_url,
        default="",
        allowed="postgresql://user:password@host:port/name",
        help="A PostgreSQL, 16 or newer, for serving. When empty: the embedded one in the data folder.",
        is_secret=True,
    ),
    Option(
        name="DATABASE_OWNER_URL",
        read=reading.database_url,
        default="",
        allowed="postgresql://user:password@host:port/name",
        help="The same database as the owner of its tables, for migrations and backups; never through a "
        "pooler. When empty: `DATABASE_DIRECT_URL`, then `DATABASE_URL`.",
        is_secret=True,
    ),
    Option(
        name="DATABASE_DIRECT_URL",
        read=reading.database_url,
        default="",
        allowed="postgresql://user:password@host:port/name",
        help="The same database and role as `DATABASE_URL`, around a pooler of transactions (PgBouncer): "
        "for what listens, and for jobs. When empty: `DATABASE_URL`.",
        is_secret=True,
    ),
    Option(
        name="DATABASE_REPLICA_URL",
        read=reading.database_url,
        default="",
        allowed="postgresql://user:password@host:port/name",
        help="A streaming replica of that database, with the same role as `DATABASE_URL`: exports, overviews "
        "and dry runs read there. When empty: everything is read from `DATABASE_URL`.",
        is_secret=True,
    ),
    Option(
        name="THREADWELL_REPLICA_WAIT",
        read=reading.number(0, 60),
        default="2",
        allowed="a whole number from 0 to 60",
        help="How many seconds a report waits until the replica has all that was written before; one that is "
        "later than that is passed over.",
    ),
    Option(
        name="THREADWELL_PREPARED_STATEMENTS",
        read=reading.yes_or_no,
        default="yes",
        allowed="yes or no",
        help="Whether statements are prepared; `no` behind a pooler that cannot keep them "
        "(PgBouncer before 1.21, or with `max_prepared_statements = 0`).",
    ),
    Option(
        name="THREADWELL_DATABASE_POOL",
        read=reading.number(2, 200),
        default="10",
        allowed="a whole number from 2 to 200",
        help="How many database connections one process may hold.",
    ),
    Option(
        name="THREADWELL_SECRET_KEY",
        read=reading.secret(32),
        default="",
        allowed="at least 32 characters",
        help="Signs sessions and links. When empty: made on the first start, in `keys/signing`.",
        empty="",
        is_secret=True,
    ),
    Option(
        name="THREADWELL_SECRET_RING",
        read=reading.fernet_keys,
        default="",
        allowed="Fernet keys with commas between them, the newest first",
        help="Encrypts stored passwords and tokens. When empty: made on the first start, in `keys/ring`.",
        empty=(),
        is_secret=True,
    ),
    Option(
        name="THREADWELL_URL",
        read=reading.web_address,
        default="",
        allowed="http:// or https:// with a host, without a path",
        help="Where people reach the desk; stands in links. With https, cookies are sent by https only. "
        "When empty: this machine (`http://localhost:8000`).",
    ),
    Option(
        name="THREADWELL_HOST",
        read=reading.text,
        default="127.0.0.1",
        allowed="an IP address or a host name",
        help="The address the web server listens on; `0.0.0.0` for all.",
    ),
    Option(
        name="THREADWELL_PORT",
        read=reading.number(1, 65535),
        default="8000",
        allowed="a whole number from 1 to 65535",
        help="The port the web server listens on.",
    ),
    Option(
        name="THREADWELL_WEB_PROCESSES",
        read=reading.number(1, 64),
        default="2",
        allowed="a whole number from 1 to 64",
        help="How many processes answer web requests: as many as there are cores, and few cost little, "
        "for they share what they have loaded.",
    ),
    Option(
        name="THREADWELL_ALLOWED_HOSTS",
        read=reading.words,
        default="",
        allowed="host names with commas between them; a leading dot takes in subdomains",
        help="Further names the desk answers to, beside that of `THREADWELL_URL` and localhost.",
        empty=(),
    ),
    Option(
        name="THREADWELL_TRUSTED_PROXIES",
        read=reading.networks,
        default="",
        allowed="IP addresses or networks with commas between them",
        help="Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.",
        empty=(),
    ),
    Option(
        name="THREADWELL_HSTS_SECONDS",
        read=reading.number(0, 63_072_000),
        default="0",
        allowed="a whole number from 0 to 63072000",
        help="How long browsers shall insist on https (Strict-Transport-Security); 0 sends nothing.",
    ),
    Option(
        name="THREADWELL_JOBS",
        read=reading.number(1, 64),
        default="4",
        allowed="a whole number from 1 to 64",
        help="How many background jobs one worker runs at once.",
    ),
    Option(
        name="THREADWELL_GATEWAY_HOST",
        read=reading.text,
        default="127.0.0.1",
        allowed="an IP address or a host name",
        help="The address the mail gateway listens on; `0.0.0.0` for all.",
    ),
    Option(
        name="THREADWELL_SMTP_PORT",
        read=reading.number(0, 65535),
        default="2525",
        allowed="a whole number from 0 to 65535",
        help="The port for mail by SMTP; 0 turns it off.",
    ),
    Option(
        name="THREADWELL_LMTP_PORT",
        read=reading.number(0, 65535),
        default="2424",
        allowed="a whole number from 0 to 65535",
        help="The port for mail by LMTP, from a mail server in front; 0 turns it off.",
    ),
    Option(
        name="THREADWELL_GATEWAY_NAME",
        read=reading.text,
        default="",
        allowed="a host name",
        help="The name the mail gateway greets with. When empty: the host of `THREADWELL_URL`.",
        empty="",
    ),
    Option(
        name="THREADWELL_GATEWAY_CERTIFICATE",
        read=reading.path,
        default="",
        allowed="a PEM file",
        help="The certificate chain for STARTTLS at the gateway. When empty: one of our own making.",
    ),
    Option(
        name="THREADWELL_GATEWAY_CERTIFICATE_KEY",
        read=reading.path,
        default="",
        allowed="a PEM file",
        help="The private key of that certificate.",
    ),
    Option(
        name="THREADWELL_MAIL_LIMIT",
        read=reading.number(1, 512),
        default="64",
        allowed="a whole number from 1 to 512",
        help="The largest mail taken in, in MiB.",
    ),
    Option(
        name="THREADWELL_UPLOAD_LIMIT",
        read=reading.number(1, 512),
        default="25",
        allowed="a whole number from 1 to 512",
        help="The largest upload taken from a browser or the API, in MiB.",
    ),
    Option(
        name="THREADWELL_CLAMAV",
        read=reading.door,
        default="",
        allowed="host:port, or the path of a socket",
        help="The clamd that scans files of mails and uploads. When empty: nothing is scanned.",
    ),
    Option(
        name="THREADWELL_UNDO_SECONDS",
        read=reading.number(0, 300),
        default="10",
        allowed="a whole number from 0 to 300",
        help="How long a sent answer can be taken back before it leaves.",
    ),
    Option(
        name="THREADWELL_SYSTEM_MAIL",
        read=reading.mail_url,
        default="",
        allowed="smtp://, smtps:// or smtp+starttls:// user:password@host:port",
        help="The mail server for invitations and password resets. When empty: they are kept in `outbox/`.",
        is_secret=True,
    ),
    Option(
        name="THREADWELL_SYSTEM_MAIL_FROM",
        read=reading.text,
        default="Threadwell <threadwell@localhost>",
        allowed="a mail address, with or without a name",
        help="The sender of invitations, password resets and notices.",
    ),
    Option(
        name="THREADWELL_NOTICE_NETWORKS",
        read=reading.networks,
        default="",
        allowed="IP addresses or networks with commas between them",
        help="Private networks in which chat tools and push services may be reached by notices, "
        "such as that of a Mattermost of one's own. Otherwise only public addresses are.",
        empty=(),
    ),
    Option(
        name="THREADWELL_MAIL_NETWORKS",
        read=reading.networks,
        default="127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,::1/128,fc00::/7",
        allowed="IP addresses or networks with commas between them",
        help="Private networks in which the mail servers of inboxes may stand. Leave it empty when "
        "people you do not know connect mailboxes: then only public addresses are reached.",
        empty=(),
    ),
    Option(
        name="THREADWELL_BLOBS",
        read=reading.place_of_blobs,
        default="",
        allowed="a folder, or s3://bucket/prefix?endpoint=https://...&region=...",
        help="Where the files of messages are kept. A bucket needs `threadwell[s3]`; who we are there is "
        "told as for all programs that use boto3 (`AWS_ACCESS_KEY_ID` and others). When empty: `blobs` in "
        "the data folder.",
    ),
    Option(
        name="THREADWELL_METRICS_NETWORKS",
        read=reading.networks,
        default="127.0.0.0/8,::1/128",
        allowed="IP addresses or networks with commas between them",
        help="Who may read `/metrics` without a token. When empty: nobody.",
        empty=(),
    ),
    Option(
        name="THREADWELL_METRICS_TOKEN",
        read=reading.secret(16),
        default="",
        allowed="at least 16 characters",
        help="Who sends it (`Authorization: Bearer ...`) may read `/metrics` from anywhere.",
        empty="",
        is_secret=True,
    ),
    Option(
        name="THREADWELL_BACKUP_PASSPHRASE",
        read=reading.secret(12),
        default="",
        allowed="at least 12 characters",
        help="Seals the keys in backups, which then are of no use without it. When empty: they lie open in "
        "the file.",
        empty="",
        is_secret=True,
    ),
    Option(
        name="THREADWELL_DISK_RESERVE",
        read=reading.number(0, 1_000_000),
        default="512",
        allowed="a whole number from 0 to 1000000",
        help="MiB that stay free: below this, deliveries are put off and the health page turns red.",
    ),
    Option(
        name="THREADWELL_LANGUAGE",
        read=reading.text,
        default="en",
        allowed="a language code such as en or de",
        help="The language of pages for people who have not chosen one.",
    ),
    Option(
        name="THREADWELL_TIME_ZONE",
        read=reading.one_of(available_timezones),
        default="UTC",
        allowed="a name of the IANA time zone database, such as Europe/Berlin",
        help="The time zone of people who have not chosen one.",
    ),
    Option(
        name="THREADWELL_LOG_LEVEL",
        read=reading.one_of(lambda: ("debug", "info", "warning", "error")),
        default="info",
        allowed="debug, info, warning or error",
        help="How much is logged.",
    ),
    Option(
        name="THREADWELL_LOG_FORMAT",
        read=reading.one_of(lambda: ("auto", "json", "text")),
        default="auto",
        allowed="auto, json or text",
        help="The form of the log; `auto` is text on a terminal and JSON elsewhere.",
    ),
    Option(
        name="THREADWELL_DEBUG",
        read=reading.yes_or_no,
        default="no",
        allowed="yes or no",
        help="Shows tracebacks in the browser; never for a desk that others can reach.",
    ),
)


def chosen(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Every option's value by its name; the environment goes before the file, the file before defaults."""
    by_name = {option.name: option for option in OPTIONS}
    file = _file(environment, by_name)
    return {
        option.name: _value(option, *_source(option, environment=environment, file=file))
        for option in OPTIONS
    }


def _file(environment: Mapping[str, str], by_name: Mapping[str, Option]) -> dict[str, tuple[str, str]]:
    home = by_name["THREADWELL_HOME"]
    named = environment.get("THREADWELL_CONFIG", "")
    path = Path(named) if named else Path(environment.get(home.name) or home.default) / "threadwell.toml"
    if not named and not path.exists():
        return {}
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise WrongSetting(f"THREADWELL_CONFIG: the file {path} cannot be read ({problem}).") from None
    # The file cannot name itself, nor the folder it is looked for in when nobody names it.
    keys = {option.key: option for option in by_name.values() if option.name != "THREADWELL_CONFIG"}
    unknown = sorted(set(written) - set(keys))
    if unknown:
        raise WrongSetting(f"{path}: unknown setting {unknown[0]!r}. Allowed are: {', '.join(sorted(keys))}.")
    return {keys[key].name: (_as_text(value), f"{key!r} in {path}") for key, value in written.items()}


def _as_text(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ",".join(str(item) for item in value)
        case _:
            return str(value)


def _source(
    option: Option, *, environment: Mapping[str, str], file: Mapping[str, tuple[str, str]]
) -> tuple[str, str]:
    if environment.get(option.name):
        return environment[option.name], option.name
    return file.get(option.name, (option.default, option.name))


def _value(option: Option, text: str, source: str) -> Any:
    if not text:
        return option.empty
    try:
        return option.read(text)
    except ValueError:
        # Keys and passwords must not reach a screen or a log.
        shown = "a value that is not shown" if option.is_secret else repr(text)
        raise WrongSetting(f"{source}: read {shown}; allowed is {option.allowed}.") from None
