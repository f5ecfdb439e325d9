"""Statement: somebody or something said what a field of a contact or an organisation is."""

from typing import override

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.people.account import Contact, Organisation
from threadwell.record.workplace.models import Agent


class Source(models.TextChoices):
    """Who says so. The better one wins (`RANK`); among equals the later one."""

    AGENT = "agent", _("by hand")
    API = "api", _("another system")
    IMPORT = "import", _("an import")
    MESSAGE = "message", _("a message")
    SYSTEM = "system", _("Threadwell itself")


#: The stated rules: what a colleague wrote by hand stands over what a system of record says,
#: that over an import, that over what a From line or a signature claims.
RANK: dict[str, int] = {
    Source.AGENT: 40,
    Source.API: 30,
    Source.IMPORT: 20,
    Source.MESSAGE: 10,
    Source.SYSTEM: 10,
}


class Statement(Owned):
    """A value of a field, who said so and when; rows are added, never changed but to be taken back."""

    contact = WorkspaceKey(Contact, null=True, blank=True)
    organisation = WorkspaceKey(Organisation, null=True, blank=True)
    field = models.CharField(max_length=60)  #: "name", or "custom." and the key of a custom field
    value = models.JSONField(null=True, blank=True)
    before = models.JSONField(null=True, blank=True)  #: what stood there when this was said
    source = models.CharField(max_length=8, choices=Source)
    by = WorkspaceKey(Agent, null=True, blank=True)
    because = models.CharField(max_length=200, default="", blank=True)  #: a file, a system, a rule
    message = models.UUIDField(null=True, blank=True)  #: that said so; no foreign key: messages stand above
    batch = models.UUIDField(null=True, blank=True)  #: said together, and taken back together
    held = models.BooleanField(default=True)  #: it became the value; no: a better source stood there
    at = models.DateTimeField(default=clock.now)
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(contact=None) | Q(organisation=None), name="statement_about_one"
            )
        ]
        indexes = [
            models.Index(
                fields=["workspace", "contact", "field", "id"],
                condition=~Q(contact=None),
                name="statement_of_contact",
            ),
            models.Index(
                fields=["workspace", "organisation", "field", "id"],
                condition=~Q(organisation=None),
                name="statement_of_organisation",
            ),
            models.Index(fields=["workspace", "batch"], condition=~Q(batch=None), name="statement_by_batch"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.field}: {self.value}"
