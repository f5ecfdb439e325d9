"""Small words of our templates: icons, avatars, moments, spans, sizes, places.

In:    values a page shows
Out:   safe markup, already escaped
Touch: the clock and the active time zone
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, override
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import template
from django.conf import settings
from django.template.base import FilterExpression, Node, Parser, TextNode, Token
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext, pgettext

import threadwell
from threadwell.kit import clock

register = template.Library()

SCRIPTS = Path(threadwell.__file__).parent / "ui" / "static" / "js"
TINTS = "abcde"
#: A moment with all that it has, read alike everywhere.
FULL = "j M Y, H:i"
UNITS = (("kB", 1e3), ("MB", 1e6), ("GB", 1e9))
# The first sign that is found counts: most browsers also claim to be an older one.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
CHANNELS = {
    "email": ("mail", gettext_lazy("E-mail")),
    "chat": ("message-circle", gettext_lazy("Chat")),
    "phone": ("phone", gettext_lazy("Phone")),
    "sms": ("message-square-text", gettext_lazy("SMS")),
    "whatsapp": ("messages-square", gettext_lazy("WhatsApp")),
    "form": ("square-check-big", gettext_lazy("Form")),
    "portal": ("globe", gettext_lazy("Portal")),
    "visit": ("truck", gettext_lazy("Visit")),
    "hand": ("phone", gettext_lazy("Logged by hand")),
}


@register.tag("icon")
def icon_tag(parser: Parser, token: Token) -> Node:
    """``{% icon "check" %}``, ``{% icon link.icon label %}``; what is always the same is drawn now."""
    values = [parser.compile_filter(value) for value in token.split_contents()[1:]]
    if any(value.is_var or value.filters or not isinstance(value.var, str) for value in values):
        return Icon(values)
    return TextNode(icon(*(value.var for value in values)))


class Icon(Node):
    """A picture that depends on what the page shows."""

    def __init__(self, values: list[FilterExpression]) -> None:
        self.values = values

    @override
    def render(self, context: Context) -> SafeString:
        return icon(*(value.resolve(context) for value in self.values))


@lru_cache(maxsize=2048)
def icon(name: str, label: str = "") -> SafeString:
    """A picture from the sprite; without a label it is decoration."""
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon" {}><use href="{}#{}"/></svg>', said, static("vendor/icons.svg"), name
    )


@register.simple_tag
def channel_icon(channel: str) -> SafeString:
    picture, name = CHANNELS.get(channel, ("message-circle", channel))
    return format_html('{}<span class="unseen">{}</span>', icon(picture), name)


@register.filter
def beside(areas: Iterable[Mapping[str, object]], place: str) -> list[Mapping[str, object]]:
    """The areas of settings in the group of this one, itself among them."""
    every = list(areas)
    groups = {area["group"] for area in every if area["place"] == place}
    return [area for area in every if area["group"] in groups]


@register.filter
def channel_name(channel: str) -> str:
    return str(CHANNELS.get(channel, ("", channel))[1])


@register.simple_tag
def avatar(person: object, size: str = "", *, labelled: bool = False, square: bool = False) -> SafeString:
    """Initials in a tint that stays the same for the same name. ``person`` has a name, or is one."""
    name = person if isinstance(person, str) else str(getattr(person, "name", "") or "")
    return drawn(name, size, labelled, square)


@lru_cache(maxsize=4096)
def drawn(name: str, size: str, labelled: bool, square: bool) -> SafeString:  # noqa: FBT001 (a key of the cache)
    classes = f"avatar avatar--{tint_of(name)}"
    classes += f" avatar--{size}" if size else ""
    classes += " avatar--org" if square else ""
    if labelled:
        told = format_html('role="img" aria-label="{}" title="{}"', name, name)
    else:
        told = mark_safe('aria-hidden="true"')
    return format_html('<span class="{}" {}>{}</span>', classes, told, initials_of(name))


def tint_of(name: str) -> str:
    return TINTS[zlib.crc32(name.casefold().encode()) % len(TINTS)]


def initials_of(name: str) -> str:
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    first, last = words[0], words[-1]
    return (first[0] + (last[0] if last is not first else "")).upper()


@register.filter
def tongue(code: str) -> str:
    """A language in words; a code that nobody knows stays as it is."""
    known: dict[str, str] = dict(settings.LANGUAGES)
    return gettext(known[code]) if code in known else code


@register.filter
def paired[One, Other](ones: Iterable[One], others: Iterable[Other]) -> Iterator[tuple[One, Other]]:
    """Two lists side by side: the names of columns and what stands in them."""
    return zip(ones, others, strict=True)


@register.simple_tag
def when(moment: datetime | None, style: str = "short") -> SafeString:
    """A moment in the reader's zone: ``short``, ``time``, ``day``, ``full``, ``relative``."""
    if moment is None:
        return SafeString("")
    if style == "relative":
        local = timezone.localtime(moment)
        return told(local, date_format(local, FULL), relative(moment))
    # Moments that are the same instant are equal whatever their zone, so the zone is part of the key.
    today = timezone.localtime(clock.now()).date()
    return written(moment, style, timezone.get_current_timezone_name(), get_language(), today)


