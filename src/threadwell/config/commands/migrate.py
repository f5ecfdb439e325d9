"""Bring the database's tables up to date."""

import os
from argparse import ArgumentParser, Namespace

import django
from django.conf import settings

from threadwell.config import databases, postgres, schema


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="say nothing when all goes well")


def run(arguments: Namespace) -> int:
    os.environ[databases.OWNER_SWITCH] = "yes"
    with postgres.at_hand(settings.OPTIONS):
        django.setup()
        schema.bring_up_to_date(
            settings.OPTIONS, settings.INSTALLED_APPS, verbosity=0 if arguments.quiet else 1
        )
    return 0
