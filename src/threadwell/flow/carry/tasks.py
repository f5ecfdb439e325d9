"""Tasks: rows of things to do become tasks, or say something new about those that are here.

In:    rows, the House they are read by
Out:   Things to do (checked); a Tally of what was written
Touch: Task, Origin; contacts and organisations that a row names
Never: an event or a reminder for a row

A row without a number is known again by what it says: the same row again is the same task.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self
from uuid import UUID

from django.utils.translation import gettext as _

from threadwell.flow.carry import firms, shared, values
from threadwell.flow.carry.callers import Caller
from threadwell.flow.carry.firms import Named
from threadwell.flow.carry.slips import House, Said, Tally
from threadwell.flow.carry.whom import Whom, caller_of
from threadwell.kit import ids
from threadwell.record.commitments.models import Task
from threadwell.record.imports.models import ImportedRecord, Origin
from threadwell.record.work.models import WorkItem

KIND = "task"
NOTE = 5000  #: letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One row, understood as far as it stands alone."""

    said: Said
    external_id: str
    facts: dict[str, Any]  #: columns of the task
    work: str  #: the number of a piece of work, ours or the other system's
    caller: Caller | None
    organisation: Named | None


def read(said: Said, house: House) -> Thing | None:
    """What a row says; nothing when it cannot be used, then ``said`` knows why."""
    told = shared.values_of(said, house, None)
    moment = partial(shared.moment_of, said, house)
    facts: dict[str, Any] = {
        "title": said.read("title", partial(values.shortened, most=300), ""),
        "due_at": moment("due_at", may_lie_ahead=True),
        "made_at": moment("made_at"),
        "done_at": moment("done_at"),
        "done_note": said.read("done_note", partial(values.shortened, most=NOTE), ""),
        "owner_id": UUID(told["owner"]) if told.get("owner") else house.owner_id,
    }
    if not facts["title"] and not said.problems:
        said.refuse("title", _("It does not say what is to be done."))
    keys = shared.caller_keys(said, house)
    external_id = said.read("external_id", partial(values.shortened, most=200), "")
    if said.problems:
        return None
    return Thing(
        said=said,
        external_id=external_id or _print_of(facts, keys),
        facts={name: value for name, value in facts.items() if value not in (None, "")},
        work=said.read("work", partial(values.shortened, most=200), ""),
        caller=caller_of(said, keys),
        organisation=firms.named(said, "organisation", "organisation_id"),
    )


def known(house: House, batch: Sequence[Thing]) -> int:
    """How many of the batch are here already."""
    here = _here(house, batch)
    return sum(one.external_id in here for one in batch)


def write(house: House, batch: Sequence[Thing]) -> Tally:
    """Write a batch, in the current transaction."""
    bench = _Bench.of(house, batch)
    whom = Whom.of(house, batch)
    tally = Tally()
    for one in batch:
        facts = whom.facts_of(one)
        if one.work and one.work.casefold() not in bench.works:
            one.said.refuse("work", _("There is no piece of work with this number."))
            tally.refused += one.said.refusals
            continue
        if one.work:
            facts["work_item_id"] = bench.works[one.work.casefold()]
        if one.external_id not in bench.tasks:
            bench.make(one, facts, house)
            tally.made += 1
        elif bench.change(one, facts):
            tally.changed += 1
        else:
            tally.same += 1
    whom.write()
    bench.write(house)
    return tally


@dataclass(slots=True, kw_only=True)
class _Bench:
    """The tasks a batch is about; grows while it is gone through."""

    tasks: dict[str, Task]
    works: dict[str, UUID]
    new: dict[str, Task] = field(default_factory=dict)
    before: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, house: House, batch: Sequence[Thing]) -> Self:
        return cls(tasks=_here(house, batch), works=_works(house, {one.work for one in batch if one.work}))

    def make(self, one: Thing, facts: dict[str, Any], house: House) -> None:
        task = Task(id=ids.new(), workspace_id=house.workspace_id, zone=str(house.zone), **facts)
        task.made_by_id = house.by_id
        self.tasks[one.external_id] = self.new[one.external_id] = task

    def change(self, one: Thing, facts: dict[str, Any]) -> bool:
        """What the row says anew about a task that is here; whether that is anything."""
        task = self.tasks[one.external_id]
        wanted = {name: value for name, value in facts.items() if name != "made_at"}
        news = {name: value for name, value in wanted.items() if getattr(task, name) != value}
        for name, value in news.items():
            if one.external_id not in self.new:
                self.before.setdefault(task.pk, {}).setdefault(name, getattr(task, name))
            setattr(task, name, value)
        return bool(news)

    def write(self, house: House) -> None:
        Task.objects.bulk_create(self.new.values())
        Origin.objects.bulk_create(
            Origin(
                workspace_id=house.workspace_id,
                kind=KIND,
                system=house.system,
                external_id=number,
                about=task.pk,
                record_import_id=house.import_id,
            )
            for number, task in self.new.items()
        )
        self._note(house, KIND, {task.pk: None for task in self.new.values()})
        changed = [task for task in self.tasks.values() if task.pk in self.before]
        for task in changed:
            task.save(update_fields=[Task._meta.get_field(name).name for name in self.before[task.pk]])
        self._note(house, "task_values", self.before)

    def _note(self, house: House, kind: str, before: dict[UUID, Any]) -> None:
        """What was written, and for what was here what it was: so that it can be taken back."""
        tasks = {task.pk: task for task in self.tasks.values()}
        ImportedRecord.objects.bulk_create(
            ImportedRecord(
                workspace_id=house.workspace_id,
                record_import_id=house.import_id,
                kind=kind,
                about=key,
                before=was,
                after={name: getattr(tasks[key], name) for name in was or STATE},
            )
            for key, was in before.items()
        )


#: What tells whether somebody has changed a task since it came.
STATE = ("title", "due_at", "owner_id", "done_at", "withdrawn_at")


def _here(house: House, batch: Sequence[Thing]) -> dict[str, Task]:
    origins = Origin.objects.of(house.workspace_id).filter(
        kind=KIND, system=house.system, external_id__in=[one.external_id for one in batch]
    )
    numbers = {about: number for number, about in origins.values_list("external_id", "about")}
    return {numbers[task.pk]: task for task in Task.objects.of(house.workspace_id).filter(pk__in=numbers)}


def _works(house: House, numbers: set[str]) -> dict[str, UUID]:
    items = WorkItem.objects.of(house.workspace_id)
    theirs = items.filter(system=house.system, external_id__in=numbers)
    ours = items.filter(number__in={one.upper() for one in numbers})
    found = {number.casefold(): key for number, key in theirs.values_list("external_id", "pk")}
    return found | {number.casefold(): key for number, key in ours.values_list("number", "pk")}


def _print_of(facts: dict[str, Any], keys: dict[shared.Key, str]) -> str:
    told = [facts["title"], facts["due_at"], facts["made_at"], sorted(keys)]
    return f"row-{hashlib.sha256(repr(told).encode()).hexdigest()[:40]}"
