"""Files: small pictures, papers and tables that go along with the demo's mails.

In:    what they shall show
Out:   File (a name, a type, bytes); the same every time
Touch: nothing
"""

import struct
import zlib
from dataclasses import dataclass
from functools import cache
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Something to attach."""

    name: str
    type: str
    content: bytes


@cache
def photo(name: str, seed: int) -> File:
    """A picture of a few flat surfaces, as a photo of a wall with cabinets may look from far."""
    chance = Random(seed)  # noqa: S311
    width, height = 320, 240
    ground = [chance.randint(150, 210) for _ in range(3)]
    rows = [bytearray(bytes(ground) * width) for _ in range(height)]
    for y in range(height * 3 // 4, height):
        rows[y][:] = bytes(max(0, value - 70) for value in ground) * width
    for place in range(chance.randint(2, 4)):
        left, top = 24 + place * 74, chance.randint(40, 80)
        colour = bytes(chance.randint(60, 235) for _ in range(3))
        for y in range(top, top + chance.randint(80, 120)):
            rows[y][left * 3 : (left + 58) * 3] = colour * 58
    return File(name=name, type="image/png", content=_png(rows, width, height))


@cache
def mark(seed: int) -> File:
    """A small picture such as stands in signatures."""
    chance = Random(seed)  # noqa: S311
    colour, paper = bytes(chance.randint(20, 190) for _ in range(3)), b"\xff\xff\xff"
    rows = [
        bytearray(b"".join(colour if (x - 16) ** 2 + (y - 16) ** 2 < 200 else paper for x in range(32)))
        for y in range(32)
    ]
    return File(name="logo.png", type="image/png", content=_png(rows, 32, 32))


@cache
def paper(name: str, *lines: str) -> File:
    """One page of plain lines as PDF (ISO 32000-1 section 7.5)."""
    words = b" T* ".join(b"(%s) Tj" % _escaped(line) for line in lines)
    page = b"BT /F1 12 Tf 72 770 Td 18 TL " + words + b" ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    written, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 6\n0000000000 65535 f \n%strailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return File(name=name, type="application/pdf", content=written + end % (table, len(written)))


@cache
def table(name: str, seed: int) -> File:
    """Readings of some meters, as a spreadsheet writes them."""
    chance = Random(seed)  # noqa: S311
    rows = [f"{meter};{chance.randint(900, 9000)},{chance.randint(0, 9)};kWh" for meter in range(1, 25)]
    return File(name=name, type="text/csv", content="\r\n".join(["meter;reading;unit", *rows]).encode())


def _png(rows: list[bytearray], width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + bytes(row) for row in rows)))
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


def _escaped(line: str) -> bytes:
    plain = line.encode("cp1252", "replace")
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
