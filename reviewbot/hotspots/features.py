"""Regions and loops as numbers; training and serving both import this and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from reviewbot.code.openmp import Directive
from reviewbot.code.parse import parse
from reviewbot.hotspots.build import Program, build
from reviewbot.hotspots.directives import scheduled
from reviewbot.hotspots.expressions import Value
from reviewbot.hotspots.schedule import Work, balance
from reviewbot.hotspots.steps import Construct, Leaf, Loop, Mark, Seq, Step
from reviewbot.hotspots.totals import LoopWork, RegionWork, hot_candidates
from reviewbot.hotspots.work import divided, estimate

HOTSPOT_FEATURES = 2  # raised whenever a number below changes its meaning
THREADS = (4, 16)
_LARGEST_LOGIT = 5.0
_SHARES = (
    *(Mark.GUESSED, Mark.DATA, Mark.BRANCH, Mark.EXIT, Mark.EXCLUSIVE, Mark.SINGLE),
)  # in operations, like the whole
_RATES = (
    *(Mark.CRITICAL, Mark.ATOMIC, Mark.UNKNOWN_CALL, Mark.MATH, Mark.UNIT, Mark.STRIDED),
    *(Mark.INDIRECT, Mark.INVARIANT, Mark.SLOT_WRITES, Mark.NEIGHBOUR_WRITES, Mark.BARRIER),
    *(Mark.TASK, Mark.FORK, Mark.ALLOCATION, Mark.FLOATING),
)
_COUNTS = (Mark.BARRIER, Mark.TASK, Mark.FORK, Mark.CRITICAL, Mark.ATOMIC)
_KINDS = (
    "for",
    "sections",
    "single",
    "master",
    "task",
    "taskloop",
    "ordered",
    "critical",
    "atomic",
)
_CLAUSES = ("collapse", "nowait", "reduction", "num_threads", "if", "schedule")

Numbers: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RegionNumbers:
    """A parallel region as the model reads it; `estimates`: balance by the rules, 4 and 16."""

    line: int
    end_line: int
    function: str
    numbers: Numbers  # (len(REGION_NAMES),)
    estimates: tuple[float, float]
    cost: float  # operations over the run, to weigh regions against one another
    loops: tuple[int, ...]  # indices of the file's loops that lie in it, those inside them too


@dataclass(frozen=True, slots=True)
class LoopNumbers:
    """A loop as the model reads it; `estimate`: natural logarithm of its cost by the rules."""

    line: int
    end_line: int
    function: str
    numbers: Numbers  # (len(LOOP_NAMES),)
    estimate: float
    candidate: bool  # whether it is one of those of which one is the file's hottest
    outer: bool  # whether no loop of the same region lies around it


@dataclass(frozen=True, slots=True)
class FileNumbers:
    """All regions and loops of a file."""

    regions: tuple[RegionNumbers, ...] = ()
    loops: tuple[LoopNumbers, ...] = ()


@dataclass(slots=True)
class _Shape:
    """What a region's steps are made of."""

    directives: list[Directive] = field(default_factory=list)
    shared: list[tuple[Directive, Loop]] = field(default_factory=list)
    loops: int = 0
    steered: int = 0


def read(path: str, data: bytes) -> FileNumbers:
    """The regions and loops of a file as numbers."""
    parsed = parse(path, data)
    if not any(directive.forks for directive in parsed.directives):
        return FileNumbers()
    program = build(parsed)
    found = estimate(program)
    candidates = {id(work.loop) for work in hot_candidates(found.loops)}
    works = list(found.loops.values())
    loops = tuple(_loop(work, id(work.loop) in candidates) for work in works)
    regions = tuple(_region(program, region, works) for region in found.regions.values())
    return FileNumbers(tuple(sorted(regions, key=lambda r: r.line)), loops)


