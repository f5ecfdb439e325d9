"""Links: the address under which one survey is answered, signed, so that nobody makes another's.

In:    a survey; the token of an address
Out:   the token; the workspace and the survey that a token names
Touch: nothing
"""

import base64
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext as _

from threadwell.kit.errors import NotFound

_signer = Signer(salt="threadwell.surveys", sep=".")


def token_of(workspace_id: UUID, key: UUID) -> str:
    """What the link names: one survey of one workspace."""
    named = base64.urlsafe_b64encode(workspace_id.bytes + key.bytes)
    return _signer.sign(named.decode().rstrip("="))


def address_of(workspace_id: UUID, key: UUID) -> str:
    """Where it is answered."""
    return f"{settings.PUBLIC_URL}/rate/{token_of(workspace_id, key)}/"


def place_of(token: str) -> tuple[UUID, UUID]:
    """The workspace and the survey that a token names; refused when we did not sign it."""
    try:
        named = base64.urlsafe_b64decode(_signer.unsign(token) + "=")
    except (BadSignature, ValueError):
        raise NotFound(_("There is nothing here.")) from None
    return UUID(bytes=named[:16]), UUID(bytes=named[16:])
