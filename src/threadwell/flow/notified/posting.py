"""Posting: a parcel leaves, by mail, by push, or to a chat tool.

In:    a Parcel, the way it goes
Out:   nothing when it was taken; NotPosted when it should be tried again, Gone when it never can
Touch: the system's mail server, the push services of browsers, chat tools
"""

import base64
import json
from email.utils import make_msgid
from typing import Any
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from py_vapid import Vapid02

from threadwell.flow.notified.parcels import Parcel, shown
from threadwell.kit import clock, outside, secrets
from threadwell.kit.outside import Judge, is_public
from threadwell.record.notices.models import NoticeWay, NoticeWishes, PushKey
from threadwell.record.workplace.models import Workspace

SECONDS = 15.0
KEPT_FOR = 24 * 3600  #: seconds that a push service keeps it for a browser that sleeps
SIGNED_FOR = 12 * 3600
TAKEN = frozenset({200, 201, 202, 204})
GONE = frozenset({404, 410})


class NotPosted(Exception):
    """It did not get there; it may later."""


class Gone(NotPosted):
    """Nobody is there any more."""


def mail(parcel: Parcel, workspace: Workspace) -> None:
    """To the agent's own mailbox. Sent twice, it is the same mail."""
    facts = {"parcel": parcel, "workspace": workspace, "settings_link": _settings_link(workspace)}
    _box, _at, host = settings.DEFAULT_FROM_EMAIL.rpartition("@")
    message = EmailMultiAlternatives(
        subject=" ".join(f"{parcel.title} · {workspace.name}".split())[:300],
        body=render_to_string("mail/notices.txt", facts),
        to=[parcel.agent.user.email],
        headers={
            "Message-ID": f"<notices.{parcel.id.hex}@{host.rstrip('>') or make_msgid()}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    message.attach_alternative(render_to_string("mail/notices.html", facts), "text/html")
    try:
        message.send()
    except OSError as wrong:  # SMTP's own errors are of that kind
        raise NotPosted(f"the mail server did not take it: {wrong}") from wrong


def push(parcel: Parcel, way: NoticeWay, wishes: NoticeWishes, key: PushKey, may_reach: Judge) -> None:
    """To a browser, sealed for it alone (RFC 8030, 8291, 8292)."""
    told = _address_of(way)
    secret = json.dumps(shown(parcel, wishes)).encode()
    try:
        content = http_ece.encrypt(
            secret,
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=_unpacked(told["p256dh"]),
            auth_secret=_unpacked(told["auth"]),
            version="aes128gcm",
        )
    except (ValueError, KeyError, http_ece.ECEException) as wrong:
        raise Gone("what the browser gave is no key") from wrong
    parts = urlsplit(told["endpoint"])
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(clock.now().timestamp()) + SIGNED_FOR,
        "sub": f"mailto:{settings.DEFAULT_FROM_EMAIL.rpartition('<')[2].rstrip('>')}",
    }
    headers = {
        **Vapid02.from_pem(key.pem.encode()).sign(claims),
        "TTL": str(KEPT_FOR),
        "Urgency": "high" if len(parcel.lines) == 1 else "normal",
        "Topic": parcel.id.hex,  # sent twice, the second takes the place of the first
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
    }
    ports = frozenset({parts.port}) if parts.port and may_reach is not is_public else None
    try:
        status, answer = outside.post(
            told["endpoint"],
            content,
            headers,
            limit=500,
            seconds=SECONDS,
            may_reach=may_reach,
            ports=ports,
        )
    except outside.NotFetched as wrong:
        raise NotPosted(f"the push service: {wrong}") from wrong
    if status in GONE:
        raise Gone("the browser does not want it any more")
    if status not in TAKEN:
        raise NotPosted(f"the push service answered {status}: {answer.decode(errors='replace')[:150]}")


def chat(parcel: Parcel, way: NoticeWay, may_reach: Judge) -> None:
    """To a room of a chat tool."""
    tool = tool_of(_address_of(way)["url"])
    if tool is None:
        raise Gone("no chat tool is at that address")
    with outside.guarded(may_reach):
        try:
            is_taken = tool.notify(body=parcel.summary, title=parcel.title)
        except (OSError, TypeError) as wrong:
            raise NotPosted(f"{tool.service_name}: {wrong}") from wrong
    if not is_taken:
        raise NotPosted(f"{tool.service_name} did not take it")


def tool_of(url: str) -> Any:
    """The chat tool that an address of apprise's form names; None when it is none that speaks to people."""
    if urlsplit(url).scheme not in TOOLS:
        return None
    # Two hundred tools come with it, which most processes never need.
    import apprise

    return apprise.Apprise.instantiate(url, suppress_exceptions=True)


#: Schemes of apprise that speak to people by HTTPS; none that runs programs, writes files or sends mail.
TOOLS = frozenset(
    {
        *("slack", "discord", "msteams", "workflow", "gchat", "tgram", "wxteams", "zulip", "ntfy", "ntfys"),
        *("mmost", "mmosts", "rocket", "rockets", "matrix", "matrixs", "nctalk", "nctalks", "gotify"),
        *("gotifys", "pover", "signal", "signals", "json", "jsons"),
    }
)


def new_key(workspace: Workspace) -> PushKey:
    """A key for the calls of a workspace, not yet kept."""
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    point = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    public = base64.urlsafe_b64encode(point).rstrip(b"=").decode()
    return PushKey(workspace=workspace, public=public, box=secrets.sealed_facts({"pem": pem.decode()}))


def _address_of(way: NoticeWay) -> dict[str, str]:
    try:
        return way.address
    except secrets.Unreadable as wrong:
        raise Gone(str(wrong)) from wrong


def _settings_link(workspace: Workspace) -> str:
    return f"{settings.PUBLIC_URL}/w/{workspace.slug}/settings/notifications/"


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
