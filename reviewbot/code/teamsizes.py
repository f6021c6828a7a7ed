"""Conditions that tell how many threads run the code."""

from __future__ import annotations

import re
from dataclasses import replace

from reviewbot.code.dependence import ZERO
from reviewbot.code.events import SIZE, THREAD, Guard
from reviewbot.code.holdings import Holdings
from reviewbot.code.openmp import Directive

_SIZE = "omp_get_num_threads"
_ASKS_SIZE = re.compile(r"\(*(?P<name>\w+)(?:\(\))?(?P<test>[=!]=|[<>]=?)(?P<number>\d)\)*")
_ASKS_FLAG = re.compile(r"\(*(?P<no>!?)\(*(?P<name>[A-Za-z_]\w*)\)*")
_IF = "if:"  # of a frame's clauses, the one that tells by which flag its team has many threads
_ALONE = frozenset({"==1", "<=1", "<2"})
_NOT_ALONE = frozenset({"!=1", ">1", ">=2"})


class TeamSizes(Holdings):
    """Knows what holds the number of a team's threads."""

    def team_guard(self, condition: str) -> str:
        """Tell a team of one thread by its condition: "alone", or "not-alone" for its opposite.

        `condition` is without blanks: `(threads==1)`.
        """
        if not self.region:
            return ""
        chosen = _ASKS_FLAG.fullmatch(condition)
        if chosen is not None:
            return self._team_by_flag(bool(chosen["no"]), chosen["name"])
        match = _ASKS_SIZE.fullmatch(condition)
        if match is None or not (match["name"] == _SIZE or self._is_size(match["name"])):
            return ""
        test = match["test"] + match["number"]
        return "alone" if test in _ALONE else "not-alone" if test in _NOT_ALONE else ""

    def if_clause(self, directive: Directive) -> str:
        """A mark of a team that a flag alone makes one thread: `parallel if (!on_device)`."""
        asked = [c for c in directive.all("if") if c.modifier in ("", "parallel")]
        text = "".join(asked[0].items[0].split()) if asked and asked[0].items else ""
        chosen = _ASKS_FLAG.fullmatch(text) if len(asked) == 1 else None
        symbol = self.lookup(chosen["name"]) if chosen is not None else None
        if chosen is None or symbol is None or not symbol.once or symbol.pointer:
            return ""
        return f"{_IF}{chosen['no']}{symbol.name}@{symbol.offset}"

    def _team_by_flag(self, refused: bool, name: str) -> str:
        """Tell the team by the flag that its construct was given."""
        symbol = self.lookup(name) if self.frames else None
        if symbol is None or any(f.kind == "nested" for f in self.frames):
            return ""
        asked = f"{symbol.name}@{symbol.offset}"
        for no in ("", "!"):
            if f"{_IF}{no}{asked}" in self.frames[0].clauses:
                return "not-alone" if bool(no) == refused else "alone"
        return ""

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
