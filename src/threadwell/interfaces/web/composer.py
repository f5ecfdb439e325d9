"""Composer: what stands in the field below a thread, and what comes back from it.

In:    a conversation, an agent's draft; the composer's form
Out:   the composer's context; the draft as it was written
Touch: Draft, Attachment, through `outbound`
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threadwell.channels.port import Address
from threadwell.flow import outbound
from threadwell.flow.cut import bringing
from threadwell.interfaces.web import deeds, filing, moments
from threadwell.interfaces.web.entrance import Request
from threadwell.kit import clock
from threadwell.kit.errors import Invalid, NotAllowed
from threadwell.kit.questions import Question
from threadwell.record.conversations.models import Attachment, Conversation, Draft, Message
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import May

REPLY, REPLY_ALL, FORWARD, NOTE = "reply", "reply_all", "forward", "note"
FACES: dict[str, tuple[Promise, str, str]] = {
    REPLY: (gettext_lazy("Reply"), "reply", "r"),
    REPLY_ALL: (gettext_lazy("Reply all"), "reply-all", "Shift+r"),
    FORWARD: (gettext_lazy("Forward"), "forward", "f"),
}
#: Longer than a request that keeps a draft can be on its way.
JUST_NOW = timedelta(seconds=10)
_SPECIAL = re.compile(r"[^\w .'-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One way to answer, with the recipients it would have."""

    key: str
    name: Promise
    icon: str
    keys: str
    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """What the agent had begun to write in a conversation that goes on in this one."""

    key: UUID
    name: str
    number: int
    kind: str  #: "note", "reply" or "forward"
    words: str

    @classmethod
    def of(cls, draft: Draft) -> "Other":
        assert draft.conversation
        return cls(
            key=draft.pk,
            name=str(draft.conversation),
            number=draft.conversation.number,
            kind=draft.kind,
            words=draft.text.strip(),
        )


def composer_of(
    request: Request,
    conversation: Conversation,
    *,
    messages: Sequence[Message] = (),
    draft: Draft | None = None,
    errors: Iterable[str] = (),
    stop: outbound.Stop | None = None,
    chosen: str = "",
    without: Collection[str] = (),
) -> dict[str, Any]:
    """The composer of a conversation. ``messages`` are those at hand; ``draft`` is the agent's, if read."""
    agent = request.agent
    begun = [] if "draft" in without else begun_in(conversation, agent)
    draft = draft or next((one for one in begun if one.conversation_id == conversation.pk), None)
    answered = _answered(conversation, draft, messages) if May.REPLY in agent.may else None
    inbox = _leaving_by(conversation)
    shown = {
        "as": chosen or _as(draft),
        "kinds": _kinds(answered, draft),
        "text": draft.text if draft else "",
        "html": html_of(request, draft) if draft else "",
        "mode": "rich" if draft and draft.html else "plain",
        "answers": answered.pk if answered else "",
        "begun_at": draft.begun_at if draft else clock.now(),
        "drawn_at": clock.now(),
        "from_address": inbox.address if inbox else "",
        "must_take": bool(inbox and conversation.owner_id != agent.pk and outbound.only_owner_answers(inbox)),
        "signature": "" if draft and _is_signed(draft.text) else _signature(agent, conversation),
        "known": " ".join(conversation.participants),
        "people": [address for address in conversation.participants if "," not in address],
        "files": files_of(draft),
        "max_bytes": settings.UPLOAD_LIMIT,
        "kept_at": draft.saved_at if draft else None,
        "others": [Other.of(one) for one in begun if one.conversation_id != conversation.pk],
        "errors": list(errors),
        "stop": stop.messages if stop else (),
        "newest": stop.newest if stop else "",
    }
    if May.REPLY not in agent.may or (not shown["kinds"]):
        shown["as"] = NOTE
    return shown


def draft_of(conversation: Conversation, agent: Agent) -> Draft | None:
    """What the agent has begun to write there, the latest first."""
    begun = begun_in(conversation, agent)
    return next((one for one in begun if one.conversation_id == conversation.pk), None)


def begun_in(conversation: Conversation, agent: Agent) -> list[Draft]:
    """The agent's drafts there, and those that stayed in what was joined into it; the latest first."""
    rows = list(DRAFTS(conversation.workspace_id, agent.pk, conversation.pk))
    return [
        one
        for one in rows
        if one.conversation_id == conversation.pk or (one.brought_into_id is None and one.is_begun)
    ]


