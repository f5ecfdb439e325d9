"""Check the installation, and say how to mend what is wrong.

In:    the settings
Out:   one line per finding; status 1 when something fails
Touch: nothing; an embedded database that does not run is started for the while
"""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict

from django.conf import settings

from threadwell.config import checks, cluster_checks, postgres, schema
from threadwell.config.problems import Problem


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object per line")


def run(arguments: Namespace) -> int:
    worst = 0
    for finding in _findings():
        if arguments.json:
            print(json.dumps(asdict(finding)))
        else:
            print(
                f"{finding.level:<5} {finding.what}" + (f"\n      -> {finding.mend}" if finding.mend else "")
            )
        worst = max(worst, finding.level is checks.Level.FAIL)
    return worst


def _findings() -> Iterator[checks.Finding]:
    options = settings.OPTIONS
    yield from checks.of_home(options)
    yield from checks.of_disk(options)
    try:
        with postgres.at_hand(options), schema.connect(options, as_owner=False) as connection:
            yield from checks.of_database(connection, settings.INSTALLED_APPS)
            yield from cluster_checks.of_cluster(connection)
            yield from checks.of_replica(options, connection)
            if schema.is_current(connection, settings.INSTALLED_APPS):
                yield from checks.of_jobs(connection)
                yield from checks.of_inboxes(connection)
    except Problem as problem:
        yield checks.Finding(level=checks.Level.FAIL, what="the database cannot be used", mend=str(problem))
    yield from checks.of_doors(options)
    yield from checks.of_certificate(options)
    yield from checks.of_scanner()
