"""Context: what every page knows without its view saying so.

In:    a request
Out:   the workspace, the reader's seat and what it may do, the settings open to it, the reader's theme
Touch: nothing
"""

from functools import partial
from typing import Any

from django.http import HttpRequest

from threadwell.interfaces.web.settings_areas import open_to
from threadwell.record.workplace.models import User


def around(request: HttpRequest) -> dict[str, Any]:
    """The context processor of all pages."""
    # Somebody without a cookie is nobody yet: do not ask the session.
    user = request.user if request.COOKIES and hasattr(request, "user") else None
    agent = getattr(request, "agent", None)
    return {
        "workspace": getattr(request, "workspace", None),
        "agent": agent,
        "areas": partial(open_to, agent) if agent else (),
        "may": agent.may if agent else frozenset(),
        "theme": user.theme if isinstance(user, User) and user.theme != "auto" else "",
    }
