"""Reasons: why a letter did not arrive, from what the server said, its status code and the stage reached.

In:    an Account.
Out:   the reason in one word, the status code, and whether the address is dead.
Touch: nothing.

The vocabulary is the one postmasters know: userunknown, mailboxfull, hostunknown, hasmoved, notaccept,
expired, blocked, rejected, filtered, spamdetected, policyviolation, authfailure, ... undefined.
"""

import re
from collections.abc import Iterable
from typing import Final, Literal

from threadwell.channels.email.reports.accounts import Account
from threadwell.channels.email.reports.phrases import (
    CAUSES,
    NOT_IN_DIRECTORY,
    SUBSCRIBER_BARRED,
    UNKNOWN_USER,
    Table,
)
from threadwell.channels.email.reports.weaker_phrases import CIRCUMSTANCES, LAST_WORDS

type Stage = Literal["connect", "mail", "rcpt", "data", ""]

#: Only these mean that the address will never work again.
DEAD: Final = frozenset(("userunknown", "hostunknown", "hasmoved", "notaccept"))
_ARRIVED: Final = frozenset(("delivered", "deliverable", "relayed", "expanded"))

_CODE: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_REPLY: Final = re.compile(r"(?<![\d.])([245][0-5]\d)(?=[ \t:-]|$)")
_URL: Final = re.compile(r"https?://(?!groups\.google\.com/support)\S+")
_REPEATED_CODE: Final = re.compile(
    r" (?:[245]\d\d-(?:[245]\.\d{1,3}\.\d{1,3})?|[245]\d\d [245]\.\d{1,3}\.\d{1,3})(?= )"
)
_ANSWER: Final = re.compile(
    r"(?<![\w.:#/-])([45]\d\d(?:[ -]|: ?)(?!for )[^\n]*(?:\n[ \t]*[45]\d\d[ -][^\n]*|"
    r"\n[ \t]+[^\s<>][^\n]*){0,12})"
)
_REJECTED_BECAUSE: Final = re.compile(
    r"recipient address rejected: (?!access denied)(?=\w)|delivery temporarily suspended: "
)

# Codes that mean one thing, by RFC 3463, its registry, and the big hosts' lists.
_SETTLED: Final = {
    "1.6": "hasmoved",
    "1.7": "rejected",
    "1.8": "rejected",
    "2.2": "mailboxfull",
    "2.3": "exceedlimit",
    "7.13": "suspend",
    "7.17": "hasmoved",
    "7.18": "hasmoved",
    "7.20": "authfailure",
    "7.21": "authfailure",
    "7.22": "authfailure",
    "7.23": "authfailure",
    "7.24": "authfailure",
    "7.25": "requireptr",
    "7.26": "authfailure",
    "7.27": "notaccept",
    "7.509": "authfailure",
    "7.515": "authfailure",
}
_BY_STATUS: Final = {
    "1.0": "userunknown",
    "1.1": "userunknown",
    "1.2": "hostunknown",
    "1.3": "userunknown",
    "1.4": "userunknown",
    "1.5": "userunknown",
    "1.9": "systemerror",
    "1.10": "notaccept",
    "1.20": "userunknown",
    "2.0": "filtered",
    "2.1": "suspend",
    "2.4": "filtered",
    "3.0": "systemerror",
    "3.1": "systemfull",
    "3.2": "notaccept",
    "3.3": "systemerror",
    "3.4": "mesgtoobig",
    "3.5": "systemerror",
    "4.0": "networkerror",
    "4.1": "expired",
    "4.2": "expired",
    "4.3": "systemerror",
    "4.4": "hostunknown",
    "4.5": "systemerror",
    "4.6": "networkerror",
    "4.7": "expired",
    "4.14": "networkerror",
    "4.300": "expired",
    "4.310": "systemerror",
    "4.316": "expired",
    "5.1": "syntaxerror",
    "5.2": "syntaxerror",
    "5.3": "toomanyconn",
    "5.4": "syntaxerror",
    "5.5": "syntaxerror",
    "6.0": "contenterror",
    "6.1": "contenterror",
    "6.2": "contenterror",
    "6.3": "contenterror",
    "6.5": "contenterror",
    "6.6": "contenterror",
    "6.7": "contenterror",
    "6.9": "contenterror",
    "7.0": "securityerror",
    "7.1": "securityerror",
    "7.2": "filtered",
    "7.3": "securityerror",
    "7.4": "securityerror",
    "7.5": "securityerror",
    "7.6": "securityerror",
    "7.7": "securityerror",
    "7.8": "securityerror",
    "7.9": "securityerror",
    "7.28": "speeding",
    "7.29": "authfailure",
    "7.30": "securityerror",
    "7.57": "securityerror",
    "7.64": "norelaying",
}
# PowerMTA sorts its bounces itself; heeded where the server's words are not enough.
_CATEGORIES: Final = {
    "bad-mailbox": "userunknown",
    "inactive-mailbox": "suspend",
    "quota-issues": "mailboxfull",
    "bad-domain": "hostunknown",
    "spam-related": "spamdetected",
    "virus-related": "virusdetected",
    "policy-related": "policyviolation",
    "content-related": "contenterror",
    "relaying-issues": "norelaying",
    "invalid-sender": "rejected",
    "message-expired": "expired",
    "no-answer-from-host": "networkerror",
    "routing-errors": "networkerror",
    "bad-connection": "networkerror",
    "bad-configuration": "systemerror",
    "protocol-errors": "syntaxerror",
}
_BY_REPLY: Final = {
    "552": "mailboxfull",
    "553": "rejected",
    "523": "mesgtoobig",
    "521": "notaccept",
    "556": "notaccept",
}