@lru_cache(maxsize=8192)
def written(moment: datetime, style: str, _zone: str, _language: str | None, today: date) -> SafeString:
    local = timezone.localtime(moment)
    full = date_format(local, FULL)
    if style == "full":
        return told(local, full, date_format(local, "j M, H:i") if local.year == today.year else full)
    if style == "time":
        return told(local, full, date_format(local, "H:i"))
    return told(local, full, day_of(local, today) if style == "day" else short(local, today))


def told(local: datetime, full: str, text: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(timespec="seconds"), full, text
    )


def short(local: datetime, today: date) -> str:
    age = (today - local.date()).days
    if age == 0:
        return date_format(local, "H:i")
    if 0 < age < 7:
        return date_format(local, "D")
    return date_format(local, "j M" if local.year == today.year else "j M Y")


def day_of(local: datetime, today: date) -> str:
    return date_format(local, "l j F" if local.year == today.year else "l j F Y")


def relative(moment: datetime) -> str:
    gap = moment - clock.now()
    if abs(gap) < timedelta(minutes=1):
        return gettext("just now")
    span = {"span": duration(abs(gap))}
    return gettext("in %(span)s") % span if gap > timedelta(0) else gettext("%(span)s ago") % span


@register.filter
def duration(span: timedelta | float | None, how: str = "") -> str:
    """``1 h 12 m``, ``38 m``, ``3 days``: as much as a reader needs; "exact" for whoever reckons along."""
    if span is None:
        return ""
    seconds = span.total_seconds() if isinstance(span, timedelta) else float(span)
    minutes = int(abs(seconds) // 60)
    hours, rest = divmod(minutes, 60)
    if hours >= 24:
        days = ngettext("%(count)s day", "%(count)s days", hours // 24) % {"count": hours // 24}
        left = minutes % (24 * 60) if how == "exact" else 0
        return f"{days} {duration(left * 60)}" if left else days
    if hours:
        return pgettext("hours and minutes", "%(hours)s h %(minutes)02d m") % {
            "hours": hours,
            "minutes": rest,
        }
    if minutes:
        return pgettext("minutes", "%(minutes)s m") % {"minutes": minutes}
    return pgettext("seconds", "%(seconds)s s") % {"seconds": int(abs(seconds))}


@register.filter
def browser(user_agent: str) -> str:
    """What a person calls it: "Firefox on Windows"."""
    name = next((name for sign, name in BROWSERS if sign in user_agent), gettext("Another program"))
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    return gettext("%(browser)s on %(system)s") % {"browser": name, "system": system} if system else name


@register.filter
def since(moment: datetime | None) -> str:
    """How long ago, as a span."""
    return duration(clock.now() - moment) if moment else ""


@register.simple_tag
def local_time(zone: str) -> str:
    """What the clock says where somebody is."""
    try:
        there = clock.now().astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return ""
    city = zone.rpartition("/")[2].replace("_", " ")
    return gettext("%(time)s in %(city)s") % {"time": date_format(there, "H:i"), "city": city}


@register.filter
def spent(share: float | None) -> str:
    """The class of a clock's ring; a strict content policy allows no style attribute."""
    return f"spent--{min(10, max(0, round((share or 0) * 10)))}"


@register.simple_tag(name="size")
def size_of(count: int | None) -> str:
    """Bytes for people: 640 B, 12 kB, 1.2 MB."""
    if not count or count < 1000:
        return f"{count or 0} B"
    unit, scale = next((pair for pair in UNITS if count < pair[1] * 999.5), UNITS[-1])
    places = 0 if count >= 10 * scale else 1
    return f"{number_format(round(count / scale, places), decimal_pos=places)} {unit}"


@register.simple_tag
def money(amount: Decimal | None, currency: str) -> str:
    """An amount with its currency: 1,250.00 EUR; nothing for none."""
    if amount is None:
        return ""
    shown = number_format(amount, decimal_pos=2, use_l10n=True, force_grouping=True)
    return f"{shown} {currency}".strip()


@register.simple_tag(takes_context=True)
def place(context: Context, name: str, *args: Any) -> str:
    """The address of a page of this workspace: ``{% place "conversation" conversation.number %}``."""
    workspace = context.get("workspace") or context["request"].workspace
    return address_of(settings.ROOT_URLCONF, name, workspace.slug, *args)


@lru_cache(maxsize=8192)
def address_of(_urlconf: str, name: str, slug: str, *args: Any) -> str:
    return reverse(f"web:{name}", args=[slug, *args])


@register.simple_tag
def import_map() -> SafeString:
    """Bare names of our modules with their hashed addresses."""
    return _import_map(settings.STATIC_URL)


@lru_cache
def _import_map(_static_url: str) -> SafeString:
    names = {f"tw/{name}": static(f"js/{name}.js") for name in modules()}
    text = json.dumps({"imports": {**names, "trix": static("vendor/trix.js")}})
    return mark_safe(text.replace("<", "\\u003c"))  # noqa: S308 (JSON of our own addresses, closing tags defused)


@lru_cache
def modules() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in SCRIPTS.glob("*.js") if path.stem != "theme"))
