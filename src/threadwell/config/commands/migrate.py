"""Bring the database's tables up to date; tell the link that makes the first workspace."""

import os
from argparse import ArgumentParser, Namespace

import django
from django.conf import settings

from threadwell.config import databases, postgres, schema, welcome


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="say nothing when all goes well")


def run(arguments: Namespace) -> int:
    os.environ[databases.OWNER_SWITCH] = "yes"
    with postgres.at_hand(settings.OPTIONS):
        django.setup()
        schema.bring_up_to_date(
            settings.OPTIONS, settings.INSTALLED_APPS, verbosity=0 if arguments.quiet else 1
        )
        # Where the parts are started apart, nobody else tells it.
        if not arguments.quiet and (link := welcome.link()):
            print(f"Once the web part runs, this link makes the first workspace and its owner:\n  {link}")
    return 0
