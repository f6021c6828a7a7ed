"""Which findings make a run fail: the exit code by the policy's word."""

from __future__ import annotations

from collections.abc import Iterable

from reviewbot.errors import EXIT_BLOCKED, EXIT_OK
from reviewbot.records import Action, Decision

_FATAL = {
    "never": frozenset[Action](),
    "block": frozenset({Action.BLOCK}),
    "comment": frozenset({Action.BLOCK, Action.COMMENT}),
}


def exit_code(decisions: Iterable[Decision], fail_on: str) -> int:
    """1 if a decision is of the kind that `fail_on` names (never, block, comment), else 0."""
    fatal = _FATAL[fail_on]
    return EXIT_BLOCKED if any(one.action in fatal for one in decisions) else EXIT_OK
