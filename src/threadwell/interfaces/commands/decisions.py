"""Decide once more from the records of routing, and tell what would come out differently.

In:    a workspace, how many decisions
Out:   JSON: how many were replayed, which differ; status 0 when none does, 1 when some do, 2 asked wrongly
Touch: nothing
"""

import json
import sys
from argparse import ArgumentParser, Namespace

from threadwell.flow import reasoning
from threadwell.kit import tenancy
from threadwell.record.routing.models import RoutingDecision
from threadwell.record.workplace.models import Workspace

MOST = 1000
AT_ONCE = 500


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("deed", choices=["replay"], help="replay: decide once more, and compare")
    parser.add_argument(
        "--workspace", required=True, metavar="SLUG", help="the workspace's name in addresses"
    )
    parser.add_argument("--most", type=int, default=MOST, help=f"how many, the newest first ({MOST}); 0: all")


def run(arguments: Namespace) -> int:
    """0 when every decision comes out the same."""
    workspace = Workspace.objects.filter(slug=arguments.workspace).first()
    if workspace is None:
        print(f"There is no workspace {arguments.workspace!r}.", file=sys.stderr)
        return 2
    replayed, different = 0, []
    with tenancy.entered(workspace.pk):
        rows = RoutingDecision.objects.of(workspace).order_by("-at", "-pk")
        rows = rows[: arguments.most] if arguments.most > 0 else rows
        for decision in rows.iterator(chunk_size=AT_ONCE):
            replayed += 1
            if not reasoning.comes_out_the_same(decision):
                different.append(str(decision.pk))
    json.dump({"replayed": replayed, "same": replayed - len(different), "different": different}, sys.stdout)
    print()
    return 1 if different else 0
