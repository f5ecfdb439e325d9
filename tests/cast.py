"""The cast of all tests: Ada the customer, Bo the agent, Cleo the lead, and the firm they meet at."""

from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from uuid import UUID

from threadwell.flow import intake
from threadwell.flow.arrive.capture import Arrival
from threadwell.kit import ids, tenancy
from threadwell.record.inboxes.models import Delivery, Inbox
from threadwell.record.workplace.models import Agent, User, Workspace
from threadwell.record.workplace.roles import Role

ADA = "Ada Customer <ada@customer.example>"


def a_workspace(name: str = "Nordhavn") -> Workspace:
    return Workspace.objects.create(name=name, slug=f"w{ids.new().hex}")


def an_agent(workspace: Workspace, *, name: str = "Bo", role: Role = Role.AGENT) -> Agent:
    user = User.objects.create_user(email=f"{name.lower()}-{ids.new().hex}@firm.example", name=name)
    with tenancy.entered(workspace.pk):
        return Agent.objects.create(workspace=workspace, user=user, name=name, role=role)


def an_inbox(workspace: Workspace, *, address: str = "support@firm.example", **facts: Any) -> Inbox:
    with tenancy.entered(workspace.pk):
        return Inbox.objects.create(workspace=workspace, name="Support", address=address, **facts)


def a_mail(
    text: str = "The gate code is wrong.",
    *,
    sender: str = ADA,
    to: str = "support@firm.example",
    subject: str = "Gate code",
    message_id: str = "",
    answers: str = "",
    **headers: str,
) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = "Mon, 23 Nov 2026 08:12:00 +0100"
    mail["Message-ID"] = message_id or f"<{ids.new().hex}@customer.example>"
    if answers:
        mail["In-Reply-To"] = answers
        mail["References"] = answers
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def arrives(inbox: Inbox, raw: bytes, *, source_id: str = "", **facts: Any) -> UUID:
    """A mail comes in at the door; it is held, and not yet read."""
    [kept] = intake.accept(
        [
            Arrival(
                workspace_id=inbox.workspace_id,
                inbox_id=inbox.pk,
                source=Delivery.Source.SMTP,
                source_id=source_id or ids.new().hex,
                raw=raw,
                facts=facts,
            )
        ]
    )
    return kept.delivery_id


def all_read(workspace: Workspace) -> None:
    """The worker reads until nothing waits."""
    while intake.read_waiting(workspace.pk):
        pass
