"""CustomField: a field that a workspace has given its contacts, organisations, conversations or work items.

The values stand in the ``custom`` of the noun itself, under the field's key. A field is archived, never
deleted: what was written in it stays, and comes back with it.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Required, TypedDict, Unpack, override
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Max
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.errors import Invalid
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.journal.telling import tell
from threadwell.record.workplace.models import Agent

MOST = 200  #: fields of one noun
MOST_CHOICES = 200
CHOICE_LENGTH = 120


class CustomField(Owned):
    """A field that a workspace defined."""

    class About(models.TextChoices):
        CONTACT = "contact", _("contacts")
        ORGANISATION = "organisation", _("organisations")
        CONVERSATION = "conversation", _("conversations")
        WORK_ITEM = "work_item", _("work items")

    class Kind(models.TextChoices):
        TEXT = "text", _("text")
        NUMBER = "number", _("number")
        DATE = "date", _("date")
        CHOICE = "choice", _("choice from a list")
        LINK = "link", _("link")
        PERSON = "person", _("colleague")
        CHECKBOX = "checkbox", _("yes or no")

    about = models.CharField(max_length=12, choices=About)
    #: work items only: the type whose items have it; empty for all types. No foreign key: types stand above.
    of_type = models.UUIDField(null=True, blank=True)
    key = models.CharField(max_length=40)  #: under which the values are kept; never changes
    label = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    choices = ArrayField(models.CharField(max_length=CHOICE_LENGTH), default=list, blank=True)
    is_required = models.BooleanField(_("must be filled in"), default=False)
    help = models.CharField(_("help"), max_length=200, default="", blank=True)
    place = models.PositiveIntegerField(default=0)  #: the first stands first
    made_by = WorkspaceKey(Agent, null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "about", "key"], name="custom_field_key"),
        ]
        indexes = [models.Index(fields=["workspace", "about", "place"], name="custom_field_by_place")]

    @override
    def __str__(self) -> str:
        return self.label

    def change(
        self, *, label: str, choices: Sequence[str], is_required: bool, help: str, by: Agent | None
    ) -> None:
        """Name, choices, help, and whether it is required may change; key and kind may not."""
        before = {"label": self.label, "choices": self.choices, "is_required": self.is_required}
        self.label, self.choices = _named(label), _offered(self.kind, choices)
        self.is_required, self.help = is_required, help.strip()[:200]
        self.save(update_fields=["label", "choices", "is_required", "help"])
        tell(self, "field.changed", by=by, before=before)

    def archive(self, *, by: Agent | None) -> None:
        """It is asked for and shown no longer; its values stay where they are."""
        if self.archived_at is None:
            self.archived_at = clock.now()
            self.save(update_fields=["archived_at"])
            tell(self, "field.archived", by=by)

    def bring_back(self, *, by: Agent | None) -> None:
        """It is there again, with all its values."""
        if self.archived_at is not None:
            self.archived_at = None
            self.save(update_fields=["archived_at"])
            tell(self, "field.brought_back", by=by)


class Wish(TypedDict, total=False):
    """What a new field shall be; its key is made from its name unless one is given."""

    label: Required[str]
    kind: Required[str]
    choices: Sequence[str]
    is_required: bool
    help: str
    key: str
    of_type: UUID | None


def define(workspace_id: UUID, about: str, *, by: Agent | None = None, **wish: Unpack[Wish]) -> CustomField:
    """A new field, the last of its noun."""
    kind = wish["kind"]
    if about not in CustomField.About.values or kind not in CustomField.Kind.values:
        raise Invalid(_t("There is no such kind of field."))
    label, offered = _named(wish["label"]), _offered(kind, wish.get("choices", ()))
    with transaction.atomic():
        others = CustomField.objects.of(workspace_id).filter(about=about)
        taken = set(others.select_for_update().values_list("key", flat=True))
        if len(taken) >= MOST:
            raise Invalid(_t("There are %(most)s fields already; nobody fills in more.") % {"most": MOST})
        last = others.aggregate(last=Max("place"))["last"]
        field: CustomField = CustomField.objects.create(
            workspace_id=workspace_id,
            about=about,
            of_type=wish.get("of_type"),
            key=_free(key_of(wish.get("key") or label), taken),
            label=label,
            kind=kind,
            choices=offered,
            is_required=wish.get("is_required", False),
            help=wish.get("help", "").strip()[:200],
            place=0 if last is None else last + 1,
            made_by=by,
        )
        tell(field, "field.made", by=by, of=about)
    return field


def arrange(workspace_id: UUID, about: str, keys: Iterable[UUID], *, by: Agent | None = None) -> None:
    """The fields of a noun in this order; those that are not named follow."""
    wanted = {key: place for place, key in enumerate(keys)}
    with transaction.atomic():
        rows: list[CustomField] = list(
            CustomField.objects.of(workspace_id).filter(about=about).select_for_update()
        )
        rows.sort(key=lambda one: (wanted.get(one.pk, len(wanted)), one.place, one.pk))
        moved = [one for place, one in enumerate(rows) if one.place != place]
        for place, one in enumerate(rows):
            one.place = place
        CustomField.objects.of(workspace_id).bulk_update(moved, ["place"])
        for one in moved[:1]:
            tell(one, "field.moved", by=by)


def key_of(label: str) -> str:
    """A name as a key: small letters, digits and lines beneath."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:34] or "field"


def _free(key: str, taken: set[str]) -> str:
    number = 2
    free = key
    while free in taken:
        free, number = f"{key}_{number}", number + 1
    return free


def _named(label: str) -> str:
    label = " ".join(label.split())
    if not label:
        raise Invalid(_t("Give the field a name."))
    return label[:80]


def _offered(kind: Any, choices: Sequence[str]) -> list[str]:
    if kind != CustomField.Kind.CHOICE:
        return []
    offered = list(dict.fromkeys(" ".join(one.split())[:CHOICE_LENGTH] for one in choices if one.strip()))
    if not offered:
        raise Invalid(_t("What can be chosen? Write one choice on each line."))
    if len(offered) > MOST_CHOICES:
        raise Invalid(_t("A list has %(most)s choices at most.") % {"most": MOST_CHOICES})
    return offered
