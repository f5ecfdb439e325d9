"""Joining: how people come to work in a workspace.

    found  (a workspace begins with its owner)
    invite -> mail -> accept          a link for seven days, good once
              invite again, withdraw

In:    addresses, roles, the token of a link
Out:   Workspace, Agent, Invitation, the token to hand over
Touch: record.workplace, record.work (its first types); events; the system's own mail
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.kit import clock, secrets, tenancy
from threadwell.kit.errors import DomainError, NotAllowed, NotFound
from threadwell.kit.later import job, later
from threadwell.record.journal.telling import tell
from threadwell.record.work import shipped
from threadwell.record.workplace.models import Agent, Invitation, Team, TeamSeat, User, Workspace
from threadwell.record.workplace.roles import May, Role

GOOD_FOR = timedelta(days=7)


class AlreadyHere(DomainError):
    """Whoever is asked to join has a seat."""

    code = "already-here"


class AlreadyFounded(DomainError):
    """The first workspace exists; its link has done its work."""

    code = "already-founded"


class LinkUsedUp(DomainError):
    """An invitation that was accepted, withdrawn, or is too old."""

    code = "link-used-up"
    status: ClassVar[int] = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody who has no account yet."""

    email: str
    name: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An invitation, and the token of its link, which is not kept."""

    invitation: Invitation
    token: str

    @property
    def link(self) -> str:
        return f"{settings.PUBLIC_URL}/join/{self.token}/"


def found_first(*, name: str, slug: str, zone: str, owner: Newcomer) -> Agent:
    """The first workspace of this installation, and its owner; only once, however many press at once."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('threadwell.found_first'))")
        if Workspace.objects.filter(is_demo=False).exists():
            raise AlreadyFounded(_("Threadwell is set up already. Sign in, or ask for an invitation."))
        return found(name=name, slug=slug, zone=zone, owner=_made(owner))


def found(*, name: str, slug: str, zone: str, owner: User) -> Agent:
    """A workspace, with the kinds of work one begins with, and the seat of its owner."""
    with transaction.atomic():
        workspace = Workspace.objects.create(name=name, slug=slug, zone=zone)
        with tenancy.entered(workspace.pk):
            seat: Agent = Agent.objects.create(
                workspace=workspace, user=owner, name=owner.name, role=Role.OWNER
            )
            shipped.make(workspace.pk)
            tell(seat, "agent.joined", by=seat, role=seat.role, email=owner.email)
        return seat


def invite(email: str, *, role: Role, teams: list[Team], by: Agent) -> Asked:
    """Ask somebody to join. A second invitation to the same address takes the place of the first."""
    email = email.strip().lower()
    refuse_owners_from_others(role, by=by)
    if Agent.objects.of(by.workspace_id).filter(user__email=email, left_at=None).exists():
        raise AlreadyHere(_("%(email)s works here already.") % {"email": email})
    for older in waiting(by.workspace_id).filter(email=email):
        withdraw(older, by=by)
    asked = _asked(
        Invitation(
            workspace_id=by.workspace_id,
            email=email,
            role=role,
            teams=[team.pk for team in teams],
            invited_by=by,
        )
    )
    tell(asked.invitation, "invitation.sent", by=by, email=email, role=role)
    return asked


def invite_again(invitation: Invitation, *, by: Agent) -> Asked:
    """A new link for another seven days; the old one stops working."""
    _refuse_used(invitation)
    invitation.expires_at = clock.now() + GOOD_FOR
    asked = _asked(invitation)
    tell(invitation, "invitation.sent", by=by, email=invitation.email, role=invitation.role)
    return asked


def withdraw(invitation: Invitation, *, by: Agent) -> None:
    _refuse_used(invitation)
    invitation.withdrawn_at = clock.now()
    invitation.save(update_fields=["withdrawn_at"])
    tell(invitation, "invitation.withdrawn", by=by, email=invitation.email)


def waiting(workspace_id: UUID) -> "tenancy.OwnedQuerySet[Invitation]":
    """Invitations nobody has answered, also those that ran out: they may be sent again."""
    unanswered = Invitation.objects.of(workspace_id).filter(accepted_at=None, withdrawn_at=None)
    return unanswered.order_by("made_at")


def invitation_of(token: str) -> Invitation:
    """What the link asks for; raises `LinkUsedUp` and `NotFound`."""
    workspace_id = _workspace_in(token)
    with tenancy.entered(workspace_id):
        return _open_invitation(workspace_id, token)


