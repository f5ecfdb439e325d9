"""Compose: from what an agent wrote to a message that can leave.

In:    a conversation, a draft, who speaks
Out:   Draft; Message with its Outgoing; the bytes of its mail
Touch: Draft, Message, Attachment, Outgoing, ThreadKey, blobs
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import zstandard
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override
from selectolax.lexbor import LexborHTMLParser

from threadwell.channels.email import clues, subjects, tokens, write
from threadwell.channels.port import Address
from threadwell.flow.reply import answer, asking, beside
from threadwell.kit import blobs, clock, html, ids
from threadwell.kit.errors import DomainError
from threadwell.kit.questions import Question
from threadwell.record.conversations import joining, wording
from threadwell.record.conversations.models import (
    Attachment,
    Conversation,
    Draft,
    Message,
    Outgoing,
    ThreadKey,
)
from threadwell.record.inboxes.models import Inbox, settings_of
from threadwell.record.workplace.models import Agent, Workspace

PARTS = ("to", "cc", "bcc")
_KEPT_OF_DRAFT = (*PARTS, "subject", "html", "text", "is_quoting", "kind")


class DraftGone(DomainError):
    """The draft was sent or thrown away meanwhile."""

    code = "draft-gone"


def to_answer(conversation: Conversation) -> Message | None:
    """What an answer is an answer to: the customer's last word, or ours when they have said nothing."""
    # Of what was spoken nothing can be answered by mail.
    said = conversation.messages.filter(channel=Inbox.Kind.EMAIL).order_by("-at", "-pk")
    said = said.exclude(direction=Message.Direction.NOTE)
    person = said.filter(direction=Message.Direction.IN, kind=Message.Kind.MESSAGE)
    return person.first() or said.filter(kind=Message.Kind.MESSAGE).first() or said.first()


def begin(
    conversation: Conversation, kind: str, *, by: Agent, answers: Message | None, inbox: Inbox
) -> Draft:
    """The agent's draft of that kind, its recipients and subject taken from the message answered."""
    draft = _found_or_made(conversation, answer.KINDS[kind], by=by, inbox=inbox)
    if kind == answer.NOTE:
        return draft
    if answers is not None:
        left_out = our_addresses(inbox.workspace_id) | beside.kept_out(conversation)
        recipients = answer.recipients_of(answers, kind, left_out)
        draft.to, draft.cc = answer.named(recipients.to), answer.named(recipients.cc)
        draft.subject = answer.subject_of(answers, kind)
    if not draft.text and not draft.html:
        draft.text = signature_of(by, inbox)
        draft.begun_at = clock.now()
    if kind == answer.FORWARD and answers is not None and draft.answers_id != answers.pk:
        _take_along(answers, draft)
    draft.answers = answers
    draft.saved_at = clock.now()
    draft.save()
    return draft


def begin_anew(inbox: Inbox, *, by: Agent, to: Iterable[Address], subject: str) -> Draft:
    """An agent writes first."""
    return Draft.objects.create(
        workspace_id=inbox.workspace_id,
        agent=by,
        inbox=inbox,
        kind=Draft.Kind.NEW,
        to=answer.named(to),
        subject=subject,
        text=signature_of(by, inbox),
        is_quoting=False,
    )


def hold(draft: Draft) -> None:
    """Nobody else writes to the draft until the transaction ends; `DraftGone` when it is one no more."""
    held = Draft.objects.of(draft.workspace_id).select_for_update().filter(pk=draft.pk)
    if not held.exists():
        raise DraftGone(_("This draft is gone: it was sent or thrown away."))


def save(draft: Draft, **fields: Any) -> None:
    """Keep what was written so far: to, cc, bcc (Addresses), subject, html, text, is_quoting, inbox."""
    hold(draft)  # else a late autosave would bring a sent draft back to life
    if fields.get("text", draft.text) != draft.text:
        draft.brought_into = None  # the words that stand elsewhere are no longer these
    for name, value in fields.items():
        if name in PARTS:
            setattr(draft, name, answer.named(value))
        elif name == "html":
            draft.html = html_kept(draft, value)
        else:
            assert name in {"subject", "text", "is_quoting", "inbox"}, name
            setattr(draft, name, value)
    draft.subject = write.one_line(draft.subject)
    draft.saved_at = clock.now()
    draft.save()


def html_shown(draft: Draft, *, address_of: Callable[[Attachment], str]) -> str:
    """The draft's HTML for an editor, in which pictures have an address instead of a content id."""
    page = draft.html
    if "cid:" in page:
        for file in draft.files.filter(is_inline=True):
            page = page.replace(f"cid:{file.content_id}", html.escape(address_of(file)))
    return page


def html_kept(draft: Draft, source: str) -> str:
    """Safe HTML in which pictures that came up with this draft are named by their content id."""
    if "<img" in source:
        inline = {str(file.pk): file.content_id for file in draft.files.filter(is_inline=True)}
        tree = LexborHTMLParser(source)
        for picture in tree.css("img"):
            address = picture.attributes.get("src") or ""
            if cid := next((cid for key, cid in inline.items() if key in address), ""):
                picture.attrs["src"] = f"cid:{cid}"
        source = (tree.body.inner_html or "") if tree.body else source
    return html.sanitise(source)


