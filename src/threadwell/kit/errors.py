"""Errors: what went wrong, in a sentence for people and a code for machines.

In:    nothing
Out:   exception classes that interfaces turn into a page or problem details (RFC 9457)
Touch: nothing
"""

from typing import ClassVar

from django.utils.functional import Promise


class DomainError(Exception):
    """Something a person or a program asked for cannot be done; nothing was changed."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotAllowed(DomainError):
    """The one who asks may not do this."""

    code = "not-allowed"
    status = 403


class NotFound(DomainError):
    """There is no such thing here, or not for the one who asks."""

    code = "not-found"
    status = 404


class Invalid(DomainError):
    """What was given cannot be used as it is."""

    code = "invalid"
    status = 422
