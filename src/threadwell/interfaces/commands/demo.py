"""Make the demo firm, with some months of history, or remove it.

In:    nothing
Out:   a bar while it goes on; how to sign in
Touch: a workspace that is marked as a demo. Doing it again is harmless
"""

import sys
from argparse import ArgumentParser, Namespace

from django.conf import settings

from threadwell.interfaces.commands.demo_firm import firm, plot, shifts, telling
from threadwell.kit import clock
from threadwell.record.workplace import removal
from threadwell.record.workplace.models import Workspace

WIDTH = 40  #: of the bar


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--remove", action="store_true", help="delete the demo firm and all that is in it")


def run(arguments: Namespace) -> int:
    with firm.alone():
        workspace = firm.found()
        if arguments.remove:
            return _remove(workspace)
        if workspace and not firm.is_told(workspace):
            removal.remove(workspace)  # somebody pulled the plug in the middle of the story
            workspace = None
        if workspace is None:
            print("Telling the story of the demo firm ...", flush=True)
            workspace = make()
    print(_way_in(workspace), flush=True)
    return 0


def make(*, old: int = plot.OLD) -> Workspace:
    """The firm and its history; nothing of it when that breaks off."""
    now = clock.now()
    stories = plot.of(now, old=old)
    with clock.stopped_at(now - plot.SPAN):
        staffed = firm.make()
    try:
        telling.tell(staffed, stories, now=now, show=_show)
        shifts.staff(staffed, now=now)
    except BaseException:
        removal.remove(staffed.workspace)
        raise
    firm.note_told(staffed)
    return staffed.workspace


def _remove(workspace: Workspace | None) -> int:
    if workspace is None:
        print("There is no demo firm.")
        return 0
    removal.remove(workspace)
    print(f"{workspace.name} is removed, with its people, mails and files.")
    return 0


def _way_in(workspace: Workspace) -> str:
    people = [one for one in firm.PEOPLE if one.key in {"maria.santos", "astrid.holm", "marek.nowak"}]
    lines = "\n".join(f"  {one.address:<32}{one.role.label}" for one in people)
    return (
        f"The demo firm, {workspace.name}: {settings.PUBLIC_URL}/w/{workspace.slug}/\n"
        f"Sign in as one of its invented people, with the password {firm.password()}\n{lines}"
    )


def _show(done: int, total: int) -> None:
    if not sys.stderr.isatty():
        return
    bar = "#" * round(done / total * WIDTH)
    print(f"\r[{bar:<{WIDTH}}] {done} of {total}", end="", file=sys.stderr, flush=True)
    if done >= total:
        print(file=sys.stderr)
