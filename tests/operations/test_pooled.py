"""Several processes of each kind on one PostgreSQL behind PgBouncer: nothing is lost or doubled.

PgBouncer gives a server to a client for one transaction. Debian's (1.18) keeps no prepared statements; one of
1.21 or later does when told to. Where none is installed, these tests are left out.
"""

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.operations.conftest import Settle
from tests.operations.place import Place, Postman, free_ports
from tests.operations.test_rolling import SIGNED_IN, Stream
from tests.patience import eventually
from threadwell.config import postgres

PROGRAM = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
MAILS = int(os.environ.get("POOLED_MAILS", "60"))
SEEN = """
from threadwell.kit import ids, tenancy
from threadwell.record.workplace.models import Team, Workspace
mine = Workspace.objects.create(name="Mine", slug="walled-mine", zone="UTC")
other = Workspace.objects.create(name="Other", slug="walled-other", zone="UTC")
with tenancy.entered(mine.pk):
    Team.objects.create(workspace=mine, name="Behind the wall")
for _ in range(30):
    with tenancy.entered(mine.pk):
        seen = Team.objects.everywhere(because="the wall is what is tested").count()
        assert seen == 1, seen
    with tenancy.entered(other.pk):
        seen = Team.objects.everywhere(because="the wall is what is tested").count()
        assert seen == 0, seen
    assert Team.objects.everywhere(because="the wall is what is tested").count() == 0
print("WALLS HOLD")
"""

pytestmark = pytest.mark.skipif(not PROGRAM, reason="PgBouncer is not installed")


def is_able() -> bool:
    """Whether it keeps prepared statements."""
    told = subprocess.run([str(PROGRAM), "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)\.(\d+)", told)
    assert found
    return (int(found[1]), int(found[2])) >= (1, 21)


@contextlib.contextmanager
def pooler(home: Path, port: int) -> Iterator[None]:
    folder = home / "pooler"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    server = postgres.socket_folder(home)
    (folder / "users").write_text(f'"{postgres.APPLICATION}" ""\n')
    (folder / "ini").write_text(
        f"""
        [databases]
        {postgres.NAME} = host={server} port={postgres.PORT} dbname={postgres.NAME}
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = {port}
        unix_socket_dir =
        auth_type = trust
        auth_file = {folder / "users"}
        pool_mode = transaction
        default_pool_size = 6
        max_client_conn = 400
        {"max_prepared_statements = 200" if is_able() else ""}
        """
    )
    for parent in (home, *home.parents):
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    for path in folder.iterdir():
        path.chmod(0o644)
    whose = pwd.getpwuid(server.stat().st_uid).pw_name
    asked = ["-u", whose] if os.geteuid() == 0 else []
    with (home / "pooler.log").open("w") as log:
        program = subprocess.Popen(
            [str(PROGRAM), *asked, str(folder / "ini")], stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    try:
        where = f"host=127.0.0.1 port={port} dbname={postgres.NAME} user={postgres.APPLICATION}"
        eventually(lambda: answers(where), told=(home / "pooler.log").read_text)
        yield
    finally:
        program.send_signal(signal.SIGTERM)
        program.wait(30)


def answers(where: str) -> bool:
    try:
        with psycopg.connect(where, connect_timeout=3) as asked:
            return asked.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, settled: Settle) -> Iterator[Place]:
    """One data folder for all (their keys and files); the database is reached as if it were elsewhere."""
    place = settled(tmp_path_factory.mktemp("pooled"))
    [port] = free_ports(1)
    with postgres.running(place.home), pooler(place.home, port):
        socket = postgres.socket_folder(place.home)
        around = f"postgresql:///{postgres.NAME}?host={socket}&port={postgres.PORT}&user="
        place.environment |= {
            "DATABASE_URL": f"postgresql://{postgres.APPLICATION}@127.0.0.1:{port}/{postgres.NAME}",
            "DATABASE_DIRECT_URL": around + postgres.APPLICATION,
            "DATABASE_OWNER_URL": around + postgres.OWNER,
            "THREADWELL_PREPARED_STATEMENTS": "yes" if is_able() else "no",
        }
        yield place


def test_two_of_each_take_in_and_show_everything_once(place: Place) -> None:
    [web, smtp, lmtp] = free_ports(3)
    elsewhere = Place(
        home=place.home,
        environment={
            **place.environment,
            "THREADWELL_PORT": str(web),
            "THREADWELL_SMTP_PORT": str(smtp),
            "THREADWELL_LMTP_PORT": str(lmtp),
        },
    )
    streams = []
    try:
        for where in (place, elsewhere):
            for part in ("web", "worker", "gateway"):
                where.start(part)
        for where in (place, elsewhere):
            eventually(lambda where=where: where.answers() == 200 and where.takes_mail(), told=place.told)
        said = place.run("manage", "shell", "--no-imports", "--command", SIGNED_IN)
        cookie = next(
            line.removeprefix("COOKIE ") for line in said.splitlines() if line.startswith("COOKIE ")
        )
        streams = [Heard(where, cookie) for where in (place, elsewhere)]
        for stream in streams:
            stream.start()
        eventually(lambda: all(stream.begun for stream in streams), told=place.told)
        postmen = [Postman(place.smtp, smtp, most=MAILS // 3) for _ in range(3)]
        for postman in postmen:
            postman.start()
        for postman in postmen:
            postman.join()
        sent = [name for postman in postmen for name in postman.taken]
        assert len(sent) == MAILS // 3 * 3
        eventually(lambda: len(told_once(place, sent)) == len(sent), told=place.told)
        assert set(told_once(place, sent)) == {("read", 1)}
        assert place.ask(
            "SELECT count(*) FROM conversations_conversation c WHERE message_count <>"
            " (SELECT count(*) FROM conversations_message m WHERE m.conversation_id = c.id)"
        ) == [(0,)]
        eventually(lambda: all(stream.pieces > 0 for stream in streams), told=place.told)
        assert [stream.failed for stream in streams] == [[], []]
        assert "prepared statement" not in place.told()
        print(f"PgBouncer: {len(sent)} mails through two gateways; live pieces {[s.pieces for s in streams]}")
    finally:
        place.stop()
        elsewhere.stop()


def told_once(place: Place, names: list[str]) -> list[tuple[str, int]]:
    """Of each of these mails that was read: what became of it, and how many messages it is."""
    found = place.ask(
        """
        SELECT d.state, count(*) FROM conversations_message m
        JOIN inboxes_delivery d ON d.id = m.delivery_id
        WHERE m.message_id = ANY(%s) GROUP BY d.state, m.message_id
        """,
        names,
    )
    return [(state, count) for state, count in found]


class Heard(Stream):
    """A stream that counts what it was told."""

    pieces = 0

    def told(self, line: bytes) -> None:
        self.pieces += line.startswith((b"event:", b"data:"))


def test_walls_hold_where_servers_go_from_hand_to_hand(place: Place) -> None:
    shared = [psycopg.connect(place.environment["DATABASE_URL"], prepare_threshold=None) for _ in range(8)]
    with contextlib.ExitStack() as open_ones:
        for one in shared:
            open_ones.enter_context(one)
        assert "WALLS HOLD" in place.run("manage", "shell", "--no-imports", "--command", SEEN)
        for one in shared:
            assert one.execute("SELECT current_setting('threadwell.workspace', true)").fetchone() in (
                (None,),
                ("",),
            )
            one.rollback()


def test_backup_and_doctor_go_where_they_must(place: Place, tmp_path: Path) -> None:
    place.run("backup", str(tmp_path / "pooled.backup"), "--verify")
    assert "row-level security binds our role" in place.run("doctor")
