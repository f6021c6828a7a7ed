"""Conditions that tell how many threads run the code."""

from __future__ import annotations

import re

from reviewbot.code.holdings import Holdings

_SIZE = "omp_get_num_threads"
_ASKS_SIZE = re.compile(r"\(*(?P<name>\w+)(?:\(\))?(?P<test>[=!]=|[<>]=?)(?P<number>\d)\)*")
_ALONE = frozenset({"==1", "<=1", "<2"})
_NOT_ALONE = frozenset({"!=1", ">1", ">=2"})


class TeamSizes(Holdings):
    """Knows what holds the number of a team's threads."""

    def team_guard(self, condition: str) -> str:
        """Tell a team of one thread by its condition: "alone", or "not-alone" for its opposite.

        `condition` is without blanks: `(threads==1)`.
        """
        match = _ASKS_SIZE.fullmatch(condition) if self.region else None
        if match is None or not (match["name"] == _SIZE or self._is_size(match["name"])):
            return ""
        test = match["test"] + match["number"]
        return "alone" if test in _ALONE else "not-alone" if test in _NOT_ALONE else ""

    def _is_size(self, name: str) -> bool:
        """Whether a variable of this region holds the number of its threads."""
        symbol = self.lookup(name)
        if symbol is None or not symbol.once or symbol.region != self.region:
            return False
        return symbol.value is not None and symbol.value.number.names == {f"{_SIZE}0"}
