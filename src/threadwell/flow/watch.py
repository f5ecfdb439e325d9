"""Watch: wake up when something arrives, and read until nothing waits.

In:    notifications of the channel ``threadwell_arrivals`` (a workspace's key), and the passing of time
Out:   batches read by `intake.read_waiting`
Touch: one connection that listens
"""

import threading
from collections.abc import Iterable, Sequence
from uuid import UUID

from threadwell.flow import intake
from threadwell.flow.arrive.capture import CHANNEL
from threadwell.kit import ears
from threadwell.record.workplace.models import Workspace


def serve(until: threading.Event) -> None:
    """Read what arrives until told to stop. Every worker does: each takes other deliveries."""

    def read(workspaces: Iterable[UUID]) -> None:
        for workspace_id in workspaces:
            while not until.is_set() and intake.read_waiting(workspace_id):
                pass

    def heard(payloads: Sequence[str]) -> None:
        read({UUID(payload) for payload in payloads})

    def look_around() -> None:
        # A notification may be lost, a lease may end.
        read(Workspace.objects.values_list("pk", flat=True))

    ears.serve(until, channel=CHANNEL, heard=heard, look_around=look_around, gather=0)
