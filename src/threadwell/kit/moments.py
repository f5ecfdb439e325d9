"""Moments: a point of time in few words, as a reader sees it from where and when they are.

In:    a moment; names of zones
Out:   "14:05", "Tue 14:05", "3 Nov 14:05"; the first zone that there is
Touch: the clock, the active time zone and language
"""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone
from django.utils.formats import date_format

from threadwell.kit import clock


def moment(at: datetime) -> str:
    """The time of the day, with the day when it is another one."""
    local = timezone.localtime(at)
    away = (local.date() - timezone.localtime(clock.now()).date()).days
    if away == 0:
        return date_format(local, "H:i")
    if -7 < away < 7:
        return date_format(local, "D H:i")
    return date_format(local, "j M H:i")


def zone_of(*names: str) -> ZoneInfo:
    """The first of these zones that there is; zones are renamed and removed. UTC when there is none."""
    for name in names:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")
