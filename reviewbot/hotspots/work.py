"""How much work a program's steps are, and how a team divides it: an estimate, with its doubts."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from reviewbot.code.openmp import Directive
from reviewbot.hotspots.build import Program
from reviewbot.hotspots.calls import GUESSED_TRIPS, Calls
from reviewbot.hotspots.directives import contains_dealt, first, number, scheduled, tasks
from reviewbot.hotspots.expressions import LANES, TABLE, THREAD, THREADS, Value
from reviewbot.hotspots.schedule import Work, deal
from reviewbot.hotspots.steps import (
    Assign,
    Branch,
    Call,
    Construct,
    Cost,
    Exit,
    Leaf,
    Loop,
    Mark,
    Seq,
    Step,
    Store,
    nothing,
)
from reviewbot.hotspots.tables import POINTS, joined
from reviewbot.hotspots.totals import Estimate, LoopWork, RegionWork

_ROUNDS, _INNER = 1024, 4  # of a shared loop and of the loops below it that are looked at
_FINER = 4  # times as many where a loop may end early: where it does is the question
_LANES = 16384  # ways gone at once
_ROUND = 2.0  # operations of a loop's own
_DISPATCH = 60.0  # operations to fetch a chunk or to begin a task
_MIDDLE, _TEAM = 1.0, 4.0
_FACTORS = 64.0  # rounds of a loop whose variable is multiplied in each: it is no longer then
_SERIAL_MARKS = ("single", "master", "masked")


def estimate(program: Program) -> Estimate:
    """Walk every function that no other calls, and main, as callers would."""
    walk = _Walk(program)
    for name in program.functions:
        if name not in program.called or name == "main":
            walk.result.total += walk.function(name)
    for name in program.functions:  # what only calls itself or is reached by a pointer
        if name not in walk.entered:
            walk.result.total += walk.function(name)
    for key, loop in walk.result.loops.items():
        loop.forks = key in walk.forking
    return walk.result


def divided(program: Program, region: RegionWork, threads: int) -> Work:
    """Work of each thread of a region's team."""
    walk = _Walk(program, team=threads)
    walk.known.update(region.known)
    walk.known.update({THREAD: np.arange(float(threads)), THREADS: float(threads)})
    cost = walk.governed(region.construct)[Mark.OPERATIONS]
    return np.broadcast_to(cost, threads).copy()


