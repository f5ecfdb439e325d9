"""Two machines on a network, one database and one bucket: nothing is lost, doubled or let in twice.

A machine is a network namespace with an address of its own and a data folder of its own. Making one takes
root and Linux; elsewhere these tests are left out.
"""

import contextlib
import http.client
import os
import random
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.kit.test_blobs import CREDENTIALS
from tests.operations.conftest import Settle
from tests.operations.place import Place, Postman
from tests.operations.test_pooled import Heard, told_once
from tests.operations.test_rolling import SIGNED_IN
from tests.patience import eventually
from threadwell.config import postgres
from threadwell.interfaces.api import entrance

MAILS = int(os.environ.get("HOSTS_MAILS", "40"))
#: Who leads: does alone what must be done by one alone.
LEADER = """
    SELECT host(a.client_addr) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted
        AND l.objid::bigint = hashtext('threadwell.' || %s)::bigint & 4294967295
"""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def why_not() -> str:
    """Why there can be no further machines here; nothing where there can."""
    if not shutil.which("ip"):
        return "there is no `ip` (iproute2)"
    if os.geteuid() != 0:
        return "network namespaces are made by root only"
    made = subprocess.run(
        ["ip", "netns", "add", "threadwell-probe"], check=False, capture_output=True, text=True
    )
    if made.returncode:
        return f"the kernel makes no network namespaces ({made.stderr.strip()})"
    ip("netns", "delete", "threadwell-probe")
    return ""


pytestmark = pytest.mark.skipif(bool(WHY := why_not()), reason=WHY)


@dataclass(frozen=True, kw_only=True)
class Network:
    """A bridge here, and machines on it."""

    name: str
    prefix: str

    @property
    def here(self) -> str:
        return f"{self.prefix}.1"

    def machine(self, number: int) -> tuple[str, str]:
        """The name of a machine and its address."""
        return f"{self.name}h{number}", f"{self.prefix}.{number + 1}"

    def cut(self, number: int) -> None:
        """Nothing reaches that machine any more, and nobody is told."""
        ip("link", "set", f"{self.name}v{number}", "down")

    def mend(self, number: int) -> None:
        ip("link", "set", f"{self.name}v{number}", "up")


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    drawn = random.SystemRandom()
    made = Network(
        name=f"tw{drawn.randrange(16**4):04x}", prefix=f"10.{drawn.randrange(64, 128)}.{drawn.randrange(256)}"
    )
    with contextlib.ExitStack() as undone:
        ip("link", "add", made.name, "type", "bridge")
        undone.callback(ip, "link", "delete", made.name)
        ip("address", "add", f"{made.here}/24", "dev", made.name)
        ip("link", "set", made.name, "up")
        for number in (1, 2):
            machine, address = made.machine(number)
            ip("netns", "add", machine)
            undone.callback(ip, "netns", "delete", machine)
            near, far = f"{made.name}v{number}", f"{made.name}w{number}"
            ip("link", "add", near, "type", "veth", "peer", "name", far)
            ip("link", "set", near, "master", made.name, "up")
            ip("link", "set", far, "netns", machine)
            ip("-n", machine, "address", "add", f"{address}/24", "dev", far)
            ip("-n", machine, "link", "set", "lo", "up")
            ip("-n", machine, "link", "set", far, "up")
        yield made


@pytest.fixture(scope="module")
def bucket(network: Network) -> Iterator[str]:
    server = ThreadedMotoServer(ip_address=network.here, port=0, verbose=False)
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        _host, port = server.get_host_and_port()
        endpoint = f"http://{network.here}:{port}"
        client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
        client.create_bucket(Bucket="desk")
        client.close()
        yield f"s3://desk/files?endpoint={endpoint}&region=us-east-1"
    server.stop()


@pytest.fixture(scope="module")
def database(network: Network, tmp_path_factory: pytest.TempPathFactory, settled: Settle) -> Iterator[Place]:
    """A firm whose database answers on the network."""
    place = settled(tmp_path_factory.mktemp("shared"))
    with postgres.running(place.home):
        place.ask(f"ALTER SYSTEM SET listen_addresses = '{network.here}'")
    with (place.home / "postgres" / "data" / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {network.prefix}.0/24 trust\n")
    with postgres.running(place.home):
        yield place


@pytest.fixture(scope="module")
def hosts(
    network: Network, database: Place, bucket: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Place]]:
    """Two machines, each with every part."""
    keys = database.home / "keys"
    where = f"@{network.here}:{postgres.PORT}/{postgres.NAME}"
    shared = {
        **CREDENTIALS,
        "DATABASE_URL": f"postgresql://{postgres.APPLICATION}{where}",
        "DATABASE_OWNER_URL": f"postgresql://{postgres.OWNER}{where}",
        "THREADWELL_SECRET_KEY": (keys / "signing").read_text().strip(),
        "THREADWELL_SECRET_RING": ",".join((keys / "ring").read_text().split()),
        "THREADWELL_BLOBS": bucket,
        "THREADWELL_ALLOWED_HOSTS": ",".join(network.machine(number)[1] for number in (1, 2)),
    }
    made = []
    for number in (1, 2):
        machine, address = network.machine(number)
        doors = {"THREADWELL_HOST": address, "THREADWELL_GATEWAY_HOST": address}
        host = Place.in_folder(tmp_path_factory.mktemp(f"host{number}"), **shared, **doors)
        made.append(replace(host, at=address, within=("ip", "netns", "exec", machine), processes=[]))
    try:
        for host in made:
            for part in ("web", "worker", "gateway"):
                host.start(part)
        for host in made:
            eventually(lambda host=host: host.answers() == 200 and host.takes_mail(), told=host.told)
        yield made
    finally:
        for host in made:
            host.stop()


