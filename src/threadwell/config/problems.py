"""Problems: what keeps a command from working and is told to the person, not to a programmer.

In:    a sentence: what is wrong, and what to do
Out:   an exception with an exit status
Touch: nothing
"""


class Problem(Exception):
    """The command ends with this sentence and this status."""

    status = 1


class WrongSetting(Problem):
    """A setting holds something that cannot be meant; the sentence says which, what and what is allowed."""

    status = 2


class WillNotStart(Problem):
    """The embedded PostgreSQL did not come up; the sentence says why, as far as it is known."""


class NotUsable(Problem):
    """There is no database that we can work with; the sentence says where and why."""
