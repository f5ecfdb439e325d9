"""Spread the tables over the machines of a Citus cluster, and see how they stand.

In:    the owner's connection, to a Citus coordinator that knows its machines
Out:   what was done; of each table its kind and shards, of each hot query the shards it goes to; 1 when one
       goes to more than one
Touch: every table (distribute); nothing (check)
"""

import importlib
import os
from argparse import ArgumentParser, Namespace

import django
from django.conf import settings

from threadwell.config import databases, schema, spreading
from threadwell.config.problems import NotUsable, Problem


def configure(parser: ArgumentParser) -> None:
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    steps.add_parser("distribute", help="bring the tables of a Citus coordinator into their distributed form")
    check = steps.add_parser("check", help="tell to how many shards each table and each hot query goes")
    check.add_argument("--all", action="store_true", help="every query, not only a line for each journey")


def run(arguments: Namespace) -> int:
    return _distribute() if arguments.step == "distribute" else _check(is_all=arguments.all)


def _distribute() -> int:
    os.environ[databases.OWNER_SWITCH] = "yes"
    with schema.alone(settings.OPTIONS) as owner:
        if not schema.is_current(owner, settings.INSTALLED_APPS):
            raise NotUsable("The database's tables are not up to date. Run: threadwell migrate")
        for told in spreading.spread(owner, owner.info.dbname):
            print(told, flush=True)
    return 0


def _check(*, is_all: bool) -> int:
    with schema.connect(settings.OPTIONS, as_owner=True) as owner:
        spreading.refuse_unless_able(owner)
        tables = spreading.look(owner)
    for table in tables:
        kind = table.wanted if table.is_so else f"NOT YET {table.wanted}"
        print(f"{table.name}: {kind}, {table.shards} shard{'' if table.shards == 1 else 's'}")
    if waiting := [table for table in tables if not table.is_so]:
        raise Problem(f"{len(waiting)} tables are not where they belong. Run: threadwell scale distribute")
    django.setup()
    routed = importlib.import_module("threadwell.config.routed")  # after the set-up: it knows the models
    sent = routed.sent()
    for journey in dict.fromkeys(one.journey for one in sent):
        mine = [one for one in sent if one.journey == journey]
        most = max(len(one.shards) for one in mine)
        print(f"{journey}: {len(mine)} queries, at most {most} shard{'' if most == 1 else 's'} each")
        for one in mine:
            if is_all or len(one.shards) > 1:
                print(f"  {len(one.shards)}  {one.statement[:1000]}")
    wide = [one for one in sent if len(one.shards) > 1]
    print(f"Queries: {len(sent)}. To one shard: {len(sent) - len(wide)}. To more: {len(wide)}.")
    return 1 if wide else 0
