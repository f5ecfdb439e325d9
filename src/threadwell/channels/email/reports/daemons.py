"""Daemons: mail servers that report a failure in words of their own, without the standard form.

In:    the telling headers, and the Evidence.
Out:   whether a daemon writes, and whether it tells of a failure.
Touch: nothing.

A carrier's "delivery failed" is about a parcel and a postmaster is a person too, so the sender alone never
decides, nor do the words.
"""

import re
from collections.abc import Mapping
from email.message import Message
from typing import Final

from threadwell.channels.email.reports import automatic
from threadwell.channels.email.reports.evidence import Evidence, gather, header

_DAEMONS: Final = re.compile(
    r"^(?:(?:[\w.+-]*[._+-])?(?:mailer[-_.]?daemon|maildaemon|mail[-_.]?daemon|post[-_.]?master|mailer|"
    r"mmdf|uucp|majordomo|listserv)(?:[._+=-].*)?|sysadmin|system)$"
)
_DAEMON_NAMES: Final = re.compile(
    r"mail(?:er)?[- ]?(?:daemon|deliver[y]? (?:system|subsystem|service|agent))|"
    r"^\W*(?:system administrator|mail administrator|postmaster)\b",
    re.IGNORECASE,
)
_FAILURE_SUBJECT: Final = re.compile(
    r"^\W*(?:undeliver\w*|delivery (?:status|failure|failed|notification|delay\w*|problem|report|"
    r"has failed|incomplete|error)|(?:mail|message|e-?mail)(?: system)? (?:delivery|error|failure|failed|"
    r"not delivered|could not|undeliverable|status|rejected)"
    r"|return(?:ed|ing) (?:mail|message|to sender|e-?mail)|failure (?:notice|delivery)|failed (?:delivery|"
    r"mail|message)|non[- ]?deliver\w*|bounce[d]?\b|(?:could|can)(?:not| not|n.t) (?:be )?(?:deliver|send|"
    r"sent)"
    r"|unable to deliver|there was an error sending|mail could not|(?:rejected|blocked|"
    r"warning).{0,30}(?:mail|message|delivery)|unzustellbar|nicht zustellbar|mail ?(?:delivery|system) |"
    r"loop alert|permanent fail"
    r"|zustellung|(?:message |courriel )?non (?:remis|distribu|d[ée]livr)"
    r"|[ée]chec|no se (?:puede|pudo|ha) entregar|n[ãa]o (?:entregue|foi poss)|"
    r"impossibile (?:recapitare|consegnare)|mancato recapito|onbestelbaar|недоставлен|ваше сообщение не|"
    r"配信不能|配達不能|送信できません|エラー通知|(?:系统|系統)?退信|无法投递)",
    re.IGNORECASE,
)
_FAILURE_TEXT: Final = re.compile(
    r"(?:could|can|was|were|were|is|has|have)(?: ?not|n.t) (?:be |been |able to |reach)?(?:deliver|sen[dt]|"
    r"reach)|undeliver|un(?:able|successful) (?:to |in )?deliver|"
    r"deliver\w* .{0,60}(?:fail|error|problem|delay|unsuccess)|permanent(?:ly)? (?:fatal )?(?:error|fail)"
    r"|fail\w* (?:to deliver|permanently|addresses|recipient)|return(?:ed|ing) (?:mail|message|to sender)|"
    r"error (?:occurred )?(?:while|delivering|message|sending)|did not reach|(?:was|been|were) rejected|"
    r"not relayed|delivery status|transcript of session"
    r"|trouble delivering|mailbox (?:is )?(?:full|exceeds|unavail)|encountered an? (?:\w+ )?(?:error|"
    r"problem)|encountered delivery|has been returned|unknown user|user unknown|malformed address|"
    r"duplicated message-id|incorrectly constructed|送信できませんでした|配信できません|エラー|"
    r"не может быть доставлено",
    re.IGNORECASE,
)
_REPLY: Final = re.compile(
    r"^[ \t<>]*[45]\d\d[ -]|\b[45]\d\d [45]\.\d\.\d{1,3}\b|\berror\b", re.MULTILINE | re.IGNORECASE
)


def is_daemon(seen: Mapping[str, str]) -> bool:
    """Does the sender look like a mail server?"""
    return _is_certain(seen) or _may_be(seen)


def tells_of_failure(seen: Mapping[str, str], found: Evidence) -> bool:
    """Do the subject or the words say that a letter did not arrive?"""
    if has_failure_subject(seen):
        return True
    if found.returned.strip() and "daemon" in seen.get("from", "").lower():
        return True  # in a language that we do not read
    if not _FAILURE_TEXT.search(found.said[:8_000]):
        return False
    # A postmaster who writes by hand returns no letter and quotes no answer.
    return _is_certain(seen) or bool(found.returned.strip()) or bool(_REPLY.search(found.said[:8_000]))


def returns_a_letter(seen: Mapping[str, str], message: Message) -> bool:
    """From an address like any other: only a letter returned in the text, with its headers, is proof."""
    if "in-reply-to" in seen or message.is_multipart() or not has_failure_subject(seen):
        return False
    found = gather(message)
    return bool(header(found.returned, "received")) and bool(_FAILURE_TEXT.search(found.said[:8_000]))


def has_failure_subject(seen: Mapping[str, str]) -> bool:
    """Does the subject say it?"""
    return bool(_FAILURE_SUBJECT.match(seen.get("subject", "")))


def _is_certain(seen: Mapping[str, str]) -> bool:
    path, sender = seen.get("return-path", ""), seen.get("from", "")
    local = automatic.address_in(sender).partition("@")[0]
    return (
        automatic.is_null(path)
        or "mailer-daemon" in path.lower()
        or "daemon" in local
        or (not local and bool(sender))
        or ("fml" in seen.get("x-mlserver", "") and has_failure_subject(seen))
    )


def _may_be(seen: Mapping[str, str]) -> bool:
    sender = seen.get("from", "")
    local = automatic.address_in(sender).partition("@")[0]
    return bool(_DAEMONS.match(local)) or bool(_DAEMON_NAMES.search(sender))