def _region(program: Program, region: RegionWork, loops: list[LoopWork]) -> RegionNumbers:
    construct = region.construct
    dealt = [
        divided(program, region, _team(construct, threads, region.known)) for threads in THREADS
    ]
    estimates = (balance(dealt[0]), balance(dealt[1]))
    numbers = dict(_region_numbers(region, dealt))
    return RegionNumbers(
        line=construct.line,
        end_line=construct.end_line,
        function=construct.function,
        numbers=np.array([numbers.get(name, 0.0) for name in REGION_NAMES], dtype=np.float32),
        estimates=estimates,
        cost=float(region.cost[Mark.OPERATIONS, 0]),
        loops=tuple(i for i, work in enumerate(loops) if work.region is construct),
    )


def _team(construct: Construct, threads: int, known: Mapping[str, Value | None]) -> int:
    """Threads of a region's team where so many are to be had."""
    clause = construct.directive.clause("num_threads")
    if clause is None or not clause.items:
        return threads
    text = clause.items[0].strip()
    asked = float(text) if text.isdigit() else known.get(text)
    return int(np.clip(np.max(asked), 1, 64)) if asked is not None else threads


def _region_numbers(region: RegionWork, dealt: list[Work]) -> Iterator[tuple[str, float]]:
    shape = _Shape()
    _look(region.construct, shape)
    visits = max(region.visits, 1.0)
    yield from _cost_numbers(region.cost[:, 0], visits)
    for threads, work in zip(THREADS, dealt, strict=True):
        value = balance(work)
        yield f"balance {threads}", value
        yield f"logit {threads}", logit(value)
        yield f"idle {threads}", float((work <= 0).mean())
        yield f"team {threads}", len(work) / threads
        yield f"log busiest {threads}", math.log1p(float(work.max(initial=0.0)))
    yield "nested", float(region.nested)
    yield "log loops", math.log1p(shape.loops)
    yield "steered", shape.steered / max(1, shape.loops)
    for kind in _KINDS:
        yield f"has {kind}", float(any(directive.has(kind) for directive in shape.directives))
    for clause in _CLAUSES:
        yield f"clause {clause}", float(any(d.clause(clause) for d in shape.directives))
    yield from _schedule_numbers(region, shape)


def _schedule_numbers(region: RegionWork, shape: _Shape) -> Iterator[tuple[str, float]]:
    """Of the first shared loop, which most often is the only one."""
    yield "shared loops", math.log1p(len(shape.shared))
    if not shape.shared:
        return
    directive, loop = shape.shared[0]
    kind, chunk = scheduled(directive, dict(region.known))
    low, high = loop.head.low(region.known), loop.head.high(region.known)
    step = loop.head.step(region.known)
    step = 1.0 if step is None or not np.all(step) else step
    told = low is not None and high is not None
    trips = max(1.0, float(np.mean((high - low) / step))) if told else 100.0  # type: ignore[operator]
    yield f"schedule {kind}", 1.0
    yield "chunked", float(chunk is not None)
    yield "log chunk", math.log1p(chunk or 0.0)
    yield "trips told", float(told)
    yield "log trips", math.log1p(trips)
    yield "log pieces", math.log1p(trips / (chunk or 1.0))
    per_piece = (
        float(region.cost[Mark.OPERATIONS, 0]) / max(region.visits, 1.0) / trips * (chunk or 1.0)
    )
    yield "log piece", math.log1p(per_piece)
    yield "cyclic", float(kind == "static" and chunk is not None and chunk <= 8)
    yield "dealt out", float(kind in ("dynamic", "guided"))


def _cost_numbers(cost: Work, visits: float) -> Iterator[tuple[str, float]]:
    operations = max(float(cost[Mark.OPERATIONS]), 1.0)
    yield "log operations", math.log1p(operations / visits)
    yield "log visits", math.log1p(visits)
    for mark in _SHARES:
        yield f"share {mark.name}", min(1.0, float(cost[mark]) / operations)
    for mark in _RATES:
        yield f"rate {mark.name}", math.log1p(1000.0 * float(cost[mark]) / operations)
    for mark in _LATER:
        yield f"rate {mark.name}", math.log1p(1000.0 * float(cost[mark]) / operations)
    for mark in _COUNTS:
        yield f"count {mark.name}", math.log1p(float(cost[mark]) / visits)