class _Walk(Calls):
    """One walk through the steps, with what is known of variables on the way.

    It goes many ways at once, a lane each: a lane is a thread, or a round that is looked at.
    """

    def step(self, step: Step) -> Cost:
        """The cost of one step, with every doubt marked in it."""
        self.budget -= 1
        if isinstance(step, Leaf):
            return step.cost
        if isinstance(step, Seq):
            return self._sequence(step)
        if isinstance(step, Store):
            self._store(step)
            return nothing()
        if isinstance(step, Assign):
            self.known[step.name] = step.value(self.known)
            (self.stored.add if step.stored else self.stored.discard)(step.name)
            return nothing()
        if isinstance(step, Call):
            values = tuple(part(self.known) for part in step.arguments)
            return self.function(step, values)
        if isinstance(step, Branch):
            return self._branch(step)
        if isinstance(step, Exit):
            self.doubted |= self.undecided > 0
            alone = step.returns and len(self.loops) == self.depth and not self.undecided
            self.left = alone and bool(np.all(self.sure >= 1))
            self.stopped = np.maximum(self.stopped, self.sure)
            return nothing()
        if isinstance(step, Loop):
            return self._loop(step)
        assert isinstance(step, Construct)  # noqa: S101 - the steps there are
        return self._construct(step)

    def _sequence(self, step: Seq) -> Cost:
        cost = nothing()
        for item in step.items:
            more = self.step(item)
            cost = cost if isinstance(item, (Assign, Store)) else cost + more  # those cost nothing
            if self.left:
                break
        return cost

    def _branch(self, step: Branch) -> Cost:
        decided = step.condition(self.known)
        if decided is not None and not isinstance(decided, np.ndarray):
            return self.step(step.yes if decided else step.no)
        likely = 0.5 if decided is None else (decided != 0) * 1.0
        saved, weight, sure = dict(self.known), self.weight, self.sure
        told = 0.0 if decided is None else 1.0
        self.undecided += decided is None
        self.weight, self.sure = weight * likely, sure * likely * told
        yes = self.step(step.yes)
        first, self.known = self.known, saved
        self.weight, self.sure = weight * (1.0 - likely), sure * (1.0 - likely) * told
        no = self.step(step.no)
        self.weight, self.sure = weight, sure
        self.undecided -= decided is None
        self._merge(first, None if decided is None else decided)
        cost = likely * yes + (1.0 - likely) * no
        if decided is None:
            doubt = np.abs(yes[Mark.OPERATIONS] - no[Mark.OPERATIONS]) / 2
            cost[Mark.BRANCH] = cost[Mark.BRANCH] + doubt
        return cost

    def _merge(self, other: dict[str, Value | None], decided: Value | None) -> None:
        """What is known after a branch; `other` is what is known where the condition holds."""
        for name in other.keys() | self.known.keys():
            yes, no = other.get(name), self.known.get(name)
            if yes is no:
                continue
            if name.endswith(TABLE):
                # Of an element that only one branch fills the other has an older value, or none.
                both = isinstance(yes, np.ndarray) and isinstance(no, np.ndarray)
                self.known[name] = joined(yes, no) if both else no if yes is None else yes
                continue
            if decided is None:  # if (argc > 1) n = atoi(argv[1]); leaves n most likely as it was
                self.known[name] = no if yes is None else None
            else:
                known = yes is not None and no is not None
                self.known[name] = np.where(decided, yes, no) if known else None

    # --- loops ----------------------------------------

    def _loop(self, loop: Loop) -> Cost:
        trips = self._trips(loop)
        if self.team and self.single and tasks(loop.body):
            return self._dealt(loop, np.asarray(trips), 1.0, "dynamic", 1.0, task=True)
        most = POINTS if loop.fills else _INNER
        return self._marked(loop, self._rounds(loop, trips, most) * trips, trips)

    def _rounds(self, loop: Loop, trips: Value, most: int) -> Cost:
        """The mean cost of a round, (marks, lanes)."""
        each = self._each(loop, trips, most)  # (marks, lanes, samples)
        return each.mean(axis=2)

    def _each(self, loop: Loop, trips: Value, most: int) -> NDArray[np.float64]:
        """Costs of the rounds that are looked at, at even distances."""
        lanes, samples = len(self.weight), self._samples(loop, trips, most)
        saved, weight, loops = self.known, self.weight, self.loops
        count = samples.shape[1]
        low, step = loop.head.low(saved), loop.head.step(saved)
        self.known = {name: _wider(value, count) for name, value in saved.items()}
        self.known |= {**dict.fromkeys(loop.assigned), LANES: float(lanes * count)}
        turns, self.turns = self.turns, float(np.max(trips, initial=1.0))
        wide = np.broadcast_to(samples, (lanes, count)).reshape(-1)
        start, stride = _wider(low, count), _wider(1.0 if step is None else step, count)
        factor = loop.head.factor(saved)
        if start is None or stride is None:
            self.known[loop.head.variable] = None
        elif factor is not None:
            self.known[loop.head.variable] = start * factor ** np.minimum(wide, _FACTORS)
        else:
            self.known[loop.head.variable] = start + wide * stride
        self.weight = np.repeat(weight * trips / count, count)
        self.loops = (*loops, loop)
        sure, stopped = self.sure, self.stopped
        undecided, self.undecided, self.doubted = self.undecided, 0, False
        self.sure, self.stopped = np.ones(lanes * count), np.zeros(lanes * count)
        cost = self.step(loop.body)
        self.undecided = undecided
        going = 1.0 - self.stopped.reshape(lanes, count)
        self.sure, self.stopped = sure, stopped
        inner, self.known = self.known, saved
        self.weight, self.loops, self.turns = weight, loops, turns
        self._filled(inner, {})
        self.known |= dict.fromkeys(loop.assigned)
        each = np.broadcast_to(cost, (len(Mark), lanes * count)).reshape(len(Mark), lanes, count)
        self.done = np.ones(lanes)
        if loop.exits and not going.all():  # what comes after the round that ends it is not done
            alive = np.cumprod(np.hstack([np.ones((lanes, 1)), going[:, :-1]]), axis=1)
            self.done = alive.mean(axis=1)
            each = each * alive
        return each

    def _samples(self, loop: Loop, trips: Value, most: int) -> NDArray[np.float64]:
        """Numbers of rounds that are looked at, (lanes or 1, samples): all, or some of them."""
        column = np.atleast_1d(np.asarray(trips, dtype=np.float64))[:, None]
        if not (loop.steered or loop.fills) or self.budget < 0:
            return np.floor(column / 2)
        most = most * _FINER if loop.exits else most
        most = max(1, min(most, _LANES // len(self.weight)))
        if column.max(initial=1.0) <= most:
            most = max(1, int(column.max(initial=1.0)))
        # Within each part a place that moves on, so that no even pattern can hide from it.
        inside = np.arange(most) * 0.618 % 1 if most > _INNER * _FINER else np.full(most, 0.5)
        return np.minimum(
            np.floor((np.arange(most) + inside) / most * column), np.maximum(column - 1, 0)
        )

    def _trips(self, loop: Loop) -> Value:
        low, high, step = (
            loop.head.low(self.known),
            loop.head.high(self.known),
            loop.head.step(self.known),
        )
        if low is None or high is None:
            return GUESSED_TRIPS
        factor = loop.head.factor(self.known)
        if factor is not None and factor not in (0.0, 1.0):
            span = np.maximum(high, 0.5) / np.maximum(low, 0.5)  # whole numbers end at 0
            return np.clip(np.ceil(np.log(span) / np.log(factor)), 0.0, _FACTORS)
        stride: Value = 1.0 if step is None or not np.all(step) else step
        return np.maximum(0.0, np.ceil((high - low) / stride))

    def _marked(self, loop: Loop, mean: Cost, trips: Value) -> Cost:
        told = loop.head.low(self.known) is not None and loop.head.high(self.known) is not None
        cost = mean + nothing()
        cost[Mark.OPERATIONS] += _ROUND * trips * self.done + 1
        cost[Mark.INSTRUCTIONS] += 1
        if not told:
            stored = loop.in_memory or bool(loop.bounding & self.stored)
            cost[Mark.DATA if stored else Mark.GUESSED] = cost[Mark.OPERATIONS]
        if loop.head.cut:
            cost[Mark.DATA] = cost[Mark.OPERATIONS]
        if loop.exits and self.doubted:
            cost[Mark.EXIT] = cost[Mark.OPERATIONS]
        self._record(loop, cost, trips)
        return cost

    def _record(self, loop: Loop, cost: Cost, trips: Value) -> None:
        if self.team:
            return
        found = self.result.loops.setdefault(id(loop), LoopWork(loop))
        found.cost += (cost * self.weight).sum(axis=1, keepdims=True)
        found.visits += float(self.weight.sum())
        found.rounds += float((trips * self.weight).sum())
        found.depth = len(self.loops)
        found.region = found.region or self.region
        found.outer |= {id(outer) for outer in self.loops}

    # --- constructs ----------------------------------------

    def governed(self, construct: Construct) -> Cost:
        """What a region's construct governs, as the threads of the team see it."""
        directive = construct.directive
        if directive.shares_loop and isinstance(first(construct.body), Loop):
            return self._shared(construct)
        if directive.has("sections") and self.team:
            return self._sections(construct)
        return self.step(construct.body)

    def _construct(self, construct: Construct) -> Cost:
        directive = construct.directive
        if directive.has("parallel", "teams"):
            return self._region(construct)
        if directive.shares_loop or (directive.has("sections") and self.team):
            return self.governed(construct)
        if directive.has(*_SERIAL_MARKS):
            return self._single(construct)
        cost = self.step(construct.body) + nothing()
        work = cost[Mark.OPERATIONS].copy()
        if directive.has("critical", "ordered") and not directive.standalone:
            cost[Mark.CRITICAL] += 1
            cost[Mark.EXCLUSIVE] += work
            cost[Mark.OPERATIONS] += 40
        if directive.has("atomic"):
            cost[Mark.ATOMIC] += 1
            cost[Mark.OPERATIONS] += 20
        if directive.has("task"):
            cost[Mark.TASK] += 1
            cost[Mark.OPERATIONS] += _DISPATCH
        if directive.has("barrier", "taskwait"):
            cost[Mark.BARRIER] += 1
        return cost

    def _region(self, construct: Construct) -> Cost:
        cost = self._alone(construct) if self.team else self._recorded(construct)
        cost[Mark.FORK] += 1
        return cost

    def _recorded(self, construct: Construct) -> Cost:
        fresh = RegionWork(construct, _middle(self.known), nested=self.region is not None)
        found = self.result.regions.setdefault(id(construct), fresh)
        found.visits += float(self.weight.sum())
        self.forking |= {id(loop) for loop in self.loops}
        weight, outer, copies = self.weight, self.region, self.copies
        self.region = self.region or construct
        if id(construct) in self.program.numbered:
            # One of four threads, somewhere in the middle, stands for all of them.
            self.known |= {THREAD: _MIDDLE, THREADS: _TEAM}
            self.copies, self.weight = _TEAM, weight * _TEAM
        cost = self.governed(construct) * self.copies / copies
        self.region, self.copies, self.weight = outer, copies, weight
        if outer is None:
            self.known |= {THREAD: None, THREADS: None}
        found.cost += (cost * weight).sum(axis=1, keepdims=True)
        return cost

    def _alone(self, construct: Construct) -> Cost:
        """A region within a region: its work is done by whoever meets it."""
        team, self.team = self.team, 0
        recorded, self.result = self.result, Estimate()
        cost = self.step(construct.body) + nothing()
        self.team, self.result = team, recorded
        return cost

    def _single(self, construct: Construct) -> Cost:
        single, self.single = self.single, True
        cost = self.step(construct.body) + nothing()
        self.single = single
        cost[Mark.SINGLE] = cost[Mark.OPERATIONS]
        if not self.team or contains_dealt(construct.body):
            return cost
        if cost[Mark.TASK].any():
            cost[Mark.OPERATIONS] /= self.team
            return cost
        return cost * (self._thread() == 0)

    def _thread(self) -> NDArray[np.float64]:
        """The number of each lane's thread."""
        return np.broadcast_to(np.asarray(self.known[THREAD]), len(self.weight))

    def _shared(self, construct: Construct) -> Cost:
        """A loop whose rounds go to the threads of the team."""
        loop = first(construct.body)
        if not isinstance(loop, Loop):
            return self.step(construct.body)
        trips = self._trips(loop)
        if not self.team:
            weight, self.weight = self.weight, self.weight / self.copies
            cost = self._marked(loop, self._rounds(loop, trips, _ROUNDS) * trips, trips)
            self.weight = weight
            return cost / self.copies
        kind, chunk = scheduled(construct.directive, self.known)
        folded = self._folded(loop, construct.directive)
        if construct.directive.has("taskloop"):
            rounds = float(np.max(trips)) * folded
            kind, chunk = "dynamic", chunk or max(1.0, rounds / (10 * self.team))
        return self._dealt(loop, np.asarray(trips), folded, kind, chunk)

    def _folded(self, loop: Loop, directive: Directive) -> float:
        """Rounds of the loops that are collapsed into this one."""
        clause, inner, folded = directive.clause("collapse"), first(loop.body), 1.0
        depth = int(number(clause.items[0]) or 1) if clause and clause.items else 1
        while depth > 1 and isinstance(inner, Loop):
            folded *= max(1.0, float(np.mean(self._trips(inner))))
            inner, depth = first(inner.body), depth - 1
        return folded

    def _dealt(
        self,
        loop: Loop,
        trips: NDArray[np.float64],
        folded: float,
        kind: str,
        chunk: float | None,
        *,
        task: bool = False,
    ) -> Cost:
        """Each lane's thread gets its part of the rounds; lanes are threads x what they met."""
        met = len(self.weight) // self.team
        team, saved, weight = self.team, self.known, self.weight
        recorded, self.result = self.result, Estimate()
        self.known = {name: _first_lanes(value, met) for name, value in saved.items()}
        self.team, self.weight, self.known[LANES] = 0, np.ones(met), float(met)
        each = self._each(loop, _first_lanes(trips, met), _ROUNDS)
        self.team, self.known, self.weight, self.result = team, saved, weight, recorded
        self.known |= dict.fromkeys(loop.assigned)
        rounds = each[Mark.OPERATIONS] + _ROUND  # (met, samples)
        counts = np.broadcast_to(trips.reshape(-1)[:met], met)
        again = max(1, int(min(folded, 512 / rounds.shape[1])))
        dealt = [
            deal(np.repeat(row / folded, again), float(count) * folded, team, kind, chunk)
            for row, count in zip(rounds, counts, strict=True)
        ]
        cost = np.zeros((len(Mark), team * met))
        cost[Mark.OPERATIONS] = np.array(dealt).T.reshape(-1)
        if task:
            cost[Mark.TASK] = np.mean(counts)
        return cost

    def _sections(self, construct: Construct) -> Cost:
        """Sections go to the threads in turn, as clang's runtime deals them."""
        items = construct.body.items if isinstance(construct.body, Seq) else (construct.body,)
        size = math.ceil(len(items) / self.team)
        cost, thread = nothing(), self._thread()
        for index, item in enumerate(items):
            cost = cost + self.step(item) * (thread == index // size)
        return cost


def _wider(value: Value | None, count: int) -> Value | None:
    """The value where each lane has become so many."""
    return np.repeat(value, count) if isinstance(value, np.ndarray) and value.ndim == 1 else value


def _first_lanes(value: Value | None, count: int) -> Value | None:
    """The value for the first lanes, those of the team's first thread."""
    return value[:count] if isinstance(value, np.ndarray) and value.ndim == 1 else value


def _middle(known: Mapping[str, Value | None]) -> dict[str, Value | None]:
    """What is known in the middle lane: one region's visit stands for all."""
    return {
        name: float(value[len(value) // 2])
        if isinstance(value, np.ndarray) and value.ndim == 1
        else value
        for name, value in known.items()
    }
