"""Mails: what a customer says, as the mail that their program writes.

In:    a Step of a Story, what it answers
Out:   bytes with CRLF line ends, as they come over the wire
Touch: nothing
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from html import escape
from zoneinfo import ZoneInfo

from threadwell.interfaces.commands.demo_firm import files, firm
from threadwell.interfaces.commands.demo_firm.files import File
from threadwell.interfaces.commands.demo_firm.story import Step, StepKind, Story

type Headers = dict[str, str]

_OLD_CHARSETS = {"pl": "iso-8859-2", "de": "windows-1252", "fr": "iso-8859-1", "pt": "iso-8859-1"}
_MAILERS = {
    "outlook": ("X-Mailer", "Microsoft Outlook 16.0"),
    "apple": ("X-Mailer", "Apple Mail (2.3731.700.6)"),
    "iphone": ("X-Mailer", "iPhone Mail (20H115)"),
    "thunderbird": ("User-Agent", "Mozilla Thunderbird"),
}
_RUBBISH = (
    ("Your parcel could not be delivered, confirm your address", "parcel-notice.example"),
    ("RE: Business proposal, 45% of the sum", "trusted-notary.example"),
    ("Rank first on every search engine in 7 days", "seo-rocket.example"),
    ("Your mailbox is 98% full: keep the same password", "mailbox-team.example"),
    ("Cheap solar panels, last pallets", "sunny-deals.example"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The letter that is answered."""

    message_id: str
    references: tuple[str, ...]
    name: str
    address: str
    at: datetime
    text: str


def written(story: Story, step: Step, before: Before | None, *, number: int) -> bytes:
    """The mail of a step; ``number`` tells it from all others."""
    match step.kind:
        case StepKind.SPAM:
            return _rubbish(story, step, number)
        case StepKind.BOUNCE if before:
            return _bounce(story, step, before, number)
        case StepKind.AWAY if before:
            return _away(story, step, before, number)
        case StepKind.SENT:
            return _sent(story, step, before, number)
        case StepKind.INVITATION:
            return _invitation(story, step, before, number)
    return _letter(story, step, before, number)


def _letter(story: Story, step: Step, before: Before | None, number: int) -> bytes:
    headers, mail = _headed(story, step, before, number), EmailMessage(policy=SMTP)
    charset = _OLD_CHARSETS.get(story.customer.language, "utf-8") if number % 11 == 0 else "utf-8"
    text = f"{step.text}\n{_signature(story)}{_quoted(story, before)}"
    if story.program == "thunderbird":
        mail.set_content(text, params={"format": "flowed"})
    elif charset == "utf-8" or not _fits(text, charset):
        mail.set_content(text)
    else:
        mail.set_content(text, charset=charset)
    if story.program in {"outlook", "gmail", "apple"}:
        logo = files.mark(story.number % 9) if story.program == "outlook" and story.number % 3 == 0 else None
        mail.add_alternative(_page(story, step, before, logo), subtype="html")
        if logo:
            body = mail.get_payload()[1]  # type: ignore[index]
            body.add_related(logo.content, "image", "png", cid="<logo@sig>", filename=logo.name)  # type: ignore[union-attr]
    for file in step.files:
        _attach(mail, file)
    return _joined(headers, mail)


def _headed(story: Story, step: Step, before: Before | None, number: int) -> Headers:
    customer = story.customer
    mail: Headers = {}
    mail["Received"] = f"from mx.{customer.address.partition('@')[2]} by mx.{firm.HOST} with ESMTPS"
    mail["Authentication-Results"] = (
        f"mx.{firm.HOST}; spf=pass smtp.mailfrom={customer.address}; dkim=pass; dmarc=pass"
    )
    mail["From"] = formataddr((customer.name, customer.address))
    mail["To"] = ", ".join(f"{key}@{firm.HOST}" for key in (story.inbox, story.also_to) if key)
    mail["Subject"] = f"{story.language.answer_mark}: {story.subject}" if before else story.subject
    mail["Date"] = format_datetime(step.at.astimezone(ZoneInfo(customer.zone)))
    mail["Message-ID"] = f"<{number:06}.{story.number}@{customer.address.partition('@')[2]}>"
    if before:
        _answer(mail, before)
    if story.program in _MAILERS:
        name, value = _MAILERS[story.program]
        mail[name] = value
    return mail


def _joined(headers: Headers, body: EmailMessage) -> bytes:
    """The mail. Its headers are written here: the library's way would take half of the time of a demo."""
    lines = "".join(f"{name}: {_encoded(value)}\n" for name, value in headers.items())
    return lines.encode().replace(b"\n", b"\r\n") + body.as_bytes()


