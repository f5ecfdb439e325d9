"""Turned away: somebody tried to sign in and could not.

In:    the request, the address they gave, whether they may not even try
Out:   a job that tells the audits of the workspaces where that account sits; a line in the log; a count
Touch: procrastinate's jobs, kit.pace

Neither the address nor what was given for a password is kept. An address that nobody has belongs to no
workspace, and may be a password in the wrong field: of it only the origin is logged. As much is done for it
as for one that somebody has, so that the time of an answer tells nobody who works here (ADR 0027).
"""

import hashlib
from datetime import timedelta

import structlog
from django.http import HttpRequest
from prometheus_client import Counter

from threadwell.flow import guarding
from threadwell.kit import clock, pace
from threadwell.kit.later import later
from threadwell.record.journal.models import AuditEntry
from threadwell.record.workplace.models import User

#: Of one account, that it is locked is told once in this time.
AGAIN = timedelta(minutes=10)
TURNED_AWAY = Counter("threadwell_sign_ins_failed", "Attempts to sign in that failed.", ["because"])
_log = structlog.get_logger(__name__)


def note(request: HttpRequest, address: str, *, is_locked: bool = False) -> None:
    """Somebody tried to sign in under that address."""
    name = address.strip().lower()
    origin = str(request.META.get("REMOTE_ADDR") or "")
    TURNED_AWAY.labels("locked" if is_locked else "wrong").inc()
    _log.warning("a sign-in failed", origin=origin, is_locked=is_locked)
    if is_locked:
        mark = hashlib.sha256(name.encode()).hexdigest()[:40]
        if pace.wait_for(f"locked:{mark}", most=1, within=AGAIN):
            return
    found = User.objects.filter(email__iexact=name).values_list("pk", flat=True).first()
    later(
        guarding.note_turned_away,
        user_id=found,
        deed=(AuditEntry.Deed.LOCKED if is_locked else AuditEntry.Deed.FAILED).value,
        place=request.path_info,
        origin=origin,
        at_moment=clock.now().isoformat(),
    )
