"""Context: what every page knows without its view saying so.

In:    a request
Out:   the workspace, the reader's seat and what it may do, the way to all places, the reader's theme,
       whether the system can send mail of its own, a key of the moment
Touch: nothing
"""

from functools import partial
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from threadwell.interfaces.web.alarms import alarms_of
from threadwell.interfaces.web.entrance import Request
from threadwell.interfaces.web.places import nav_of
from threadwell.interfaces.web.settings_areas import open_to
from threadwell.kit import ids
from threadwell.record.workplace.models import User


def around(request: HttpRequest) -> dict[str, Any]:
    """The context processor of all pages."""
    # Somebody without a cookie is nobody yet: do not ask the session.
    user = request.user if request.COOKIES and hasattr(request, "user") else None
    agent = getattr(request, "agent", None)
    return {
        "workspace": getattr(request, "workspace", None),
        "agent": agent,
        # Looked up when a page shows it: parts of pages do not.
        "nav": SimpleLazyObject(partial(nav_of, cast("Request", request))) if agent else None,
        "alarms": SimpleLazyObject(partial(alarms_of, cast("Request", request))) if agent else (),
        "areas": partial(open_to, agent) if agent else (),
        "may": agent.may if agent else frozenset(),
        "has_system_mail": settings.HAS_SYSTEM_MAIL,
        "drawn_key": ids.new,  # by which the live stream knows what this page cannot know yet
        "theme": user.theme if isinstance(user, User) and user.theme != "auto" else "",
    }
