"""Wishes: by which ways an agent wants to be told of what, and when not.

In:    an agent
Out:   their wishes, or what holds for everybody who said nothing
Touch: nothing
"""

from collections.abc import Mapping
from datetime import time
from typing import Any, Self, override

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.notices.notice import Notice
from threadwell.record.notices.ways import By
from threadwell.record.workplace.models import Agent

Kind = Notice.Kind


class When(models.TextChoices):
    """How soon."""

    NEVER = "never", _("never")
    AT_ONCE = "at_once", _("at once")
    HOURLY = "hourly", _("each hour, together")
    DAILY = "daily", _("once a day, together")


#: What nobody has to wait for, and what may come in the night.
URGENT = frozenset({Kind.CALLED})
_SHIPPED: Mapping[str, tuple[When, When, When]] = {  #: by mail, push, chat
    Kind.DUE: (When.NEVER, When.AT_ONCE, When.NEVER),
    Kind.OVERDUE: (When.HOURLY, When.AT_ONCE, When.AT_ONCE),
    Kind.CALLED: (When.AT_ONCE, When.AT_ONCE, When.AT_ONCE),
    Kind.REMINDER: (When.NEVER, When.AT_ONCE, When.AT_ONCE),
    Kind.MENTIONED: (When.HOURLY, When.AT_ONCE, When.AT_ONCE),
    Kind.FOLLOWED: (When.DAILY, When.NEVER, When.NEVER),
    Kind.ASIDE: (When.HOURLY, When.AT_ONCE, When.NEVER),
    Kind.ORPHAN: (When.HOURLY, When.AT_ONCE, When.AT_ONCE),
    Kind.HANDOVER: (When.AT_ONCE, When.AT_ONCE, When.AT_ONCE),
    Kind.RATED: (When.HOURLY, When.AT_ONCE, When.NEVER),
}
A_CHOICE = 4  #: kinds that were all switched off for a way: it is not wanted
_OTHERS = (When.DAILY, When.AT_ONCE, When.NEVER)


class NoticeWishes(Owned):
    """What one agent chose; what they did not choose is as shipped."""

    agent = WorkspaceKey(Agent)
    chosen = models.JSONField(default=dict, blank=True)  #: {"mentioned": {"mail": "daily"}}
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    quiet_days = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)  #: 0 is Monday
    digest_at = models.TimeField(default=time(8))
    second_by = models.CharField(max_length=4, choices=By, default="", blank=True)
    second_after = models.PositiveSmallIntegerField(default=30)  #: minutes without being seen
    shows_words = models.BooleanField(default=False)  #: subjects and sentences on a lock screen

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "agent"], name="notice_wishes_once")]

    @override
    def __str__(self) -> str:
        return str(self.agent_id)

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """What they chose, or a row not yet kept."""
        rows: Any = cls.objects.of(agent.workspace_id)
        return rows.filter(agent=agent).first() or cls(workspace_id=agent.workspace_id, agent=agent)

    def when(self, kind: str, by: str) -> When:
        """How soon they want to be told of it by that way."""
        mine = self.chosen.get(kind, {}).get(by)
        if mine in When.values:
            return When(mine)
        # A kind that came after they chose: as shipped, but by no way of which they want nothing.
        others = [said[by] for said in self.chosen.values() if by in said]
        is_shut = len(others) >= A_CHOICE and set(others) == {When.NEVER} and kind not in URGENT
        return When.NEVER if is_shut else shipped(kind, by)


def shipped(kind: str, by: str) -> When:
    """What holds for who chose nothing."""
    return dict(zip(By.values, _SHIPPED.get(kind, _OTHERS), strict=True))[by]