def place_of(request: Request, number: int) -> Conversation:
    """Where what is written goes: the conversation, or the one it was joined into while its page stood open.

    A draft that stays in the joined one, since there is another in the other, is written on where it is.
    """
    asked = deeds.one(request, number)
    if asked.joined_into_id is None or draft_of(asked, request.agent):
        return asked
    goes_on = Conversation.objects.of(request.workspace).get(pk=asked.joined_into_id)
    return deeds.one(request, goes_on.number)


def _drafts(workspace_id: UUID, agent_id: UUID, conversation_id: UUID) -> Any:
    here = Q(conversation_id=conversation_id) | Q(conversation__joined_into_id=conversation_id)
    drafts = Draft.objects.of(workspace_id).filter(here, agent_id=agent_id)
    return drafts.select_related("answers", "conversation").order_by("-saved_at")


DRAFTS: Question[Draft] = Question(_drafts)


def html_of(request: Request, draft: Draft) -> str:
    """With the addresses of its pictures: an editor knows nothing of content ids."""
    return outbound.html_for_editor(draft, address_of=partial(filing.address_of, request.workspace))


def files_of(draft: Draft | None) -> list[Attachment]:
    """The files that go along."""
    if draft is None:
        return []
    return [filing.shown(one) for one in draft.files.order_by("made_at") if not one.is_inline]


def kept(request: Request, conversation: Conversation, *, kind: str = "") -> Draft:
    """The form's words as the agent's one draft in this conversation."""
    form = request.POST
    kind = kind or form.get("as", REPLY)
    _refuse_unless_allowed(request.agent, kind)
    _hold(conversation)
    answers = _named_message(conversation, form.get("answers", ""))
    draft = outbound.begin(conversation, kind, by=request.agent, answers=answers)
    if draft.begun_at > (seen := _moment(form.get("begun_at", ""))) and not draft.text.strip():
        draft.begun_at = seen
    draft.conversation = conversation
    _gather(draft)
    fields: dict[str, Any] = {"text": words_in(form), "html": form.get("html", "")}
    if kind != NOTE:
        people = {part: outbound.people_in(form.get(f"{kind}-{part}", "")) for part in ("to", "cc", "bcc")}
        fields |= people
    if kind == FORWARD and form.get("forward-subject"):
        fields["subject"] = form["forward-subject"][:998]
    outbound.save(draft, **fields)
    remove(draft, form.getlist("removed"))
    return draft


def begun(request: Request, conversation: Conversation) -> Draft:
    """The agent's draft there, whichever it is; a new one where there is none."""
    kind = request.POST.get("as") or REPLY
    kind = kind if May.REPLY in request.agent.may else NOTE
    _hold(conversation)
    return draft_of(conversation, request.agent) or outbound.begin(conversation, kind, by=request.agent)


def catch_up(draft: Draft, form: QueryDict) -> None:
    """Words that a device kept: in place of what it knew, or behind what came from elsewhere."""
    text, page = words_in(form), form.get("html", "")
    if draft.text.strip() != form.get("known", "").replace("\r\n", "\n").strip():
        text, page = bringing.behind(draft, text, page)
    outbound.save(draft, text=text, html=page)


def words_in(form: QueryDict) -> str:
    """The text as we keep it; browsers send it with the line ends of mail."""
    return form.get("text", "").replace("\r\n", "\n")


def is_late(request: Request, conversation: Conversation) -> bool:
    """Did these words leave a moment ago, while the form was on its way to be kept?"""
    _hold(conversation)
    drawn_at = _moment(request.POST.get("drawn_at", ""))
    since = max(drawn_at, clock.now() - JUST_NOW)
    return bool(conversation.messages.filter(agent=request.agent, at__gt=since).exists())


def remove(draft: Draft, keys: Iterable[str]) -> None:
    """Files that the writer has taken out again."""
    wanted = [key for key in map(_uuid, keys) if key]
    if wanted:
        draft.files.filter(pk__in=wanted).delete()


def forget(conversation: Conversation, agent: Agent) -> None:
    """What the agent has begun to write there is thrown away."""
    for draft in Draft.objects.of(conversation.workspace_id).filter(agent=agent, conversation=conversation):
        outbound.discard(draft)


