"""Tells reports about the OpenMP runtime's own memory from races of the program.

libomp recycles the memory of finished tasks, and combines the reductions of tasks, where even
Archer cannot see the order. Both look like races on heap blocks that libomp itself allocated. A
program's own variables live there too (a task's firstprivate copy), so only two shapes are certain:

- a side copies arguments into a new task, at its directive: nobody else knows that address yet;
- a side is the initialiser or combiner of a reduction, which the compiler wrote.

Once one of them was seen in a run, its other reports on that memory are not believed either. The
corpus of the model is labelled by the same rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reviewbot.escalation.records import ReportKind, ToolAccess, ToolReport

Sources = Mapping[str, str]  # text of each file, by a path that a printed one may end with

_RUNTIME = re.compile(r"(?:^|/)(?:lib[gi]?omp5?\.so|kmp_\w+\.(?:cpp|c|h)$)")
_ALLOCATORS = ("malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign")
_COMPILER_MADE = re.compile(r"^\.red_(?:comb|init|fini)\.")
_TASK = re.compile(r"^\s*#\s*pragma\s+omp\b.*\btask(?:loop)?\b|\b_Pragma\b.*\btask")


def on_recycled_memory(reports: Sequence[ToolReport], sources: Sources) -> tuple[ToolReport, ...]:
    """The reports of one run that are no evidence of a race, as the module's first lines say."""
    runtime = tuple(report for report in reports if _on_runtime_memory(report))
    texts = {path: text.splitlines() for path, text in sources.items()} if runtime else {}
    certain = any(_of_runtime(side, texts) for report in runtime for side in report.accesses)
    return runtime if certain else ()


def _on_runtime_memory(report: ToolReport) -> bool:
    callers = [f for f in report.location_stack if f.function not in _ALLOCATORS]
    return report.kind is ReportKind.RACE and bool(callers and _RUNTIME.search(callers[0].path))


def _of_runtime(side: ToolAccess, texts: Mapping[str, Sequence[str]]) -> bool:
    if not side.stack:
        return False
    if _COMPILER_MADE.match(side.stack[0].function):
        return True
    for path, lines in texts.items():
        frame = next((f for f in side.stack if f.path and _same(f.path, path)), None)
        if frame is not None and _TASK.search(_directive(lines, frame.line)):
            return True
    return False


def _same(printed: str, path: str) -> bool:
    return f"/{printed}".endswith(f"/{path}") or path.endswith(f"/{printed}")


def _directive(lines: Sequence[str], number: int) -> str:
    """The line, or the first one of the pragma that it continues."""
    first = number - 1
    while 0 < first <= len(lines) and lines[first - 1].rstrip().endswith("\\"):
        first -= 1
    return lines[first] if 0 <= first < len(lines) else ""
