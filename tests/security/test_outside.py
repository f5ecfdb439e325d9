"""Whatever leaves the house goes through `kit.outside`, and nobody is led in by it."""

import ast
import imaplib
import smtplib
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

import pytest
import requests
from django.conf import settings as configured

from tests.house import tree
from threadwell.channels.email import connection, imap, oauth, reach, send
from threadwell.flow.notified import posting
from threadwell.interfaces.web import images
from threadwell.kit import outside

#: Modules that open connections, and who may import them, each with the reason.
OPENS = frozenset(
    {
        *("requests", "urllib.request", "urllib3", "http.client", "httpx", "aiohttp", "socket", "smtplib"),
        *("poplib", "imaplib", "ftplib", "telnetlib", "imapclient", "apprise", "websockets", "xmlrpc.client"),
        *("paramiko", "pycurl", "caldav", "boto3", "botocore"),
    }
)
MAY_OPEN = {
    "threadwell/kit/outside.py": "it is the door",
    "threadwell/flow/notified/posting.py": "chat tools, inside guarded",
    "threadwell/channels/email/imap.py": "mailboxes, inside reach.only_allowed",
    "threadwell/channels/email/send.py": "mail servers, inside reach.only_allowed",
    "threadwell/channels/email/connection.py": "the test of a mailbox, inside reach.only_allowed",
    "threadwell/channels/email/connection_words.py": "names of errors",
    "threadwell/channels/email/sent_folder.py": "names of flags and errors",
    "threadwell/flow/following.py": "names of errors",
    "threadwell/config/checks.py": "asks whether our own ports answer",
    "threadwell/config/supervision.py": "our own processes and their sockets",
    "threadwell/kit/handed.py": "our own doors, opened by whoever started us",
    "threadwell/kit/buckets.py": "where whoever runs Threadwell keeps the blobs",
    "threadwell/config/commands/up.py": "our own ports",
    "threadwell/interfaces/commands/demo_firm/character.py": "the demo's customers write to our own gateway",
    "threadwell/kit/scanner.py": "the clamd that whoever runs Threadwell names",
    "threadwell/kit/stores.py": "where whoever runs Threadwell keeps the blobs",
}


def test_nobody_else_opens_connections() -> None:
    found = {module.name for module in tree.modules() if OPENS & set(imported(module.tree))}
    assert sorted(found - set(MAY_OPEN)) == []


def imported(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from (alias.name, alias.name.partition(".")[0])
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (node.module, node.module.partition(".")[0] if node.module != "urllib.parse" else "")
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


class Trap:
    """A server in our own house, and how often somebody came."""

    def __init__(self) -> None:
        self.visits: list[str] = []
        trap = self

        class Door(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                trap.visits.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"\x89PNG\r\n\x1a\n secret")

            do_POST = do_GET

            def log_message(self, *_said: Any) -> None:
                """Silence."""

        class Hall(ThreadingHTTPServer):
            daemon_threads = True

            def get_request(self) -> tuple[socket.socket, Any]:
                trap.visits.append("connected")
                return super().get_request()

        self.server = Hall(("127.0.0.1", 0), Door)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def trap() -> Iterator[Trap]:
    set_up = Trap()
    yield set_up
    set_up.close()


type Resolver = Callable[..., list[str]]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """Names mean what a test says, one answer after another; the last one stays. Gives who was asked for."""
    real, asked = socket.getaddrinfo, list[str]()

    def answering(*answers: str) -> list[str]:
        left = list(answers)

        def lookup(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
            if host in ("127.0.0.1", "::1"):
                return real(host, port, *rest, **more)
            asked.append(str(host))
            address = left.pop(0) if len(left) > 1 else left[0]
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            place = (address, int(port or 0), 0, 0) if ":" in address else (address, int(port or 0))
            return [(family, socket.SOCK_STREAM, 6, "", place)]

        monkeypatch.setattr(socket, "getaddrinfo", lookup)
        return asked

    return answering


@pytest.mark.parametrize(
    "address",
    [
        "64:ff9b:1:7f00:0:100:808:808", "64:ff9b:1::808:808", "::ffff:169.254.169.254", "2002:a9fe:a9fe::1",
        "64:ff9b::a9fe:a9fe", "fec0::1", "ff05::1", "2001:db8::1", "::127.0.0.1", "0:0:0:0:0:ffff:7f00:1",
        "192.88.99.1", "198.51.100.7", "203.0.113.7", "0.1.2.3", "127.255.255.254", "fe80::1%eth0",
    ],
)  # fmt: skip
def test_an_address_of_our_own_house_is_none_of_the_open_internet(address: str) -> None:
    if address != "192.88.99.1":  # the old way from IPv4 to IPv6, given back to the public
        assert not outside.is_public(ip_address(address.partition("%")[0]))


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433:{port}/", "http://0x7f.1:{port}/", "http://0177.0.0.1:{port}/",
        "http://127.1:{port}/",
        "http://127.0.0.1.:{port}/", "http://0:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::ffff:7f00:1]:{port}/", "http://localhost:{port}/", "http://LOCALHOST.:{port}/",
        "http://①②⑦.⓪.⓪.①:{port}/", "http://127。0。0。1:{port}/", "http://good.example@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}#@good.example/", "http://127.0.0.1:{port}\\@good.example/",
        "http:127.0.0.1:{port}/",
        "http://good.example:{port}@127.0.0.1:{port}/", "//127.0.0.1:{port}/", "http:///127.0.0.1:{port}/",
        "http://[0:0:0:0:0:0:0:1]:{port}/", "http://[::]:{port}/", "http://0.0.0.0:{port}/",
        "http://127.0.0.1:{port}\t/", "\x01http://127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/_x",
        "dict://127.0.0.1:{port}/x", "ftp://127.0.0.1:{port}/", "file:///etc/passwd", "ldap://127.0.0.1:{port}/",
        "http://127.0.0.1:{port}/%0d%0aHost:%20x", "unix:///var/run/x.sock", "http://%31%32%37.0.0.1:{port}/",
    ],
)  # fmt: skip
def test_no_way_of_writing_our_own_address_leads_home(url: str, trap: Trap) -> None:
    with pytest.raises(outside.NotFetched):
        outside.fetch(url.format(port=trap.port), limit=100, seconds=2, ports=frozenset({trap.port, 80, 443}))
    assert trap.visits == []


