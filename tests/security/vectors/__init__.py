"""Vectors: what letters carry that want to run in the reader's browser, or to tell that they were read.

In:    the address of a trap
Out:   bodies of HTML by name; whole letters by name

RUN stands for a script that tells the trap and leaves a mark in the page; TRAP for the trap's address. Names
are unique over all groups, so that a finding names its vector.
"""

from collections.abc import Mapping

from tests.security.vectors import addresses, fetching, handlers, mutations, styles

GROUPS: Mapping[str, Mapping[str, str]] = {
    "handlers": handlers.VECTORS,
    "addresses": addresses.VECTORS,
    "fetching": fetching.VECTORS,
    "styles": styles.VECTORS,
    "mutations": mutations.VECTORS,
}
RUN = "top.ran=1;parent.ran=1;self.ran=1;fetch('TRAP/run')"


def bodies(trap: str) -> dict[str, str]:
    """Every body by its name, set for this trap."""
    named = {f"{group}: {name}": body for group, some in GROUPS.items() for name, body in some.items()}
    return {name: armed(name, body, trap) for name, body in named.items()}


def armed(name: str, body: str, trap: str) -> str:
    """The trap hears which vector told it."""
    own = f"{trap}/{''.join(one if one.isalnum() else '-' for one in name)}"
    bare = own.partition("//")[2]
    body = body.replace("RUN", RUN)
    for before in ("//", "@", "http:", "\\\\", "/\\"):
        body = body.replace(f"{before}TRAP", f"{before}{bare}")
    return body.replace("TRAP", own)
