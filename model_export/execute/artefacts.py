"""Tells reports about the OpenMP runtime's own memory from races of the program.

libomp recycles the memory of finished tasks and combines task reductions where Archer cannot see
the order. Both look like races on heap blocks that libomp itself allocated. The program's own
variables live there too (a task's firstprivate copy), so only two shapes are dismissed:

- one side is the copying of arguments into a new task, written at its `task` directive: nobody
  else can know that address yet;
- one side is a reduction's initialiser or combiner, which the compiler wrote.

Once recycling was seen in a run, its other reports on that runtime memory are dismissed too.

At -O1 clang may move or join the accesses of several sections, in front of the code that deals
them out to threads; such an access has no line. Without optimisation it keeps its place, so a race
in the program is seen there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from model_export.execute.tsan_report import Report, Side

_RUNTIME = re.compile(r"^lib(?:g|i)?omp5?\.so")
_ALLOCATORS = ("malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign")
_COMPILER_MADE = re.compile(r"^\.red_(?:comb|init|fini)\.")
_TASK = re.compile(r"^\s*#\s*pragma\s+omp\b.*\btask(?:loop)?\b|\b_Pragma\b.*\btask")


def dismiss_artefacts(reports: Sequence[Report], source: str, name: str) -> tuple[Report, ...]:
    """The reports but those that runtime or compiler made; `name`: the source's base name."""
    lines = source.splitlines()
    reports = [report for report in reports if not _moved(report, name)]
    runtime = [report for report in reports if _on_runtime_memory(report)]
    seen = any(_of_runtime(side, lines, name) for report in runtime for side in report.sides)
    return tuple(report for report in reports if not seen or report not in runtime)


def _moved(report: Report, name: str) -> bool:
    frames = [side.own_frame(name) for side in report.sides]
    return report.is_race and any(frame is not None and frame.line == 0 for frame in frames)


def _on_runtime_memory(report: Report) -> bool:
    callers = [f for f in report.location.stack if f.function not in _ALLOCATORS]
    in_runtime = bool(callers) and bool(_RUNTIME.match(callers[0].module))
    return report.is_race and report.location.kind == "heap" and in_runtime


def _of_runtime(side: Side, lines: Sequence[str], name: str) -> bool:
    if side.stack and _COMPILER_MADE.match(side.stack[0].function):
        return True
    frame = side.own_frame(name)
    return frame is not None and bool(_TASK.match(_directive(lines, frame.line)))


def _directive(lines: Sequence[str], number: int) -> str:
    """The line, or the whole pragma that it continues."""
    first = number - 1
    while first > 0 and lines[first - 1].rstrip().endswith("\\"):
        first -= 1
    return lines[first] if 0 <= first < len(lines) else ""