@pytest.mark.parametrize("port", [0, 22, 25, 53, 110, 3306, 5432, 6379, 8000, 9200, 11211, 65535])
def test_only_the_usual_ports_are_asked(port: int, resolver: Resolver) -> None:
    asked = resolver("93.184.216.34")
    with pytest.raises(outside.NotFetched):
        outside.fetch(f"http://good.example:{port}/", limit=100, seconds=2)
    assert asked == []


@pytest.mark.parametrize("url", ["http://name@good.example/", "http://name:word@good.example/"])
def test_credentials_in_an_address_are_refused(url: str, resolver: Resolver) -> None:
    asked = resolver("93.184.216.34")
    with pytest.raises(outside.NotFetched):
        outside.fetch(url, limit=100, seconds=2)
    assert asked == []


def test_a_name_is_looked_up_once_and_the_address_that_was_looked_at_is_the_one(
    resolver: Resolver, trap: Trap
) -> None:
    """An answer that changes between two questions: public when asked first, ours afterwards."""
    asked = resolver("192.0.2.1", "127.0.0.1")

    def first_only(address: outside.Address) -> bool:
        return str(address) == "192.0.2.1"

    with pytest.raises(outside.NotFetched):
        outside.fetch(
            f"http://two.example:{trap.port}/",
            limit=100,
            seconds=0.5,
            may_reach=first_only,
            ports=frozenset({trap.port}),
        )
    assert (asked, trap.visits) == (["two.example"], [])


@pytest.mark.parametrize("library", ["requests", "urllib", "smtplib", "imaplib", "socket"])
@pytest.mark.parametrize("answers", [("127.0.0.1",), ("93.184.216.34", "127.0.0.1"), ("::ffff:127.0.0.1",)])
def test_a_library_of_its_own_is_held_at_the_moment_it_connects(
    library: str, answers: tuple[str, ...], resolver: Resolver, trap: Trap
) -> None:
    asked = resolver(*answers)
    if len(answers) > 1:
        socket.getaddrinfo("two.example", 80)  # somebody looked, and saw the first answer
    place = ("two.example", trap.port)
    url = f"http://two.example:{trap.port}/"
    ways: dict[str, Callable[[], Any]] = {
        "requests": lambda: requests.get(url, timeout=2),
        "urllib": lambda: urllib.request.urlopen(url, timeout=2),
        "smtplib": lambda: smtplib.SMTP(*place, timeout=2),
        "imaplib": lambda: imaplib.IMAP4(*place, timeout=2),
        "socket": lambda: socket.create_connection(place, timeout=2).close(),
    }
    with outside.guarded(), pytest.raises(OSError, match=r"private|\[Errno"):
        ways[library]()
    assert asked
    assert trap.visits == []


