"""Marks: what the servers on the way wrote on the envelope: proofs of the sender, verdicts of spam filters.

In:    the header fields of a mail, topmost first.
Out:   Authentication and SpamMark.
Touch: nothing.
"""

import re
from collections.abc import Mapping, Sequence

from threadwell.channels.port import Authentication, SpamMark

type Fields = Mapping[str, Sequence[bytes]]

_NOBODY = Authentication(spf=None, dkim=None, dmarc=None, server="")
_RESULT = re.compile(r"(?:^|[;\s])(spf|dkim|dmarc)\s*=\s*([a-z]{3,12})", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_YES = re.compile(r"\s*(?:yes|true|spam)\b", re.IGNORECASE)
_NO = re.compile(r"\s*(?:no|false|ham|innocent|not[ -]?spam)\b", re.IGNORECASE)
_MEASURE = re.compile(r"(?:score|hits)\s*=\s*(-?\d+(?:\.\d+)?)|\[\s*(-?\d+(?:\.\d+)?)\s*/", re.IGNORECASE)

# Header, and the filter that writes it, where a word says yes or no.
_WORDS = (
    ("x-spam-flag", "SpamAssassin"),
    ("x-spam-status", "SpamAssassin"),
    ("x-spamd-result", "Rspamd"),
    ("x-spam", "Rspamd"),
    ("x-barracuda-spam-flag", "Barracuda"),
    ("x-barracuda-spam-status", "Barracuda"),
    ("x-bogosity", "Bogofilter"),
    ("x-dspam-result", "DSPAM"),
    ("x-gnd-status", "Gandi"),
    ("x-suspected-spam", "Sophos"),
    ("x-spampanel-class", "SpamExperts"),
    ("x-spamexperts-class", "SpamExperts"),
    ("x-mailscanner-spamcheck", "MailScanner"),
    ("x-cloudmark-sp-result", "Cloudmark"),
    ("x-vr-spamstate", "Vade"),
)
_SPAM_AT_SCL = 5  # Exchange: 5 and above go to the junk folder


def authentication(fields: Fields) -> Authentication:
    """The topmost results are our own server's; those below may be anybody's writing."""
    written = fields.get("authentication-results")
    if written:
        text = _COMMENT.sub(" ", _text(written[0]))
        server, _, results = text.partition(";")
        found: dict[str, str] = {}
        for method, result in _RESULT.findall(results):
            name, verdict = method.lower(), result.lower()
            # Several DKIM signatures: one that holds is enough.
            if name not in found or verdict == "pass":
                found[name] = verdict
        if found:
            return Authentication(
                spf=found.get("spf"), dkim=found.get("dkim"), dmarc=found.get("dmarc"),
                server=server.split()[0] if server.split() else "",
            )  # fmt: skip
    if (received := fields.get("received-spf")) and (word := re.match(r"[A-Za-z]{4,9}", _text(received[0]))):
        return Authentication(spf=word[0].lower(), dkim=None, dmarc=None, server="")
    return _NOBODY


def spam_mark(fields: Fields) -> SpamMark | None:
    """The verdict of the filters on the way: one that cries spam outweighs those that do not."""
    marks = [mark for mark in (*_by_words(fields), _exchange(fields), _rspamd(fields)) if mark]
    return max(marks, key=lambda mark: mark.is_spam, default=None)


def _by_words(fields: Fields) -> list[SpamMark]:
    marks = []
    for header, filter_name in _WORDS:
        if header not in fields:
            continue
        text = _text(fields[header][0])
        verdict = text.removeprefix("default:")
        is_spam = _YES.match(verdict) is not None
        if is_spam or _NO.match(verdict):
            score = _MEASURE.search(text) or _MEASURE.search(_text(fields.get("x-spam-score", [b""])[0]))
            marks.append(_mark(header, text, filter_name, is_spam=is_spam, score=score))
    return marks


def _mark(header: str, text: str, name: str, *, is_spam: bool, score: re.Match[str] | None) -> SpamMark:
    return SpamMark(
        is_spam=is_spam,
        score=float(score[1] or score[2]) if score else None,
        filter=name,
        because=f"{header}: {text[:120]}",
    )


def _exchange(fields: Fields) -> SpamMark | None:
    for header in ("x-ms-exchange-organization-scl", "x-microsoft-antispam-mailbox-delivery"):
        level = _NUMBER.match(_text(fields[header][0]).strip()) if header in fields else None
        if level:
            is_spam = int(float(level[0])) >= _SPAM_AT_SCL
            return SpamMark(
                is_spam=is_spam, score=float(level[0]), filter="Exchange", because=f"{header}: {level[0]}"
            )
    if report := fields.get("x-forefront-antispam-report"):
        text = _text(report[0])
        told = re.search(r"\bSFV:(SPM|SKS|SKB|NSPM|SKN|SKA|SFE)\b", text)
        level = re.search(r"\bSCL:(-?\d+)", text)
        if told or level:
            is_spam = bool(told and told[1] in ("SPM", "SKS", "SKB")) or bool(
                level and int(level[1]) >= _SPAM_AT_SCL
            )
            because = " ".join(found[0] for found in (told, level) if found)
            return SpamMark(
                is_spam=is_spam,
                score=float(level[1]) if level else None,
                filter="Exchange Online",
                because=because,
            )
    return None


def _rspamd(fields: Fields) -> SpamMark | None:
    if action := fields.get("x-rspamd-action"):
        text = _text(action[0]).strip().lower()
        score = _NUMBER.search(_text(fields.get("x-rspamd-score", [b""])[0]))
        return SpamMark(
            is_spam=text in ("reject", "add header", "rewrite subject"),
            score=float(score[0]) if score else None,
            filter="Rspamd",
            because=f"x-rspamd-action: {text[:120]}",
        )
    return None


def _text(raw: bytes) -> str:
    return raw[:4000].decode("ascii", "replace")