_STAGES: Final[tuple[tuple[Stage, re.Pattern[str]], ...]] = (
    (
        "data",
        re.compile(
            r"(?:reply to|after|our|smtp command:?|>>>) ?(?:the )?(?:(?:end|pipelined sending end) of |"
            r"final )?data\b|after end of data|"
            r"failed after i sent the message|\[(?:data|body|bodyend)\]|message \(data\)|data command|"
            r"after i sent the"
        ),
    ),
    (
        "rcpt",
        re.compile(
            r"(?:reply to|after|our|>>>|following) rcpt\b|\brcpt[ _]to\b|rcpt command|"
            r"does not like recipient|rejected recipient|"
            r"recipient (?:address )?rejected"
        ),
    ),
    (
        "mail",
        re.compile(
            r"(?:reply to|after|our|>>>) mail\b|mail[ _]from command|\[mail_from\]|sender was rejected|"
            r"after mail from"
        ),
    ),
    (
        "connect",
        re.compile(
            r"(?:reply to|after|our|>>>) (?:helo|ehlo|lhlo|initial|connect)|helo command|"
            r"initial (?:server )?greeting"
        ),
    ),
)
# A transcript goes on after the refusal, so only the command that was refused counts.
_REFUSED_COMMAND: Final = re.compile(r">>> (mail|rcpt|data|helo|ehlo)\b(?:(?!>>>).){0,400}?<<< [45]\d\d")
_COMMANDS: Final[dict[str, Stage]] = {
    "mail": "mail",
    "rcpt": "rcpt",
    "data": "data",
    "helo": "connect",
    "ehlo": "connect",
}


def reason_of(account: Account) -> str:
    """One word; "undefined" where nothing was said."""
    status = status_of(account)
    if account.action in _ARRIVED or status.startswith("2."):
        return "delivered"
    if "inbound-smtp" in account.remote and "mailbox does not exist" in account.diagnostic.lower():
        return "filtered"  # Amazon's receipt rules: a filter of the recipient answers, no directory
    if reason := _SETTLED.get(status.partition(".")[2]):
        return reason
    answers = _texts(account.diagnostic, _answer(account.excerpt), _answer(account.context))
    told = _texts(account.status.partition("(")[2], account.excerpt, account.context)
    if stated := _stated(answers, told):
        return stated
    stage = _first_stage((*answers, *told))
    tail = status.partition(".")[2]
    reason = (
        _from_all(answers, tail, stage)
        or (_from_codes(answers, tail, stage) if answers else "")
        or _from_all(told, tail, stage)
        or _from_codes(told, tail, stage)
        or ("expired" if account.action == "delayed" else "")
    )
    if reason in ("", "filtered"):
        return _CATEGORIES.get(account.category, reason or "undefined")
    return reason


