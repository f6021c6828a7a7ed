"""Conditions that tell how many threads run the code."""

from __future__ import annotations

import re
from dataclasses import replace

from reviewbot.code.dependence import ZERO
from reviewbot.code.events import SIZE, THREAD, Guard
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

    def of_two(self, guard: Guard) -> Guard:
        """Of two threads one is left where the number is not that of the other.

        `if (id == 0) produce(); else consume();` with `num_threads(2)`
        """
        if guard.kind != "tid-eq" or guard.form is None or len(guard.form.terms) != 1:
            return guard
        teams = [f.clauses for f in self.frames if f.kind in ("parallel", "nested")]
        left, right, sign = self.quotients.get(guard.form.terms[0][0][0], (ZERO, ZERO, ""))
        less = left.plus(right, -1)
        alone = less.terms in ((((THREAD,), 1),), (((THREAD,), -1),)) and abs(less.constant) < 2
        pair = len(teams) == 1 and f"{SIZE}2" in teams[0]
        return replace(guard, refused="tid-eq") if pair and alone and sign == "==" else guard

    def _is_size(self, name: str) -> bool:
        """Whether a variable of this region holds the number of its threads."""
        symbol = self.lookup(name)
        if symbol is None or not symbol.once or symbol.region != self.region:
            return False
        return symbol.value is not None and symbol.value.number.names == {f"{_SIZE}0"}
