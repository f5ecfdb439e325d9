"""Undoing: what an import made goes again, and what it changed is as it was.

In:    an import that is being taken back
Out:   how much of a piece of it went, and how much had to stay
Touch: everything an import writes
Never: what somebody has used, changed or added to since. That stays, and is counted as kept.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder

from threadwell.kit import references
from threadwell.kit.tenancy import Owned
from threadwell.record.commitments.models import Task
from threadwell.record.conversations.models import Conversation, Message, ReadMark, Viewing
from threadwell.record.imports.models import ImportedRecord, Origin, RecordImport
from threadwell.record.people import provenance
from threadwell.record.people.models import (
    Contact,
    Identity,
    Membership,
    MergeProposal,
    Organisation,
    Preference,
    Statement,
)
from threadwell.record.work.models import WorkItem
from threadwell.record.workplace.models import Agent

TOGETHER = 1000
#: What is nothing without a conversation, and without a contact or an organisation.
OF_CONVERSATION: tuple[type[Owned], ...] = (ReadMark, Viewing)
OF_ACCOUNT: tuple[type[Owned], ...] = (Identity, Membership, MergeProposal, Preference, Statement)


def some(state: RecordImport, *, by: Agent | None) -> tuple[int, int] | None:
    """Take a piece back; how much went and how much stays, or nothing when all is done."""
    for kind, take in (("message", _messages), ("conversation", _conversations)):
        rows = Origin.objects.of(state.workspace_id).filter(record_import=state, kind=kind)
        if piece := list(rows.order_by("id")[:TOGETHER]):
            return take(state, piece)
    records = ImportedRecord.objects.of(state.workspace_id).filter(record_import=state)
    for kind, turn in _RECORDS.items():
        if done := list(records.filter(kind=kind).order_by("-id")[: 1 if kind == "values" else TOGETHER]):
            return turn(state, done, by)
    return None


def _messages(state: RecordImport, piece: list[Origin]) -> tuple[int, int]:
    keys = {one.about for one in piece}
    gone = keys - references.pointed_at(Message, state.workspace_id, keys)
    rows = Message.objects.of(state.workspace_id).filter(pk__in=gone)
    homes = set(rows.values_list("conversation_id", flat=True))
    rows.delete()
    # What the import itself made goes next and need not be counted anew.
    made = Origin.objects.of(state.workspace_id).filter(record_import=state, kind="conversation")
    homes -= set(made.filter(about__in=homes).values_list("about", flat=True))
    _recount(state, homes)
    return _settled(state, piece, gone)


def _conversations(state: RecordImport, piece: list[Origin]) -> tuple[int, int]:
    keys = {one.about for one in piece}
    gone = keys - references.pointed_at(Conversation, state.workspace_id, keys, but=OF_CONVERSATION)
    references.drop_parts(Conversation, state.workspace_id, gone, OF_CONVERSATION)
    Conversation.objects.of(state.workspace_id).filter(pk__in=gone).delete()
    _recount(state, keys - gone)
    return _settled(state, piece, gone)


def _recount(state: RecordImport, keys: Collection[UUID]) -> None:
    """They say again what their messages say; only who waits stays as it is."""
    for conversation in Conversation.objects.of(state.workspace_id).filter(pk__in=keys).order_by("pk"):
        waits, last_word = conversation.waiting_since, conversation.last_word
        conversation.recount()
        conversation.waiting_since, conversation.last_word = waits, last_word
        conversation.save(update_fields=["waiting_since", "last_word"])


def _settled(state: RecordImport, piece: Sequence[Origin], gone: Collection[UUID]) -> tuple[int, int]:
    """What is gone is forgotten; what stays is the import's no longer, and still known by its number."""
    rows = Origin.objects.of(state.workspace_id)
    rows.filter(pk__in=[one.pk for one in piece if one.about in gone]).delete()
    rows.filter(pk__in=[one.pk for one in piece if one.about not in gone]).update(record_import=None)
    return len(gone), len(piece) - len(gone)


def _values(state: RecordImport, done: list[ImportedRecord], by: Agent | None) -> tuple[int, int]:
    taken = provenance.take_back(state.workspace_id, done[0].about, by=by)
    _forget(done)
    return taken.restored, taken.kept


def _identities(state: RecordImport, done: list[ImportedRecord], _by: Agent | None) -> tuple[int, int]:
    """Those that were added to somebody go now; the others go or stay with the contact that was made."""
    keys = {one.about for one in done}
    rows = Identity.objects.of(state.workspace_id).filter(pk__in=keys)
    owners: dict[UUID, list[UUID]] = defaultdict(list)
    for key, contact_id in rows.values_list("pk", "contact_id"):
        owners[contact_id].append(key)
    new = ImportedRecord.objects.of(state.workspace_id).filter(record_import=state, kind="contact")
    with_contact = set(new.filter(about__in=owners).values_list("about", flat=True))
    used = references.pointed_at(Identity, state.workspace_id, keys)
    added = {key for owner, held in owners.items() if owner not in with_contact for key in held}
    rows.filter(pk__in=added - used).delete()
    _forget(done)
    return len(added - used), len(added & used)


