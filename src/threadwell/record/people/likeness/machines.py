"""Machines: senders that are programs; they are called alike wherever they run, and are nobody's duplicate.

In:    a name, what it is known by
Out:   whether a program answers there
Touch: nothing
"""

import re
from collections.abc import Sequence

_PART = re.compile(
    r"^(?:[\w.+-]*[._+-])?(?:mailer[-_.]?daemon|mail[-_.]?daemon|maildaemon|post[-_.]?master|mailer|bounces?"
    r"|(?:no|do[-_.]?not)[-_.]?reply|auto[-_.]?reply|notifications?|listserv|majordomo)(?:[._+=-].*)?$",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"^\W*(?:mail(?:er)?[- ]?(?:daemon|delivery (?:sub)?system|delivery service)|postmaster"
    r"|mail administrator|(?:no|do not)[- ]?reply)\W*$",
    re.IGNORECASE,
)


def is_machine(name: str, known_by: Sequence[str]) -> bool:
    """All it is reached by is a program's; or it is called as one and no person's address says otherwise."""
    parts = [bool(_PART.match(value.partition("@")[0])) for value in known_by]
    if parts and all(parts):
        return True
    return bool(_NAME.match(name)) and (not parts or any(parts))
