"""Workspaces that are older than work get the same kinds of work as new ones."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from tests import cast
from threadwell.kit import tenancy
from threadwell.record.work import shipped
from threadwell.record.work.models import WorkItemType, WorkStatus
from threadwell.record.workplace.models import Workspace

MIGRATION = import_module("threadwell.record.work.migrations.0003_fill_types")


def kinds_of(workspace: Workspace) -> list[tuple[object, ...]]:
    with tenancy.entered(workspace.pk):
        kinds = WorkItemType.objects.of(workspace).order_by("position")
        rows = kinds.values_list("name", "key", "icon", "number_format", "is_deal", "currency")
        statuses = WorkStatus.objects.of(workspace).order_by("type__position", "position")
        stations = statuses.values_list("type__key", "name", "key", "category", "colour")
        return [*rows, *stations]


@pytest.mark.django_db
def test_old_workspaces_get_what_new_ones_begin_with() -> None:
    old, new = cast.a_workspace("Old"), cast.a_workspace("New")
    with tenancy.entered(new.pk):
        shipped.make(new.pk)
    for _turn in range(2):  # it may be run again
        with connection.schema_editor() as editor:
            MIGRATION.fill(apps, editor)
    assert kinds_of(old) == kinds_of(new)
    assert len(kinds_of(old)) == 6 + 32