def signature_of(agent: Agent, inbox: Inbox) -> str:
    """What stands below the words: the agent's own signature, or the inbox's."""
    signature = (agent.signature or inbox.signature).strip()
    return f"\n\n-- \n{signature}" if signature else ""


def words_of(draft: Draft) -> str:
    """What the agent wrote, without the signature."""
    said = html.to_text(draft.html) if draft.html else draft.text
    return re.split(r"(?m)^-- ?$", said)[0].strip()


def message_of(draft: Draft, conversation: Conversation, *, by: Agent, at: datetime) -> Message:
    """The message as it stands in the conversation from now on; the draft is gone."""
    assert draft.inbox is not None
    quote = _quote(draft, conversation)
    said = (html.to_text(draft.html) if draft.html else draft.text).strip()
    page = draft.html and f"{draft.html}<br>{quote.html}" if quote.html else draft.html
    people = {one["email"].casefold() for part in PARTS for one in getattr(draft, part)}
    message = Message(
        workspace_id=draft.workspace_id,
        conversation=conversation,
        direction=Message.Direction.OUT,
        agent=by,
        contact_id=conversation.contact_id,
        organisation_id=conversation.organisation_id,
        from_name=speaker(by, draft.inbox),
        from_address=draft.inbox.address,
        recipients={part: getattr(draft, part) for part in PARTS},
        subject=draft.subject,
        text=said,
        quoted=quote.text,
        html=page,
        subject_base=subjects.read(draft.subject).base[:200],
        people=sorted(one for one in people if not answer.is_ours(one, our_addresses(draft.workspace_id)))[
            :100
        ],
        state=Message.State.HELD,
        facts=_place(draft),
        at=at,
    )
    home = _home_of(draft, conversation)
    message.message_id = f"{ids.new().hex}.{tokens.of(home)}@{_host(draft.inbox)}"
    _dispose_of_unseen_pictures(draft)
    files = list(draft.files)
    message.attachment_count = sum(not file.is_inline for file in files)
    words = wording.wording_of(
        subject=message.subject,
        text=said,
        writer=(message.from_name, message.from_address),
        recipients=people,
        files=[file.filename for file in files],
    )
    message.words = words.vector
    message.save()
    wording.learn(message.workspace_id, words)
    draft.files.update(message=message, draft=None)
    joining.settle_at(message, home)
    _register(message, home)
    draft.delete()
    return message


def memory_of(draft: Draft) -> dict[str, Any]:
    """What it takes to have the draft again."""
    kept = {name: getattr(draft, name) for name in _KEPT_OF_DRAFT}
    return {
        **kept,
        "answers": str(draft.answers_id or ""),
        "has_conversation": draft.conversation_id is not None,
        "begun_at": draft.begun_at.isoformat(),
    }


def draft_again(message: Message, memory: dict[str, Any]) -> Draft:
    """The draft as it was before it became this message; what was begun since stays below it."""
    conversation = message.conversation
    with_conversation = conversation if memory["has_conversation"] else None
    draft = Draft(workspace_id=message.workspace_id, agent=message.agent, conversation=with_conversation)
    if with_conversation:
        assert message.agent is not None
        begun = _of_agent(conversation, memory["kind"], by=message.agent)
        draft = begun or draft
    since = draft.text
    for name in _KEPT_OF_DRAFT:
        setattr(draft, name, memory[name])
    if since.strip() and since.strip() != memory["text"].strip():
        draft.text = f"{draft.text}\n\n{since}"
        draft.html = draft.html and f"{draft.html}<br>{html.escape(since)}"
    draft.inbox_id = message.outgoing.get().inbox_id
    draft.answers_id = memory["answers"] or None
    draft.begun_at = datetime.fromisoformat(memory["begun_at"])
    draft.saved_at = clock.now()
    draft.save()
    message.attachments.update(message=None, draft=draft)
    return draft


def unsay(message: Message) -> None:
    """The keys of a message that never was lead nowhere."""
    own = clues.key_of(message.message_id)
    ThreadKey.objects.of(message.workspace_id).filter(key=own).delete()
    joining.forget(message)


def envelope_of(message: Message) -> dict[str, dict[str, str]]:
    """Everybody it goes to, each once, blind copies too; and that nobody has it yet."""
    people = {one["email"].casefold(): one["email"] for part in PARTS for one in message.recipients[part]}
    return {address: {"state": "waiting"} for address in people.values()}


