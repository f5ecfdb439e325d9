"""What is small when it comes and large when it is opened, and what keeps a reader busy for ever."""

import base64
import gzip
import io
import json
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests import cast
from tests.house import tree
from tests.interfaces.api.conftest import a_firm
from threadwell.channels.email import mailbox_files
from threadwell.kit import sheets, tenancy
from threadwell.record.conversations.models import Attachment, Message

MB = 2**20
KILLED_AFTER = 900  #: seconds; nobody waits for it, it only ends what would never end


def a_workbook(path: Path, sheet: bytes, *, strings: bytes = b"", says: int = 0) -> Path:
    parts = {
        "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "xl/workbook.xml": b"<workbook/>",
        "xl/worksheets/sheet1.xml": sheet,
        "xl/sharedStrings.xml": strings,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    if says:
        raw = path.read_bytes()
        path.write_bytes(raw.replace(len(sheet).to_bytes(4, "little"), says.to_bytes(4, "little")))
    return path


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "' + b"ha" * 500 + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 30) for n in range(9))
    + b"]><worksheet>&j;</worksheet>"
)  # fmt: skip


@pytest.mark.parametrize(
    "made",
    [
        lambda path: a_workbook(path, b"<worksheet/>", strings=b"\0" * (sheets.MOST_SHARED + 1)),
        lambda path: a_workbook(path, LAUGHS),
        lambda path: a_workbook(path, b"<worksheet>" + b" " * 50 * MB, says=40),
        lambda path: a_workbook(path, b"<a>" * 200_000),
    ],
    ids=["too many strings", "entities in entities", "a size that is a lie", "too deep"],
)
def test_a_workbook_that_swells_is_refused(made: Any, tmp_path: Path) -> None:
    bomb = made(tmp_path / "x.xlsx")
    assert bomb.stat().st_size < 2 * MB
    with pytest.raises(sheets.Unreadable):
        list(sheets.rows(bomb, sheets.layout_of(bomb)))


def test_a_packed_mailbox_that_swells_is_not_held_in_memory(tmp_path: Path) -> None:
    bomb = tmp_path / "x.mbox.gz"
    with gzip.open(bomb, "wb") as packed:
        packed.write(b"From a@b.example Mon Jan  1 10:00:00 2026\n")
        for _ in range(64):
            packed.write(b"\0" * MB)
    assert bomb.stat().st_size < MB
    tracemalloc.start()
    try:
        found = list(mailbox_files.letters(bomb, limit=4 * MB))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [one.raw for one in found] == [b""]
    assert found[0].why
    assert most < 16 * MB


def test_nothing_of_ours_draws_pictures() -> None:
    """A picture of a few bytes and a billion points is the browser's matter, in its own sandbox."""
    drawing = {"PIL", "cv2", "imageio", "wand", "pyvips", "cairosvg"}
    assert [m.name for m in tree.modules() if any(f"import {one}" in m.text for one in drawing)] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff\x08\x06\0\0\0",
        b"GIF89a\xff\xff\xff\xff\x80\0\0",
    ],
    ids=["png", "gif"],
)
def test_a_picture_that_swells_is_kept_and_handed_on_as_it_came(content: bytes) -> None:
    firm = a_firm()
    mail = (
        b"From: Ada <ada@customer.example>\r\nTo: support@firm.example\r\nSubject: Picture\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=x.png\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content)
    )
    cast.arrives(firm.inbox, mail)
    cast.all_read(firm.workspace)
    agent = cast.an_agent(firm.workspace)
    client = Client()
    client.force_login(agent.user)
    with tenancy.entered(firm.workspace.pk):
        message = Message.objects.of(firm.workspace).latest("pk")
        file = Attachment.objects.of(firm.workspace).get(message=message)
    address = f"/w/{firm.workspace.slug}/attachments/{file.pk}/x.png"
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.content == content


@pytest.mark.django_db
def test_an_archive_in_a_letter_is_not_unpacked() -> None:
    firm = a_firm()
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("../../evil.txt", b"\0" * 20 * MB)
    cast.arrives(firm.inbox, _with_file(inner.getvalue()))
    cast.all_read(firm.workspace)
    with tenancy.entered(firm.workspace.pk):
        file = Attachment.objects.of(firm.workspace).get(filename="x.zip")
    assert file.size == len(inner.getvalue())


def _with_file(content: bytes) -> bytes:
    return (
        b"From: Ada <ada@customer.example>\r\nTo: support@firm.example\r\nSubject: Archive\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: application/zip\r\n"
        b"Content-Disposition: attachment; filename=x.zip\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + content
    )


def test_no_text_keeps_a_regular_expression_busy() -> None:
    """Each against texts made from itself; time is the processor's own, so a busy machine changes nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.security.pumping"],
        cwd=tree.ROOT,
        capture_output=True,
        text=True,
        timeout=KILLED_AFTER,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *slow, tried = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert slow == []
    assert tried["expressions"] > 200
    assert tried["texts"] > 1_000
