"""A workspace moves to another machine while its mail comes in: all of it is held, none of it twice."""

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from tests.operations.place import Place, Postman
from tests.patience import eventually
from tests.scale.conftest import NAME
from threadwell.config import databases
from threadwell.config.reading import DatabaseAddress

FEW = 20  #: mails before it moves, and after
HELD = """
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Message
from threadwell.record.inboxes.models import Delivery
from threadwell.record.workplace.models import Workspace
workspace = Workspace.objects.get(slug="place")
with tenancy.entered(workspace.pk):
    print("WAITING", Delivery.objects.of(workspace).waiting().count())
    for name in Message.objects.of(workspace).filter(direction="in").values_list("message_id", flat=True):
        print("HELD", name)
"""
HOME = "SELECT id::text FROM workplace_workspace WHERE slug = 'place'"
SHARD = (
    "SELECT s.shardid, n.nodename, n.nodeport FROM pg_dist_placement p"
    " JOIN pg_dist_node n USING (groupid) JOIN pg_dist_shard s USING (shardid)"
    " WHERE s.shardid = get_shard_id_for_distribution_column('workplace_agent', %s::text)"
)
SHARES = (
    "SELECT count(*) FROM pg_dist_placement p JOIN pg_dist_shard s USING (shardid)"
    " WHERE s.logicalrelid = 'workplace_agent'::regclass GROUP BY groupid"
)
MOVE = "SELECT citus_move_shard_placement(%s, %s, %s, %s, %s, 'force_logical')"


@dataclass(frozen=True, slots=True)
class Shard:
    number: int
    host: str
    port: int


def where(owner: psycopg.Connection[tuple[str, ...]]) -> Shard:
    """Where the workspace is."""
    [(home,)] = owner.execute(HOME).fetchall()
    [found] = owner.execute(SHARD, [home]).fetchall()
    return Shard(int(found[0]), found[1], int(found[2]))


def held(place: Place) -> list[str]:
    """What was read of it, once nothing waits."""
    said = place.run("manage", "shell", "--no-imports", "--command", HELD).splitlines()
    if "WAITING 0" not in said:
        return []
    return sorted(line.removeprefix("HELD ").strip("<>") for line in said if line.startswith("HELD "))


def test_a_workspace_moves_while_its_mail_comes_in(
    serving: Place, coordinator: DatabaseAddress, record_property: Callable[[str, int], None]
) -> None:
    before = held(serving)
    postman = Postman(serving.smtp)
    with psycopg.connect(databases.url(coordinator, name=NAME), autocommit=True) as owner:
        nodes = owner.execute("SELECT nodename, nodeport FROM pg_dist_node WHERE groupid <> 0").fetchall()
        here = where(owner)
        there = next((host, int(port)) for host, port in nodes if int(port) != here.port or host != here.host)
        postman.start()
        try:
            eventually(lambda: len(postman.taken) >= FEW, told=serving.told)
            begun = len(postman.taken)
            owner.execute(MOVE, [here.number, here.host, here.port, *there])
            moved = len(postman.taken)
            assert (where(owner).host, where(owner).port) == there
            # One machine has everything now; the cluster itself sees to it that the other has its share.
            owner.execute("SELECT citus_rebalance_start(shard_transfer_mode => 'force_logical')")
            owner.execute("SELECT citus_rebalance_wait()")
            assert owner.execute(SHARES).fetchall() == [(1,), (1,)]
            eventually(lambda: len(postman.taken) >= moved + FEW, told=serving.told)
        finally:
            postman.stop()
    assert moved > begun
    record_property("mails taken while a workspace moved", moved - begun)
    record_property("mails taken in all beside that", len(postman.taken) - moved + begun)
    record_property("mails put off, and taken later", postman.put_off)
    assert postman.refused == []
    wanted = sorted([*before, *postman.taken])
    eventually(lambda: held(serving) == wanted, told=serving.told)
