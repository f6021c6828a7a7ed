"""What a walk through a program comes to: its loops and regions over the whole run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reviewbot.hotspots.expressions import Value
from reviewbot.hotspots.steps import Construct, Cost, Loop, nothing


@dataclass(slots=True, eq=False)
class LoopWork:
    """A loop over the whole run."""

    loop: Loop
    cost: Cost = field(default_factory=nothing)
    visits: float = 0.0
    rounds: float = 0.0
    depth: int = 0  # loops around it, callers' loops too
    region: Construct | None = None  # the parallel region in which it runs
    forks: bool = False  # whether a region is met within it, in functions that it calls too
    outer: frozenset[int] = frozenset()  # ids of the loops around it

    def copy(self) -> LoopWork:
        """The same as it is now."""
        return replace(self, cost=self.cost.copy())

    def less(self, before: LoopWork | None) -> LoopWork:
        """What came since."""
        if before is None:
            return self.copy()
        since = replace(self, cost=self.cost - before.cost, visits=self.visits - before.visits)
        since.rounds -= before.rounds
        return since

    def times(self, factor: float) -> LoopWork:
        """The work so many times."""
        more = replace(self, cost=self.cost * factor, visits=self.visits * factor)
        more.rounds *= factor
        return more

    def add(self, more: LoopWork) -> None:
        """Work of the same loop on top."""
        self.cost += more.cost
        self.visits += more.visits
        self.rounds += more.rounds


@dataclass(slots=True, eq=False)
class RegionWork:
    """A parallel region over the whole run; `known`: its variables at its first visit."""

    construct: Construct
    known: dict[str, Value | None]
    cost: Cost = field(default_factory=nothing)
    visits: float = 0.0
    nested: bool = False


@dataclass(slots=True)
class Estimate:
    """What a walk from the program's entry comes to."""

    loops: dict[int, LoopWork] = field(default_factory=dict)  # by id of the loop
    regions: dict[int, RegionWork] = field(default_factory=dict)  # by id of the construct
    total: Cost = field(default_factory=nothing)


def hot_candidates(loops: Mapping[int, LoopWork]) -> list[LoopWork]:
    """The loops of which one is the hottest: those that fork nothing, and lie in no other such."""
    return [
        work
        for work in loops.values()
        if not work.forks and all(loops[o].forks for o in work.outer if o in loops)
    ]
