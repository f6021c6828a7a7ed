"""A review of a file against building and running it under ThreadSanitizer."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from benchmarks.inputs import programs
from benchmarks.measure import Result, skipped
from model_export.execute.run import Runner, Toolchain, ToolsMissing, environment, find_tools
from model_export.programs.family import RACY
from model_export.programs.sample import Program
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
    warm, cold, fast = [], [], []
    for program in chosen:
        source = Source(path=f"program.{program.language[0]}", head=program.source.encode())
        ours, plain, tuned = _medians(
            [
                lambda source=source: review([source], collaborators),  # type: ignore[misc]
                lambda program=program: _build_and_run(program, runner.tools, work),  # type: ignore[misc]
                lambda program=program: runner.execute(program),  # type: ignore[misc]
            ],
            repeats=1 if quick else 3,
        )
        warm.append(plain / ours)
        cold.append(plain / (ours + start))
        fast.append(tuned / ours)
    return Result(
        name=NAME,
        measured=median(warm),
        budget=50.0,
        unit="times",
        at_least=True,
        detail=f"{len(chosen)} files built as users build them, worst {min(warm):.0f} times; "
        f"{median(fast):.0f} times against our own runner with lld and precompiled headers; "
        f"{median(cold):.1f} times where one file pays for the start of the process",
    )


def _build_and_run(program: Program, tools: Toolchain, work: Path) -> None:
    """`clang -g -O1 -fsanitize=thread` with the default linker, and one run with 4 threads."""
    c = program.language == "c"
    source, binary = work / f"plain.{'c' if c else 'cpp'}", work / "plain"
    source.write_text(program.source, encoding="utf-8")
    flags = ["-g", "-O1", "-fsanitize=thread", "-fopenmp", "-pthread", "-w"]
    compiler = [tools.clang, "-std=gnu11"] if c else [tools.clangxx, "-std=c++20"]
    command = [*compiler, *flags, str(source), "-o", str(binary), "-lm"]
    subprocess.run(command, check=True, capture_output=True)
    env = environment(tools, threads=4)
    subprocess.run([str(binary)], env=env, capture_output=True, timeout=60, check=False)


def _medians(sides: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """Median seconds of each, run in turns after one run of each that does not count."""
    times: list[list[float]] = [[] for _ in sides]
    for _ in range(repeats + 1):
        for side, taken in zip(sides, times, strict=True):
            started = time.perf_counter()
            side()
            taken.append(time.perf_counter() - started)
    return [median(taken[1:]) for taken in times]
