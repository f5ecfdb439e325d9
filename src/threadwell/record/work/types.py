"""WorkItemType and WorkStatus: the kinds of work a firm does, and the stations of each."""

from collections.abc import Iterable, Sequence
from typing import Any, override
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.db.models.functions import Lower
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threadwell.kit import clock, ids
from threadwell.kit.errors import DomainError, Invalid
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.journal.telling import tell
from threadwell.record.work import numbering
from threadwell.record.workplace.models import Agent

MOST_STATUSES = 20  #: of a type; a board with more cannot be read


class NameTaken(Invalid):
    """Another type, or another status of the type, has this name."""

    code = "name-taken"


class LastStatus(DomainError):
    """A type keeps a status in which work is open, and one in which it is not."""

    code = "last-status"


class WorkItemType(Owned):
    """A kind of work: order, case, claim, deal; with its own statuses and its own numbers."""

    name = models.CharField(gettext_lazy("name"), max_length=60)
    key = models.SlugField(max_length=60)  #: what programs call it; stays the same when the name changes
    icon = models.CharField(max_length=30, default="package")
    number_format = models.CharField(gettext_lazy("numbers"), max_length=60)
    last_number = models.BigIntegerField(default=0)
    is_deal = models.BooleanField(default=False)  #: an amount belongs to each, and columns are added up
    currency = models.CharField(max_length=3, default="EUR")  #: what new ones begin with
    position = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(default=clock.now)
    archived_at = models.DateTimeField(null=True, blank=True)  #: no new ones are begun since then

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint("workspace", Lower("name"), name="work_type_name"),
            models.UniqueConstraint(fields=["workspace", "key"], name="work_type_key"),
        ]

    @override
    def __str__(self) -> str:
        return self.name

    @classmethod
    def make(
        cls,
        workspace_id: UUID,
        name: str,
        *,
        number_format: str,
        statuses: Iterable[dict[str, Any]],
        by: Agent | None,
        **facts: Any,
    ) -> "WorkItemType":
        """A new kind of work, with the statuses it begins with."""
        name = named(name)
        last = cls.objects.of(workspace_id).aggregate(last=models.Max("position"))["last"]
        made = cls(
            workspace_id=workspace_id,
            name=name,
            key=_key(name, cls.objects.of(workspace_id)),
            number_format=numbering.checked(number_format),
            position=0 if last is None else last + 1,
            **facts,
        )
        save_named(made)
        WorkStatus.objects.bulk_create(
            WorkStatus(workspace_id=workspace_id, type=made, position=place, **status)
            for place, status in enumerate(statuses)
        )
        tell(made, "work_type.made", by=by, type_name=name)
        return made

    def change(self, *, by: Agent | None, **facts: Any) -> bool:
        """Call it, number it or show it otherwise; says whether anything changed."""
        if "name" in facts:
            facts["name"] = named(facts["name"])
        if "number_format" in facts:
            facts["number_format"] = numbering.checked(facts["number_format"])
        before = {name: getattr(self, name) for name, value in facts.items() if getattr(self, name) != value}
        if not before:
            return False
        for name in before:
            setattr(self, name, facts[name])
        save_named(self, update_fields=list(before))
        after = {name: facts[name] for name in before}
        tell(self, "work_type.changed", by=by, before=before, after=after)
        return True

    def archive(self, *, by: Agent | None) -> bool:
        """No new ones from now on; those that are there stay and go on."""
        if self.archived_at:
            return False
        self.archived_at = clock.now()
        self.save(update_fields=["archived_at"])
        tell(self, "work_type.archived", by=by, type_name=self.name)
        return True

    def bring_back(self, *, by: Agent | None) -> bool:
        if not self.archived_at:
            return False
        self.archived_at = None
        self.save(update_fields=["archived_at"])
        tell(self, "work_type.brought_back", by=by, type_name=self.name)
        return True

    def next_number(self) -> str:
        """The number of the next one. Whoever makes two at once stands in line here, so none is left out."""
        mine = type(self).objects.of(self.workspace_id).filter(pk=self.pk)
        mine.update(last_number=F("last_number") + 1)
        number: int = mine.values_list("last_number", flat=True).get()
        return numbering.written(self.number_format, number, year=clock.now().year)

    def statuses(self) -> "list[WorkStatus]":
        """Its statuses, in their order."""
        every = WorkStatus.objects.of(self.workspace_id).filter(type_id=self.pk)
        return list(every.order_by("position", "pk"))

    def add_status(self, name: str, *, category: str, colour: str, by: Agent | None) -> "WorkStatus":
        name, known = named(name), self.statuses()
        if len(known) >= MOST_STATUSES:
            raise Invalid(_("A type has at most %(most)s statuses.") % {"most": MOST_STATUSES})
        rows = WorkStatus.objects.of(self.workspace_id).filter(type_id=self.pk)
        # Behind those of its category, so that open ones stand before done ones.
        place = sum(1 for one in known if _RANK[one.category] <= _RANK[category])
        rows.filter(position__gte=place).update(position=F("position") + 1)
        made = WorkStatus(
            workspace_id=self.workspace_id,
            type=self,
            name=name,
            key=_key(name, rows),
            category=category,
            colour=colour,
            position=place,
        )
        save_named(made)
        tell(self, "work_type.status_added", by=by, status=name, category=category)
        return made

    def order_statuses(self, keys: Sequence[UUID], *, by: Agent | None) -> bool:
        """Stand in this order; those that are not named stand behind."""
        known = self.statuses()
        wanted = {key: place for place, key in enumerate(keys)}
        ordered = sorted(known, key=lambda one: wanted.get(one.pk, len(keys) + one.position))
        if ordered == known:
            return False
        for place, one in enumerate(ordered):
            one.position = place
        WorkStatus.objects.of(self.workspace_id).bulk_update(ordered, ["position"])
        tell(self, "work_type.ordered", by=by, statuses=[one.name for one in ordered])
        return True


