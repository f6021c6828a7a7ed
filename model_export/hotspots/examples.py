"""From measured programs to what the model learns: regions with labels, loops in groups, pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_export.hotspots.callgrind import LineCosts
from reviewbot.hotspots.features import (
    LOOP_NAMES,
    THREADS,
    FileNumbers,
    LoopNumbers,
    RegionNumbers,
    read,
)
from reviewbot.hotspots.words import BOTTLENECKS

UNBALANCED = 0.75  # of 16 threads: a fourth of the time and more is waited away
_TINY = 25e-6  # seconds of all threads together: starting a team takes about 10
_SMALL = 250e-6  # the same where it was declared: a busy machine takes longer to start a team
_COUNTED = LOOP_NAMES.index("log instructions")
_MANY = 20  # instances of a region from which starting it may be what costs
MOVED = 0.05  # least difference of two balances that counts: twice what repeats differ by


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A measured region."""

    family: str
    program: str  # family and seed, which twins share
    variant: str
    function: str
    order: int  # among the function's regions
    numbers: NDArray[np.float32]
    estimates: tuple[float, float]
    balance: tuple[float, float]  # measured with 4 and with 16 threads
    spread: tuple[float, float]
    bottleneck: int  # index into BOTTLENECKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Loops of one program that are compared; the cost of each part was measured."""

    family: str
    numbers: NDArray[np.float32]  # (loops, features)
    estimates: NDArray[np.float64]  # (loops,) logarithms
    part: NDArray[np.int64]  # (loops,) which part each belongs to
    costs: NDArray[np.float64]  # (parts,)
    counted: bool  # by callgrind, loop by loop; otherwise processor time of regions


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions of a region, by index; which has the lower balance is the question."""

    base: int
    head: int
    family: str


@dataclass(slots=True)
class Examples:
    """Everything."""

    regions: list[Region]
    groups: list[Group]
    programs: int

    def pairs(self, threads: int, moved: float = MOVED) -> list[Pair]:
        """Regions that a change moved by more than that, with THREADS[threads] threads."""
        return list(_pairs(self.regions, threads, moved))


def examples(rows: Sequence[Mapping[str, Any]]) -> Examples:
    """Read every program with the code that the product reads with."""
    result = Examples([], [], len(rows))
    for row in rows:
        numbers = read("program.c", row["source"].encode())
        result.regions += _regions(row, numbers)
        result.groups += _groups(row, numbers)
    return result


def _regions(row: Mapping[str, Any], numbers: FileNumbers) -> Iterator[Region]:
    declared = {one["name"]: one["bottleneck"] for one in row["functions"]}
    orders: defaultdict[str, int] = defaultdict(int)
    for region in numbers.regions:
        order = orders[region.function]
        orders[region.function] += 1
        seen = [_measured(row, region.line, threads) for threads in THREADS]
        four, sixteen = seen
        if four is None or sixteen is None:
            continue
        yield Region(
            family=row["family"],
            program=f"{row['family']}/{row['seed']}",
            variant=row["variant"],
            function=region.function,
            order=order,
            numbers=region.numbers,
            estimates=region.estimates,
            balance=(four["balance"], sixteen["balance"]),
            spread=(four["spread"], sixteen["spread"]),
            bottleneck=BOTTLENECKS.index(
                _bottleneck(declared.get(region.function, ""), four, sixteen)
            ),
        )


def _measured(row: Mapping[str, Any], line: int, threads: int) -> Mapping[str, Any] | None:
    """The region of that line; none where its team has one thread, which is always in balance."""
    found = [
        one
        for one in row["regions"]
        if one["kind"] == "parallel" and one["line"] == line and one["threads"] == threads
    ]
    teams = [one for one in found if one["team"] > 1]
    return max(teams, key=lambda one: one["busy"], default=None)


def _bottleneck(declared: str, four: Mapping[str, Any], sixteen: Mapping[str, Any]) -> str:
    """What was declared, unless the measurement tells another story."""
    each = four["busy"] / max(1, four["instances"])
    tiny = each < (_SMALL if declared == "fork-join" else _TINY)
    if four["instances"] >= _MANY and tiny:
        return "fork-join"
    if declared in ("contention", "false-sharing", "serial", "strided"):
        return declared
    if four["lock_wait"] > 0.5 * four["busy"]:
        return "contention"
    return "imbalance" if sixteen["balance"] < UNBALANCED else "none"


def _groups(row: Mapping[str, Any], numbers: FileNumbers) -> Iterator[Group]:
    """The program's parts by cost: loops where callgrind counted, regions always."""
    candidates = [loop for loop in numbers.loops if loop.candidate]
    if row["own"]:
        own = {one["line"]: one["cost"] for one in row["own"]}
        lines = LineCosts(own, tuple((one["line"], one["cost"]) for one in row["calls"]))
        costs = [float(lines.within(loop.line, loop.end_line)) for loop in candidates]
        yield from _group(row, candidates, list(range(len(candidates))), costs, counted=True)
    loops, part, costs = [], [], []
    for region in numbers.regions:
        seen = [one for n in THREADS if (one := _measured(row, region.line, n))]
        members = [numbers.loops[index] for index in region.loops if numbers.loops[index].candidate]
        if seen and members:
            loops += members
            part += [len(costs)] * len(members)
            # The work is the same; what waits or is disturbed takes longer, so the least counts.
            costs.append(min(one["busy"] for one in seen))
    yield from _group(row, loops, part, costs, counted=False)


def _group(
    row: Mapping[str, Any],
    loops: Sequence[LoopNumbers],
    part: Sequence[int],
    costs: Sequence[float],
    *,
    counted: bool,
) -> Iterator[Group]:
    if len(costs) < 2 or sum(costs) <= 0:
        return
    yield Group(
        family=row["family"],
        numbers=np.array([loop.numbers for loop in loops]),
        estimates=np.array(
            [float(loop.numbers[_COUNTED]) if counted else loop.estimate for loop in loops]
        ),
        part=np.array(part),
        costs=np.array(costs),
        counted=counted,
    )


def _pairs(regions: Sequence[Region], threads: int, moved: float) -> Iterator[Pair]:
    """Every two versions of a region whose balances differ by more than repeats do."""
    versions: defaultdict[tuple[str, str, int], list[int]] = defaultdict(list)
    for index, region in enumerate(regions):
        versions[region.program, region.function, region.order].append(index)
    for found in versions.values():
        for position, first in enumerate(found):
            for second in found[position + 1 :]:
                if _differ(regions[first], regions[second], threads, moved):
                    yield Pair(first, second, regions[first].family)


def _differ(base: Region, head: Region, threads: int, moved: float) -> bool:
    gap = abs(base.balance[threads] - head.balance[threads])
    noise = max(base.spread[threads], head.spread[threads])
    return gap > max(moved, noise) and not np.array_equal(base.numbers, head.numbers)


__all__ = ["Examples", "Group", "Pair", "Region", "RegionNumbers", "examples"]
