"""Questions of many: questions about some keys, for as many as there are.

In:    a function that makes a queryset of keys and values
Out:   the same queryset for other keys and values, put into SQL once for each number of keys
Touch: nothing
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db import models

from threadwell.kit.questions import Question

MOST = 6  #: keys; with more of them the question is rare, and is put anew each time


class QuestionOfMany[R]:
    """``QuestionOfMany(ask)(keys, *values)`` is ``ask(keys, *values)``."""

    def __init__(self, ask: Callable[..., models.QuerySet[Any, R]]) -> None:
        self.ask = ask
        self._of: dict[int, Question[R]] = {}

    def __call__(self, keys: Sequence[UUID], *values: Any) -> models.QuerySet[Any, R]:
        count = len(keys)
        if not 0 < count <= MOST:
            return self.ask(keys, *values)
        if count not in self._of:
            self._of[count] = Question(lambda *given: self.ask(given[:count], *given[count:]))
        return self._of[count](*keys, *values)
