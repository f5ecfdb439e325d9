"""Saying: what a notice tells, as a sentence.

In:    a notice
Out:   words in the active language and time zone
Touch: nothing
"""

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threadwell.kit.moments import moment
from threadwell.record.clocks.policy import Target
from threadwell.record.notices.models import Notice

_TARGETS = dict(Target.choices)
#: What somebody did in a conversation that the reader follows, or with a hand-over.
_TOLD: dict[tuple[str, str], Promise] = {
    ("followed", "wrote"): gettext_lazy("%(who)s has written"),
    ("followed", "answered"): gettext_lazy("%(who)s answered"),
    ("followed", "noted"): gettext_lazy("%(who)s wrote a note"),
    ("followed", "assigned"): gettext_lazy("%(who)s gave it another owner"),
    ("followed", "passed"): gettext_lazy("%(who)s passed it to another team"),
    ("followed", "closed"): gettext_lazy("%(who)s closed it"),
    ("followed", "reopened"): gettext_lazy("%(who)s opened it again"),
    ("followed", "snoozed"): gettext_lazy("%(who)s snoozed it"),
    ("followed", "weighed"): gettext_lazy("%(who)s gave it another priority"),
    ("followed", "labelled"): gettext_lazy("%(who)s changed its labels"),
    ("followed", "retitled"): gettext_lazy("%(who)s gave it another subject"),
    ("followed", "described"): gettext_lazy("%(who)s changed its type or its fields"),
    ("handover", "asked"): gettext_lazy("%(who)s asks you to take it over"),
    ("handover", "accepted"): gettext_lazy("%(who)s took it over from you"),
    ("handover", "returned"): gettext_lazy("%(who)s returns it to you: %(because)s"),
    ("handover", "late"): gettext_lazy("%(who)s has not answered the hand-over in time"),
}


def said(notice: Notice) -> str:
    """What it says, in the reader's words and zone; of what they may not see any more, nothing."""
    if notice.conversation_id and "conversation" in notice._state.fields_cache and not notice.conversation:
        return _("Something that you may not see any more")
    due_at = parse_datetime(str(notice.facts.get("due_at") or ""))
    facts = {
        "what": _TARGETS.get(str(notice.facts.get("target", "")), _("answer")),
        "when": moment(due_at) if due_at else "?",
        "policy": notice.facts.get("policy", ""),
    }
    match notice.kind:
        case Notice.Kind.DUE:
            return _("%(what)s due %(when)s, says “%(policy)s”") % facts
        case Notice.Kind.OVERDUE:
            return _("%(what)s overdue since %(when)s, says “%(policy)s”") % facts
        case Notice.Kind.CALLED:
            return _("You are called in: %(what)s, due %(when)s, says “%(policy)s”") % facts
        case _:
            return _of_colleagues(notice)


def _of_colleagues(notice: Notice) -> str:
    """What somebody did; or the words that came along."""
    facts = {name: notice.facts.get(name, "?") for name in ("who", "subject", "because")}
    match notice.kind:
        case Notice.Kind.MENTIONED:
            return _("%(who)s calls you in a note") % facts
        case Notice.Kind.ORPHAN:
            return _of_nobody(notice)
        case Notice.Kind.ASIDE:
            return _("%(who)s has answered aside: %(subject)s") % facts
        case Notice.Kind.RATED:
            return _rated(notice)
        case Notice.Kind.FOLLOWED | Notice.Kind.HANDOVER:
            sentence = _TOLD.get((notice.kind, str(notice.facts.get("what", ""))))
            return str(sentence) % facts if sentence else notice.get_kind_display()
        case _:
            return str(notice.facts.get("text", ""))


def _rated(notice: Notice) -> str:
    """What a customer thought of it, with their words where there are some."""
    facts = {name: notice.facts.get(name, "?") for name in ("who", "score", "best")}
    said = _("%(who)s rated it %(score)s of %(best)s") % facts
    words = str(notice.facts.get("words", ""))
    return f"{said}: “{words}”" if words else said


def _of_nobody(notice: Notice) -> str:
    """What stands open without anybody who answers for it."""
    since = parse_datetime(str(notice.facts.get("since") or ""))
    when = moment(since) if since else "?"
    count = int(notice.facts.get("count", 1))
    if count > 1:
        return _("%(count)s things stand open that nobody answers for") % {"count": count}
    match notice.facts.get("what"):
        case "stepless":
            return _("No next step since %(when)s") % {"when": when}
        case "idle_contact" | "idle_firm":
            return _("A customer with open work has no next step since %(when)s") % {"when": when}
        case "task":
            return _("An overdue task has no owner since %(when)s") % {"when": when}
        case "contact" | "organisation":
            return _("A customer has no owner since %(when)s") % {"when": when}
        case _:
            return _("Nobody owns it since %(when)s") % {"when": when}
