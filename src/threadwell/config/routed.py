"""Routed: to how many shards each hot query goes, seen on a Citus coordinator while work is done.

In:    Django on a coordinator whose tables are spread
Out:   of each statement that was sent to a shard: the journey it belongs to, and the shards it went to
Touch: nothing in the end: a workspace is founded, mail comes in, is routed, shown, sought and answered, and
       all of it is rolled back

Citus tells a client that wishes so (``citus.log_remote_commands``) what it sends to which machine, with the
names of the shards. That is more than EXPLAIN can say: also what functions ask, and what the ORM never sees.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, transaction
from django.test import Client
from psycopg.errors import Diagnostic

from threadwell.flow import connecting, intake, joining, reactions, ruling
from threadwell.flow.arrive.capture import Arrival
from threadwell.interfaces.web.sessions import SessionStore
from threadwell.kit import clock, tenancy
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.conversations.queues import Place
from threadwell.record.inboxes.models import Delivery
from threadwell.record.routing.rule import Moment
from threadwell.record.workplace.models import Agent, Team, TeamSeat, User

_SHARD = re.compile(r"\b(?:public\.)?([a-z][a-z0-9_]*?)_(\d{6,})\b")
_VALUE = re.compile(r"'[^']*'(?:::[a-z ]+)?|\b\d+\b")


@dataclass(slots=True)
class Sent:
    """A statement that went to shards, with what it is for."""

    journey: str
    statement: str  #: without values and numbers of shards
    shards: set[str] = field(default_factory=set)  #: machines, and the places of shards there


@dataclass(slots=True)
class Recorder:
    """What Citus said it sends, journey by journey."""

    colocated: dict[str, int]  #: of each shard, by its number: which group of shards it belongs to
    journey: str = ""
    sent: dict[tuple[str, str], Sent] = field(default_factory=dict)

    def hear(self, notice: Diagnostic) -> None:
        said = notice.message_primary or ""
        command = said.partition("issuing ")[2] or said.partition("executing the command locally: ")[2]
        shards = {number for _name, number in _SHARD.findall(command)} & self.colocated.keys()
        if not (command and shards and self.journey):
            return
        bare = _VALUE.sub("?", _SHARD.sub(r"\1", command))
        one = self.sent.setdefault((self.journey, bare), Sent(journey=self.journey, statement=bare))
        one.shards |= {str(self.colocated[number]) for number in shards}


def sent() -> list[Sent]:
    """Do each kind of hot work once, and tell what was sent for it."""
    with transaction.atomic(), recording() as recorder:
        _work(recorder)
        recorder.journey = ""
        transaction.set_rollback(True)
    return list(recorder.sent.values())


@contextmanager
def recording() -> Iterator[Recorder]:
    """Hear what is sent, in the transaction that is open."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL citus.log_remote_commands = on; SET LOCAL citus.log_local_commands = on")
        # Shards of one group hold the same workspaces: their places in the hash are the same.
        cursor.execute(
            "SELECT shardid::text, dense_rank() OVER (ORDER BY shardminvalue::bigint) FROM pg_dist_shard"
            " WHERE shardminvalue IS NOT NULL"
        )
        recorder = Recorder(colocated=dict(cursor.fetchall()))
    connection.connection.add_notice_handler(recorder.hear)
    try:
        yield recorder
    finally:
        connection.connection.remove_notice_handler(recorder.hear)


def _work(recorder: Recorder) -> None:
    mark = uuid4().hex[:12]
    user = User.objects.create_user(email=f"{mark}@example.org", password=None, name="Scale check")
    owner = joining.found(name=mark, slug=mark, zone="UTC", owner=user)
    workspace_id = owner.workspace_id
    address = f"{mark}@example.org"
    with tenancy.entered(workspace_id):
        team = Team.objects.create(workspace_id=workspace_id, name="Scale check")
        TeamSeat.objects.create(workspace_id=workspace_id, team=team, agent=owner)
        inbox = connecting.open_inbox(address=address, name="Scale check", team=team, by=owner)
        connecting.receive_by(inbox, {"kind": "gateway"}, by=owner)
        saying = ruling.checked(
            workspace_id,
            moments=[Moment.ARRIVED],
            conditions_={"all": []},
            results={
                "priority": Conversation.Priority.HIGH,
                "owner": {"who": "agent", "agent": str(owner.pk)},
            },
        )
        ruling.make("Scale check", saying, is_on=True, by=owner)

    recorder.journey = "intake"
    for number in range(2):
        letter = _letter(mark, number, address)
        arrival = Arrival(
            workspace_id=workspace_id,
            inbox_id=inbox.pk,
            source=Delivery.Source.SMTP,
            source_id=f"{mark}{number}",
            raw=letter,
        )
        intake.accept([arrival])
        intake.read_waiting(workspace_id)
    recorder.journey = "routing"
    reactions.catch_up(workspace_id)
    recorder.journey = ""
    with tenancy.entered(workspace_id):
        talk = Conversation.objects.of(workspace_id).earliest("number")
        if talk.owner_id != owner.pk:
            raise RuntimeError("A rule gave a conversation to somebody, and nobody has it")
        first = Message.objects.of(workspace_id).filter(conversation=talk).earliest("at")
    _pages(recorder, _signed_in(owner), talk, first, address)


def _pages(recorder: Recorder, browser: Client, talk: Conversation, first: Message, address: str) -> None:
    home = f"/w/{address.partition('@')[0]}/"
    whole = f"{home}conversations/{talk.number}/"
    pages = {
        **{f"inbox: {place}": f"{home}desk/{place}/" for place in Place},
        "conversation": whole,
        "timeline": f"{home}customers/{talk.contact_id}/timeline/",
        "customer": f"{home}customers/{talk.contact_id}/",
        "search: a word": f"{home}search/?q=late",
        "search: a part, a sender": f"{home}search/?q=ate+from:ann+status:open",
        "search: customers": f"{home}goto/?q=ann",
    }
    for recorder.journey, path in pages.items():
        _expect(browser.get(path).status_code, path)
    recorder.journey = "reply"
    answer = {"as": "reply", "answers": str(first.pk), "begun_at": clock.now().isoformat()}
    answer |= {"reply-to": "Ann <ann@example.net>", "text": "We look into it."}
    _expect(browser.post(f"{whole}answers/", answer).status_code, f"{whole}answers/")


def _expect(status: int, path: str) -> None:
    if status >= 400:
        raise RuntimeError(f"{path} answers {status}")


def _signed_in(agent: Agent) -> Client:
    session = SessionStore()
    session[SESSION_KEY] = str(agent.user_id)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = agent.user.get_session_auth_hash()
    session.save()
    browser = Client(headers={"host": "localhost"})
    browser.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    return browser


def _letter(mark: str, number: int, address: str) -> bytes:
    return (
        f"From: Ann <ann@example.net>\r\nTo: {address}\r\nSubject: The crane\r\n"
        f"Message-ID: <{mark}.{number}@example.net>\r\nDate: Sun, 22 Nov 2026 10:0{number}:00 +0000\r\n\r\n"
        f"It is late, letter {number}.\r\n"
    ).encode()
