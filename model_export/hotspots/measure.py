"""Runs performance programs: who was busy with 4 and with 16 threads, and what each line costs."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_export.execute.compiler import CompileFailed, compile_
from model_export.execute.profile import FLAGS, Construct, NotProfiled, Profile, Profiler
from model_export.execute.run import SOURCE, STANDARD, find_tools
from model_export.hotspots.callgrind import LineCosts, NotCounted, count

FAIR = Path(__file__).parent / "native" / "fair.c"
THREADS = (4, 16)
REPEATS = 3


@dataclass(slots=True)
class Measurer:
    """Compiles and runs programs in a directory of its own; use one per process."""

    profiler: Profiler
    work: Path

    @classmethod
    def over(cls, work: Path) -> Measurer:
        """Find the tools and build what is loaded into the programs; raises ToolsMissing."""
        tools = find_tools()
        fair = work / "fair.so"
        if not fair.exists():
            compile_([tools.clang, "-O2", "-shared", "-fPIC", str(FAIR), "-o", str(fair), "-ldl"])
        profiler = Profiler.over(tools, work)
        profiler.variables = {"LD_PRELOAD": str(fair)}
        return cls(profiler, work)

    def measure(self, source: str, *, lines: bool, clock: bool = True) -> dict[str, Any] | None:
        """The regions and the cost of lines, as asked for; None for a program that fails."""
        with tempfile.TemporaryDirectory(dir=self.work) as name:
            folder = Path(name)
            try:
                regions = self._clocked(source, folder) if clock else []
                costs = self._lines(source, folder) if lines else LineCosts({}, ())
            except (CompileFailed, NotProfiled, NotCounted):
                return None
        return {
            "regions": regions,
            "own": [{"line": line, "cost": cost} for line, cost in sorted(costs.own.items())],
            "calls": [{"line": line, "cost": cost} for line, cost in costs.calls],
        }

    def _clocked(self, source: str, folder: Path) -> list[dict[str, Any]]:
        binary = self.profiler.build(source, "c", folder)
        return [
            region
            for threads in THREADS
            for region in _regions(
                [self.profiler.run(binary, folder, threads) for _ in range(REPEATS)], source
            )
        ]

    def _lines(self, source: str, folder: Path) -> LineCosts:
        """Without inlining, so that a call's cost is found where the call stands."""
        (folder / SOURCE["c"]).write_text(source)
        path, binary = folder / SOURCE["c"], folder / "counted"
        command = [self.profiler.tools.clang, STANDARD["c"], *FLAGS, "-fno-inline", str(path)]
        compile_([*command, "-o", str(binary), "-lm"])
        return count(binary, path.name, folder, {})


# Who does what differs from run to run only in a function that says one of these.
_BY_CHANCE = re.compile(r"dynamic|guided|runtime|task|single|atomic capture")


def _regions(runs: Sequence[Profile], source: str) -> list[dict[str, Any]]:
    """Each region and shared loop without what a busy machine adds, as far as that can be told."""
    found: dict[tuple[int, str, int], list[tuple[Construct, Profile]]] = {}
    for run in runs:
        for one in run.constructs:
            found.setdefault((one.line, one.kind, one.threads), []).append((one, run))
    return [_row(seen, runs[0].threads, source) for _, seen in sorted(found.items())]


def _row(seen: Sequence[tuple[Construct, Profile]], threads: int, source: str) -> dict[str, Any]:
    best, run = max(seen, key=lambda pair: pair[0].balance)  # noise only ever lowers a balance
    balances = [one.balance for one, _ in seen]
    fixed = best.instances == 1 and not _BY_CHANCE.search(_function(source, best.line))
    return {
        "line": best.line,
        "kind": best.kind,
        "threads": threads,
        "team": best.threads,
        "instances": best.instances,
        "balance": max(balances[0], _least(seen)) if fixed else best.balance,
        "spread": max(balances) - sorted(balances)[-2 if len(balances) > 1 else -1],
        "busy": min(sum(one.busy) for one, _ in seen),  # whatever disturbs a run adds to it
        "barrier_wait": best.barrier_wait,
        "lock_wait": best.lock_wait,
        "wall": best.wall,
        "serial": run.serial,
    }


def _least(seen: Sequence[tuple[Construct, Profile]]) -> float:
    """The balance of each thread's least time over the repeats: its work is the same each time."""
    least = [min(times) for times in zip(*(one.busy for one, _ in seen), strict=True)]
    return sum(least) / (len(least) * max(least)) if max(least, default=0.0) > 0 else 1.0


def _function(source: str, line: int) -> str:
    """The lines of the function around a line, by the generator's layout."""
    lines = source.splitlines()
    first = max((n for n in range(line) if lines[n].startswith(("static", "int"))), default=0)
    last = next((n for n in range(line, len(lines)) if lines[n] == "}"), len(lines))
    return "\n".join(lines[first:last])
