"""Print a new token, with which a program may call the API as an agent.

In:    a workspace, an agent's sign-in address, scopes, what it is for
Out:   the token, alone on standard output; it is shown this once
Touch: ApiToken; events
"""

import sys
from argparse import ArgumentParser, Namespace
from datetime import timedelta

from threadwell.kit import clock, tenancy
from threadwell.record.journal.telling import tell
from threadwell.record.workplace.models import Agent, ApiToken, Workspace
from threadwell.record.workplace.roles import SCOPES

DAYS = 90


def configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--workspace", required=True, metavar="SLUG", help="the workspace's name in addresses"
    )
    parser.add_argument("--agent", required=True, metavar="EMAIL", help="as whom the program acts")
    parser.add_argument("--name", required=True, help="what the token is for")
    parser.add_argument(
        "--scopes", required=True, help=f"what it may do, with commas between: {', '.join(SCOPES)}"
    )
    parser.add_argument(
        "--days", type=int, default=DAYS, help=f"how long it works ({DAYS}); 0: until it is revoked"
    )


def run(arguments: Namespace) -> int:
    """0 when the token was printed, 2 when it could not be made."""
    scopes = sorted({scope.strip() for scope in arguments.scopes.split(",") if scope.strip()})
    if unknown := [scope for scope in scopes if scope not in SCOPES] or (not scopes and ["nothing"]):
        return _sorry(f"There is no scope {unknown[0]!r}. There are: {', '.join(SCOPES)}.")
    if not 0 <= arguments.days <= 3650:
        return _sorry("A token works from 1 to 3650 days, or with 0 until it is revoked.")
    workspace = Workspace.objects.filter(slug=arguments.workspace).first()
    if workspace is None:
        return _sorry(f"There is no workspace {arguments.workspace!r}.")
    with tenancy.entered(workspace.pk):
        seats = Agent.objects.of(workspace).filter(left_at=None, user__email__iexact=arguments.agent)
        agent = seats.first()
        if agent is None:
            return _sorry(f"Nobody signs in to {workspace.name} as {arguments.agent!r}.")
        if beyond := [scope for scope in scopes if scope not in agent.may]:
            return _sorry(f"{agent.name} is {agent.role} there and may not {beyond[0]!r} themselves.")
        token, text = ApiToken.issue(
            agent,
            name=arguments.name[:80],
            scopes=scopes,
            expires_at=clock.now() + timedelta(days=arguments.days) if arguments.days else None,
        )
        tell(token, "token.issued", by=agent, token_name=token.name, scopes=scopes)
    print(text)
    return 0


def _sorry(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2
