"""Knocking: how often strangers may try the doors that stand open to everybody.

In:    a request to a page outside all workspaces
Out:   nothing, or the refusal
Touch: kit.pace; what is noted of an account that too many try (turned_away)

django-allauth limits its own pages too; its counts are read and written in two steps, so that many attempts
at the same moment slip through. These are counted in one.
"""

import hashlib
import math
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from threadwell.interfaces.web import turned_away
from threadwell.kit import pace

MINUTE = timedelta(minutes=1)
#: From one address, in a minute: what is posted (passwords, codes, new people) and what is only looked at.
POSTS, LOOKS = 60, 600
#: For one account, from wherever.
ATTEMPTS, WHILE = 30, timedelta(minutes=10)
SIGN_IN = "/accounts/login/"
#: Asked by machines that watch over us, and without a person behind them.
UNCOUNTED = frozenset({"/healthz", "/readyz", "/metrics"})


def refused(request: HttpRequest) -> HttpResponse | None:
    """The answer to somebody who knocks too often."""
    path = request.path_info
    if path in UNCOUNTED or path.startswith(("/static/", "/api/")):
        return None
    who = pace.caller(str(request.META.get("REMOTE_ADDR") or ""))
    if request.method in ("GET", "HEAD", "OPTIONS"):
        wait = pace.wait_for(f"look:{who}", most=LOOKS, within=MINUTE)
    else:
        wait = pace.wait_for(f"post:{who}", most=POSTS, within=MINUTE) or _of_account(request)
    if wait is None:
        return None
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(max(1, math.ceil(wait.total_seconds())))
    return response


def _of_account(request: HttpRequest) -> timedelta | None:
    name = request.POST.get("login", "").strip().lower() if request.path_info == SIGN_IN else ""
    if not name:
        return None
    mark = hashlib.sha256(name.encode()).hexdigest()[:40]
    wait = pace.wait_for(f"account:{mark}", most=ATTEMPTS, within=WHILE)
    if wait:
        turned_away.note(request, name, is_locked=True)
    return wait
