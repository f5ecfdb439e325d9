"""Surveying: who was helped is asked how it was, and what they answer is kept.

    a conversation is closed -> plan -> (the delay passes) -> ask, or leave out with the reason
    a click in the letter -> a page -> answer -> the timeline, and a notice where it was bad

In:    what happened (`reactions`); the passing of time; the token of a link, a score, words
Out:   Survey; a letter by `reply/unattended`; why nobody was asked
Touch: Survey, Message, Outgoing, Notice, events

The link is signed, and names one survey. Looking at it changes nothing: programs that follow every link of a
mail record no score.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from threadwell.flow.reply import asking, unattended
from threadwell.flow.timed import striking
from threadwell.kit import clock, tenancy
from threadwell.kit.errors import DomainError, Invalid, NotFound
from threadwell.kit.later import every
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.inboxes.models import Inbox, settings_of
from threadwell.record.journal.models import Event
from threadwell.record.journal.telling import Happening, tell
from threadwell.record.notices.models import Notice
from threadwell.record.people.models import Contact
from threadwell.record.people.one import members_of
from threadwell.record.surveys import links
from threadwell.record.surveys.models import Survey
from threadwell.record.surveys.survey import BEST, LONGEST, Scale
from threadwell.record.workplace.models import Agent

PART = "survey"  #: of an inbox's settings (docs/reference/inboxes.md)
SHIPPED: dict[str, Any] = {
    "is_on": False,
    "scale": str(Scale.FIVE),
    "question": "",
    "language": "",
    "delay_hours": 1,
    "each_days": 30,
    "open_days": 14,
    "alert_at": 2,
}
BOUNDS = {"delay_hours": (0, 720), "each_days": (0, 365), "open_days": (1, 90), "alert_at": (0, 4)}
QUESTION = 200
#: An event that was read so long afterwards (an old mailbox, an outage) brings nobody to be asked.
STALE = timedelta(days=1)
#: What was due, or last spoken of, so long ago is past.
LATE, COLD = timedelta(days=7), timedelta(days=60)
CLOSED = "conversation.closed"
LeftOut = Survey.LeftOut


class SurveyOver(DomainError):
    """The question was asked too long ago to be answered, or the answer changed."""

    code = "survey-over"
    status: ClassVar[int] = 410


def choose(inbox: Inbox, *, by: Agent, **wish: Any) -> bool:
    """Whether and how an inbox asks; what is left out stays."""
    chosen = {**wishes_of(inbox), **wish}
    chosen["question"] = " ".join(str(chosen["question"]).split())
    if chosen["scale"] not in Scale.values or chosen["language"] not in ("", *dict(settings.LANGUAGES)):
        raise Invalid(_("There is no such choice."))
    if len(chosen["question"]) > QUESTION:
        raise Invalid(_("A question has %(most)s letters at most.") % {"most": QUESTION})
    for name, (least, most) in BOUNDS.items():
        if not least <= int(chosen[name]) <= most:
            raise Invalid(_("Choose a number from %(least)s to %(most)s.") % {"least": least, "most": most})
    if chosen == wishes_of(inbox):
        return False
    inbox.settings = {**inbox.settings, PART: chosen}
    inbox.save(update_fields=["settings"])
    tell(inbox, "inbox.surveys", by=by, is_on=bool(chosen["is_on"]), scale=chosen["scale"])
    return True


def wishes_of(inbox: Inbox) -> dict[str, Any]:
    """What was chosen for it, and what holds where nothing was."""
    kept = settings_of(inbox, PART)
    return {name: kept.get(name, shipped) for name, shipped in SHIPPED.items()}


def wants(name: str) -> bool:
    """Does somebody perhaps get asked for it?"""
    return name == CLOSED


def act_on(workspace_id: UUID, happenings: Sequence[Happening]) -> None:
    """Plan to ask about what was closed; twice does no harm."""
    with tenancy.entered(workspace_id):
        rows = Event.objects.of(workspace_id).filter(
            pk__in=[one.event_id for one in happenings], at__gt=clock.now() - STALE
        )
        closed = dict(rows.order_by("pk").values_list("about", "at"))
        talks = Conversation.objects.of(workspace_id).filter(
            pk__in=closed, status=Conversation.Status.CLOSED, joined_into=None, aside_of=None
        )
        for conversation in talks.select_related("inbox").order_by("pk"):
            _plan(conversation, closed[conversation.pk])


@every("* * * * *", "surveying.each_minute")
def each_minute(timestamp: int) -> None:
    """Whoever is to be asked by now, in every workspace."""
    striking.in_every(lambda key: ask_due(key, now=clock.now()), "surveys")


def ask_due(workspace_id: UUID, *, now: datetime) -> int:
    """Ask those whose moment has come, or say why not; how many were settled."""
    due = partial(_due, workspace_id, now)
    return striking.strike(workspace_id, due, partial(_settle, workspace_id, now))


def token_of(survey: Survey) -> str:
    """What the link of a survey names."""
    return links.token_of(survey.workspace_id, survey.pk)


def asked_of(token: str) -> Survey:
    """The survey of a link, inside its workspace; refused when it is over."""
    workspace_id, key = links.place_of(token)
    rows = Survey.objects.of(workspace_id).asked().select_related("inbox", "workspace")
    survey: Survey | None = rows.filter(pk=key).first()
    if survey is None:
        raise NotFound(_("There is nothing here."))
    if survey.open_until and survey.open_until < clock.now():
        raise SurveyOver(_("This question is closed. If something is still wrong, write to us again."))
    return survey


def answer(token: str, *, score: int, words: str) -> Survey:
    """What somebody thinks of it, for the first time or changed; must run inside the workspace."""
    workspace_id, key = links.place_of(token)
    Survey.objects.of(workspace_id).select_for_update().filter(pk=key).first()
    survey = asked_of(token)
    if score not in Scale(survey.scale).scores:
        raise Invalid(_("Choose one of the answers."))
    words = words.replace("\0", "").strip()[:LONGEST]
    before = survey.score
    if (before, survey.words) == (score, words):
        return survey
    now = clock.now()
    survey.score, survey.words, survey.changed_at = score, words, now
    survey.answered_at = survey.answered_at or now
    survey.save(update_fields=["score", "words", "changed_at", "answered_at"])
    who = survey.contact.name if survey.contact else ""
    facts: dict[str, Any] = {
        "survey": str(survey.pk),
        "score": score,
        "scale": survey.scale,
        "before": before,
    }
    tell(survey.conversation, "conversation.rated", who=who, words=words[:500], **facts)
    _alert(survey, before, who, now)
    return survey


def _plan(conversation: Conversation, closed_at: datetime) -> None:
    wish = wishes_of(conversation.inbox)
    if not wish["is_on"] or conversation.inbox.closed_at:
        return
    due_at = closed_at + timedelta(hours=int(wish["delay_hours"]))
    facts = {
        "inbox_id": conversation.inbox_id,
        "contact_id": conversation.contact_id,
        "organisation_id": conversation.organisation_id,
        "agent_id": conversation.owner_id,
        "scale": wish["scale"],
        "due_at": due_at,
    }
    rows = Survey.objects.of(conversation.workspace_id).filter(conversation=conversation)
    if rows.planned().update(**facts) or rows.filter(due_at=due_at).exists():
        return
    one = Survey(workspace_id=conversation.workspace_id, conversation=conversation, **facts)
    Survey.objects.bulk_create([one], ignore_conflicts=True)


def _due(workspace_id: UUID, now: datetime) -> Any:
    return Survey.objects.of(workspace_id).due(now=now).order_by("due_at", "pk")


def _settle(workspace_id: UUID, now: datetime, key: UUID) -> bool:
    """Ask, or write why not."""
    rows = Survey.objects.of(workspace_id).planned().filter(pk=key)
    survey: Survey | None = rows.select_for_update(of=("self",), skip_locked=True).first()
    if survey is None:
        return False
    conversation: Conversation = Conversation.objects.of(workspace_id).get(pk=survey.conversation_id)
    if conversation.status != Conversation.Status.CLOSED or conversation.joined_into_id:
        # It goes on; when it is closed again, it is planned again.
        rows.delete()
        return True
    heard = _heard(conversation)
    survey.left_out_because = _why_not(survey, conversation, heard, now)
    if not survey.left_out_because and heard:
        _ask(survey, conversation, heard, now)
    survey.save(
        update_fields=["left_out_because", "asked_at", "message", "open_until", "contact", "organisation"]
    )
    return True


def _heard(conversation: Conversation) -> Message | None:
    """The last letter of a person; nobody else is asked."""
    letters = conversation.messages.filter(
        direction=Message.Direction.IN, kind=Message.Kind.MESSAGE, channel=Inbox.Kind.EMAIL
    )
    found: Message | None = letters.order_by("-at", "-pk").first()
    return found


def _why_not(survey: Survey, conversation: Conversation, heard: Message | None, now: datetime) -> str:
    """What speaks against asking; empty when nothing does."""
    if not wishes_of(survey.inbox)["is_on"] or survey.inbox.closed_at:
        return LeftOut.OFF
    if now - survey.due_at > LATE or now - conversation.last_message_at > COLD:
        return LeftOut.LATE
    answers = conversation.messages.filter(direction=Message.Direction.OUT, kind=Message.Kind.MESSAGE)
    if heard is None or not answers.exists():
        return LeftOut.NOBODY
    if because := _doubt(heard):
        return because
    if because := unattended.why_not(conversation, heard.from_address, now=now):
        return because
    survey.contact_id = heard.contact_id or conversation.contact_id
    return LeftOut.RECENT if _was_asked(survey, now) else ""


def _doubt(heard: Message) -> str:
    """What the letter itself says against it."""
    if heard.facts.get("list_id"):
        return LeftOut.LIST
    is_forged = (heard.facts.get("authentication") or {}).get("dmarc") == "fail"
    return LeftOut.FORGED if is_forged else ""


def _was_asked(survey: Survey, now: datetime) -> bool:
    """Whether this person was asked a short while ago, under whatever record and by whatever inbox."""
    if survey.contact_id is None:
        return False
    contact: Contact = Contact.objects.of(survey.workspace_id).get(pk=survey.contact_id)
    members = members_of(contact)
    # Of two who want to ask at once, one waits here and then sees what the other has done.
    Contact.objects.of(survey.workspace_id).select_for_update().filter(pk=members[0]).first()
    since = now - timedelta(days=int(wishes_of(survey.inbox)["each_days"]))
    asked = Survey.objects.of(survey.workspace_id).asked().filter(contact_id__in=members)
    return bool(asked.filter(asked_at__gt=since).exists())


def _ask(survey: Survey, conversation: Conversation, heard: Message, now: datetime) -> None:
    wish = wishes_of(survey.inbox)
    survey.asked_at, survey.open_until = now, now + timedelta(days=int(wish["open_days"]))
    if heard.organisation_id:
        survey.organisation_id = heard.organisation_id
    language = wish["language"] or settings.LANGUAGE_CODE
    with override(language):
        question = unattended.filled(question_of(survey), conversation)
        text = asking.words(question, Scale(survey.scale))
    survey.message = unattended.say(
        conversation,
        inbox=survey.inbox,
        to=asking.reader_of(heard),
        text=text,
        facts=asking.facts_of(survey, question, language),
        answers=heard,
        by=None,
        because=unattended.GENERATED,
        now=now,
    )


def question_of(survey: Survey) -> str:
    """What is asked, in the words of the inbox, else in ours, in the language that is spoken now."""
    return str(wishes_of(survey.inbox)["question"]) or _("How did we do?")


def _alert(survey: Survey, before: int | None, who: str, now: datetime) -> None:
    """A bad answer reaches who looks after the customer; not again while it stays bad."""
    bad = int(wishes_of(survey.inbox)["alert_at"])
    if survey.score is None or survey.score > bad or (before is not None and before <= bad):
        return
    conversation = survey.conversation
    account = survey.contact
    owners = (conversation.owner, survey.agent, account.owner if account else None)
    wanted = next((one for one in owners if one and one.left_at is None), None)
    if wanted:
        Notice.give(
            [wanted],
            kind=Notice.Kind.RATED,
            key=f"rated:{survey.pk}:{now.isoformat()}",
            at=now,
            conversation=conversation,
            who=who or _("A customer"),
            score=survey.score,
            best=BEST,
            words=survey.words[:300],
        )
