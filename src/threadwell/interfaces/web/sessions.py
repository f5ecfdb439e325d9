"""Sessions: whom a browser's cookie stands for.

In:    the key of a session, the key of a user
Out:   the session and its user, or nothing
Touch: nothing

Every page asks for both before anything else, so both are Questions.
"""

from datetime import datetime
from typing import Any, override

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session

from threadwell.kit import clock
from threadwell.kit.questions import Question
from threadwell.record.workplace.models import User

SIGN_IN = f"{__name__}.SignIn"


class SessionStore(db.SessionStore):
    """Django's sessions in the database."""

    @override
    def _get_session_from_db(self) -> Session | None:  # type: ignore[misc]  # the stubs leave it out
        for session in SESSION(self.session_key, clock.now()):
            return session
        self._session_key = None
        return None


class SignIn(AuthenticationBackend):  # type: ignore[misc]  # allauth is not typed to the end
    """allauth's way to sign in."""

    @override
    def get_user(self, user_id: Any) -> User | None:
        return next((user for user in USER(user_id) if self.user_can_authenticate(user)), None)


def _session(key: str, now: datetime) -> Any:
    return Session.objects.filter(session_key=key, expire_date__gt=now)


SESSION: Question[Session] = Question(_session)
USER: Question[User] = Question(lambda key: User.objects.filter(pk=key))
