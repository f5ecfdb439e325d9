"""Mails: the workload that every mail system on the bench is given.

In:    a seed and how many
Out:   Mail after Mail in the order they arrive, each with what must become of it
Touch: nothing

Where the common generator stands beside the project, its mails are taken; else ours, which are like them: a
third open a thread, the others answer with In-Reply-To and References and mostly quote; 45 % plain text, 45 %
with an alternative, 10 % HTML alone; four charsets; one in twenty carries 50 KiB. Words are drawn, nobody's.
"""

import hashlib
import importlib.util
import random
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from pathlib import Path

COMMON = Path(__file__).parent.parent.parent / "shared" / "bench" / "gen_mail.py"
SUPPORT = "support@desk.bench.example"
BEGIN = datetime(2026, 1, 5, 7, tzinfo=UTC)
PROBES = {"quokkamatic": 0.0004, "flangeborough": 0.01, "zephyrlink": 0.10, "warrantycare": 0.30}
CHARSETS = (["utf-8"] * 80) + (["iso-8859-1"] * 12) + (["windows-1252"] * 5) + (["us-ascii"] * 3)
NAMES = (
    *("Anna Keller", "Bo Åkesson", "Chloé Petit", "Dmitri Volkov"),
    *("Eko Santoso", "Fatma Yıldız", "Иван Орлов", "佐藤 花子"),
)
THINGS = (
    *("router", "heater", "invoice", "parcel", "meter"),
    *("licence", "contract", "printer", "charger", "ticket"),
)
TROUBLES = (
    *("is broken", "came too late", "was charged twice"),
    *("shows an error", "is missing", "stopped at night"),
)
_STOCK = (
    "the a and to we you it is was in of for not have that this with please our your order number "
    "when again help service day week phone call letter bank bill price return refund send sent "
    "receive received door street driver box cable light screen button start stop network account "
    "password page cloud backup key meter power water heat pump valve window office desk team manager "
    "promise answer question reason "
)
WORDS = tuple(_STOCK.split())
WEIGHTS = [1 / (place + 3) for place in range(len(WORDS))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A letter and its answer sheet."""

    raw: bytes  #: with the line ends of a file; SMTP wants CRLF
    message_id: str
    thread: int
    code: str  #: an order number that stands in this thread alone
    probes: tuple[str, ...]  #: rare words in its own text
    attachment: str  #: SHA-256 of the one file, or empty


def workload(count: int = 5000, threads: int = 1500, seed: int = 20260105) -> list[Mail]:
    """The mails in the order they arrive."""
    return list(_common(count, threads, seed) if COMMON.exists() else _own(count, threads, seed))


def _common(count: int, threads: int, seed: int) -> Iterator[Mail]:
    spec = importlib.util.spec_from_file_location("common_mail", COMMON)
    assert spec
    assert spec.loader
    common = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(common)
    facts = Namespace(messages=count, threads=threads, contacts=900, days=30, seed=seed, to=SUPPORT)
    facts.attach_share, facts.attach_size, facts.reply_tag, facts.tag_offset = 0.05, 51200, "", 0
    for _, _, raw, meta in common.build(facts):
        yield Mail(
            raw=raw,
            message_id=meta["message_id"],
            thread=meta["thread"],
            code=meta["code"],
            probes=tuple(meta["probes"]),
            attachment=meta["attachment"]["sha256"] if meta["attachment"] else "",
        )


def _own(count: int, threads: int, seed: int) -> Iterator[Mail]:
    chance = random.Random(seed)
    lengths = [1] * threads
    favour = [min(chance.paretovariate(1.3), 12) for _ in range(threads)]
    for chosen in chance.choices(range(threads), favour, k=count - threads):
        lengths[chosen] += 1
    calls: list[tuple[float, int, int]] = []
    for thread, length in enumerate(lengths):
        at = chance.random() * 25 * 86_400
        for place in range(length):
            calls.append((at, thread, place))
            at += 60 + chance.expovariate(1 / 26_000)
    talks = {thread: _Talk(chance, seed, thread) for thread in range(threads)}
    for at, thread, place in sorted(calls):
        yield talks[thread].next(BEGIN + timedelta(seconds=int(at)), place)


class _Talk:
    """One thread as it goes on."""

    def __init__(self, chance: random.Random, seed: int, thread: int) -> None:
        self.chance, self.seed, self.thread = chance, seed, thread
        self.code = f"ORD-{chance.randrange(10**6, 10**7)}"
        self.name = chance.choice(NAMES)
        self.address = f"c{chance.randrange(900):05d}@cust{thread % 97:02d}.example"
        self.subject = f"Our {chance.choice(THINGS)} {chance.choice(TROUBLES)} ({self.code})"
        self.ids: list[str] = []
        self.last = ""

    def next(self, at: datetime, place: int) -> Mail:
        chance = self.chance
        probes = tuple(word for word, part in PROBES.items() if chance.random() < part)
        text = self._text(probes)
        if self.last and chance.random() < 0.6:
            quoted = "".join(f"> {line}\n" for line in self.last.splitlines()[:8])
            text += f"\nOn an earlier day somebody wrote:\n{quoted}"
        self.last = text
        digest = hashlib.sha256(f"{self.seed} {self.thread} {place}".encode()).hexdigest()[:24]
        letter = EmailMessage()
        letter["Received"] = f"from mx.example by mail.bench.example; {format_datetime(at)}"
        letter["Date"] = at
        letter["From"] = f'"{self.name}" <{self.address}>'
        letter["To"] = f'"Support desk" <{SUPPORT}>'
        letter["Subject"] = f"Re: {self.subject}" if place else self.subject
        letter["Message-ID"] = f"<{digest}@mail.bench.example>"
        if self.ids:
            letter["In-Reply-To"] = self.ids[-1]
            letter["References"] = " ".join(self.ids[-10:])
        self.ids.append(letter["Message-ID"])
        self._dress(letter, text)
        file = chance.randbytes(51_200) if chance.random() < 0.05 else b""
        if file:
            letter.add_attachment(file, "application", "pdf", filename=f"scan-{self.thread}-{place}.pdf")
        return Mail(
            raw=letter.as_bytes(),
            message_id=letter["Message-ID"],
            thread=self.thread,
            code=self.code,
            probes=probes,
            attachment=hashlib.sha256(file).hexdigest() if file else "",
        )

    def _text(self, probes: tuple[str, ...]) -> str:
        size = self.chance.randint(1000, 2600)
        parts = [f"Hello,\n\nthis is about {self.code}."]
        while sum(map(len, parts)) < size:
            words = self.chance.choices(WORDS, WEIGHTS, k=11)
            parts.append(" ".join(words).capitalize() + ".\n")
        parts += [f"Ours has {word}.\n" for word in probes]
        return "\n".join(parts) + f"\nRegards\n\n{self.name}\n"

    def _dress(self, letter: EmailMessage, text: str) -> None:
        charset, shape = self.chance.choice(CHARSETS), self.chance.random()
        try:
            text.encode(charset)
        except UnicodeEncodeError:
            charset = "utf-8"
        paragraphs = "".join(f"<p>{escape(part)}</p>\n" for part in text.split("\n\n"))
        page = f"<html><body><div>{paragraphs}</div></body></html>\n"
        if shape < 0.9:
            letter.set_content(text, charset=charset)
        if 0.45 <= shape < 0.9:
            letter.add_alternative(page, subtype="html", charset=charset)
        elif shape >= 0.9:
            letter.set_content(page, subtype="html", charset=charset)
