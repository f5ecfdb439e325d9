"""The command that shows how a mail is read."""

import json
from argparse import ArgumentParser
from pathlib import Path

import pytest

from threadwell.interfaces.commands import inspect

KEYS = [
    "file", "from", "reply_to", "to", "cc", "bcc", "subject", "date", "message_id", "in_reply_to",
    "references", "text", "visible_text", "html", "attachments", "kind", "bounces", "warnings",
]  # fmt: skip


def run(*words: str) -> int:
    parser = ArgumentParser()
    inspect.configure(parser)
    return inspect.run(parser.parse_args(words))


def test_each_file_is_one_line_of_json_with_every_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / name for name in ("a.eml", "b.eml")]
    files[0].write_bytes(b"From: Ada <ada@customer.example>\r\nSubject: Hi\r\n\r\nHello\r\n")
    files[1].write_bytes(bytes(range(256)))
    assert run("mail", *map(str, files), "--json") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [list(json.loads(line)) for line in lines] == [KEYS, KEYS]
    assert json.loads(lines[0])["from"] == [{"name": "Ada", "email": "ada@customer.example"}]


def test_people_get_the_same_in_plain_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(b"From: Ada <ada@customer.example>\r\nSubject: Hi\r\n\r\nHello\r\n")
    assert run("mail", str(file)) == 0
    shown = capsys.readouterr().out
    assert "Ada <ada@customer.example>" in shown
    assert "Hello" in shown


def test_a_missing_file_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(b"Subject: Hi\r\n\r\nHello\r\n")
    assert run("mail", str(tmp_path / "gone.eml"), str(file), "--json") == 1
    told = capsys.readouterr()
    assert "gone.eml" in told.err
    assert json.loads(told.out)["subject"] == "Hi"
