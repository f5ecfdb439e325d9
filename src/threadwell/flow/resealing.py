"""Resealing: every secret that is kept is sealed anew with the newest key, so that older ones can be dropped.

In:    the key ring
Out:   how many were sealed anew, how many were already, how many nobody can open
Touch: inboxes, ways and keys of notices, seeds of second factors, jobs that carry a token

Each batch is a transaction of its own, and what is done is passed over: stopped anywhere, it goes on there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import connection, models, transaction

from threadwell.kit import secrets, tenancy
from threadwell.record.inboxes.models import Inbox
from threadwell.record.notices.models import NoticeWay, PushKey
from threadwell.record.workplace.models import Workspace

AT_ONCE = 100
#: Columns of workspaces' tables that hold sealed boxes; the house test finds those that are not here.
BOXES: tuple[tuple[Any, str], ...] = ((Inbox, "sealed_secrets"), (NoticeWay, "box"), (PushKey, "box"))
#: What of a second factor is secret, in allauth's JSON: a text, or several.
_SEEDS = ("secret", "seed", "migrated_codes")


@dataclass(slots=True)
class Tally:
    """What was found."""

    resealed: int = 0
    newest: int = 0
    lost: list[str] = field(default_factory=list)  #: where something lies that no key of the ring opens

    def add(self, place: str, box: bytes, keep: Callable[[bytes], None]) -> None:
        """Seal one anew, if it is not."""
        if secrets.is_newest(box):
            self.newest += 1
            return
        try:
            keep(secrets.resealed(box))
            self.resealed += 1
        except secrets.Unreadable:
            self.lost.append(place)


def reseal() -> Tally:
    """All of them, in all workspaces."""
    tally = Tally()
    for workspace_id in Workspace.objects.order_by("pk").values_list("pk", flat=True):
        for model, column in BOXES:
            for keys in _batches(_keys_of(model, workspace_id)):
                with tenancy.entered(workspace_id):
                    _rows(model.objects.of(workspace_id).filter(pk__in=keys), column, tally)
    for keys in _batches(list(Authenticator.objects.order_by("pk").values_list("pk", flat=True))):
        with transaction.atomic():
            for one in Authenticator.objects.select_for_update().filter(pk__in=keys):
                _seeds(one, tally)
    _jobs(tally)
    return tally


def _keys_of(model: Any, workspace_id: Any) -> list[Any]:
    with tenancy.entered(workspace_id):
        return list(model.objects.of(workspace_id).order_by("pk").values_list("pk", flat=True))


def _batches(keys: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]


def _rows(rows: models.QuerySet[Any], column: str, tally: Tally) -> None:
    for row in rows.select_for_update():
        box = bytes(getattr(row, column))
        if not box:
            continue  # nothing was ever put in

        def keep(fresh: bytes, row: Any = row) -> None:
            setattr(row, column, fresh)
            row.save(update_fields=[column])

        tally.add(f"{row._meta.label} {row.pk}", box, keep)


def _seeds(one: Authenticator, tally: Tally) -> None:
    for name in _SEEDS:
        held = one.data.get(name)
        if not held:
            continue
        texts = [held] if isinstance(held, str) else list(held)
        fresh = [_seed(f"{one._meta.label} {one.pk}", text, tally) for text in texts]
        one.data[name] = fresh[0] if isinstance(held, str) else fresh
    one.save(update_fields=["data"])


def _seed(place: str, text: str, tally: Tally) -> str:
    if not secrets.is_box(text):
        tally.resealed += 1  # it lay open
        return secrets.sealed(text).decode()
    kept = [text]

    def keep(fresh: bytes) -> None:
        kept[0] = fresh.decode()

    tally.add(place, text.encode(), keep)
    return kept[0]


def _jobs(tally: Tally) -> None:
    """Tokens of invitations that wait to be mailed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, args->>'box' FROM procrastinate_jobs"
            " WHERE status = 'todo' AND jsonb_exists(args, 'box') FOR UPDATE"
        )
        for key, box in cursor.fetchall():

            def keep(fresh: bytes, key: int = key) -> None:
                cursor.execute(
                    "UPDATE procrastinate_jobs SET args = jsonb_set(args, '{box}', to_jsonb(%s::text))"
                    " WHERE id = %s",
                    [fresh.decode(), key],
                )

            tally.add(f"job {key}", box.encode(), keep)
