"""Removal: a whole workspace goes, with every row and every file.

In:    a workspace
Out:   nothing is left of it; people who had their seat only there are gone too
Touch: every table that belongs to a workspace; the directories across workspaces; blobs
"""

from functools import partial
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from threadwell.kit import blobs, tenancy
from threadwell.kit.tenancy import Owned
from threadwell.record.workplace.models import Agent, User, Workspace


def remove(workspace: Workspace) -> None:
    """Delete it, all of it or nothing. The files go last: those of a workspace nobody has harm nobody."""
    workspace_id = workspace.pk
    with tenancy.entered(workspace_id):
        people = set(Agent.objects.of(workspace).values_list("user_id", flat=True))
        for model in apps.get_models():
            _empty(model, workspace)
        _forget_jobs(workspace)
        Workspace.objects.filter(pk=workspace_id).delete()
        for user in User.objects.filter(pk__in=people):
            _dismiss(user)
        transaction.on_commit(partial(blobs.forget_all, workspace_id))


def _empty(model: Any, workspace: Workspace) -> None:
    if issubclass(model, Owned) and _goes_by_itself(model):
        return
    if issubclass(model, Owned):
        rows = model.objects.of(workspace)
    elif any(field.related_model is Workspace for field in model._meta.concrete_fields):
        rows = model.objects.filter(workspace_id=workspace.pk)
    else:
        return
    # Keys between tables are checked when the transaction is kept, so the order does not matter.
    rows._raw_delete(rows.db)


def _goes_by_itself(model: type[Owned]) -> bool:
    """What nobody may delete goes with its workspace, by the database's own hand."""
    return model._meta.get_field("workspace").remote_field.on_delete is models.DB_CASCADE


def _forget_jobs(workspace: Workspace) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE status = 'todo' AND args ->> 'workspace_id' = %s",
            [str(workspace.pk)],
        )


def _dismiss(user: User) -> None:
    with tenancy.known_as(user.pk):
        seats = Agent.objects.everywhere(because="somebody who works elsewhere too stays").filter(user=user)
        if not seats.exists():
            user.delete()
