"""A real Dovecot of the test's own, on free ports, as whoever runs the tests."""

import getpass
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from imapclient import IMAPClient

PROGRAM = shutil.which("dovecot") or "/usr/sbin/dovecot"
PASSWORD = "secret"

_CONFIGURATION = """
protocols = imap lmtp
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
listen = 127.0.0.1
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/cert.pem
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{home}/mail/%u
mail_uid = {user}
mail_gid = {group}
mail_fsync = never
auth_failure_delay = 0
auth_mechanisms = plain login
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/home/%u
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
"""


@dataclass(kw_only=True)
class Dovecot:
    """A server that can be stopped and started again."""

    home: Path
    plain: int
    tls: int
    lmtp: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        # A group of its own: now and then a part that somebody signed in to a moment ago outlives the rest.
        self.process = subprocess.Popen([PROGRAM, "-F", "-c", str(self.home / "conf")], process_group=0)
        deadline = time.monotonic() + 15
        while not _answers(self.plain):
            assert time.monotonic() < deadline, (self.home / "log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(15)
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process = None

    @contextmanager
    def away(self) -> Iterator[None]:
        """Stopped for a while; there again afterwards, whatever happened meanwhile."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def client(self, user: str = "ada") -> Iterator[IMAPClient]:
        with IMAPClient("127.0.0.1", self.plain, ssl=False) as client:
            client.login(user, PASSWORD)
            yield client

    def put(self, *letters: bytes, folder: str = "INBOX", user: str = "ada") -> None:
        with self.client(user) as client:
            for raw in letters:
                client.append(folder, raw)

    def number_anew(self, user: str = "ada") -> None:
        """Forget every number: the next look finds another UIDVALIDITY."""
        for name in ("dovecot-uidlist", "dovecot-uidvalidity"):
            for path in (self.home / "mail" / user).rglob(f"{name}*"):
                path.unlink()
        for path in (self.home / "mail" / user).rglob("dovecot.index*"):
            path.unlink()
        time.sleep(1.1)  # the new one is made from the clock


@contextmanager
def running() -> Iterator[Dovecot]:
    """A server for a while; everything of it is gone afterwards."""
    # Not a folder of pytest: those are closed to the user whom Dovecot's parts run as.
    with tempfile.TemporaryDirectory(prefix="threadwell-dovecot-") as home:
        server = _made(Path(home))
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _made(home: Path) -> Dovecot:
    is_root = os.getuid() == 0
    # Dovecot's parts refuse to run as root.
    user = pwd.getpwnam("nobody") if is_root else pwd.getpwnam(getpass.getuser())
    group = _group_of(user)
    for name in ("run", "state", "mail", "home"):
        (home / name).mkdir(parents=True)
        if is_root and name in {"mail", "home"}:
            os.chown(home / name, user.pw_uid, user.pw_gid)
    home.chmod(0o711)
    plain, tls, lmtp = _free_ports(3)
    server = Dovecot(home=home, plain=plain, tls=tls, lmtp=lmtp)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", "/CN=mail.firm.example", "-addext", "subjectAltName=DNS:mail.firm.example,DNS:localhost",
         "-keyout", str(home / "key"), "-out", str(home / "cert")],
        check=True, capture_output=True,
    )  # fmt: skip
    (home / "cert.pem").write_text((home / "key").read_text() + (home / "cert").read_text())
    (home / "conf").write_text(
        _CONFIGURATION.format(
            home=home,
            user=user.pw_name,
            group=group,
            password=PASSWORD,
            plain=plain,
            tls=tls,
            lmtp=lmtp,
        )
    )
    return server


def _group_of(user: pwd.struct_passwd) -> str:
    return grp.getgrgid(user.pw_gid).gr_name


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as wired:
            return wired.recv(4) == b"* OK"
    except OSError:
        return False


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