def _contacts(state: RecordImport, done: list[ImportedRecord], _by: Agent | None) -> tuple[int, int]:
    return _accounts(Contact, state, done)


def _organisations(state: RecordImport, done: list[ImportedRecord], _by: Agent | None) -> tuple[int, int]:
    return _accounts(Organisation, state, done)


def _accounts(kind: Any, state: RecordImport, done: list[ImportedRecord]) -> tuple[int, int]:
    keys = {one.about for one in done}
    used = references.pointed_at(kind, state.workspace_id, keys, but=OF_ACCOUNT) | _touched(kind, state, keys)
    gone = keys - used
    references.drop_parts(kind, state.workspace_id, gone, OF_ACCOUNT)
    kind.objects.of(state.workspace_id).filter(pk__in=gone).delete()
    origins = Origin.objects.of(state.workspace_id)
    origins.filter(about__in=gone).delete()
    origins.filter(about__in=used, record_import=state).update(record_import=None)
    _forget(done)
    return len(gone), len(used)


def _touched(kind: Any, state: RecordImport, keys: Collection[UUID]) -> set[UUID]:
    """Those that are merged, or of which somebody has said something else since."""
    rows = kind.objects.of(state.workspace_id).filter(pk__in=keys)
    merged = set(rows.exclude(one_with=None).values_list("pk", flat=True))
    about = "contact_id" if kind is Contact else "organisation_id"
    said = Statement.objects.of(state.workspace_id).filter(**{f"{about}__in": keys}, taken_back_at=None)
    return merged | set(said.exclude(batch=state.pk).values_list(about, flat=True))


def _work(state: RecordImport, done: list[ImportedRecord], _by: Agent | None) -> tuple[int, int]:
    keys = {one.about for one in done}
    gone = keys - references.pointed_at(WorkItem, state.workspace_id, keys)
    WorkItem.objects.of(state.workspace_id).filter(pk__in=gone).delete()
    _forget(done)
    return len(gone), len(keys) - len(gone)


def _tasks(state: RecordImport, done: list[ImportedRecord], _by: Agent | None) -> tuple[int, int]:
    """Tasks that nobody has done, changed or taken back since."""
    rows = Task.objects.of(state.workspace_id).filter(pk__in=[one.about for one in done])
    there = {task.pk: task for task in rows}
    gone = {
        one.about
        for one in done
        if (task := there.get(one.about))
        and all(_plain(getattr(task, name)) == value for name, value in (one.after or {}).items())
    }
    gone -= references.pointed_at(Task, state.workspace_id, gone)
    Task.objects.of(state.workspace_id).filter(pk__in=gone).delete()
    origins = Origin.objects.of(state.workspace_id).filter(kind="task")
    origins.filter(about__in=gone).delete()
    origins.filter(about__in=there.keys() - gone, record_import=state).update(record_import=None)
    _forget(done)
    return len(gone), len(there) - len(gone)


def _work_values(state: RecordImport, done: list[ImportedRecord], _by: Agent | None) -> tuple[int, int]:
    return _restored(WorkItem, state, done)


def _task_values(state: RecordImport, done: list[ImportedRecord], _by: Agent | None) -> tuple[int, int]:
    return _restored(Task, state, done)


def _restored(kind: Any, state: RecordImport, done: list[ImportedRecord]) -> tuple[int, int]:
    """What the import changed of rows that were here is as it was, unless somebody changed it since."""
    restored = kept = 0
    rows = kind.objects.of(state.workspace_id).filter(pk__in=[one.about for one in done]).order_by("pk")
    items = {item.pk: item for item in rows.select_for_update(of=("self",))}
    for one in done:
        item = items.get(one.about)
        if item is None or one.before is None or one.after is None:
            continue
        names = [name for name in one.after if _plain(getattr(item, name)) == _plain(one.after[name])]
        for name in names:
            setattr(item, name, kind._meta.get_field(name).to_python(one.before[name]))
        if names:
            item.save(update_fields=[kind._meta.get_field(name).name for name in names])
        restored += len(names)
        kept += len(one.after) - len(names)
    _forget(done)
    return restored, kept


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def _forget(done: list[ImportedRecord]) -> None:
    rows = ImportedRecord.objects.of(done[0].workspace_id)
    rows.filter(pk__in=[one.pk for one in done]).delete()


#: In this order: what was said about others, then what hangs on others, then the others.
_RECORDS = {
    "task_values": _task_values,
    "task": _tasks,
    "work_values": _work_values,
    "work_item": _work,
    "values": _values,
    "identity": _identities,
    "contact": _contacts,
    "organisation": _organisations,
}
