"""A review of a file against building and running it under ThreadSanitizer."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.inputs import programs
from benchmarks.measure import Result, skipped
from model_export.execute.run import Runner, ToolsMissing, find_tools
from model_export.programs.family import RACY
from reviewbot.code.analyse import analyse
from reviewbot.pipeline import Collaborators, Predictor, Source, review

NAME = "review against ThreadSanitizer"
_CORES = 2


def against_sanitizer(work: Path, predictor: Predictor, start: float, quick: bool) -> Result:
    """The median ratio over racy programs; `start` is what a process takes to be ready, in s."""
    try:
        runner = Runner(tools=find_tools(), work=work)
    except ToolsMissing as exc:
        return skipped(NAME, str(exc))
    collaborators = Collaborators(
        analyse=analyse, load_predictor=lambda: predictor, strict_errors=True
    )
    # A racy program is built and run once, until the report; a clean one twice. The first kind is
    # the harder comparison for us.
    chosen = [p for p in programs(2) if p.expected == RACY][:: 40 if quick else 6]
    warm, cold = [], []
    for program in chosen:
        source = Source(path=f"program.{program.language[0]}", head=program.source.encode())
        ours, theirs = _medians(
            lambda source=source: review([source], collaborators),  # type: ignore[misc]
            lambda program=program: runner.execute(program),  # type: ignore[misc]
            repeats=1 if quick else 3,
        )
        warm.append(theirs / ours)
        cold.append(theirs / (ours + start))
    return Result(
        name=NAME,
        measured=median(warm),
        budget=50.0,
        unit="times",
        at_least=True,
        detail=f"{len(chosen)} files, worst {min(warm):.0f} times; "
        f"{median(cold):.1f} times where one file pays for the start of the process",
    )


def _medians(
    ours: Callable[[], object], theirs: Callable[[], object], repeats: int
) -> tuple[float, float]:
    """Median seconds of both, run in turns after one run of each that does not count."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats + 1):
        for side, taken in zip((ours, theirs), times, strict=True):
            started = time.perf_counter()
            side()
            taken.append(time.perf_counter() - started)
    return median(times[0][1:]), median(times[1][1:])