def sign(draft: Draft, signature: str) -> None:
    """Put the signature below the words, unless one stands there."""
    if not signature or _is_signed(draft.text):
        return
    fields = {"text": f"{draft.text.rstrip()}{signature}"}
    if draft.html:
        lines = "<br>".join(str(escape(line)) for line in signature.strip("\n").split("\n"))
        fields["html"] = f"{draft.html}<br><div>{lines}</div>"
    outbound.save(draft, **fields)


def ahead(text: str) -> datetime:
    """A moment that somebody chose for later; it lies ahead."""
    at = moments.moment(text)
    if at <= clock.now():
        raise Invalid(_("Choose a time that is still to come."))
    return at


def written(people: Iterable[Address | dict[str, str]]) -> str:
    """Addresses as a person reads and types them."""
    return ", ".join(_person(one) for one in people)


def _person(one: Address | dict[str, str]) -> str:
    name, email = (one.name, one.email) if isinstance(one, Address) else (one["name"], one["email"])
    if not name:
        return email
    shown = '"' + name.replace("\\", "").replace('"', "") + '"' if _SPECIAL.search(name) else name
    return f"{shown} <{email}>"


def _answered(conversation: Conversation, draft: Draft | None, messages: Sequence[Message]) -> Message | None:
    if draft and draft.answers:
        answered: Message = draft.answers
        return answered
    theirs = [
        one
        for one in messages
        if one.direction == Message.Direction.IN
        and one.kind == Message.Kind.MESSAGE
        and one.channel == Inbox.Kind.EMAIL
    ]
    return theirs[-1] if theirs else outbound.to_answer(conversation)


def _kinds(answered: Message | None, draft: Draft | None) -> list[Kind]:
    if answered is None:
        return []
    kinds = []
    mine = _as(draft) if draft else ""
    for key, suggestion in outbound.suggested(answered).items():
        name, icon, keys = FACES[key]
        facts = {"to": written(suggestion.to), "cc": written(suggestion.cc), "subject": suggestion.subject}
        if draft and key == mine:
            facts = {part: written(getattr(draft, part)) for part in ("to", "cc", "bcc")}
            facts["subject"] = draft.subject
        if key != REPLY_ALL or facts["cc"]:
            kinds.append(Kind(key=key, name=name, icon=icon, keys=keys, **facts))
    return kinds


def _as(draft: Draft | None) -> str:
    if draft is None or draft.kind == Draft.Kind.REPLY:
        return REPLY_ALL if draft and draft.cc else REPLY
    return FORWARD if draft.kind == Draft.Kind.FORWARD else NOTE


def _gather(draft: Draft) -> None:
    """One composer is one draft: the files of the agent's others there come along, their words have."""
    others = Draft.objects.of(draft.workspace_id).filter(
        agent_id=draft.agent_id, conversation=draft.conversation
    )
    gone = list(others.exclude(pk=draft.pk).values_list("pk", flat=True))
    if gone:
        Draft.objects.of(draft.workspace_id).filter(brought_into_id__in=gone).update(brought_into=draft)
        files = Attachment.objects.of(draft.workspace_id).filter(draft_id__in=gone)
        files.update(draft=draft)
        others.filter(pk__in=gone).delete()


def _refuse_unless_allowed(agent: Agent, kind: str) -> None:
    if kind != NOTE and May.REPLY not in agent.may:
        raise NotAllowed(
            _("Your role here (%(role)s) does not include this.") % {"role": agent.get_role_display()}
        )


def _named_message(conversation: Conversation, key: str) -> Message | None:
    wanted = _uuid(key)
    if not wanted:
        return None
    found: Message | None = outbound.standing_in(conversation).filter(pk=wanted).first()
    return found


def _hold(conversation: Conversation) -> None:
    """Whoever sends or keeps something in this conversation does so one after the other."""
    rows = Conversation.objects.of(conversation.workspace_id).filter(pk=conversation.pk)
    rows.select_for_update().values_list("pk").get()


def _moment(text: str) -> datetime:
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    return at if at and timezone.is_aware(at) else clock.now()


def _signature(agent: Agent, conversation: Conversation) -> str:
    inbox = _leaving_by(conversation)
    return outbound.signature(agent, inbox).removeprefix("\n\n-- \n") if inbox else ""


def _leaving_by(conversation: Conversation) -> Inbox | None:
    try:
        return outbound.inbox_for(conversation)
    except outbound.NoInbox:
        return None


def _is_signed(text: str) -> bool:
    return bool(re.search(r"(?m)^-- ?$", text))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
