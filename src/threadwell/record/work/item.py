"""WorkItem: an order, a claim, a project, a deal: one piece of work, of ours or of another system."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, Self, override
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threadwell.kit import clock
from threadwell.kit.errors import DomainError, Invalid
from threadwell.kit.tenancy import Owned, OwnedQuerySet, WorkspaceKey
from threadwell.record.journal.telling import tell
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.people.one import root_of
from threadwell.record.work.types import WorkItemType, WorkStatus
from threadwell.record.workplace.models import Agent, Team

#: Sorts behind every real moment: work without a date stands last.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)

#: What `change` may be given.
FIELDS = (
    "title",
    "detail",
    "due_at",
    "amount",
    "currency",
    "contact",
    "organisation",
    "custom",
    "link",
)


class NotThere(DomainError):
    """Work of this kind does not go from its status to that one."""

    code = "no-such-transition"


class MovedMeanwhile(DomainError):
    """Somebody else moved it between looking and moving."""

    code = "moved-meanwhile"


class NumberTaken(DomainError):
    """Another piece of work has this number."""

    code = "number-taken"


class WorkItems(OwnedQuerySet["WorkItem"]):
    """Named readings of the work."""

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def late(self, *, now: datetime) -> Self:
        return self.open().filter(due_at__lt=now)


class WorkItem(Owned):
    """One piece of work."""

    type = WorkspaceKey(WorkItemType)
    #: in capitals; compared byte by byte, so that what begins with some letters is found by the index
    number = models.CharField(max_length=60, db_collation="C")
    title = models.CharField(gettext_lazy("title"), max_length=300)
    detail = models.TextField(gettext_lazy("description"), default="", blank=True)
    status = WorkspaceKey(WorkStatus)
    owner = WorkspaceKey(Agent, null=True, blank=True)
    team = WorkspaceKey(Team, null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    due_order = models.GeneratedField(
        expression=Coalesce("due_at", Value(NEVER)), output_field=models.DateTimeField(), db_persist=True
    )
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="", blank=True)
    contact = WorkspaceKey(Contact, null=True, blank=True)
    organisation = WorkspaceKey(Organisation, null=True, blank=True)
    custom = models.JSONField(default=dict, blank=True)  #: key of a custom field: its value
    system = models.CharField(max_length=60, default="", blank=True)  #: whose it is, when it is a mirror
    external_id = models.CharField(max_length=200, default="", blank=True)
    link = models.URLField(max_length=1000, default="", blank=True)
    seen_status = models.CharField(max_length=120, default="", blank=True)  #: in that system's own words
    seen_at = models.DateTimeField(null=True, blank=True)  #: the mirror shows it as it was then
    made_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = WorkItems.as_manager()

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "number"], name="work_item_number"),
            models.UniqueConstraint(
                fields=["workspace", "system", "external_id"],
                condition=~Q(system=""),
                name="work_item_mirrored_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "due_order", "id"], condition=Q(closed_at=None), name="work_item_open"
            ),
            models.Index(
                fields=["workspace", "owner", "due_order", "id"],
                condition=Q(closed_at=None),
                name="work_item_mine",
            ),
            models.Index(
                fields=["workspace", "team", "due_order", "id"],
                condition=Q(closed_at=None),
                name="work_item_team",
            ),
            models.Index(fields=["workspace", "type", "status", "due_order", "id"], name="work_item_board"),
            models.Index(fields=["workspace", "status"], name="work_item_by_status"),
            models.Index(fields=["workspace", "changed_at", "id"], name="work_item_newest"),
            models.Index(
                fields=["workspace", "external_id"], condition=~Q(system=""), name="work_item_by_external_id"
            ),
            models.Index(fields=["workspace", "contact", "changed_at"], name="work_item_by_contact"),
            models.Index(
                fields=["workspace", "organisation", "changed_at"], name="work_item_by_organisation"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.number

    @property
    def customer(self) -> Contact | None:
        """The contact, or the one that stands for it since they were merged."""
        return root_of(self.contact) if self.contact else None

    @property
    def firm(self) -> Organisation | None:
        """The organisation, or the one that stands for it."""
        return root_of(self.organisation) if self.organisation else None

    @property
    def is_late(self) -> bool:
        return self.closed_at is None and self.due_at is not None and self.due_at < clock.now()

    @classmethod
    def open_one(
        cls,
        kind: WorkItemType,
        title: str,
        *,
        by: Agent | None,
        status: WorkStatus | None = None,
        number: str = "",
        because: str = "",
        **facts: Any,
    ) -> "WorkItem":
        """Begin a piece of work, in the first status of its type unless another one is named."""
        begins = _standing(status) if status else _first(kind)
        if begins.type_id != kind.pk:
            raise Invalid(_("This status belongs to another kind of work."))
        facts = checked(facts)
        contact = facts.get("contact")
        if contact is not None and facts.get("organisation") is None:
            facts["organisation"] = contact.organisation
        item = cls(workspace_id=kind.workspace_id, type=kind, status=begins, title=titled(title), **facts)
        if item.amount is not None and not item.currency:
            item.currency = kind.currency
        item.closed_at = None if begins.is_open else clock.now()
        item.number = number.strip().upper()
        item._keep(kind)
        tell(
            item,
            "work_item.opened",
            by=by,
            number=item.number,
            title=item.title,
            type=kind.key,
            status=begins.name,
            because=because,
        )
        return item

    def move(self, to: WorkStatus, *, by: Agent | None, seen: UUID | None = None, because: str = "") -> bool:
        """Go on to another status of its type; says whether anything changed.

        ``seen`` is the status the mover saw it in: when it stands elsewhere by now, nothing is moved.
        """
        to = _standing(to)
        self._hold()
        if self.status_id == to.pk:
            return False
        if seen is not None and self.status_id != seen:
            raise MovedMeanwhile(
                _("Somebody has moved %(number)s to “%(status)s” meanwhile.")
                % {"number": self.number, "status": self.status.name}
            )
        if to.type_id != self.type_id:
            raise Invalid(_("This status belongs to another kind of work."))
        self._refuse_unless_leading_to(to)
        self.turn(to, by=by, because=because)
        return True

    def turn(self, to: WorkStatus, *, by: Agent | None, because: str = "") -> None:
        """Stand in that status, whatever may follow what: a system of record, an undo, a status that goes."""
        before, self.status = self.status, to
        self.changed_at = clock.now()
        self.closed_at = None if to.is_open else self.closed_at or clock.now()
        self.save(update_fields=["status", "changed_at", "closed_at"])
        tell(
            self,
            "work_item.moved",
            by=by,
            number=self.number,
            status=str(to.pk),
            status_name=to.name,
            before=str(before.pk),
            before_name=before.name,
            because=because,
        )

    def assign(self, owner: Agent | None, *, by: Agent | None, because: str = "") -> bool:
        before = self.owner_id
        if before == (owner.pk if owner else None):
            return False
        self.owner = owner
        self._save("owner")
        tell(
            self,
            "work_item.assigned" if owner else "work_item.unassigned",
            by=by,
            number=self.number,
            owner=str(owner.pk) if owner else None,
            owner_name=owner.name if owner else "",
            before=str(before) if before else None,
            because=because,
        )
        return True

    def pass_to(self, team: Team | None, *, by: Agent | None, because: str = "") -> bool:
        before = self.team_id
        if before == (team.pk if team else None):
            return False
        self.team = team
        self._save("team")
        tell(
            self,
            "work_item.passed",
            by=by,
            number=self.number,
            team=str(team.pk) if team else None,
            team_name=team.name if team else "",
            before=str(before) if before else None,
            because=because,
        )
        return True

    def change(self, *, by: Agent | None, because: str = "", **facts: Any) -> list[str]:
        """Give it other values; the names of those that changed."""
        if unknown := facts.keys() - set(FIELDS):
            raise TypeError(f"a work item has its own verbs for {sorted(unknown)}")
        facts = checked(facts)
        names = [name for name in FIELDS if name in facts and getattr(self, name) != facts[name]]
        if not names:
            return []
        before = {name: _told(getattr(self, name)) for name in names}
        for name in names:
            setattr(self, name, facts[name])
        self._save(*names)
        after = {name: _told(getattr(self, name)) for name in names}
        tell(
            self,
            "work_item.changed",
            by=by,
            number=self.number,
            fields=names,
            before=before,
            after=after,
            because=because,
        )
        return names

    def may_go_to(self) -> list[WorkStatus]:
        """The statuses that may follow its own."""
        every = self.type.statuses()
        here = next((one for one in every if one.pk == self.status_id), self.status)
        return [one for one in every if here.may_lead_to(one)]

    def _refuse_unless_leading_to(self, to: WorkStatus) -> None:
        if self.status.may_lead_to(to):
            return
        ways = ", ".join(f"“{one.name}”" for one in self.may_go_to())
        here = {"status": self.status.name, "to": to.name, "ways": ways}
        if not ways:
            raise NotThere(_("Nothing follows “%(status)s”: it cannot go to “%(to)s”.") % here)
        raise NotThere(_("From “%(status)s” it cannot go to “%(to)s”. It can go to %(ways)s.") % here)

    def _hold(self) -> None:
        """Nobody else moves it until this transaction ends; see it as it is now."""
        # Without joins: a row that was changed while we waited would not find its old status again.
        rows = type(self).objects.of(self.workspace_id).filter(pk=self.pk)
        now: WorkItem = rows.select_for_update().get()
        self.status, self.closed_at = now.status, now.closed_at

    def _keep(self, kind: WorkItemType) -> None:
        if self.number:
            try:
                with transaction.atomic():
                    self.save(force_insert=True)
            except IntegrityError as taken:
                raise number_taken(self.number) from taken
            return
        self.number = free_number(kind)
        self.save(force_insert=True)

    def _save(self, *fields: str) -> None:
        self.changed_at = clock.now()
        self.save(update_fields=[*fields, "changed_at"])


def free_number(kind: WorkItemType) -> str:
    """The next number of the type; a mirrored one may bear it already, given by its own system."""
    every = WorkItem.objects.of(kind.workspace_id)
    number = kind.next_number()
    while every.filter(number=number).exists():
        number = kind.next_number()
    return number


def checked(facts: dict[str, Any]) -> dict[str, Any]:
    """Values as they are kept; refused when one of them cannot be."""
    kept = dict(facts)
    if "title" in kept:
        kept["title"] = titled(kept["title"])
    if kept.get("link") and not re.fullmatch(r"https?://[^\s\x00]{1,990}", kept["link"]):
        raise Invalid(_("A link begins with https:// or http://."))
    if kept.get("currency") and not re.fullmatch(r"[A-Z]{3}", kept["currency"]):
        raise Invalid(_("A currency has three letters, such as EUR."))
    return kept


def titled(text: str) -> str:
    """A title as it is kept: one line, not longer than fits."""
    title = " ".join(text.replace("\0", " ").split())
    if not title:
        raise Invalid(_("Give it a title."))
    if len(title) > 300:
        raise Invalid(_("A title has at most 300 characters; the rest belongs in the description."))
    return title


def number_taken(number: str) -> NumberTaken:
    return NumberTaken(_("Another piece of work has the number %(number)s.") % {"number": number})


def _first(kind: WorkItemType) -> WorkStatus:
    for status in kind.statuses():
        if status.is_open:
            return _standing(status)
    raise Invalid(_("“%(type)s” has no status to begin in.") % {"type": kind})


def _standing(status: WorkStatus) -> WorkStatus:
    """The status, and that it stays until this transaction ends."""
    rows = WorkStatus.objects.of(status.workspace_id).filter(pk=status.pk)
    found: WorkStatus | None = rows.select_for_update(no_key=True).first()
    if found is None:
        raise Invalid(_("The status “%(status)s” is gone. Load the page again.") % {"status": status})
    return found


def _told(value: Any) -> Any:
    """A value as the journal keeps it."""
    match value:
        case models.Model():
            return str(value)
        case datetime():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return value