def status_of(account: Account) -> str:
    """The enhanced code: the answering server's own, then the reporting one's, then any in the text."""
    answered, told = _codes(account.diagnostic), _codes(account.excerpt or account.context)
    written = _codes(account.status)
    for codes in (answered, written, [] if answered else told):
        if exact := [code for code in codes if not code.endswith(".0")]:
            return exact[-1]
    for codes in (answered, written, [] if answered else told):
        if partial := [code for code in codes if not code.endswith(".0.0")]:
            return partial[-1]
    if general := [*written, *answered, *told]:
        return general[0]
    reply = _REPLY.search(
        _URL.sub(" ", account.diagnostic or _answer(account.excerpt) or _answer(account.context))
    )
    return f"{reply[1][0]}.0.0" if reply and reply[1][0] in "45" else ""


def _codes(text: str) -> list[str]:
    return [found[0] for found in _CODE.finditer(_URL.sub(" ", text[:8_000]))]


def _stated(answers: list[str], told: list[str]) -> str:
    """What a directory or a carrier states about its own people settles the matter."""
    if any(NOT_IN_DIRECTORY.search(text) for text in (*answers, *told)):
        return "userunknown"
    return "suspend" if any(SUBSCRIBER_BARRED.search(text) for text in told) else ""


def _from_all(texts: list[str], tail: str, stage: Stage) -> str:
    return next((reason for text in texts if (reason := _from_words(text, tail, stage))), "")


def _from_words(text: str, tail: str, stage: Stage) -> str:
    bare = _URL.sub(" ", text)
    if reason := _first(CAUSES, bare):
        # A bad address by its code is dead, however kindly the words call it inactive.
        return "userunknown" if reason == "suspend" and tail == "1.1" else reason
    if UNKNOWN_USER.search(bare):
        return _unknown_user(bare, tail, stage)
    return _first(CAUSES, text) or _first(CIRCUMSTANCES, bare)


def _unknown_user(text: str, tail: str, stage: Stage) -> str:
    """Carriers and filters answer "user unknown" after the whole letter to hide that they filter.

    So it counts only with proof: the code, a refusal at RCPT TO, or an answer that quotes the address.
    """
    if tail in ("1.0", "1.1", "1.2", "1.3", "1.10", "1.20") or stage == "rcpt":
        return "userunknown"
    if stage == "mail":
        return "rejected"
    if stage == "" and re.search(r"\d{3}:? (?:[245][.\d]+ )?<[^<>\s]+@[^<>\s]+>", text):
        return "userunknown"
    return "filtered"


def _from_codes(texts: list[str], tail: str, stage: Stage) -> str:
    if tail in ("7.0", "7.1") and stage == "mail":
        return "rejected"
    if reason := _BY_STATUS.get(tail):
        return reason
    if tail.startswith("7.6") and len(tail) == 5:
        return "blocked"  # Microsoft: 5.7.606 to 5.7.649, banned addresses
    bare = [_URL.sub(" ", text) for text in texts]
    reply = next((found[1] for text in bare if (found := _REPLY.search(text))), "")
    if reason := _BY_REPLY.get(reply):
        return reason
    if reason := next((reason for text in bare if (reason := _first(LAST_WORDS, text))), ""):
        return reason
    return {"mail": "rejected", "connect": "blocked"}.get(stage, "") if reply.startswith("5") else ""


def _first(table: Table, text: str) -> str:
    return next((reason for reason, phrases in table if phrases.search(text)), "")


def _texts(*sources: str) -> list[str]:
    return list(dict.fromkeys(folded for source in sources if (folded := _folded(source))))


def _answer(text: str) -> str:
    """The answer of the remote server within what the reporting one tells."""
    found = _ANSWER.search(text[:8_000])
    return found[1] if found else ""


def _folded(text: str) -> str:
    folded = _REPEATED_CODE.sub("", " ".join(text[:8_000].lower().split()))
    # Postfix puts the same words before every reason that a policy gives.
    return _REJECTED_BECAUSE.sub("", folded)


def _first_stage(texts: Iterable[str]) -> Stage:
    for text in texts:
        if stage := _stage(text):
            return stage
    return ""


def _stage(text: str) -> Stage:
    if refused := _REFUSED_COMMAND.search(text):
        return _COMMANDS[refused[1]]
    return next((stage for stage, signs in _STAGES if signs.search(text)), "")
