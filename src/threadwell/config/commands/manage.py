"""Run one of Django's own commands, such as shell, dbshell or makemigrations."""

import os
from argparse import REMAINDER, ArgumentParser, Namespace

from django.conf import settings
from django.core.management import execute_from_command_line

from threadwell.config import databases, postgres

_CHANGE_TABLES = {"migrate", "makemigrations", "sqlmigrate", "showmigrations", "createcachetable"}


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("command", nargs=REMAINDER, help="the command and its arguments")


def run(arguments: Namespace) -> int:
    if arguments.command[:1] and arguments.command[0] in _CHANGE_TABLES:
        os.environ[databases.OWNER_SWITCH] = "yes"
    with postgres.at_hand(settings.OPTIONS):
        execute_from_command_line(["threadwell manage", *arguments.command])
    return 0
