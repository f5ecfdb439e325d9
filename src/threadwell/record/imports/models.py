"""RecordImport and what hangs on it: a table that is taken in, row by row, and can be taken back."""

from pathlib import Path
from typing import Any, override

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.journal.telling import tell
from threadwell.record.workplace.models import Agent


class RecordImport(Owned):
    """A table of contacts, organisations or past interactions that is taken in, and how far it is."""

    class Kind(models.TextChoices):
        CONTACTS = "contacts", _("Contacts")
        ORGANISATIONS = "organisations", _("Organisations")
        INTERACTIONS = "interactions", _("Past interactions")
        WORK = "work", _("Work items")
        TASKS = "tasks", _("Tasks")

    class State(models.TextChoices):
        MAPPING = "mapping", _("columns are being assigned")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked")
        RUNNING = "running", _("being taken in")
        DONE = "done", _("taken in")
        UNDOING = "undoing", _("being taken back")
        UNDONE = "undone", _("taken back")
        FAILED = "failed", _("stopped")

    kind = models.CharField(max_length=16, choices=Kind)
    name = models.CharField(max_length=255)  #: of the file
    state = models.CharField(max_length=10, choices=State, default=State.MAPPING)
    because = models.CharField(max_length=500, default="", blank=True)  #: why it stopped
    layout = models.JSONField(default=dict)  #: form, encoding, delimiter, header, total
    mapping = models.JSONField(default=list)  #: for each column the field it is, or ""
    options = models.JSONField(default=dict)  #: system, match, dates, zone, inbox, organisation, owner
    position = models.BigIntegerField(default=0)  #: rows that are done, of the step that is under way
    made = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    same = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    undone = models.BigIntegerField(default=0)  #: what was taken back
    kept = models.BigIntegerField(default=0)  #: what could not be: it was used or changed since
    by = WorkspaceKey(Agent, null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)
    begun_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)  #: when somebody was last at it

    class Meta(Owned.Meta):
        indexes = [models.Index(fields=["workspace", "made_at"], name="record_import_by_time")]

    @override
    def __str__(self) -> str:
        return self.name

    @property
    def total(self) -> int:
        return int(self.layout.get("total", 0))

    @property
    def rows_read(self) -> int:
        """As many as it has become of."""
        return self.made + self.changed + self.same + self.refused

    @property
    def is_under_way(self) -> bool:
        return self.state in (self.State.CHECKING, self.State.RUNNING, self.State.UNDOING)

    @property
    def path(self) -> Path:
        """Where the file lies until all of it is taken in."""
        return Path(settings.HOME) / "imports" / str(self.pk) / "table"

    def turn(self, state: "RecordImport.State", **facts: Any) -> None:
        """Go on to another step, with counts from nothing."""
        self.state, self.position, self.because = state, 0, ""
        if state in (self.State.CHECKING, self.State.RUNNING):
            self.made = self.changed = self.same = self.refused = 0
        for name, fact in facts.items():
            setattr(self, name, fact)
        self.save()

    def told(self, name: str, *, by: Agent | None = None, **facts: Any) -> None:
        tell(self, name, by=by, kind=self.kind, import_name=self.name, **facts)


class RefusedRow(Owned):
    """A row of a table that could not be taken in, or not all of it, and why."""

    record_import = WorkspaceKey(RecordImport)
    line = models.BigIntegerField()
    column = models.CharField(max_length=140, default="", blank=True)
    why = models.CharField(max_length=500)
    cells = models.JSONField(default=list)
    row_taken = models.BooleanField(default=False)  #: only this value was left out

    class Meta(Owned.Meta):
        indexes = [models.Index(fields=["workspace", "record_import", "line"], name="refused_row_by_import")]


class ImportedRecord(Owned):
    """An import made this record, or said these values; what `Origin` does not tell already."""

    record_import = WorkspaceKey(RecordImport)
    #: "contact", "organisation", "identity", "work_item": it was made; "values": a batch of Statements;
    #: "work_values", "task_values": a work item or a task was changed; "task": it was made
    kind = models.CharField(max_length=20)
    about = models.UUIDField()
    before = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)  #: of work that was changed
    after = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)

    class Meta(Owned.Meta):
        indexes = [
            models.Index(
                fields=["workspace", "record_import", "kind", "id"], name="imported_record_by_import"
            )
        ]


class Origin(Owned):
    """Which record of ours one of another system is; so that its rows can come again."""

    kind = models.CharField(max_length=20)  #: "contact", "organisation", "conversation", "message", "task"
    system = models.CharField(max_length=60)
    external_id = models.CharField(max_length=200)
    about = models.UUIDField()
    record_import = WorkspaceKey(RecordImport, null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "kind", "system", "external_id"], name="origin_external_id"
            )
        ]
        indexes = [
            models.Index(
                fields=["workspace", "record_import", "kind", "id"],
                condition=~Q(record_import=None),
                name="origin_by_import",
            ),
            models.Index(fields=["workspace", "about"], name="origin_about"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.system}: {self.external_id}"