def _look(step: Step, shape: _Shape) -> None:
    """Directives and loops below a step, within its function."""
    if isinstance(step, Construct):
        shape.directives.append(step.directive)
        inner = _below(step.body)
        if step.directive.shares_loop and isinstance(inner, Loop):
            shape.shared.append((step.directive, inner))
        _look(step.body, shape)
    elif isinstance(step, Loop):
        shape.loops += 1
        shape.steered += step.steered
        _look(step.body, shape)
    elif isinstance(step, Seq):
        for item in step.items:
            _look(item, shape)
    elif hasattr(step, "yes") and hasattr(step, "no"):
        _look(step.yes, shape)
        _look(step.no, shape)


def _below(step: Step) -> Step:
    """The first loop that a shared construct governs."""
    while not isinstance(step, Loop):
        if isinstance(step, Construct):
            step = step.body
            continue
        items = [i for i in step.items if not isinstance(i, Leaf)] if isinstance(step, Seq) else []
        if len(items) != 1:
            return step
        step = items[0]
    return step


def _loop(work: LoopWork, candidate: bool) -> LoopNumbers:
    numbers = dict(_loop_numbers(work))
    return LoopNumbers(
        line=work.loop.line,
        end_line=work.loop.end_line,
        function=work.loop.function,
        numbers=np.array([numbers.get(name, 0.0) for name in LOOP_NAMES], dtype=np.float32),
        estimate=math.log(max(1.0, float(work.cost[Mark.OPERATIONS, 0]))),
        candidate=candidate,
        outer=not work.outer,
    )


def _loop_numbers(work: LoopWork) -> Iterator[tuple[str, float]]:
    visits = max(work.visits, 1.0)
    yield from _cost_numbers(work.cost[:, 0], visits)
    yield "log rounds", math.log1p(work.rounds / visits)
    yield "log all rounds", math.log1p(work.rounds)
    yield "log instructions", math.log1p(float(work.cost[Mark.INSTRUCTIONS, 0]))
    yield "depth", float(min(work.depth, 5))
    yield "in region", float(work.region is not None)
    yield "in memory", float(work.loop.in_memory)
    yield "exits", float(work.loop.exits)
    yield "steered", float(work.loop.steered)


def logit(value: float) -> float:
    """The logit of a share, kept within bounds."""
    clipped = min(max(value, 1e-3), 1 - 1e-3)
    return max(-_LARGEST_LOGIT, min(_LARGEST_LOGIT, math.log(clipped / (1 - clipped))))


# New names go to the end: a bundle reads as many as it was trained on.
_LATER = (Mark.DIVIDE, Mark.ROOT)
_COST_NAMES = (
    "log operations",
    "log visits",
    *(f"share {mark.name}" for mark in _SHARES),
    *(f"rate {mark.name}" for mark in _RATES),
    *(f"count {mark.name}" for mark in _COUNTS),
)
REGION_NAMES = (
    *_COST_NAMES,
    *(
        f"{name} {n}"
        for n in THREADS
        for name in ("balance", "logit", "idle", "team", "log busiest")
    ),
    *("nested", "log loops", "steered"),
    *(f"has {kind}" for kind in _KINDS),
    *(f"clause {clause}" for clause in _CLAUSES),
    *(
        "shared loops",
        "schedule static",
        "schedule dynamic",
        "schedule guided",
        "chunked",
        "log chunk",
    ),
    *("trips told", "log trips", "log pieces", "log piece", "cyclic", "dealt out"),
    *(f"rate {mark.name}" for mark in _LATER),
)
LOOP_NAMES = (
    *_COST_NAMES,
    *("log rounds", "log all rounds", "depth", "in region", "in memory", "exits", "steered"),
    *(f"rate {mark.name}" for mark in _LATER),
    "log instructions",
)
