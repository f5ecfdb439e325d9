"""A customer's HTML in its frame: nothing runs, nothing phones home, and what is harmless looks as it did."""

import re
from uuid import UUID

import pytest
from django.test import Client
from selectolax.lexbor import LexborHTMLParser

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from tests.interfaces.web.hostile import HOSTILE, TRAP
from threadwell.interfaces.web import images
from threadwell.kit import tenancy
from threadwell.record.conversations.models import Attachment, Message
from threadwell.record.inboxes.models import Inbox
from threadwell.record.workplace.models import Workspace

ALLOWED_TAGS = re.compile(
    r"a|abbr|article|b|blockquote|body|br|center|div|details|em|font|head|html|i|img|li|link|meta|p|pre|section"
    r"|span|strong|style|summary|table|tbody|td|th|thead|title|tr|u|ul|ol|dl|dd|dt|h[1-6]|hr|small|bdi|-.*|!.*"
)


@pytest.fixture
def inbox(firm: Workspace) -> Inbox:
    return cast.an_inbox(firm)


@pytest.fixture
def reader(seat: Seat, browser: Browser) -> Client:
    return browser(seat())


def a_letter(inbox: Inbox, html: str) -> Message:
    """A message whose HTML stands in the database as somebody wanted it: no wall before the frame's own."""
    cast.arrives(inbox, cast.a_mail(subject=f"Letter {len(html)}"))
    cast.all_read(inbox.workspace)
    with tenancy.entered(inbox.workspace_id):
        message: Message = Message.objects.of(inbox.workspace).latest("pk")
        message.html = html
        message.save(update_fields=["html"])
    return message


def frame_of(reader: Client, message: Message, query: str = "") -> str:
    address = f"/w/{message.workspace.slug}/messages/{message.pk}/frame/{query}"
    response = reader.get(address)
    assert response.status_code == 200
    return str(response.content.decode())


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("query", ["", "?images=yes"])
def test_nothing_hostile_is_left_in_the_frame(name: str, query: str, inbox: Inbox, reader: Client) -> None:
    page = frame_of(reader, a_letter(inbox, HOSTILE[name]), query)
    tree = LexborHTMLParser(page)
    assert tree.body is not None
    for node in tree.css("*"):
        assert ALLOWED_TAGS.fullmatch(node.tag or ""), f"<{node.tag}> in {page}"
        for attribute, value in node.attributes.items():
            assert not attribute.startswith("on"), page
            assert TRAP not in (value or ""), page
            assert attribute not in {
                "srcset",
                "background",
                "ping",
                "formaction",
                "poster",
                "data-remote-src",
            }, page
            if attribute in {"src", "href"}:
                assert value is not None
                ours = value.startswith((f"/w/{inbox.workspace.slug}/", "/static/", "data:image/png"))
                assert ours or (node.tag == "a" and value.startswith("https://good.example/")), page
            if attribute == "style":
                assert "(" not in (value or ""), page
    assert tree.css("body script, body style, body link, body meta, body form, body iframe") == []


def test_frame_has_its_own_policy(inbox: Inbox, reader: Client) -> None:
    message = a_letter(inbox, "<p>Hello</p>")
    response = reader.get(f"/w/{message.workspace.slug}/messages/{message.pk}/frame/")
    policy = response["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "no-referrer"


def test_harmless_html_looks_as_it_did(inbox: Inbox, reader: Client) -> None:
    html = '<table border="1"><tr><td style="color:#b00"><b>14a</b></td></tr></table>'
    page = frame_of(reader, a_letter(inbox, html))
    assert '<td style="color:#b00"><b>14a</b></td>' in page


def test_history_is_folded(inbox: Inbox, reader: Client) -> None:
    quoted = '<div class="gmail_quote"><div>On Monday Bo wrote:</div><blockquote>Old</blockquote></div>'
    html = f"<p>Thanks!</p>{quoted}"
    page = frame_of(reader, a_letter(inbox, html))
    assert page.index("Thanks!") < page.index("<details") < page.index("Old")


def test_picture_inside_the_letter_comes_from_us(inbox: Inbox, reader: Client) -> None:
    message = a_letter(inbox, '<img src="cid:one@x"><img src="cid:gone@x">')
    with tenancy.entered(inbox.workspace_id):
        file = Attachment.objects.create(
            workspace=inbox.workspace,
            message=message,
            filename="a b/../c.png",
            content_type="image/png",
            size=1,
            sha256="0" * 64,
            is_inline=True,
            content_id="one@x",
        )
    page = frame_of(reader, message)
    assert f'src="/w/{message.workspace.slug}/attachments/{file.pk}/' in page
    assert page.count("<img") == 2
    assert page.count(" src=") == 1


def test_remote_pictures_wait_for_leave(inbox: Inbox, reader: Client) -> None:
    message = a_letter(inbox, '<img src="https://far.example/a.png">')
    assert "far.example" not in frame_of(reader, message)
    assert "<img" in frame_of(reader, message)
    shown = frame_of(reader, message, "?images=yes")
    assert f"/w/{message.workspace.slug}/messages/{message.pk}/picture/?at=" in shown


def test_picture_is_fetched_only_with_our_signature_for_this_message(inbox: Inbox, reader: Client) -> None:
    message = a_letter(inbox, "x")
    slug = message.workspace.slug
    assert reader.get(f"/w/{slug}/messages/{message.pk}/picture/?at=https://far.example/").status_code == 404
    for_another = images.address_of(slug, UUID(int=1), "http://127.0.0.1/").partition("?")[2]
    assert reader.get(f"/w/{slug}/messages/{message.pk}/picture/?{for_another}").status_code == 404
    inward = images.address_of(slug, message.pk, "http://127.0.0.1/")
    assert reader.get(inward).status_code == 404


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8", "image/webp"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>", ""),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_picture_is_what_it_begins_with(content: bytes, kind: str) -> None:
    assert images.kind_of(content) == kind


def test_strangers_see_no_frame(inbox: Inbox, seat: Seat, browser: Browser) -> None:
    message = a_letter(inbox, "<p>secret</p>")
    elsewhere = cast.a_workspace("Elsewhere")
    stranger = browser(seat(workspace=elsewhere, name="Eve"))
    assert stranger.get(f"/w/{message.workspace.slug}/messages/{message.pk}/frame/").status_code == 404
    assert stranger.get(f"/w/{elsewhere.slug}/messages/{message.pk}/frame/").status_code == 404
