"""Mails of customers, each its own letter of its own person."""

from email.message import EmailMessage
from email.utils import format_datetime

from threadwell.kit import clock, ids

SUPPORT = "support@firm.example"


def a_mail(
    subject: str,
    text: str = "The gate code is wrong.",
    *,
    sender: str = "Ada Customer <ada@customer.example>",
    html: str = "",
) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, SUPPORT, subject
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{ids.new().hex}@customer.example>"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


def the_reply(answered: EmailMessage, text: str) -> EmailMessage:
    """What the customer's own program makes of our answer when they press "Reply"."""
    reply = a_mail(f"Re: {answered['Subject'].removeprefix('Re: ')}", text, sender=answered["To"])
    del reply["To"]
    reply["To"] = answered["Reply-To"] or answered["From"]
    reply["In-Reply-To"] = answered["Message-ID"]
    reply["References"] = f"{answered['References'] or ''} {answered['Message-ID']}".strip()
    quoted = "\n".join(f"> {line}" for line in plain(answered).splitlines())
    reply.set_content(f"{text}\n\nOn Monday, support wrote:\n{quoted}\n")
    return reply


def plain(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part else ""
