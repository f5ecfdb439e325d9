"""Notices by programs: one's own, seen once; wishes are kept as they were given."""

from typing import Any

import pytest

from tests.interfaces.api.conftest import Firm, Program
from threadwell.kit import clock, tenancy
from threadwell.record.notices.models import Notice


def test_notices_are_read_and_seen(firm: Firm, program: Program) -> None:
    with tenancy.entered(firm.workspace.pk):
        facts: dict[str, Any] = {"conversation": firm.conversation, "who": "Cleo"}
        Notice.give([program.agent], kind="mentioned", key="1", at=clock.now(), **facts)
    [told] = program.get("/notices?unseen=true")["items"]
    assert (told["kind"], told["text"], told["seen_at"]) == ("mentioned", "Cleo calls you in a note", None)
    assert program.call("PUT", "/notices/seen").content == b'{"count": 1}'
    assert program.get("/notices?unseen=true")["items"] == []
    assert len(program.get("/notices")["items"]) == 1


def test_wishes_are_kept_and_the_rest_is_as_shipped(program: Program) -> None:
    given = {
        "ways": {"mentioned": {"mail": "daily", "chat": "never"}},
        "quiet_from": "20:00:00",
        "quiet_until": "07:00:00",
        "second_by": "mail",
    }
    assert program.call("PUT", "/notices/wishes", given).status_code == 200
    told = program.get("/notices/wishes")
    assert told["ways"]["mentioned"] == {"mail": "daily", "push": "at_once", "chat": "never"}
    assert told["ways"]["called"]["mail"] == "at_once"
    assert (told["quiet_from"], told["second_by"], told["second_after"]) == ("20:00:00", "mail", 30)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ways": {"nonsense": {}}},
        {"ways": {"mentioned": {"pigeon": "daily"}}},
        {"ways": {"mentioned": {"mail": "sometimes"}}},
        {"ways": {}, "quiet_from": "20:00:00"},
        {"ways": {}, "quiet_days": [7]},
        {"ways": {}, "second_after": 0},
    ],
    ids=["kind", "way", "when", "half a night", "day", "wait"],
)
def test_what_cannot_be_meant_is_refused(program: Program, wrong: dict[str, Any]) -> None:
    assert program.call("PUT", "/notices/wishes", wrong).status_code == 422
