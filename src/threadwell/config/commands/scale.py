"""Spread the tables over the machines of a Citus cluster, and see how they stand."""

import os
from argparse import ArgumentParser, Namespace

from django.conf import settings

from threadwell.config import databases, schema, spreading
from threadwell.config.problems import NotUsable


def configure(parser: ArgumentParser) -> None:
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    steps.add_parser("distribute", help="bring the tables of a Citus coordinator into their distributed form")


def run(arguments: Namespace) -> int:
    os.environ[databases.OWNER_SWITCH] = "yes"
    return _distribute()


def _distribute() -> int:
    with schema.alone(settings.OPTIONS) as owner:
        if not schema.is_current(owner, settings.INSTALLED_APPS):
            raise NotUsable("The database's tables are not up to date. Run: threadwell migrate")
        for told in spreading.spread(owner, owner.info.dbname):
            print(told, flush=True)
    return 0
