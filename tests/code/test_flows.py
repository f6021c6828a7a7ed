"""What holds after branches meet, and in which order it is told."""

from __future__ import annotations

from reviewbot.code.events import Held
from reviewbot.code.flow import Flow, merge_flows
from reviewbot.code.values import ZERO

KEYS = [f"lock{number}" for number in range(40)]  # too many to stand in order by chance


def _flow(keys: list[str]) -> Flow:
    return Flow({key: Held(key, "mutex", ZERO, 1, True, line) for line, key in enumerate(keys, 1)})


def test_locks_keep_the_order_in_which_they_were_taken() -> None:
    assert list(merge_flows([_flow(KEYS), _flow(KEYS)]).locks) == KEYS


def test_what_one_branch_alone_holds_is_not_certain_and_comes_last() -> None:
    merged = merge_flows([_flow(KEYS[1:]), _flow(KEYS)]).locks
    assert list(merged) == [*KEYS[1:], KEYS[0]]
    assert [key for key, held in merged.items() if not held.certain] == [KEYS[0]]
