"""TypeOwner: which team looks after interactions of a type."""

from typing import override
from uuid import UUID

from django.db import models

from threadwell.kit.tenancy import Owned, WorkspaceKey
from threadwell.record.conversations.conversation import Conversation
from threadwell.record.workplace.models import Team


class TypeOwner(Owned):
    """This team looks after sales, that one after onboarding."""

    type = models.CharField(max_length=12, choices=Conversation.Type)
    team = WorkspaceKey(Team)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "type"], name="type_owner_once")]

    @override
    def __str__(self) -> str:
        return f"{self.get_type_display()}: {self.team}"


def team_of(workspace_id: UUID, type_: str) -> Team | None:
    """The team that looks after a type, if one does."""
    found = TypeOwner.objects.of(workspace_id).filter(type=type_).select_related("team").first()
    return found.team if found else None


def look_after(workspace_id: UUID, teams: dict[str, Team | None]) -> bool:
    """From now on these teams look after these types; says whether anything changed."""
    rows = {one.type: one for one in TypeOwner.objects.of(workspace_id)}
    is_changed = False
    for type_, team in teams.items():
        known = rows.get(type_)
        if (known.team_id if known else None) == (team.pk if team else None):
            continue
        is_changed = True
        if team is None:
            TypeOwner.objects.of(workspace_id).filter(type=type_).delete()
        else:
            TypeOwner.objects.of(workspace_id).update_or_create(
                workspace_id=workspace_id, type=type_, defaults={"team": team}
            )
    return is_changed