def mail_of(outgoing: Outgoing) -> bytes:
    """The mail, built once; dated the moment it leaves for the first time."""
    message, inbox = outgoing.message, outgoing.inbox
    told = settings_of(inbox, "outgoing")
    token = tokens.of(joining.home_of(message))
    plus = f"{inbox.address.partition('@')[0]}+{token}@{_host(inbox)}"
    quoted = f"\n\n{message.quoted}" if message.quoted else ""
    said = asking.as_sent(message)
    letter = write.Mail(
        from_=Address(name=message.from_name, email=inbox.address),
        to=answer.people_of(message.recipients["to"]),
        cc=answer.people_of(message.recipients["cc"]),
        reply_to=Address(name=inbox.name, email=plus)
        if told.get("plus_address") and write.is_address(plus)
        else None,
        subject=message.subject,
        date=clock.now(),
        message_id=message.message_id,
        in_reply_to=next(iter(message.facts.get("in_reply_to", ())), ""),
        references=tuple(message.facts.get("references", ())),
        auto_submitted=message.facts.get("auto_submitted", ""),
        text=f"{said.text}{quoted}",
        html=said.html,
        files=tuple(_files(message)),
    )
    return zstandard.ZstdCompressor(level=3).compress(write.mail(letter))


def our_addresses(workspace_id: Any) -> frozenset[str]:
    """Every address that customers write to, those of closed inboxes too."""
    return frozenset(address.casefold() for address in OUR_ADDRESSES(workspace_id))


OUR_ADDRESSES: Question[str] = Question(
    lambda workspace_id: Inbox.objects.of(workspace_id).values_list("address", flat=True)
)


def _found_or_made(conversation: Conversation, kind: str, *, by: Agent, inbox: Inbox) -> Draft:
    made = Draft(workspace_id=inbox.workspace_id, agent=by, conversation=conversation, kind=kind, inbox=inbox)
    with transaction.atomic():
        # Two tabs may ask at once; the one who comes second takes what the first has made.
        Draft.objects.bulk_create([made], ignore_conflicts=True)
    found = _of_agent(conversation, kind, by=by)
    assert found is not None
    return found


def _of_agent(conversation: Conversation, kind: str, *, by: Agent) -> Draft | None:
    mine: Draft | None = (
        Draft.objects.of(conversation.workspace_id)
        .filter(agent=by, conversation=conversation, kind=kind)
        .first()
    )
    return mine


def _take_along(message: Message, draft: Draft) -> None:
    """What came with a letter goes on with it."""
    draft.attachments.all().delete()
    Attachment.objects.bulk_create(
        Attachment(
            workspace_id=file.workspace_id,
            draft=draft,
            filename=file.filename,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            is_inline=file.is_inline,
            content_id=file.content_id,
            position=file.position,
            scan=file.scan,
        )
        for file in message.attachments.exclude(scan=Attachment.Scan.WITHHELD)
    )


def _quote(draft: Draft, conversation: Conversation) -> answer.Quote:
    if not draft.is_quoting or draft.answers is None:
        return answer.Quote(html="", text="")
    zone = Workspace.objects.values_list("zone", flat=True).get(pk=draft.workspace_id)
    contact = conversation.contact
    with override(contact.language if contact and contact.language else None):
        return answer.quote_of(draft.answers, draft.kind, zone=zone)


def speaker(agent: Agent, inbox: Inbox) -> str:
    """Whose name customers read in From."""
    match settings_of(inbox, "outgoing").get("from_name"):
        case "inbox":
            return inbox.name
        case "agent":
            return agent.name
        case _:
            return _("%(agent)s via %(inbox)s") % {"agent": agent.name, "inbox": inbox.name}


def _place(draft: Draft) -> dict[str, Any]:
    """The letters before it. One that is passed on begins anew for whoever gets it."""
    answered = draft.answers
    if answered is None or draft.kind != Draft.Kind.REPLY or not answered.message_id:
        return {}
    earlier = answered.facts.get("references", ()) or answered.facts.get("in_reply_to", ())
    return {"in_reply_to": [answered.message_id], "references": [*earlier, answered.message_id]}


def _host(inbox: Inbox) -> str:
    return write.wire_address(inbox.address).rpartition("@")[2]


def _dispose_of_unseen_pictures(draft: Draft) -> None:
    """A picture that was taken out of the text again does not go along; one of a letter passed on does."""
    if draft.kind == Draft.Kind.FORWARD:
        return
    for file in draft.files.filter(is_inline=True):
        if f"cid:{file.content_id}" not in draft.html:
            file.delete()


def _home_of(draft: Draft, conversation: Conversation) -> UUID:
    """An answer belongs where the letter belongs that it answers, also when that stands in another one."""
    answered = draft.answers
    if answered is None or answered.conversation_id != conversation.pk:
        return conversation.pk
    return joining.home_of(answered)


def _register(message: Message, home: UUID) -> None:
    """The key by which an answer that names the letter finds its way back."""
    ThreadKey.objects.create(
        workspace_id=message.workspace_id,
        key=clues.key_of(message.message_id),
        conversation_id=home,
        sender=message.from_address.casefold(),
        message_id=message.pk,
    )


def _files(message: Message) -> Iterable[write.File]:
    for file in message.attachments.order_by("position", "pk"):
        is_shown = file.is_inline and f"cid:{file.content_id}" in message.html
        yield write.File(
            filename=file.filename,
            content_type=file.content_type,
            content=blobs.read(message.workspace_id, file.sha256),
            content_id=file.content_id if is_shown else "",
        )
