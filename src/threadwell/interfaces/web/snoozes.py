"""Snoozes: put a conversation off until a moment.

In:    a moment as the reader's clock shows it
Out:   the conversation's head, and a way back
Touch: nothing but through `handling`
"""

from datetime import datetime

from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from threadwell.flow import handling
from threadwell.interfaces.web import deeds
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.moments import moment
from threadwell.record.workplace.roles import May


@allowed(May.HANDLE)
def create(request: Request, number: int) -> HttpResponse:
    """POST .../conversations/<number>/snooze/"""
    until = moment(request.POST.get("until", ""))
    return deeds.done(request, number, handling.Snooze(until=until), said(until))


def said(until: datetime) -> str:
    shown = date_format(timezone.localtime(until), "DATETIME_FORMAT")
    return gettext("Snoozed until %(when)s.") % {"when": shown}