def accept(token: str, *, by: User | Newcomer) -> Agent:
    """Take the seat one was asked to take; good once."""
    workspace_id = _workspace_in(token)
    with tenancy.entered(workspace_id):
        invitation = _open_invitation(workspace_id, token, lock=True)
        user = by if isinstance(by, User) else _made(by)
        seat = _seated(invitation, user)
        for team in Team.objects.of(workspace_id).filter(pk__in=invitation.teams):
            TeamSeat.objects.of(workspace_id).get_or_create(
                team=team, agent=seat, defaults={"workspace_id": workspace_id}
            )
        invitation.accepted_at = clock.now()
        invitation.save(update_fields=["accepted_at"])
        tell(seat, "agent.joined", by=seat, role=seat.role, email=user.email, invited=invitation.email)
        return seat


def refuse_owners_from_others(role: str, *, by: Agent) -> None:
    """Only owners make owners, and only owners touch them."""
    if role == Role.OWNER and May.OWN not in by.may:
        raise NotAllowed(_("Only an owner can do this to an owner."))


@job("joining.mail_invitation")
def mail_invitation(*, workspace_id: str, invitation_id: str, box: str, language: str) -> None:
    """Send the link. The token waits sealed among the jobs, as it opens a door."""
    with tenancy.entered(UUID(workspace_id)):
        invitations = Invitation.objects.of(UUID(workspace_id)).select_related("workspace", "invited_by")
        invitation: Invitation = invitations.get(pk=invitation_id)
    asked = Asked(invitation=invitation, token=secrets.opened(box.encode()))
    if invitation.withdrawn_at or invitation.token_mark != secrets.mark_of(asked.token):
        return
    with translation.override(language), timezone.override(invitation.workspace.zone):
        facts = {"by": invitation.invited_by, "workspace": invitation.workspace}
        subject = gettext("%(by)s asks you to join %(workspace)s") % facts
        text = render_to_string(
            "mail/invitation.txt", {**facts, "link": asked.link, "invitation": invitation}
        )
        send_mail(" ".join(subject.split()), text, None, [invitation.email])


def _asked(invitation: Invitation) -> Asked:
    token = f"{invitation.workspace_id.hex}_{secrets.new_token()}"
    invitation.token_mark = secrets.mark_of(token)
    invitation.save()
    later(
        mail_invitation,
        workspace_id=invitation.workspace_id,
        invitation_id=invitation.pk,
        box=secrets.sealed(token).decode(),
        language=translation.get_language() or settings.LANGUAGE_CODE,
    )
    return Asked(invitation=invitation, token=token)


def _refuse_used(invitation: Invitation) -> None:
    if invitation.accepted_at or invitation.withdrawn_at:
        raise LinkUsedUp(_("This invitation was answered or withdrawn."))


def _workspace_in(token: str) -> UUID:
    try:
        return UUID(hex=token.partition("_")[0])
    except ValueError:
        raise _no_such_link() from None


def _open_invitation(workspace_id: UUID, token: str, *, lock: bool = False) -> Invitation:
    known = Invitation.objects.of(workspace_id).filter(token_mark=secrets.mark_of(token))
    # Two presses at once: the second waits here, and then finds it accepted.
    found = (known.select_for_update() if lock else known.select_related("workspace", "invited_by")).first()
    if found is None:
        raise _no_such_link()
    invitation: Invitation = found
    if invitation.accepted_at:
        raise LinkUsedUp(_("This invitation was accepted already. Sign in instead."))
    if invitation.withdrawn_at:
        raise LinkUsedUp(_("This invitation was withdrawn. Ask for a new one."))
    if invitation.expires_at < clock.now():
        raise LinkUsedUp(_("This invitation is older than seven days. Ask for a new one."))
    return invitation


def _no_such_link() -> NotFound:
    return NotFound(_("No invitation has this link. Check that the whole link was copied."))


def _made(newcomer: Newcomer) -> User:
    if User.objects.filter(email__iexact=newcomer.email).exists():
        raise AlreadyHere(_("%(email)s has an account. Sign in to go on.") % {"email": newcomer.email})
    return User.objects.create_user(newcomer.email, newcomer.password, name=newcomer.name)


def _seated(invitation: Invitation, user: User) -> Agent:
    workspace_id = invitation.workspace_id
    seat: Agent | None = Agent.objects.of(workspace_id).select_for_update().filter(user_id=user.pk).first()
    if seat is None:
        made: Agent = Agent.objects.create(
            workspace_id=workspace_id, user=user, name=user.name, role=invitation.role
        )
        return made
    if seat.left_at is None:
        raise AlreadyHere(_("%(email)s works here already.") % {"email": user.email})
    seat.left_at, seat.role = None, invitation.role
    seat.save(update_fields=["left_at", "role"])
    return seat
