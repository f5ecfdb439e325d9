"""A mail by SMTP, read, answered by SMTP, and its reply back into the same conversation, over two workers."""

import smtplib
from email import message_from_bytes
from email.message import EmailMessage

from tests.operations.place import ADDRESS, Place
from tests.patience import eventually
from tests.peers import a_peer
from tests.scale.conftest import NAME  # noqa: F401 - the database that `spread` leads to

ANSWER = """
from threadwell.flow import connecting, outbound
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Conversation
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import Agent, Workspace
workspace = Workspace.objects.get(slug="place")
with tenancy.entered(workspace.pk):
    by = Agent.objects.of(workspace).get()
    inbox = Inbox.objects.of(workspace).get()
    connecting.send_by(inbox, {{"host": "127.0.0.1", "port": {port}, "tls": "none"}}, by=by)
    talk = Conversation.objects.of(workspace).get(subject="The crane")
    draft = outbound.begin(talk, "reply", by=by)
    outbound.save(draft, text="It is on its way.")
    outbound.send(draft, by=by)
"""
TOLD = """
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.workplace.models import Workspace
workspace = Workspace.objects.get(slug="place")
with tenancy.entered(workspace.pk):
    talks = Conversation.objects.of(workspace).filter(subject="The crane")
    said = Message.objects.of(workspace).filter(conversation__in=talks).order_by("at")
    print("TOLD", talks.count(), *said.values_list("direction", flat=True))
"""


def told(place: Place) -> str:
    said = place.run("manage", "shell", "--no-imports", "--command", TOLD)
    return next((line for line in said.splitlines() if line.startswith("TOLD")), "")


def hand_in(place: Place, mail: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", place.smtp, timeout=60) as line:
        line.send_message(mail)


def written(text: str, **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ada <ada@customer.example>", ADDRESS, "The crane"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def test_a_mail_is_answered_and_its_reply_comes_home(serving: Place) -> None:
    spread = serving
    with a_peer() as peer:
        hand_in(spread, written("Where is it?", Message_ID="<first@customer.example>"))
        eventually(lambda: told(spread) == "TOLD 1 in", told=spread.told)
        spread.run("manage", "shell", "--no-imports", "--command", ANSWER.format(port=peer.port))
        eventually(lambda: peer.taken, told=spread.told)
        ours = message_from_bytes(bytes(peer.taken[0].original_content or b""))
        assert ours["In-Reply-To"] == "<first@customer.example>"
        hand_in(
            spread,
            written("Thank you.", Message_ID="<second@customer.example>", In_Reply_To=ours["Message-ID"]),
        )
        eventually(lambda: told(spread) == "TOLD 1 in out in", told=spread.told)
