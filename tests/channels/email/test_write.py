"""What we write, other programs read; and nothing in it writes a header of its own."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default as strict_reader

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadwell.channels.email import read, write
from threadwell.channels.email.flowed import flowed, unflowed
from threadwell.channels.email.write import File, Mail
from threadwell.channels.port import Address

DESK = Address(name="Bo via Support", email="support@example.com")
ADA = Address(name="Ada Byron", email="ada@example.org")
PLAIN = Mail(
    from_=DESK,
    to=(ADA,),
    subject="Re: Order 812",
    date=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
    message_id="0193.token@example.com",
    in_reply_to="first@example.org",
    references=("older@example.org",),
    text="Hello Ada,\n\nit leaves today.",
)
HEADERS = {"from", "to", "cc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references",
           "auto-submitted", "mime-version", "content-type", "content-transfer-encoding"}  # fmt: skip


def header_names(raw: bytes) -> list[str]:
    head = raw.partition(b"\r\n\r\n")[0]
    return [name.decode().lower() for name in re.findall(rb"^([^\s:]+):", head, re.MULTILINE)]


def test_a_plain_mail_reads_back_the_same() -> None:
    letter = read.letter(write.mail(PLAIN))
    assert letter.from_ == (DESK,)
    assert letter.to == (ADA,)
    assert (letter.subject, letter.date) == (PLAIN.subject, PLAIN.date)
    assert letter.message_id == PLAIN.message_id
    assert (letter.in_reply_to, letter.references) == (
        ("first@example.org",),
        ("older@example.org", "first@example.org"),
    )
    assert letter.text.strip() == PLAIN.text
    assert letter.html is None
    assert letter.warnings == ()


def test_a_rich_mail_carries_its_pictures_beside_its_page_and_its_files_at_the_end() -> None:
    picture = File(filename="plan.png", content_type="image/png", content=b"\x89PNG", content_id="p1@desk")
    paper = File(filename="Angebot Größe M.pdf", content_type="application/pdf", content=b"%PDF")
    rich = replace(PLAIN, html='<p>Here: <img src="cid:p1@desk" alt="plan"></p>', files=(picture, paper))
    raw = write.mail(rich)
    letter = read.letter(raw)
    assert [(part.filename, part.inline, part.content) for part in letter.parts] == [
        ("plan.png", True, b"\x89PNG"),
        ("Angebot Größe M.pdf", False, b"%PDF"),
    ]
    assert "cid:p1@desk" in (letter.html or "")
    mixed = message_from_bytes(raw)
    assert [part.get_content_type() for part in mixed.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html",
        "image/png", "application/pdf",
    ]  # fmt: skip


def test_without_a_page_a_picture_is_an_ordinary_file() -> None:
    picture = File(filename="plan.png", content_type="image/png", content=b"\x89PNG", content_id="p1@desk")
    letter = read.letter(write.mail(replace(PLAIN, files=(picture,))))
    assert [(part.filename, part.content) for part in letter.parts] == [("plan.png", b"\x89PNG")]


def test_a_mail_in_a_mail_arrives_byte_by_byte() -> None:
    inner = b"From: x@example.org\r\nSubject: caf\xe9\r\n\r\nbody\r\n"
    file = File(filename="original.eml", content_type="message/rfc822", content=inner)
    letter = read.letter(write.mail(replace(PLAIN, files=(file,))))
    assert [(part.filename, part.content) for part in letter.parts] == [("original.eml", inner)]


@pytest.mark.parametrize(
    "name",
    ["Ådne Ærø", "名前 太郎", "Doe, Jane (Sales)", 'O"Neil \\ Co.', "Ада Лавлейс" * 8, "=?utf-8?q?x?=", ""],
)
def test_names_of_any_script_and_mark_read_back_the_same(name: str) -> None:
    letter = read.letter(
        write.mail(replace(PLAIN, from_=replace(DESK, name=name), to=(replace(ADA, name=name), ADA)))
    )
    shown = name.replace("=?", "= ?")
    assert [letter.from_[0].name, letter.to[0].name] == [shown, shown]
    assert [letter.from_[0].email, *(person.email for person in letter.to)] == [
        DESK.email,
        ADA.email,
        ADA.email,
    ]


@pytest.mark.parametrize(
    "subject",
    [
        "Grüße aus Köln",
        "件名" * 60,
        "a" * 500,
        "Re: [#812] 50 % off?_=",
        "word " * 80 + "end",
        "  spaces   inside ",
        "🧵 thread",
    ],
)
def test_subjects_of_any_script_and_length_read_back_the_same(subject: str) -> None:
    raw = write.mail(replace(PLAIN, subject=subject))
    assert read.letter(raw).subject == " ".join(subject.split())
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def test_a_host_of_another_script_is_written_in_ascii_and_only_a_local_part_needs_utf8() -> None:
    raw = write.mail(replace(PLAIN, to=(Address(name="", email="ada@exämple.org"),)))
    assert b"ada@xn--exmple-cua.org" in raw
    raw = write.mail(replace(PLAIN, to=(Address(name="", email="ådne@example.org"),)))
    assert "To: ådne@example.org".encode() in raw


def test_ids_are_never_broken_and_only_the_first_and_the_nearest_are_named() -> None:
    many = tuple(f"{number}.{'x' * 80}@example.org" for number in range(40))
    raw = write.mail(replace(PLAIN, message_id="i" * 90 + "@example.com", references=many))
    letter = read.letter(raw)
    assert letter.message_id == "i" * 90 + "@example.com"
    assert letter.references == (many[0], *many[-18:], "first@example.org")
    assert b"References: <0." in raw


def test_ids_that_are_none_are_left_out() -> None:
    raw = write.mail(
        replace(PLAIN, in_reply_to="a b@x", references=("evil>\r\nBcc: x@y", "", "ok@example.org", "é@x"))
    )
    letter = read.letter(raw)
    assert (letter.in_reply_to, letter.references) == ((), ("ok@example.org",))


def test_reply_address_and_automatic_mark_stand_only_where_they_are_due() -> None:
    plain = header_names(write.mail(PLAIN))
    assert "reply-to" not in plain
    assert "auto-submitted" not in plain
    assert not [name for name in plain if name.startswith("list-")]
    back = Address(name="Support", email="support+token@example.com")
    letter = read.letter(write.mail(replace(PLAIN, reply_to=back, auto_submitted="auto-replied")))
    assert (letter.reply_to, letter.auto_submitted) == ((back,), "auto-replied")


def test_every_line_ends_in_crlf_and_none_is_too_long() -> None:
    long = replace(PLAIN, text="word " * 4000 + "\n" + "x" * 5000, html="<p>" + "y" * 50_000 + "</p>")
    raw = write.mail(long)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


HOSTILE = st.one_of(
    st.text(),
    st.sampled_from(
        ["x\r\nBcc: evil@example.net", "x\nX-Evil: 1", "x\r\n\r\n<script>", "=?utf-8?q?x=0D=0ABcc:_e@e?=",
         "\u2028Bcc: e", "\x00", "\ud800", "a\x0bb", "\x85Bcc: e@e", 'a" <evil@example.net>, "b',
         "\u202egnp.exe", "x" * 3000]
    ),
)  # fmt: skip


@given(name=HOSTILE, subject=HOSTILE, filename=HOSTILE, said=HOSTILE, named=HOSTILE, kind=HOSTILE)
def test_nothing_written_by_anybody_adds_a_header_or_a_recipient(
    name: str, subject: str, filename: str, said: str, named: str, kind: str
) -> None:
    hostile = replace(
        PLAIN,
        from_=replace(DESK, name=name),
        to=(replace(ADA, name=name),),
        subject=subject,
        in_reply_to=named,
        references=(named,),
        text=said,
        html=said,
        files=(
            File(filename=filename, content_type=kind, content=b"1"),
            File(filename=filename, content_type="image/png", content=b"2", content_id=filename or "x"),
        ),
        auto_submitted=name,
    )
    raw = write.mail(hostile)
    names = header_names(raw)
    assert set(names) <= HEADERS
    assert len(names) == len(set(names))
    strict = message_from_bytes(raw, policy=strict_reader)
    assert [address.addr_spec for address in strict["To"].addresses] == [ADA.email]
    assert [address.addr_spec for address in strict["From"].addresses] == [DESK.email]
    letter = read.letter(raw)
    assert [person.email for person in letter.to] == [ADA.email]
    assert sorted(part.content for part in letter.parts) == [b"1", b"2"]
    assert strict.is_multipart()


@pytest.mark.parametrize(
    "email",
    [
        "ada@example.org",
        "a.b+c@sub.example.org",
        "ådne@example.org",
        "ada@exämple.org",
        "x@localhost",
        "o'neil@example.org",
    ],
)
def test_an_address_that_can_be_written_to(email: str) -> None:
    assert write.is_address(email)


@pytest.mark.parametrize(
    "email",
    ["", "ada", "@example.org", "ada@", "a b@example.org", "ada@exa mple.org", "ada@example..org",
     "ada@-x.org", "a@b@c", ".ada@example.org", "a..b@example.org", "ada@example.org\r\nRCPT TO:<e@e>",
     "<ada@example.org>", "ada@example.org,", "x" * 65 + "@example.org", "ada@" + "x" * 64 + ".org",
     "ada@example.org\n", "a\x00@example.org"],
)  # fmt: skip
def test_an_address_that_cannot(email: str) -> None:
    assert not write.is_address(email)


@given(st.text(alphabet=st.sampled_from("ab >-é字From \n"), max_size=400))
def test_what_was_joined_once_stays_as_it_is(text: str) -> None:
    once = unflowed(flowed(text), delete_space=False)
    assert unflowed(flowed(once), delete_space=False) == once


def test_a_long_paragraph_is_broken_and_joins_again() -> None:
    text = "word and word " * 30 + "end\n\n> " + "said before " * 20 + "end\n-- \nBo"
    assert "\n" in flowed(text).split("\n\n")[0]
    assert unflowed(flowed(text), delete_space=False) == text