def test_the_guard_ends_with_its_block(trap: Trap) -> None:
    with outside.guarded(), suppress(PermissionError):
        socket.create_connection(("127.0.0.1", trap.port), timeout=2)
    assert trap.visits == []
    socket.create_connection(("127.0.0.1", trap.port), timeout=2).close()


@pytest.fixture
def strict(settings: Any) -> None:
    """An installation whose workspaces belong to people one does not know."""
    settings.OPTIONS = {
        **configured.OPTIONS,
        "THREADWELL_MAIL_NETWORKS": (),
        "THREADWELL_NOTICE_NETWORKS": (),
    }


def try_oauth(port: int) -> None:
    provider = oauth.Provider(
        name="P",
        authorize_url="",
        token_url=f"http://inside.example:{port}/token",
        scope="",
        client_id="x",
        client_secret="y",
        more={},
    )
    with pytest.raises(oauth.Unreachable):
        oauth._ask(provider, grant_type="refresh_token", refresh_token="x")


def try_sending(port: int) -> None:
    server = send.Server(host="inside.example", port=port, tls="none")
    with pytest.raises(send.NotReached):
        send.hand_over(b"x", sender="a@b.example", recipients=["c@d.example"], server=server, before_data=int)


def try_mailbox(port: int) -> None:
    told = {"host": "inside.example", "port": port, "tls": "none", "user": "x"}
    with pytest.raises(OSError, match="private"):
        imap.Mailbox.connect(imap.access(told, secret="x"))


def try_test_of_a_mailbox(port: int) -> None:
    told = {"host": "inside.example", "port": port, "tls": "none", "user": "x"}
    for found in (
        connection.try_incoming(told, secret="x"),
        connection.try_outgoing(told, secret="x", sender="a@b.example"),
    ):
        assert found.trouble
        assert "THREADWELL_MAIL_NETWORKS" in found.trouble.mend


def try_picture(port: int) -> None:
    with pytest.raises(outside.NotFetched):
        outside.fetch(f"http://inside.example:{port}/x.png", limit=images.LIMIT, seconds=2)
    with pytest.raises(outside.NotFetched):
        outside.fetch("http://inside.example/x.png", limit=images.LIMIT, seconds=2)


def try_chat(port: int) -> None:
    for scheme in ("json", "mmost", "rocket", "gotify", "ntfy"):
        tool = posting.tool_of(f"{scheme}://inside.example:{port}/token/token/token/token")
        if tool is not None:
            with outside.guarded(), suppress(OSError, TypeError):
                assert not tool.notify(body="x", title="y")


@pytest.mark.parametrize(
    "way", [try_oauth, try_sending, try_mailbox, try_test_of_a_mailbox, try_picture, try_chat]
)
@pytest.mark.usefixtures("strict")
def test_no_way_out_leads_into_our_own_house(
    way: Callable[[int], None], resolver: Resolver, trap: Trap
) -> None:
    asked = resolver("127.0.0.1")
    way(trap.port)
    assert asked
    assert trap.visits == []


@pytest.mark.parametrize(
    ("networks", "address", "may"),
    [
        ((), "10.0.0.5", False),
        (("10.0.0.0/8",), "10.0.0.5", True),
        (("10.0.0.0/8",), "::ffff:10.0.0.5", True),
        (("10.0.0.0/8",), "192.168.0.5", False),
        (("10.0.0.0/8",), "93.184.216.34", True),
        (("fd00::/8",), "fd00::5", True),
    ],
)
def test_networks_that_were_named_may_be_reached(
    networks: tuple[str, ...], address: str, may: bool, settings: Any
) -> None:
    settings.OPTIONS = {**configured.OPTIONS, "THREADWELL_MAIL_NETWORKS": networks}
    assert reach.may_reach(ip_address(address)) is may


def test_the_clouds_own_address_is_in_none_of_the_usual_networks() -> None:
    usual = outside.within(configured.OPTIONS["THREADWELL_MAIL_NETWORKS"])
    assert usual(ip_address("192.168.1.1"))
    assert not usual(ip_address("169.254.169.254"))
    assert not usual(ip_address("fd00:ec2::254"))