def _encoded(value: str) -> str:
    return value if value.isascii() else Header(value, "utf-8").encode()


def _answer(mail: Headers, before: Before) -> None:
    mail["In-Reply-To"] = f"<{before.message_id}>"
    mail["References"] = "\n ".join(f"<{one}>" for one in (*before.references, before.message_id))


def _signature(story: Story) -> str:
    customer = story.customer
    if story.program == "iphone":
        return f"\n{story.language.phone}\n"
    if not customer.firm or story.number % 4 == 0:
        return ""
    mark = "-- \n" if story.program in {"thunderbird", "webmail"} else "\n"
    return f"\n{mark}{customer.role}\n{customer.firm.name}\n{customer.phone}\n"


def _quoted(story: Story, before: Before | None) -> str:
    if before is None:
        return ""
    if story.program == "outlook":
        return f"\n________________________________\n{_head(story, before)}\n\n{before.text}\n"
    lines = "\n".join(f"> {line}".rstrip() for line in before.text.splitlines())
    return f"\n{_wrote(story, before)}\n\n{lines}\n"


def _wrote(story: Story, before: Before) -> str:
    date = before.at.astimezone(ZoneInfo(story.customer.zone)).strftime(story.language.date)
    return story.language.wrote.format(date=date, name=before.name, address=before.address)


def _head(story: Story, before: Before, end: str = "\n") -> str:
    date = before.at.astimezone(ZoneInfo(story.customer.zone)).strftime(story.language.date)
    told = (f"{before.name} <{before.address}>", date, story.customer.address, story.subject)
    pairs = zip(story.language.head, told, strict=True)
    if end == "\n":
        return "\n".join(f"{name}: {value}" for name, value in pairs)
    return end.join(f"<b>{name}:</b> {escape(value)}" for name, value in pairs)


def _page(story: Story, step: Step, before: Before | None, logo: File | None) -> str:
    said = _paragraphs(f"{step.text}\n{_signature(story)}", story.program)
    if logo:
        said += '<p class="MsoNormal"><img src="cid:logo@sig" width="32" height="32" alt=""></p>'
    if before is None:
        return f"<html><body>{said}</body></html>"
    earlier = "<br>".join(escape(line) for line in before.text.splitlines())
    match story.program:
        case "gmail":
            quote = (
                '<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
                f'{escape(_wrote(story, before))}<br></div><blockquote class="gmail_quote" '
                f'style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">{earlier}'
                "</blockquote></div>"
            )
        case "apple":
            quote = (
                f'<div><br><blockquote type="cite"><div>{escape(_wrote(story, before))}</div><br>'
                f"<div>{earlier}</div></blockquote></div>"
            )
        case _:
            quote = (
                '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0 0 0">'
                f'<p class="MsoNormal">{_head(story, before, "<br>")}</p></div>'
                f'<p class="MsoNormal">{earlier}</p>'
            )
    return f"<html><body>{said}{quote}</body></html>"


def _paragraphs(text: str, program: str) -> str:
    pieces = [escape(piece).replace("\n", "<br>") for piece in text.strip().split("\n\n")]
    if program == "outlook":
        return "".join(f'<p class="MsoNormal">{piece}</p><p class="MsoNormal">&nbsp;</p>' for piece in pieces)
    return '<div dir="ltr">' + "".join(f"<div>{piece}</div><div><br></div>" for piece in pieces) + "</div>"


def _attach(mail: EmailMessage, file: File) -> None:
    kind, _, form = file.type.partition("/")
    mail.add_attachment(file.content, maintype=kind, subtype=form, filename=file.name)


