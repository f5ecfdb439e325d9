"""Skill: something one may have to know to answer; AgentSkill: how well an agent knows it."""

from typing import override

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock
from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.workplace.models import Agent

BEST = 5


class Skill(Owned):
    """A language, a product, a trade: what a conversation may need of whoever answers it."""

    name = models.CharField(_("name"), max_length=60)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint("workspace", Lower("name"), name="skill_name")]

    @override
    def __str__(self) -> str:
        return self.name


class AgentSkill(Owned):
    """An agent has a skill, on a level from 1 to 5."""

    agent = WorkspaceKey(Agent)
    skill = WorkspaceKey(Skill)
    level = models.PositiveSmallIntegerField(
        _("level"), default=3, validators=[MinValueValidator(1), MaxValueValidator(BEST)]
    )

    class Meta(Owned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "agent", "skill"], name="agent_skill_once")
        ]
        indexes = [models.Index(fields=["workspace", "skill"], name="agent_skill_by_skill")]

    @override
    def __str__(self) -> str:
        return str(self.level)
