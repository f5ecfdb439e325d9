"""What was proposed about machines before they were left out is proposed no longer."""

import re
from typing import Any

from django.db import migrations

PART = re.compile(
    r"^(?:[\w.+-]*[._+-])?(?:mailer[-_.]?daemon|mail[-_.]?daemon|maildaemon|post[-_.]?master|mailer|bounces?"
    r"|(?:no|do[-_.]?not)[-_.]?reply|auto[-_.]?reply|notifications?|listserv|majordomo)(?:[._+=-].*)?$",
    re.IGNORECASE,
)
NAME = re.compile(
    r"^\W*(?:mail(?:er)?[- ]?(?:daemon|delivery (?:sub)?system|delivery service)|postmaster"
    r"|mail administrator|(?:no|do not)[- ]?reply)\W*$",
    re.IGNORECASE,
)


def fill(apps: Any, schema_editor: Any) -> None:
    for workspace in apps.get_model("workplace", "Workspace").objects.values_list("pk", flat=True):
        schema_editor.execute(f"SET LOCAL threadwell.workspace = '{workspace}'")
        opened = apps.get_model("people", "MergeProposal").objects.filter(
            workspace_id=workspace, kind="contact", state="open"
        )
        keys = {key for pair in opened.values_list("first", "second") for key in pair}
        machines = [key for key, name, known in _known(apps, workspace, keys) if is_machine(name, known)]
        opened.filter(first__in=machines).delete()
        opened.filter(second__in=machines).delete()


def _known(apps: Any, workspace: Any, keys: Any) -> Any:
    names = apps.get_model("people", "Contact").objects.filter(workspace_id=workspace, pk__in=keys)
    identities = apps.get_model("people", "Identity").objects.filter(
        workspace_id=workspace, contact_id__in=keys, kind__in=["email", "phone", "handle"]
    )
    known: dict[Any, list[str]] = {}
    for key, value in identities.values_list("contact_id", "value"):
        known.setdefault(key, []).append(value)
    for key, name in names.values_list("pk", "name"):
        yield key, name, known.get(key, [])


def is_machine(name: str, known: list[str]) -> bool:
    parts = [bool(PART.match(value.partition("@")[0])) for value in known]
    return bool(parts and all(parts)) or bool(NAME.match(name) and (not parts or any(parts)))


class Migration(migrations.Migration):
    dependencies = [("people", "0008_expand_finding"), ("workplace", "0001_begin")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
