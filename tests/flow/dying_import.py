"""An import in a process of its own, that is killed without a word after some batches."""

import os
import signal
import sys
from uuid import UUID

import django
from django.conf import settings
from django.db import connection

django.setup()

from threadwell.flow import moving_in  # noqa: E402 (Django first)
from threadwell.flow.carry import batches  # noqa: E402
from threadwell.record.imports.models import RecordImport  # noqa: E402

database, home, workspace_id, import_id, after = sys.argv[1:]
connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = database
settings.HOME = type(settings.HOME)(home)
batches.TOGETHER = 50


def told(state: RecordImport) -> None:
    if state.position >= int(after):
        os.kill(os.getpid(), signal.SIGKILL)


moving_in.step_on(UUID(workspace_id), UUID(import_id), tell=told)
