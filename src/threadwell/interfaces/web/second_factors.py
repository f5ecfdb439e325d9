"""Second factors: what we tell django-allauth about codes and passkeys.

In:    the seed of an authenticator app, recovery codes, as allauth keeps them
Out:   the same sealed, and opened again
Touch: nothing
"""

from typing import override

from allauth.mfa.adapter import DefaultMFAAdapter

from threadwell.kit import secrets


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is not typed to the end
    """Whoever reads the database learns no seed."""

    @override
    def encrypt(self, text: str) -> str:
        return secrets.sealed(text).decode()

    @override
    def decrypt(self, encrypted_text: str) -> str:
        # Seeds from before they were sealed lie open until the next `threadwell secrets rotate`.
        return secrets.opened(encrypted_text.encode()) if secrets.is_box(encrypted_text) else encrypted_text
