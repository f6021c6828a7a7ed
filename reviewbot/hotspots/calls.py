"""Calls of a file's functions: what is known within them, where they end, what they fill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reviewbot.hotspots.build import Program
from reviewbot.hotspots.expressions import LANES, TABLE, THREAD, THREADS, Value
from reviewbot.hotspots.steps import Call, Construct, Cost, Loop, Mark, Step, Store, nothing
from reviewbot.hotspots.tables import joined, table
from reviewbot.hotspots.totals import Estimate, LoopWork

GUESSED_TRIPS = 100.0  # of a loop whose bound is not told
_BUDGET = 20_000  # steps of a walk; after that nothing is looked at twice
_DEEPEST_CALL = 8
_DEEPEST_AGAIN, _AGAIN = 24, 400  # calls within calls of a function that is told where to end


class Calls:
    """What a walk knows at a place, and how it enters a function and comes back."""

    def __init__(self, program: Program, *, team: int = 0) -> None:
        self.program, self.team, self.budget = program, team, _BUDGET
        self.known: dict[str, Value | None] = dict(program.constants)
        self.result = Estimate()
        self.entered: set[str] = set()
        self.weight = np.ones(max(1, team))  # (lanes,): how often each is gone
        self.calls: tuple[str, ...] = ()
        self.loops: tuple[Loop, ...] = ()
        self.region: Construct | None = None
        self.copies = 1.0  # how many threads do what is walked, where each does its own
        self.single = False  # whether one thread runs this for all, so that its tasks go to others
        self.forking: set[int] = set()  # ids of loops in which a region is met
        self.sure = np.ones(len(self.weight))  # 1 where every condition on the way is decided
        self.stopped = np.zeros(len(self.weight))  # 1 where the loop around has ended
        self.done = np.ones(1)  # share of the last loop's rounds that are done before it ends
        self.stored: set[str] = set()  # variables whose values were read from memory
        self.undecided = 0  # conditions on the way that are not decided
        self.left = False  # whether the function has returned for sure
        self.turns = 1.0  # rounds of the loop around
        self.depth = 0  # loops around the function
        self.again = _AGAIN  # calls of functions by themselves that are followed yet
        self.memo: dict[Any, tuple[Cost, dict[int, LoopWork]]] = {}  # of calls within such
        self.active: tuple[tuple[str, tuple[Value | None, ...]], ...] = ()
        self.doubted = False  # whether the last loop may have ended for reasons that are not told

    def function(self, call: Call | str, arguments: tuple[Value | None, ...] = ()) -> Cost:
        """A call of a function of the file, or a function that nobody calls."""
        name = call if isinstance(call, str) else call.name
        if self._unending(name, arguments):
            cost = nothing()  # recursion: as if it went a few levels deep
            cost[[Mark.OPERATIONS, Mark.GUESSED, Mark.INSTRUCTIONS]] = GUESSED_TRIPS
            return cost
        if name not in self.calls:
            return self._called(call, name, arguments)
        key = (name, arguments, len(self.weight), self.team, self.single)
        if key in self.memo:
            return self._again(*self.memo[key])
        before = {loop: found.copy() for loop, found in self.result.loops.items()}
        cost = self._called(call, name, arguments)
        self.memo[key] = cost, self._since(before)
        return cost

    def _since(self, before: Mapping[int, LoopWork]) -> dict[int, LoopWork]:
        """What a call added to the loops, for each time it is done."""
        often = max(float(self.weight.sum()), 1e-9)
        return {
            key: found.less(before.get(key)).times(1 / often)
            for key, found in self.result.loops.items()
        }

    def _again(self, cost: Cost, added: Mapping[int, LoopWork]) -> Cost:
        """The same call once more: it costs what it did, and so do the loops in it."""
        for key, found in added.items():
            self.result.loops[key].add(found.times(float(self.weight.sum())))
        return cost

    def _called(self, call: Call | str, name: str, arguments: tuple[Value | None, ...]) -> Cost:
        self.entered.add(name)
        saved, calls, outer, active = self.known, self.calls, self.stored, self.active
        stopped, left, depth = self.stopped, self.left, self.depth
        names = self.program.parameters[name]
        texts = call.texts if isinstance(call, Call) else ()
        self.known = self._entered(names, arguments, texts)
        self.calls, self.active = (*calls, name), (*active, (name, arguments))
        self.stored = {n for n, s in zip(names, getattr(call, "stored", ()), strict=False) if s}
        self.stopped, self.left, self.depth = np.zeros_like(stopped), False, len(self.loops)
        cost = self.step(self.program.functions[name])
        inner, self.known = self.known, saved
        self.calls, self.stored, self.active = calls, outer, active
        self.stopped, self.left, self.depth = stopped, left, depth
        self._filled(inner, dict(zip(names, texts, strict=False)))
        return cost

    def _unending(self, name: str, arguments: tuple[Value | None, ...]) -> bool:
        """Whether a call is not followed: it may be one of a chain without an end."""
        if name not in self.calls:
            return len(self.calls) >= _DEEPEST_CALL or self.budget < 0
        told = [a for a in arguments if a is not None]
        if not told or any(isinstance(a, np.ndarray) for a in told) or self.budget < 0:
            return True
        self.again -= 1
        deep = len(self.calls) >= _DEEPEST_AGAIN
        return self.again < 0 or deep or (name, arguments) in self.active

    def _entered(
        self, names: tuple[str, ...], arguments: tuple[Value | None, ...], texts: tuple[str, ...]
    ) -> dict[str, Value | None]:
        """What is known as a function begins: constants, arguments, and what arrays hold."""
        known = self.known
        kept = {key: known.get(key) for key in (THREAD, THREADS, LANES)}
        values = dict(zip(names, arguments, strict=False)) if arguments else dict.fromkeys(names)
        if not self.program.tables.places:
            return {**self.program.constants, **kept, **values}
        tables = {key: value for key, value in known.items() if key.endswith(TABLE)}
        for name, text in zip(names, texts, strict=False):
            values[name + TABLE] = known.get(text + TABLE)
        return {**self.program.constants, **kept, **tables, **values}

    def _filled(self, inner: Mapping[str, Value | None], named: Mapping[str, str]) -> None:
        """Arrays that were filled within a loop or a function are filled behind it too."""
        for key, value in inner.items() if self.program.tables.places else ():
            if key.endswith(TABLE) and value is not None:
                name = key.removesuffix(TABLE)
                self.known[named.get(name, name) + TABLE] = value

    def _store(self, step: Store) -> None:
        """An element of a table gets a value, in every lane its own."""
        key, index, value = step.array + TABLE, step.index(self.known), step.value(self.known)
        if index is None or value is None:
            self.known.pop(key, None)
            return
        old = self.known.get(key)
        if not isinstance(index, np.ndarray):
            if old is None and not isinstance(value, np.ndarray):
                self.known[key] = table(index, value, 1.0, sums=step.sums)
            return  # one element of many
        there = np.broadcast_to(self.weight > 0, index.shape)
        values = np.broadcast_to(np.asarray(value), index.shape)
        new = table(index[there], values[there], self.turns, sums=step.sums)
        if new is not None and isinstance(old, np.ndarray) and not there.all():
            new = joined(old, new)
        self.known[key] = new

    def step(self, step: Step) -> Cost:
        """The cost of one step; the walk's own."""
        raise NotImplementedError
