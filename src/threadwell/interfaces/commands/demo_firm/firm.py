"""Firm: the workspace of the demo, the people who work in it, its teams and inboxes.

In:    nothing
Out:   Staffed (the seats, teams and inboxes by short names); the password of its people
Touch: record.workplace, inboxes
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.crypto import salted_hmac

from threadwell.flow import connecting, joining, staffing
from threadwell.kit import ears, tenancy
from threadwell.record.conversations.models import Label
from threadwell.record.inboxes.models import Inbox
from threadwell.record.journal.models import Event
from threadwell.record.workplace.models import Agent, Team, User, Workspace
from threadwell.record.workplace.roles import Role

NAME = "Nordhavn Logistics & Installations"
SLUG = "nordhavn-demo"
HOST = "nordhavn.example"
ZONE = "Europe/Lisbon"
TOLD = "workspace.told"
LABELS = ("gate access", "key account", "second visit", "waiting for parts", "goodwill", "frame agreement")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody of the cast."""

    key: str
    name: str
    role: Role
    teams: tuple[str, ...]
    title: str
    language: str = ""

    @property
    def address(self) -> str:
        return f"{self.key}@{HOST}"

    @property
    def signature(self) -> str:
        return f"{self.name}\n{self.title}\n{NAME}\n+351 22 555 01 00"


PEOPLE = (
    Person(key="maria.santos", name="Maria Santos", role=Role.SUPERVISOR, teams=("Deliveries",),
           title="Deliveries, team lead"),
    Person(key="jonas.berg", name="Jonas Berg", role=Role.AGENT, teams=("Installations", "Deliveries"),
           title="Installations"),
    Person(key="priya.nair", name="Priya Nair", role=Role.AGENT, teams=("Installations",),
           title="Installations"),
    Person(key="tomas.ferreira", name="Tomás Ferreira", role=Role.AGENT, teams=("Claims",),
           title="Claims"),
    Person(key="helene.vasseur", name="Hélène Vasseur", role=Role.AGENT, teams=("Claims", "Deliveries"),
           title="Claims"),
    Person(key="marek.nowak", name="Marek Nowak", role=Role.AGENT, teams=("Billing",), title="Billing"),
    Person(key="katrin.lorenz", name="Katrin Lorenz", role=Role.AGENT, teams=("Billing",), title="Billing"),
    Person(key="joao.pires", name="João Pires", role=Role.AGENT, teams=("Deliveries",), title="Deliveries"),
    Person(key="sanne.dijkstra", name="Sanne Dijkstra", role=Role.AGENT,
           teams=("Deliveries", "Installations"), title="Deliveries"),
    Person(key="astrid.holm", name="Astrid Holm", role=Role.OWNER, teams=(), title="Head of customer care"),
    Person(key="ines.rocha", name="Inês Rocha", role=Role.COLLABORATOR, teams=(), title="Dispatch North"),
    Person(key="clara.weiss", name="Clara Weiss", role=Role.AUDITOR, teams=(), title="Quality"),
)  # fmt: skip

#: short name: what customers see as the sender, and the team that gets it
INBOXES = {
    "support": ("Nordhavn Support", ""),
    "deliveries": ("Nordhavn Deliveries", "Deliveries"),
    "installations": ("Nordhavn Installations", "Installations"),
    "claims": ("Nordhavn Claims", "Claims"),
    "billing": ("Nordhavn Billing", "Billing"),
}


@dataclass(slots=True, kw_only=True)
class Staffed:
    """The firm as it was made."""

    workspace: Workspace
    agents: dict[str, Agent] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    inboxes: dict[str, Inbox] = field(default_factory=dict)


def found() -> Workspace | None:
    """The demo firm of this installation, also while its story is still being told."""
    return Workspace.objects.filter(is_demo=True).order_by("made_at").first()


def is_told(workspace: Workspace) -> bool:
    """Whether its story was told to the end."""
    with tenancy.entered(workspace.pk):
        told: bool = Event.objects.of(workspace).filter(name=TOLD, about=workspace.pk).exists()
    return told


def note_told(firm: "Staffed") -> None:
    """Its story was told to the end."""
    with tenancy.entered(firm.workspace.pk):
        Event.objects.create(workspace=firm.workspace, name=TOLD, about=firm.workspace.pk)


@contextmanager
def alone() -> Iterator[None]:
    """As long as it lasts, nobody else makes or removes the demo firm."""
    with psycopg.connect(**ears.place(), autocommit=True) as held:
        held.execute("SELECT pg_advisory_lock(hashtext('threadwell.demo'))")
        yield


def password() -> str:
    """What the demo's people sign in with: the same at every start, another one on every installation.

    It is made of the signing key, so it need not be kept anywhere to be shown again.
    """
    secret = salted_hmac("threadwell.demo", "the password of its people", algorithm="sha256").digest()
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    word = "".join(letters[byte % len(letters)] for byte in secret[:15])
    return "-".join(word[at : at + 5] for at in range(0, 15, 5))


def make() -> Staffed:
    """The workspace and everybody in it."""
    with transaction.atomic():
        return _made()


def _made() -> Staffed:
    users = {one.key: User.objects.create_user(one.address, name=one.name) for one in PEOPLE}
    # Made once: hashing is slow on purpose, and the password is everybody's.
    User.objects.filter(pk__in=[user.pk for user in users.values()]).update(
        password=make_password(password())
    )
    head = next(one for one in PEOPLE if one.role == Role.OWNER)
    owner = joining.found(name=NAME, slug=_free_slug(), zone=ZONE, owner=users[head.key])
    workspace = owner.workspace
    workspace.is_demo, workspace.region = True, "PT"
    workspace.save(update_fields=["is_demo", "region"])
    firm = Staffed(workspace=workspace)
    with tenancy.entered(workspace.pk):
        for one in PEOPLE:
            seat = owner if one is head else Agent(workspace=workspace, user=users[one.key], name=one.name)
            seat.role, seat.signature = one.role, one.signature
            seat.save()
            firm.agents[one.key] = seat
        for name in dict.fromkeys(team for one in PEOPLE for team in one.teams):
            members = [firm.agents[one.key] for one in PEOPLE if name in one.teams]
            firm.teams[name] = staffing.make_team(name, members=members, by=owner)
        for key, (name, team) in INBOXES.items():
            inbox = connecting.open_inbox(
                address=f"{key}@{HOST}", name=name, team=firm.teams.get(team), by=owner
            )
            connecting.receive_by(inbox, {"kind": "gateway"}, by=owner)
            firm.inboxes[key] = inbox
        Label.objects.bulk_create(Label(workspace=workspace, name=name) for name in LABELS)
    return firm


def _free_slug() -> str:
    taken = set(Workspace.objects.filter(slug__startswith=SLUG).values_list("slug", flat=True))
    return next(slug for slug in (SLUG, *(f"{SLUG}-{n}" for n in range(2, 100))) if slug not in taken)
