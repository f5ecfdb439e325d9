"""Take old mail in: letters (.eml), folders of them, Maildirs, mboxes (also packed with gzip).

In:    a workspace, an inbox, paths
Out:   a bar while it goes on; at the end what was seen, held, held already, and refused with the reason
Touch: through importing. Doing it again is harmless: nothing is held twice
"""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from threadwell.flow import importing
from threadwell.flow.importing import NoRoom
from threadwell.kit import tenancy
from threadwell.record.inboxes.models import Inbox, MailImport
from threadwell.record.workplace.models import Workspace

WIDTH = 40  #: of the bar


def configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--workspace", required=True, metavar="SLUG", help="the workspace's name in addresses"
    )
    parser.add_argument("--inbox", required=True, metavar="ADDRESS", help="the inbox's mail address")
    parser.add_argument("paths", nargs="+", metavar="PATH", type=Path, help="a file or a folder")


def run(arguments: Namespace) -> int:
    """0 when everything was taken in, 1 when something was refused, 2 when nothing could be tried."""
    missing = [path for path in arguments.paths if not path.exists()]
    if missing:
        return _sorry(f"There is no {missing[0]}.")
    workspace = Workspace.objects.filter(slug=arguments.workspace).first()
    if workspace is None:
        return _sorry(f"There is no workspace {arguments.workspace!r}.")
    with tenancy.entered(workspace.pk):
        inboxes = Inbox.objects.of(workspace).filter(closed_at=None)
        inbox = inboxes.filter(address__iexact=arguments.inbox).first()
        if inbox is None:
            there = ", ".join(inboxes.order_by("address").values_list("address", flat=True)) or "none yet"
            return _sorry(f"There is no inbox {arguments.inbox!r} in {workspace.name}. There are: {there}.")
        state = importing.begin(inbox, ", ".join(path.name for path in arguments.paths))
    try:
        state = importing.take_all(workspace.pk, state.pk, arguments.paths, tell=_show)
    except NoRoom as problem:
        return _sorry(str(problem.sentence))
    refused = state.total - state.held - state.already_held
    print(f"seen {state.total}, held {state.held} new, already held {state.already_held}, refused {refused}")
    for refusal in state.refused:
        print(f"  {refusal['name']}: {refusal['why']}")
    return 1 if state.refused else 0


def _show(state: MailImport) -> None:
    if not sys.stderr.isatty():
        return
    done = state.held + state.already_held + len(state.refused)
    share = min(done / state.total, 1) if state.total else 1
    bar = "#" * round(share * WIDTH)
    print(f"\r[{bar:<{WIDTH}}] {done} of {state.total}", end="", file=sys.stderr, flush=True)
    if done >= state.total:
        print(file=sys.stderr)


def _sorry(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2