class WorkStatus(Owned):
    """A station of a kind of work."""

    class Category(models.TextChoices):
        OPEN = "open", gettext_lazy("Open")
        DONE = "done", gettext_lazy("Done")
        CANCELLED = "cancelled", gettext_lazy("Cancelled")

    class Colour(models.TextChoices):
        PLAIN = "plain", gettext_lazy("grey")
        OURS = "ours", gettext_lazy("blue")
        GOOD = "good", gettext_lazy("green")
        SOON = "soon", gettext_lazy("yellow")
        LATE = "late", gettext_lazy("red")
        AUTO = "auto", gettext_lazy("violet")

    type = WorkspaceKey(WorkItemType)
    name = models.CharField(gettext_lazy("name"), max_length=60)
    key = models.SlugField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    category = models.CharField(max_length=9, choices=Category, default=Category.OPEN)
    colour = models.CharField(max_length=5, choices=Colour, default=Colour.PLAIN)
    #: keys of the statuses that may follow; nothing: any of them
    leads_to = ArrayField(models.UUIDField(), null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint("workspace", "type", Lower("name"), name="work_status_name"),
            models.UniqueConstraint(fields=["workspace", "type", "key"], name="work_status_key"),
        ]

    @override
    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.category == self.Category.OPEN

    def may_lead_to(self, other: "WorkStatus") -> bool:
        """Whether work may go from here to there."""
        return other.pk != self.pk and (self.leads_to is None or other.pk in self.leads_to)

    def refuse_to_be_missed(self, *, becomes: str = "") -> None:
        """A type needs a status to begin in, and one to end in."""
        others = [one.category for one in self.type.statuses() if one.pk != self.pk] + [becomes]
        if self.Category.OPEN not in others:
            raise LastStatus(_("A type needs a status in which work is open: new work begins there."))
        if not {self.Category.DONE, self.Category.CANCELLED} & set(others):
            raise LastStatus(_("A type needs a status in which work is done: else nothing ever ends."))


_RANK: dict[str, int] = {
    WorkStatus.Category.OPEN: 0,
    WorkStatus.Category.DONE: 1,
    WorkStatus.Category.CANCELLED: 2,
}


def named(text: str) -> str:
    """A name as it is kept."""
    name = " ".join(text.split())[:60]
    if not name:
        raise Invalid(_("Give it a name."))
    return name


def save_named(row: models.Model, **how: Any) -> None:
    try:
        with transaction.atomic():
            row.save(**how)
    except IntegrityError as taken:
        raise NameTaken(_("There is one called “%(name)s” already.") % {"name": row}) from taken


def _key(name: str, known: Any) -> str:
    """What programs call it: made of its first name, and not used before."""
    plain = slugify(name)[:50] or ids.new().hex[-8:]
    taken = set(known.filter(key__startswith=plain).values_list("key", flat=True))
    return next(key for key in (plain, *(f"{plain}-{n}" for n in range(2, 10_000))) if key not in taken)
