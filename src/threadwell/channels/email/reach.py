"""Reach: which mail servers we connect to, whoever names them.

In:    the networks of the settings
Out:   a block in which connections go nowhere else; the same as a judge of addresses
Touch: nothing

A workspace's administrator names the servers; whoever runs Threadwell says with ``THREADWELL_MAIL_NETWORKS``
which private networks they may stand in. The system's own server is theirs and needs no leave.
"""

from contextlib import AbstractContextManager

from django.conf import settings

from threadwell.kit import outside


def may_reach(address: outside.Address) -> bool:
    """May a mail server stand there?"""
    return outside.within(settings.OPTIONS["THREADWELL_MAIL_NETWORKS"])(address)


def only_allowed() -> AbstractContextManager[None]:
    """Connections made inside go where mail servers may stand; others raise `PermissionError`."""
    return outside.guarded(may_reach)