def _fits(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _sent(story: Story, step: Step, before: Before | None, number: int) -> bytes:
    """An answer of ours, as it lies in the Sent folder."""
    person = next(one for one in firm.PEOPLE if one.key == step.by)
    mail: Headers = {}
    mail["From"] = formataddr((person.name, person.address))
    mail["To"] = formataddr((story.customer.name, story.customer.address))
    mail["Reply-To"] = f"{story.inbox}@{firm.HOST}"
    mail["Subject"] = f"Re: {story.subject}"
    mail["Date"] = format_datetime(step.at.astimezone(ZoneInfo(firm.ZONE)))
    mail["Message-ID"] = f"<{number:06}.{story.number}@{firm.HOST}>"
    if before:
        _answer(mail, before)
    quote = _quoted(story, before).lstrip() if story.number % 2 else ""
    body = EmailMessage(policy=SMTP)
    body.set_content(f"{step.text}\n\n-- \n{person.signature}\n\n{quote}")
    return _joined(mail, body)


def _away(story: Story, step: Step, before: Before, number: int) -> bytes:
    mail = _headed(story, step, before, number)
    mail["Subject"] = story.language.away_subject.format(subject=story.subject)
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    body = EmailMessage(policy=SMTP)
    body.set_content(f"{step.text}\n\n{story.customer.name}\n")
    return _joined(mail, body)


def _invitation(story: Story, step: Step, before: Before | None, number: int) -> bytes:
    headers, mail = _headed(story, step, before, number), EmailMessage(policy=SMTP)
    headers["Subject"] = step.text
    mail.set_content(f"{step.text}\n\n{story.customer.name}\n")
    begins = (step.at + timedelta(days=5)).replace(hour=9, minute=30, second=0, microsecond=0)
    event = (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Demo//Calendar//EN", "METHOD:REQUEST", "BEGIN:VEVENT",
        f"UID:{number}-{story.number}@{story.customer.address.partition('@')[2]}",
        f"DTSTAMP:{step.at:%Y%m%dT%H%M%SZ}", f"DTSTART:{begins:%Y%m%dT%H%M%SZ}",
        f"DTEND:{begins + timedelta(hours=1):%Y%m%dT%H%M%SZ}", f"SUMMARY:{step.text}",
        f"LOCATION:{story.gaps['site']}",
        f"ORGANIZER;CN={story.customer.name}:mailto:{story.customer.address}",
        f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{story.inbox}@{firm.HOST}",
        "END:VEVENT", "END:VCALENDAR", "",
    )  # fmt: skip
    mail.add_alternative("\r\n".join(event), subtype="calendar", params={"method": "REQUEST"})
    return _joined(headers, mail)


def _bounce(story: Story, step: Step, before: Before, number: int) -> bytes:
    """A delivery report (RFC 3464) about our letter."""
    host = story.customer.address.partition("@")[2]
    at = format_datetime(step.at.astimezone(ZoneInfo(story.customer.zone)))
    status, why = (
        ("5.1.1", "550 5.1.1 The mailbox does not exist") if story.number % 2
        else ("5.2.2", "552 5.2.2 The mailbox is full")
    )  # fmt: skip
    told = (
        f"This is the mail system of {host}.\n\nYour message could not be delivered to one recipient.\n\n"
        f"<{story.customer.address}>: {why}\n"
    )
    report = (
        f"Reporting-MTA: dns; mx.{host}\nArrival-Date: {at}\n\n"
        f"Final-Recipient: rfc822; {story.customer.address}\n"
        f"Action: failed\nStatus: {status}\nDiagnostic-Code: smtp; {why}\n"
    )
    subject = story.subject.encode("ascii", "replace").decode()
    original = (
        f"Message-ID: <{before.message_id}>\nFrom: {before.address}\nTo: {story.customer.address}\n"
        f"Subject: {subject}\n"
    )
    edge = f"=_report_{number}"
    parts = (
        ("text/plain; charset=utf-8", told),
        ("message/delivery-status", report),
        ("text/rfc822-headers", original),
    )
    body = "".join(f"--{edge}\nContent-Type: {kind}\n\n{part}\n" for kind, part in parts)
    head = (
        f"From: Mail Delivery System <mailer-daemon@{host}>\nTo: {before.address}\n"
        f"Subject: Undelivered Mail Returned to Sender\nDate: {at}\nMessage-ID: <report.{number}@{host}>\n"
        "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{edge}"\n\n'
    )
    return f"{head}{body}--{edge}--\n".encode().replace(b"\n", b"\r\n")


def _rubbish(story: Story, step: Step, number: int) -> bytes:
    subject, host = _RUBBISH[story.number % len(_RUBBISH)]
    mail: Headers = {}
    mail["Received"] = f"from {host} by mx.{firm.HOST} with SMTP"
    mail["From"] = f"Special Office <office{story.number}@{host}>"
    mail["To"] = f"{story.inbox}@{firm.HOST}"
    mail["Subject"] = subject
    mail["Date"] = format_datetime(step.at)
    mail["Message-ID"] = f"<{number}.{story.number}@{host}>"
    mail["X-Spam-Flag"] = "YES"
    mail["X-Spam-Status"] = f"Yes, score={6 + story.number % 9}.4 required=5.0 tests=BAYES_99,URIBL_BLACK"
    body = EmailMessage(policy=SMTP)
    body.set_content(f"{subject}\n\nClick here: https://{host}/offer\n")
    body.add_alternative(
        f'<p>{subject}</p><p><a href="https://{host}/offer">Click here</a></p>', subtype="html"
    )
    return _joined(mail, body)