def said(hosts: list[Place]) -> str:
    return "\n".join(host.told() for host in hosts)


def postmen(hosts: list[Place], mails: int) -> list[Postman]:
    made = [Postman(host.smtp, most=mails, at=host.at) for host in hosts]
    for postman in made:
        postman.start()
    return made


def test_machines_have_nothing_in_common_but_the_network(hosts: list[Place], network: Network) -> None:
    assert hosts[0].home != hosts[1].home
    for host in hosts:
        seen = subprocess.run(
            [*host.within, "ip", "-brief", "address"], check=True, capture_output=True, text=True
        ).stdout
        assert host.at in seen
        assert not any(other.at in seen for other in hosts if other is not host)
        assert not (host.home / "blobs").exists()


def test_mail_at_either_is_read_once_and_told_at_both(
    hosts: list[Place], database: Place, bucket: str
) -> None:
    cookie = next(
        line.removeprefix("COOKIE ")
        for line in hosts[0].run("manage", "shell", "--no-imports", "--command", SIGNED_IN).splitlines()
        if line.startswith("COOKIE ")
    )
    streams = [Heard(host, cookie) for host in hosts]
    for stream in streams:
        stream.start()
    eventually(lambda: all(stream.begun for stream in streams), told=lambda: said(hosts))
    at_work = postmen(hosts, MAILS // 2)
    for postman in at_work:
        postman.join()
    sent = [name for postman in at_work for name in postman.taken]
    assert len(sent) == MAILS // 2 * 2
    eventually(lambda: len(told_once(database, sent)) == len(sent), told=lambda: said(hosts))
    assert set(told_once(database, sent)) == {("read", 1)}
    eventually(lambda: all(stream.pieces > 0 for stream in streams), told=lambda: said(hosts))
    assert [stream.failed for stream in streams] == [[], []]
    # What came in by one machine is opened at the other, out of the bucket.
    [(kept,)] = database.ask("SELECT count(DISTINCT sha256) FROM conversations_attachment")
    assert kept >= MAILS // 2
    for name in sent[:1] + sent[-1:]:
        [(file,)] = database.ask(
            "SELECT a.id FROM conversations_attachment a JOIN conversations_message m ON m.id = a.message_id"
            " WHERE m.message_id = %s",
            name,
        )
        told = {got(host, f"/w/place/attachments/{file}/i.pdf", cookie) for host in hosts}
        [(status, content)] = told
        assert status == 200
        assert content.startswith(b"invoice ")
    print(
        f"two machines: {len(sent)} mails; live pieces {[stream.pieces for stream in streams]}; files {kept}"
    )


def got(host: Place, path: str, cookie: str) -> tuple[int, bytes]:
    line = http.client.HTTPConnection(host.at, host.port, timeout=30)
    with contextlib.closing(line):
        line.request("GET", path, headers={"Cookie": cookie})
        answer = line.getresponse()
        return answer.status, answer.read()


def test_whoever_guesses_at_both_is_counted_once(hosts: list[Place], database: Place) -> None:
    database.ask("DELETE FROM workplace_pace")
    answers: Counter[int] = Counter()
    begun = time.monotonic()

    def guess(host: Place) -> None:
        for _ in range(entrance.GUESSES):
            answers[got(host, "/api/v1/me", "")[0]] += 1

    guessing = [threading.Thread(target=guess, args=[host]) for host in hosts]
    for thread in guessing:
        thread.start()
    for thread in guessing:
        thread.join()
    paid_off = (time.monotonic() - begun) * entrance.GUESSES / entrance.WINDOW.total_seconds()
    assert set(answers) == {401, 429}
    assert entrance.GUESSES <= answers[401] <= entrance.GUESSES + paid_off + 1
    print(f"guesses at two machines: {dict(answers)}")


def test_jobs_go_on_where_one_worker_is_left(hosts: list[Place], database: Place) -> None:
    for one in hosts:
        worker = one.processes[1]
        worker.terminate()
        worker.wait(60)
        [postman] = postmen([one], 5)
        postman.join()
        eventually(
            lambda postman=postman: len(told_once(database, postman.taken)) == 5, told=lambda: said(hosts)
        )
        one.processes[1] = one.start("worker")
        one.processes.pop()


def test_a_machine_that_is_cut_off_is_replaced_and_comes_back(
    hosts: list[Place], database: Place, network: Network
) -> None:
    eventually(lambda: database.ask(LEADER, "reactions"), told=lambda: said(hosts))
    [(leader,)] = database.ask(LEADER, "reactions")
    lost = next(number for number, host in enumerate(hosts, start=1) if host.at == leader)
    other = hosts[2 - lost]
    network.cut(lost)
    try:
        begun = time.monotonic()
        eventually(lambda: database.ask(LEADER, "reactions") == [(other.at,)], told=lambda: said([other]))
        took = time.monotonic() - begun
        [postman] = postmen([other], 10)
        postman.join()
        eventually(lambda: len(told_once(database, postman.taken)) == 10, told=lambda: said([other]))
        assert other.answers() == 200
    finally:
        network.mend(lost)
    back = hosts[lost - 1]
    eventually(lambda: back.answers() == 200 and back.takes_mail(), told=lambda: said([back]))
    [late] = postmen([back], 10)
    late.join()
    every = [*postman.taken, *late.taken]
    eventually(lambda: len(told_once(database, every)) == 20, told=lambda: said(hosts))
    assert set(told_once(database, every)) == {("read", 1)}
    assert len(database.ask(LEADER, "reactions")) == 1
    print(f"a machine was cut off: another led after {took:.1f} s")
