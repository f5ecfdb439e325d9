"""Decision: what was settled with a customer or about one, by whom and when."""

from typing import override

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import WorkspaceKey
from threadwell.record.commitments.commitment import Commitment, by_customer
from threadwell.record.commitments.promise import Side
from threadwell.record.workplace.models import Agent


class Decision(Commitment):
    """Something was settled."""

    KIND = "decision"

    text = models.TextField(_("what was decided"))
    side = models.CharField(max_length=8, choices=Side, default=Side.US)
    agent = WorkspaceKey(Agent, null=True, blank=True)  #: who decided, when one of us did
    decided_at = models.DateTimeField(default=clock.now)

    class Meta(Commitment.Meta):
        indexes = [
            *by_customer("decision", last="decided_at", when=Q(withdrawn_at=None)),
            models.Index(
                fields=["workspace", "decided_at", "id"],
                condition=Q(withdrawn_at=None),
                name="decision_by_time",
            ),
            models.Index(
                fields=["workspace", "message"], condition=~Q(message=None), name="decision_by_message"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.text[:80]

    @property
    @override
    def words(self) -> str:
        return self.text
