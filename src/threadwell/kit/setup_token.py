"""Setup token: the secret in the link that makes the first workspace.

In:    the signing key
Out:   a token; whether a token is it
Touch: nothing

It is the same at every start, so the printed link stays good until it was used. Whoever asks must
see to it that no workspace exists yet: that is what makes it work once.
"""

from django.utils.crypto import constant_time_compare, salted_hmac


def setup_token() -> str:
    return salted_hmac("threadwell.setup", "the first workspace", algorithm="sha256").hexdigest()[:40]


def is_setup_token(token: str) -> bool:
    return constant_time_compare(token, setup_token())
